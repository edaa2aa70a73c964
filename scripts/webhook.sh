#!/bin/sh
# Posts any document, byte for byte, to a URL of yours, and signs it.
#
#   tars-health-report < day_03_summary.json | scripts/webhook.sh
#   scripts/webhook.sh [--dry-run] [--header NAME] [FILE]
#
# The signature is the HMAC-SHA256 of the body, in hexadecimal after "sha256=",
# in the header X-Tars-Signature-256; --header names another one, such as
# X-Hub-Signature-256, which many receivers know. X-Tars-Kind says what the
# document is, X-Tars-Delivery is the SHA-256 of the body: what came twice
# because an answer was lost has the same one. --dry-run prints headers and
# body in place of sending them, unsigned where there is no secret.
#
# WEBHOOK_URL and WEBHOOK_SECRET, or files named by WEBHOOK_URL_FILE and
# WEBHOOK_SECRET_FILE. Without a secret nothing is sent.
set -eu
. "$(dirname "$0")/send.sh"

dry='' file=- name=X-Tars-Signature-256
while [ $# -gt 0 ]; do
	case $1 in
	--*=*)
		flag=${1%%=*} value=${1#*=}
		shift
		set -- "$flag" "$value" "$@"
		continue
		;;
	--header) given $# "$1" ;;
	esac
	case $1 in
	--dry-run) dry=yes ;;
	--header) name=$2 && shift ;;
	-h | --help) usage ;;
	-?*) wrong_flag "$1" ;;
	*) file=$1 ;;
	esac
	shift
done
case $name in '' | *[!A-Za-z0-9-]*) fail "--header is the name of a header, not $name" 2 ;; esac
need openssl od
begin
read_document "$file"
kind=$(from_document '.kind // "" | strings' -r)
case $kind in *[!a-z0-9_]*) fail "reading the document: its kind is odd: $(printf '%s' "$kind" | tr -cd '[:print:]')" ;; esac

# sha256 hashes stdin, in hexadecimal. Each openssl prints another prefix.
sha256() { openssl dgst -sha256 | sed 's/^.*[= ]//'; }

# bytes turns hexadecimal digits, a byte xor $2, into bytes.
bytes() {
	rest=$1
	while [ -n "$rest" ]; do
		tail=${rest#??}
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$(printf '%03o' $((0x${rest%"$tail"} ^ $2)))"
		rest=$tail
	done
}

# hmac KEY FILE prints the HMAC-SHA256 as of RFC 2104. openssl would want the
# key among its arguments, where every user of the machine can read it.
hmac() {
	key=$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')
	[ ${#key} -le 128 ] || key=$(printf '%s' "$1" | sha256)
	while [ ${#key} -lt 128 ]; do key=${key}00; done
	inner=$({ bytes "$key" 0x36 && cat "$2"; } | sha256)
	{ bytes "$key" 0x5c && bytes "$inner" 0; } | sha256
}

signature=
set +x # from here on there are secrets
if secret WEBHOOK_SECRET; then
	signature="$name: sha256=$(hmac "$WEBHOOK_SECRET" "$work/document")"
elif [ -z "$dry" ]; then
	fail "WEBHOOK_SECRET is not set; give what the receiver checks the signature with, in it or in the file WEBHOOK_SECRET_FILE names" 2
fi
delivery="X-Tars-Delivery: $(sha256 <"$work/document")"
if [ -n "$dry" ]; then
	printf '%s\n' "X-Tars-Kind: $kind" "$delivery" "${signature:-$name: none, for want of a secret}" ""
	cat "$work/document"
	exit 0
fi

secret WEBHOOK_URL || fail "WEBHOOK_URL is not set; give where to post to, in it or in the file WEBHOOK_URL_FILE names" 2
option header "Content-Type: application/json"
option header "X-Tars-Kind: $kind"
option header "$delivery"
option header "$signature"
hint="is the URL right, and does the receiver have the same secret?"
request "sending to the webhook" POST "$WEBHOOK_URL" "$work/document"
