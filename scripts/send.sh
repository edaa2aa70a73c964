# shellcheck shell=sh
# What the sending scripts share: the document, the secrets, requests that are
# tried again. It is sourced and lies beside them, as does document.jq.
#
#   TARS_RETRIES  how often a request is tried again (3)
#   TARS_BACKOFF  seconds before the second try, doubled for each further (1)
#
# 429 and a 5xx with a Retry-After wait as long as that states, up to five
# minutes; other 5xx and no answer back off; everything else fails at once.

me=$(basename "$0" .sh)
here=$(dirname "$0")
retries=${TARS_RETRIES:-3}
first_pause=${TARS_BACKOFF:-1}
longest_pause=300
umask 077

# fail WHAT [STATUS] says in one line what is wrong, and ends.
fail() {
	printf '%s: %s\n' "$me" "$(printf '%s' "$1" | tr '\n\r' '  ')" >&2
	exit "${2:-1}"
}

# usage prints the comment at the head of the script.
usage() {
	sed -n '2,$ {
		/^#/!q
		s/^# \{0,1\}//p
	}' "$0"
	exit 0
}

# wrong_flag FLAG ends with what to do about a flag that nobody knows.
wrong_flag() { fail "unknown flag $1; see --help" 2; }

# given COUNT FLAG ends when the flag is the last of COUNT arguments.
given() { [ "$1" -ge 2 ] || fail "$2 needs a value; see --help" 2; }

# need PROGRAM... ends when one is not installed.
need() {
	for program in "$@"; do
		command -v "$program" >/dev/null 2>&1 || fail "$program is not installed"
	done
}

# begin makes the directory $work, which only this user can read, and removes
# it at the end.
begin() {
	need jq curl
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	: >"$work/curl"
	: >"$work/secrets"
}

# read_document FILE copies FILE, or stdin for -, to $work/document, which is
# then one JSON object.
read_document() {
	if [ "$1" = - ]; then
		[ ! -t 0 ] || fail "no document; give a file, or pipe one in (see --help)" 2
		cat >"$work/document"
	else
		[ -r "$1" ] || fail "cannot read $1"
		cat <"$1" >"$work/document"
	fi
	found=$(jq -rs 'if length == 1 then .[0] | type else "\(length) documents" end' <"$work/document" 2>/dev/null) ||
		fail "reading the document: it is not JSON; give what a tars tool wrote with -f json"
	case $found in
	object) ;;
	*documents) fail "reading the document: $found; give one at a time" ;;
	*) fail "reading the document: it is no JSON object" ;;
	esac
}

# from_document PROGRAM [JQ_FLAGS...] runs a jq program over the document, with
# what document.jq defines; what the program complains of ends the script.
from_document() {
	program=$1
	shift
	jq -L "$here" "$@" "include \"document\"; $program" <"$work/document" 2>"$work/why" ||
		fail "reading the document: $(sed 's/^jq: error (at [^)]*): //; 1q' "$work/why")"
}

# secret NAME takes a secret out of the environment, from NAME or from the file
# that NAME_FILE names, into the variable NAME; false when there is none. From
# here on nothing is traced; some shells forget that at the end of a function, so
# callers say it too.
secret() {
	set +x
	eval "secret_file=\${$1_FILE:-} secret_value=\${$1:-}"
	if [ -n "$secret_file" ]; then
		[ -r "$secret_file" ] || fail "cannot read $secret_file, which $1_FILE names" 2
		secret_value=$(cat "$secret_file")
	fi
	unset "$1" # no longer handed to other programs
	[ -n "$secret_value" ] || return 1
	case $secret_value in
	*[[:cntrl:]]*) fail "$1 holds a line break or another control character" 2 ;;
	esac
	eval "$1=\$secret_value"
	# Whoever answers may repeat it, or the path of a URL.
	secret_path=/${secret_value#*://*/}
	printf '%s\n%s\n' "$secret_value" "$secret_path" |
		jq -R 'select(length > 4)' >>"$work/secrets"
}

# option NAME VALUE keeps an option of curl in a file, not in its arguments.
option() {
	printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')" >>"$work/curl"
}

# safely FILE prints its beginning in one line, without any secret.
safely() {
	[ -s "$1" ] || return 0
	jq -Rrs --slurpfile secrets "$work/secrets" \
		'reduce $secrets[] as $s (.; split($s) | join("(secret)")) | gsub("https?://[^ ]*"; "(URL)") | gsub("[[:cntrl:] ]+"; " ") | .[:200]' <"$1"
}

# header NAME prints a header of the last answer, its name in lower case.
header() {
	[ -f "$work/head" ] || return 0
	tr -d '\r' <"$work/head" |
		awk -v name="$1:" 'tolower($1) == name { sub(/^[^:]*: */, ""); value = $0 } END { print value }'
}

# wait_before_try N sleeps as the answer states, else longer each time. False
# when N is one too many.
wait_before_try() {
	[ "$1" -le "$retries" ] || return 1
	pause=$(header retry-after)
	case $pause in
	'' | *[!0-9]*) pause=$((first_pause << ($1 - 1))) ;;
	esac
	[ "$pause" -le "$longest_pause" ] || return 1
	sleep "$pause"
}

# refused WHAT ends: the last request was not taken.
refused() {
	times=
	[ "$try" -le 1 ] || times=" after $try tries"
	case $status in
	000) fail "$1: no answer$times: $(safely "$work/why")" ;;
	401 | 403 | 404) fail "$1: it answers $status$times: $(safely "$work/answer")${hint:+; $hint}" ;;
	429) fail "$1: it answers 429$times, asks to wait ${pause:-?} s: $(safely "$work/answer")" ;;
	esac
	fail "$1: it answers $status$times: $(safely "$work/answer")"
}

# request WHAT METHOD URL [BODY_FILE] sends it, and again where that may help;
# head and body of the answer are in $work. It ends the script when the request
# is not taken. With once=yes, it is false where nobody knows whether the
# request was taken.
request() {
	cp "$work/curl" "$work/request"
	printf 'url = "%s"\n' "$(printf '%s' "$3" | sed 's/[\\"]/\\&/g')" >>"$work/request"
	[ -z "${4:-}" ] || printf 'data-binary = "@%s"\n' "$4" >>"$work/request"
	try=1
	while :; do
		rm -f "$work/head" "$work/answer"
		status=$(curl -sS --max-time 30 -K "$work/request" -X "$2" \
			-D "$work/head" -o "$work/answer" -w '%{http_code}' 2>"$work/why") || status=000:$?
		# What curl says of the URL or of a certificate does not change by waiting.
		case ${status#000:} in
		1 | 2 | 3 | 26 | 27 | 35 | 51 | 58 | 59 | 60 | 77) status=000 && break ;;
		esac
		status=${status%%:*}
		case $status in
		2??) return 0 ;;
		5?? | 000) [ -z "${once:-}" ] || return 1 ;;
		429) ;;
		403) # GitHub limits with it, too
			if [ "${limits:-}" != 403 ] || [ -z "$(header retry-after)" ]; then break; fi
			;;
		*) break ;;
		esac
		wait_before_try "$try" || break
		try=$((try + 1))
	done
	refused "$1"
}
