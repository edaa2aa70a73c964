#!/bin/sh
# Pages through PagerDuty (Events API v2) for what still stands, and resolves
# what is over. Reads a regression summary, a retrospective or anomalies.
#
#   tars-regression-analyzer ga.json stability/ | scripts/pagerduty-alert.sh --state pages.json
#   scripts/pagerduty-alert.sh [--dry-run] [--state FILE] [--min-severity S] [--link URL] [FILE]
#
# The dedup key is "tars:RELEASE:ID" of the finding, so that a second run pages
# nobody twice. Rollback advice has the key "tars:RELEASE:rollback". What a
# document calls over is resolved; acknowledged findings are acknowledged; of
# what is unknown nothing is said.
#
#   --state FILE      remember what was triggered: a finding that the next
#                     document no longer has is then resolved, unless it says
#                     that it could not look
#   --min-severity S  critical, high (default), medium or low; here they become
#                     critical, error, warning and info
#   --link URL        a report or dashboard, shown in the incident
#   --dry-run         print the events, one a line, in place of sending them
#
# PAGERDUTY_ROUTING_KEY, or a file named by PAGERDUTY_ROUTING_KEY_FILE, holds
# the integration key. PAGERDUTY_URL (https://events.pagerduty.com) is the
# service, https://events.eu.pagerduty.com in Europe.
set -eu
. "$(dirname "$0")/send.sh"

dry='' file=- state='' least=high link=''
while [ $# -gt 0 ]; do
	case $1 in
	--*=*)
		flag=${1%%=*} value=${1#*=}
		shift
		set -- "$flag" "$value" "$@"
		continue
		;;
	--state | --min-severity | --link) given $# "$1" ;;
	esac
	case $1 in
	--dry-run) dry=yes ;;
	--state) state=$2 && shift ;;
	--min-severity) least=$2 && shift ;;
	--link) link=$2 && shift ;;
	-h | --help) usage ;;
	-?*) wrong_flag "$1" ;;
	*) file=$1 ;;
	esac
	shift
done
case $least in critical | high | medium | low) ;; *) fail "--min-severity is critical, high, medium or low, not $least" 2 ;; esac
begin
read_document "$file"
echo '[]' >"$work/before"
if [ -n "$state" ] && [ -s "$state" ]; then
	jq -e 'if type == "array" then . else error("no list") end' <"$state" >"$work/before" 2>/dev/null ||
		fail "reading the state: $state is not what this script wrote; remove it to begin anew"
fi

# The events, and what stays triggered when they are sent.
from_document '
  scope as $scope | .kind as $kind | . as $document | findings as $found
  | ([$before[0][] | select(.kind == $kind and .scope == $scope)]) as $mine
  | def key: "tars:\($scope):\(.)"[:255];
    def loud: (.severity | rank) >= ($least | rank);
    def paged: .id as $id | any($mine[]; .id == $id);
    def event($action): {event_action: $action, dedup_key: (.id | key)};
    def trigger: event("trigger") + {client: "tars"}
      + (if $link != "" then {client_url: $link} else {} end)
      + (if .link then {links: [{href: .link, text: "The metric in Prometheus"}]} else {} end)
      + {payload: ({summary: "\($scope): \(.summary)"[:1024], source: (.service // .region // $scope),
          severity: ({critical: "critical", high: "error", medium: "warning", low: "info"}[.severity] // "warning"),
          timestamp: .began, component: .service, group, class: .metric,
          custom_details: ({finding: .id, tars_severity: .severity, release: $document.release, impact, region,
            actions, document: $kind, generated_at: $document.generated_at, seen_until: $document.window.end?} | present)} | present)};
    [$found[] | if .state == "standing" and (loud or paged) then {id, metric, service, region, event: trigger}
      elif .state == "acknowledged" and (paged or (loud and $state == "")) then {id, metric, service, region, event: event("acknowledge")}
      elif .state == "over" and (paged or (loud and $state == "")) then {id, event: event("resolve")}
      else empty end]
    + [$mine[] | .id as $id | select(any($found[]; .id == $id) | not)
      | . as $gone | select($document | looked_at($gone)) | {id, event: event("resolve")}]
  | . as $events
  | {events: $events,
     after: ([$before[0][] | . as $old | select(any($events[]; .id == $old.id and $old.kind == $kind and $old.scope == $scope) | not)]
       + [$events[] | select(.event.event_action != "resolve") | {kind: $kind, scope: $scope} + del(.event)])}' \
	--slurpfile before "$work/before" --arg least "$least" --arg link "$link" --arg state "$state" >"$work/plan"
jq -c '.events[].event' <"$work/plan" >"$work/events"
if [ -n "$dry" ]; then
	cat "$work/events"
	exit 0
fi

set +x # from here on there are secrets
secret PAGERDUTY_ROUTING_KEY || fail "PAGERDUTY_ROUTING_KEY is not set; give the integration key of an Events API v2 integration in it, or in the file PAGERDUTY_ROUTING_KEY_FILE names" 2
printf '%s' "$PAGERDUTY_ROUTING_KEY" | jq -Rs . >"$work/key"
option header "Content-Type: application/json"
hint="is the routing key right?"

# keep WHAT writes the state, whole or not at all. What may have been triggered
# is known before it is sent: a run that breaks off forgets nothing.
keep() {
	[ -n "$state" ] || return 0
	{ jq "$1" <"$work/plan" >"$state.new" && mv "$state.new" "$state"; } 2>"$work/why" || fail "writing the state: $(safely "$work/why")"
}
jq --slurpfile before "$work/before" '.before = $before[0]' <"$work/plan" >"$work/plan.new"
mv "$work/plan.new" "$work/plan"
keep '.after + .before | unique'
jq -c --slurpfile key "$work/key" '{routing_key: $key[0]} + .' <"$work/events" >"$work/keyed"
while read -r event; do
	printf '%s\n' "$event" >"$work/event"
	request "sending to PagerDuty" POST "${PAGERDUTY_URL:-https://events.pagerduty.com}/v2/enqueue" "$work/event"
done <"$work/keyed"
keep .after
jq -r '[.events[].event.event_action] | "triggered \(map(select(. == "trigger")) | length), acknowledged \(map(select(. == "acknowledge")) | length), resolved \(map(select(. == "resolve")) | length)"' <"$work/plan"
