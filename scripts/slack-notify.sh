#!/bin/sh
# Posts a retrospective, a health report, a daily summary or a regression
# summary with its rollback advice to Slack.
#
#   tars-retro --auto -f json | scripts/slack-notify.sh
#   scripts/slack-notify.sh [--dry-run] [FILE]
#
# SLACK_WEBHOOK_URL, or a file named by SLACK_WEBHOOK_URL_FILE, holds the
# incoming webhook. --dry-run prints the message in place of sending it. It
# tries again after 429 and 5xx; the exit status is 0 when Slack took it.
set -eu
. "$(dirname "$0")/send.sh"

dry=
file=-
for arg in "$@"; do
	case $arg in
	--dry-run) dry=yes ;;
	-h | --help) usage ;;
	-?*) wrong_flag "$arg" ;;
	*) file=$arg ;;
	esac
done
begin
read_document "$file"

# Slack takes at most 3,000 characters a section.
from_document '
  def cut: if length > 2900 then .[:2900] + "..." else . end;
  def section: {type: "section", text: {type: "mrkdwn", text: (. | cut)}};
  def safe: (. // "") | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
  def lines: join("\n");
  def message($parts): title as $title | {text: ($title | safe), blocks: ([{type: "header", text: {type: "plain_text", text: ($title[:150])}}]
    + [$parts[] | select(. != "") | section])};
  def reason: .rollback_recommendation | if type == "object" then .reason // "" else "" end | safe;
  def would_change: [.rollback_recommendation | objects | .would_change[]? | "• would change it: " + safe] | lines;
  if .kind == "retrospective" then
    message([
      "*" + (.executive_summary.headline | safe) + "*",
      ([.executive_summary.facts[]?.description | "• " + safe] | lines),
      ([.executive_summary.unknowns[]?.description | "• not known: " + safe] | lines),
      ([.action_items[]? | select(.priority == "P0" or .priority == "P1") | "*\(.priority)* \(.description | safe)"] | lines)])
  elif .kind == "health_report" then
    message([
      ([.components[]? | "\(.name): \(.points * 10 | round / 10) of \(.weight)"] | lines),
      ([.degradations[]? | "*\(.severity)* \(.description | safe)"] | lines)])
  elif .kind == "daily_summary" then
    message([reason,
      ([.metrics_comparison[]? | select(.drifted and .direction == "regression") |
        "*\(.severity)* \(named | safe)\(changed)"] | lines),
      would_change])
  elif .kind == "regression_summary" then
    findings as $found |
    message([
      ("*Rollback advice: \(.rollback_recommendation | advice)*" + (reason | if . != "" then "\n" + . else "" end)),
      ([$found | sort_by(-(.severity | rank))[] | select(.id != "rollback" and .state != "over" and .severity != "low")
        | "*\(.severity)*\(if .state == "standing" then "" else " (\(.state))" end) \(.summary | safe)"] | lines),
      ([$found[] | select(.id != "rollback" and .state != "over" and .severity == "low")] | if length > 0 then "\(length) more of low severity." else "" end),
      ([$found[] | select(.id != "rollback" and .state == "over")] | if length > 0 then "\(length) came and went." else "" end),
      ([.unknown[]? | "• not known: \(named | safe): \(.reason // "" | safe)"] | lines),
      would_change])
  else error("\(a_kind) is not for Slack; give a retrospective, health_report, daily_summary or regression_summary")
  end' >"$work/message"

if [ -n "$dry" ]; then
	cat "$work/message"
	exit 0
fi

set +x # from here on there are secrets
secret SLACK_WEBHOOK_URL || fail "SLACK_WEBHOOK_URL is not set; make an incoming webhook in Slack and set it, or SLACK_WEBHOOK_URL_FILE" 2
option header "Content-Type: application/json"
hint="is the webhook right?"
request "sending to Slack" POST "$SLACK_WEBHOOK_URL" "$work/message"
