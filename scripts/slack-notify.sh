#!/bin/sh
# Posts a retrospective, a health report or a daily summary to Slack.
#
#   tars-retro --auto -f json | scripts/slack-notify.sh
#   scripts/slack-notify.sh [--dry-run] [FILE]
#
# SLACK_WEBHOOK_URL, or a file named by SLACK_WEBHOOK_URL_FILE, holds the
# incoming webhook. --dry-run prints the message in place of sending it. It
# tries again after 429 and 5xx; the exit status is 0 when Slack took it.
set -eu

fail() {
	printf 'slack-notify: %s\n' "$1" >&2
	exit "${2:-1}"
}

dry=
file=-
for arg in "$@"; do
	case $arg in
	--dry-run) dry=yes ;;
	-h | --help)
		sed -n '2,9s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	-?*) fail "unknown flag $arg; see --help" 2 ;;
	*) file=$arg ;;
	esac
done
for tool in jq curl; do
	command -v "$tool" >/dev/null 2>&1 || fail "$tool is not installed"
done
[ "$file" = - ] || [ -r "$file" ] || fail "cannot read $file"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat -- "$file" >"$work/document"
jq -e . >/dev/null 2>&1 <"$work/document" || fail "reading the document: it is not JSON; give what a tars tool wrote with -f json"

# Slack takes at most 3,000 characters a section.
jq -s '
  def cut: if length > 2900 then .[:2900] + "..." else . end;
  def section: {type: "section", text: {type: "mrkdwn", text: (. | cut)}};
  def safe: gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
  def message($title; $parts): {text: $title, blocks: ([{type: "header", text: {type: "plain_text", text: ($title[:150])}}]
    + [$parts[] | select(. != "") | section])};
  def advice: if type == "object" then (.advice // (if .should_rollback == true then "rollback"
    elif .should_rollback == false then "keep" else "unknown" end)) elif . == true then "rollback" else "unknown" end;
  if length != 1 then error("\(length) documents; give one at a time") else .[0] end |
  if .kind == "retrospective" then
    message("Seven days after GA" + (if .release then ": " + .release else "" end); [
      "*" + (.executive_summary.headline | safe) + "*",
      ([.executive_summary.facts[]?.description | "• " + safe] | join("\n")),
      ([.executive_summary.unknowns[]?.description | "• not known: " + safe] | join("\n")),
      ([.action_items[]? | select(.priority == "P0" or .priority == "P1") | "*\(.priority)* \(.description | safe)"] | join("\n"))])
  elif .kind == "health_report" then
    message("Health of day \(.day_number): \(.status)" + (if .health_score then ", \(.health_score * 10 | round / 10) of 100" else "" end); [
      ([.components[]? | "\(.name): \(.points * 10 | round / 10) of \(.weight)"] | join("\n")),
      ([.degradations[]? | "*\(.severity)* \(.description | safe)"] | join("\n"))])
  elif .kind == "daily_summary" then
    message("Day \(.day_number): rollback advice \(.rollback_recommendation | advice)"; [
      (.rollback_recommendation | if type == "object" then .reason // "" else "" end | safe),
      ([.metrics_comparison[]? | select(.drifted and .direction == "regression") |
        "*\(.severity)* \(.metric_name)\(if .service then " of " + .service else "" end) \(.drift_percent // 0 | . * 10 | round / 10) %"] | join("\n"))])
  else error("a \(.kind // "document without kind") is not for Slack; give a retrospective, health_report or daily_summary")
  end' <"$work/document" >"$work/message" 2>"$work/why" || fail "$(sed 's/^jq: error[^:]*: //; 1q' "$work/why")"

if [ -n "$dry" ]; then
	cat "$work/message"
	exit 0
fi

# The webhook is a secret: it goes to curl through a file, not its arguments.
set +x
if [ -n "${SLACK_WEBHOOK_URL_FILE:-}" ]; then
	SLACK_WEBHOOK_URL=$(cat "$SLACK_WEBHOOK_URL_FILE")
fi
[ -n "${SLACK_WEBHOOK_URL:-}" ] || fail "SLACK_WEBHOOK_URL is not set; make an incoming webhook in Slack and set it, or SLACK_WEBHOOK_URL_FILE" 2
printf 'url = "%s"\n' "$SLACK_WEBHOOK_URL" >"$work/curl"
unset SLACK_WEBHOOK_URL

try=1
while :; do
	rm -f "$work/head"
	status=$(curl -sS --max-time 20 -K "$work/curl" -H 'Content-Type: application/json' --data-binary @"$work/message" \
		-D "$work/head" -o "$work/answer" -w '%{http_code}' 2>"$work/why") || status=000
	case $status in
	2??) exit 0 ;;
	429 | 5?? | 000)
		if [ "$try" -ge 4 ]; then
			break
		fi
		wait=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]*\).*/\1/p' "$work/head" 2>/dev/null | tail -1)
		sleep "${wait:-$try}"
		try=$((try + 1))
		;;
	*) break ;;
	esac
done
if [ "$status" = 000 ]; then
	fail "sending to Slack: no answer after $try tries: $(sed 's|https*://[^ ]*|the webhook|g; 1q' "$work/why")"
fi
fail "sending to Slack: it answers $status: $(head -c 200 "$work/answer"); is the webhook right?"
