#!/bin/sh
# Pushes what still stands to Alertmanager (API v2), and ends what is over.
# Reads a regression summary, a retrospective or anomalies.
#
#   tars-regression-analyzer ga.json stability/ | scripts/alertmanager-push.sh
#   scripts/alertmanager-push.sh [--dry-run] [--min-severity S] [--hold HOURS] [--link URL] [FILE]
#
# Alerts are TarsRegression, TarsAnomaly and TarsRollbackAdvised, with labels
# source="tars", finding (its id), release, document, severity (critical,
# warning, info), service, region, category. It asks Alertmanager what it has of
# the release and ends what the document no longer has, unless the document
# says that it could not look. Acknowledged findings raise no alert.
#
#   --hold HOURS      how long an alert stands without a further push (26: a
#                     daily run may be late)
#   --min-severity S  critical, high, medium (default) or low
#   --link URL        the generator URL of findings that carry none themselves
#   --dry-run         print the alerts of the document in place of sending them
#
# ALERTMANAGER_URL is its address, path prefix included; ALERTMANAGER_TOKEN a
# bearer token where one is needed. Both may stand in a file named by the same
# variable with _FILE.
set -eu
. "$(dirname "$0")/send.sh"

dry='' file=- least=medium hold=26 link=''
while [ $# -gt 0 ]; do
	case $1 in
	--*=*)
		flag=${1%%=*} value=${1#*=}
		shift
		set -- "$flag" "$value" "$@"
		continue
		;;
	--hold | --min-severity | --link) given $# "$1" ;;
	esac
	case $1 in
	--dry-run) dry=yes ;;
	--hold) hold=$2 && shift ;;
	--min-severity) least=$2 && shift ;;
	--link) link=$2 && shift ;;
	-h | --help) usage ;;
	-?*) wrong_flag "$1" ;;
	*) file=$1 ;;
	esac
	shift
done
case $least in critical | high | medium | low) ;; *) fail "--min-severity is critical, high, medium or low, not $least" 2 ;; esac
case $hold in '' | *[!0-9]*) fail "--hold is a whole number of hours, not $hold" 2 ;; esac
begin
read_document "$file"
from_document '{kind, scope: scope, found: findings}' >"$work/found"

# alerts prints the alerts to post, given what Alertmanager has in $work/active.
alerts() {
	from_document '
  scope as $scope | .kind as $kind | . as $document | findings as $found
  | (env.SOURCE_DATE_EPOCH // "" | if . == "" then now else tonumber end | floor) as $now
  | ($now + ($hold | tonumber) * 3600 | todate) as $until
  | def labels: {alertname: (if .id == "rollback" then "TarsRollbackAdvised" elif $kind == "anomaly_report" then "TarsAnomaly" else "TarsRegression" end),
      source: "tars", document: $kind, finding: .id, release: $scope, service, region, category,
      severity: ({critical: "critical", low: "info"}[.severity] // "warning")} | present;
    def alert($ends): {labels: labels, startsAt: .began, endsAt: $ends,
      annotations: ({summary, description: .impact, metric, tars_severity: .severity, state, group, actions: (.actions // [] | join("; "))} | present),
      generatorURL: (.link // $link)} | present;
    def loud: (.severity | rank) >= ($least | rank);
    def held: . as $labels | any($active[0][]; .labels == $labels);
    [$found[] | select(.state == "standing" and loud) | alert($until)]
    # Unknown is neither new nor over: what alerts goes on.
    + [$found[] | select(.state == "unknown" and (labels | held)) | alert($until)]
    + [$found[] | select(.state == "over" and loud) | alert(.ended // $document.generated_at // ($now | todate))]
  | . as $told
  | $told + [$active[0][] | .labels as $labels
      | select(any($told[]; .labels == $labels) | not)
      | {metric: .annotations.metric, service: $labels.service, region: $labels.region} as $gone
      | if ($document | looked_at($gone)) or any($found[]; .id == $labels.finding)
        then {labels, annotations, startsAt, generatorURL, endsAt: ($now | todate)}
        else {labels, annotations, startsAt, generatorURL, endsAt: $until} end
      | present]' \
		--slurpfile active "$work/active" --arg least "$least" --arg hold "$hold" --arg link "$link"
}

if [ -n "$dry" ]; then
	echo '[]' >"$work/active"
	alerts >"$work/alerts"
	cat "$work/alerts"
	exit 0
fi

set +x # from here on there are secrets
secret ALERTMANAGER_URL || fail "ALERTMANAGER_URL is not set; give Alertmanager's address, http://alertmanager:9093" 2
if secret ALERTMANAGER_TOKEN; then
	option header "Authorization: Bearer $ALERTMANAGER_TOKEN"
fi
option header "Content-Type: application/json"
hint="is ALERTMANAGER_TOKEN right?"
url=${ALERTMANAGER_URL%/}/api/v2/alerts
filter=$(jq -r '["source=\"tars\"", "document=\(.kind | tojson)", "release=\(.scope | tojson)"] | map("filter=" + @uri) | join("&")' <"$work/found")
request "asking Alertmanager" GET "$url?active=true&silenced=true&inhibited=true&unprocessed=true&$filter"
jq -e 'if type == "array" then . else error end' <"$work/answer" >"$work/active" 2>/dev/null ||
	fail "asking Alertmanager: what answers is no Alertmanager: $(safely "$work/answer")"
alerts >"$work/alerts"
request "sending to Alertmanager" POST "$url" "$work/alerts"
jq -r '(env.SOURCE_DATE_EPOCH // "" | if . == "" then now else tonumber end) as $now
  | map(.endsAt | sub("\\.[0-9]+Z$"; "Z") | fromdate) | "standing \(map(select(. > $now)) | length), over \(map(select(. <= $now)) | length)"' <"$work/alerts"
