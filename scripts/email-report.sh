#!/bin/sh
# Mails a report as text and HTML in one message, through an SMTP server.
#
#   tars-retro --auto -f json | scripts/email-report.sh --from tars@example.com --to team@example.com
#   scripts/email-report.sh --from tars@example.com --to team@example.com day_03_HEALTH.json
#   scripts/email-report.sh --text day_03_summary.md [--html FILE] [--subject S] ...
#   scripts/email-report.sh [--dry-run] [--from A] [--to A]... [--subject S] [--text FILE] [--html FILE] [FILE]
#
# A retrospective, a health report or a regression summary (JSON) is rendered by
# its tool, from PATH or $TARS_BIN: the Markdown is the text, the page the HTML,
# the verdict the subject. Anything else is given as files: --text the Markdown,
# --html the page; one of them will do. --dry-run prints the message in place of
# sending.
#
#   EMAIL_FROM, EMAIL_TO, EMAIL_SUBJECT  the same as the flags; several
#                  addresses have commas between them, names none
#   SMTP_URL       the server, smtp://host:587 or smtps://host:465
#   SMTP_USER, SMTP_PASSWORD  where the server wants them; each may stand in a
#                  file named by the same variable with _FILE
#   SMTP_TLS       required, try or none: left out, required with a password,
#                  else try
#
# A temporary refusal (4xx, in SMTP) and no answer are tried again, everything
# else fails at once. When one recipient is refused, nobody gets the mail.
set -eu
. "$(dirname "$0")/send.sh"

dry='' file='' text='' html='' from=${EMAIL_FROM:-} to=${EMAIL_TO:-} subject=${EMAIL_SUBJECT:-} flagged=''
while [ $# -gt 0 ]; do
	case $1 in
	--*=*)
		flag=${1%%=*} value=${1#*=}
		shift
		set -- "$flag" "$value" "$@"
		continue
		;;
	--from | --to | --subject | --text | --html) given $# "$1" ;;
	esac
	case $1 in
	--dry-run) dry=yes ;;
	--from) from=$2 && shift ;;
	--to)
		to=${flagged:+$to,}$2 flagged=yes
		shift
		;;
	--subject) subject=$2 && shift ;;
	--text) text=$2 && shift ;;
	--html) html=$2 && shift ;;
	-h | --help) usage ;;
	-?*) wrong_flag "$1" ;;
	*) file=$1 ;;
	esac
	shift
done
case $from$to$subject in *[[:cntrl:]]*) fail "an address or the subject holds a line break or another control character" 2 ;; esac
[ -n "$from" ] || fail "no sender; give --from, or EMAIL_FROM" 2
[ -n "$to" ] || fail "no recipient; give --to, or EMAIL_TO" 2
need base64 fold
begin
PATH=${TARS_BIN:+$TARS_BIN:}$PATH

if [ -z "$text$html" ]; then
	read_document "${file:--}"
	tool=$(from_document '{retrospective: "tars-retro", health_report: "tars-health-report", regression_summary: "tars-regression-analyzer"}[.kind // ""]
    // error("\(a_kind) is no report; give a retrospective, a health_report or a regression_summary, or files with --text and --html")' -r)
	command -v "$tool" >/dev/null 2>&1 || fail "$tool is neither on PATH nor in TARS_BIN; or give the report as files, with --text and --html"
	for format in markdown html; do
		"$tool" -f "$format" <"$work/document" >"$work/$format" 2>"$work/why" || fail "rendering the report: $(safely "$work/why")"
	done
	text=$work/markdown html=$work/html
	[ -n "$subject" ] || subject=$(from_document 'title + (.executive_summary.headline // "" | if . != "" then ": " + . else "" end) | gsub("[[:cntrl:]]"; " ") | .[:200]' -r)
else
	[ -z "$file" ] || fail "give either a report or --text and --html, not both" 2
	for part in "$text" "$html"; do
		[ -z "$part" ] || [ -s "$part" ] || fail "cannot read $part, or it is empty"
	done
	# The first heading of a report says what it is.
	[ -n "$subject" ] || [ -z "$text" ] || subject=$(sed -n 's/^#\{1,\} *//p' "$text" | sed -n 1p)
	[ -n "$subject" ] || fail "no subject; give --subject, or EMAIL_SUBJECT" 2
fi

# encoded prints words for a header as of RFC 2047: what is not ASCII in
# pieces of at most 75 characters, none of which splits a character.
encoded() {
	printf '%s' "$1" | jq -Rrs 'if explode | all(. > 31 and . < 127) then .
    else explode as $c | [range(0; $c | length; 11) | "=?UTF-8?B?\($c[.:. + 11] | implode | @base64)?="] | join("\r\n ") end'
}

# address prints "Name <mailbox>" for a header, bare prints the mailbox. A name
# in ASCII that is more than words is quoted.
bare() { printf '%s' "$1" | sed 's/^.*<\([^>]*\)>.*$/\1/; s/^ *//; s/ *$//'; }
address() {
	case $1 in
	*\<*\>*) ;;
	*) bare "$1" && return ;;
	esac
	name=$(encoded "$(printf '%s' "${1%%<*}" | sed 's/^[ "]*//; s/[ "]*$//')")
	case $name in
	'=?'*) ;;
	*[!A-Za-z0-9\ ]*) name="\"$(printf '%s' "$name" | sed 's/[\\"]/\\&/g')\"" ;;
	esac
	printf '%s <%s>' "$name" "$(bare "$1")"
}
printf '%s\n' "$to" | tr ',' '\n' | sed '/^ *$/d' >"$work/to"
while read -r one; do address "$one" && echo; done <"$work/to" | paste -s -d, - | sed 's/,/, /g' >"$work/to.header"
printf '%s\n' "$from" | cat - "$work/to" >"$work/all"
while read -r one; do
	case $(bare "$one") in *[\ \<\>]* | @* | *@) fail "$one is no mail address" 2 ;; *@*) ;; *) fail "$one is no mail address" 2 ;; esac
done <"$work/all"

# part TYPE FILE prints one part; nothing in base64 looks like the boundary.
part() {
	printf -- '--=_tars_part\nContent-Type: %s; charset=utf-8\nContent-Transfer-Encoding: base64\n\n' "$1"
	base64 <"$2" | fold -w 76
	echo
}
{
	domain=$(bare "$from")
	printf 'Date: %s\n' "$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S +0000')"
	printf 'From: %s\nTo: %s\nSubject: %s\n' "$(address "$from")" "$(cat "$work/to.header")" "$(encoded "$subject")"
	printf 'Message-ID: <%s.%s.tars@%s>\n' "$(date -u +%Y%m%d%H%M%S)" "$$" "${domain#*@}"
	printf 'MIME-Version: 1.0\nAuto-Submitted: auto-generated\nContent-Type: multipart/alternative; boundary="=_tars_part"\n\n'
	[ -z "$text" ] || part text/plain "$text"
	[ -z "$html" ] || part text/html "$html"
	printf -- '--=_tars_part--\n'
} | tr -d '\r' | awk '{ printf "%s\r\n", $0 }' >"$work/message"
if [ -n "$dry" ]; then
	cat "$work/message"
	exit 0
fi

[ -n "${SMTP_URL:-}" ] || fail "SMTP_URL is not set; give the mail server, smtp://host:587 or smtps://host:465" 2
case $SMTP_URL in smtp://* | smtps://*) ;; *) fail "SMTP_URL begins with smtp:// or smtps://" 2 ;; esac
tls=try
set +x # from here on there are secrets
if secret SMTP_PASSWORD; then
	secret SMTP_USER || fail "SMTP_USER is not set, but SMTP_PASSWORD is" 2
	case $SMTP_USER in *:*) fail "SMTP_USER holds a colon, which curl cannot send" 2 ;; esac
	option user "$SMTP_USER:$SMTP_PASSWORD"
	tls=required
fi
case ${SMTP_TLS:-$tls} in
required) echo ssl-reqd >>"$work/curl" ;;
try) echo ssl >>"$work/curl" ;;
none) ;;
*) fail "SMTP_TLS is required, try or none" 2 ;;
esac
option url "$SMTP_URL"
option mail-from "$(bare "$from")"
while read -r one; do option mail-rcpt "$(bare "$one")"; done <"$work/to"
option upload-file "$work/message"

try=1
while :; do
	status=$(curl -sS --max-time 60 -K "$work/curl" -o "$work/answer" -w '%{http_code}' 2>"$work/why") && exit 0
	case $status in
	4??) ;;                                # not now
	000 | 220 | 250 | 354) status='none' ;; # it broke off
	*) break ;;
	esac
	if [ "$status" = none ] && grep -Eq '^curl: [(](3|35|60|64|67|77)[)] ' "$work/why"; then
		break # a wrong URL, TLS that is not to be had, a login denied
	fi
	wait_before_try "$try" || break
	try=$((try + 1))
done
times=
[ "$try" -le 1 ] || times=" after $try tries"
[ "$status" != none ] || fail "sending the mail: no answer$times: $(safely "$work/why")"
fail "sending the mail: the server answers $status$times: $(safely "$work/why")"
