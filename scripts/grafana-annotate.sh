#!/bin/sh
# Marks GA, each finding and the end of the week on Grafana's dashboards, each
# once: a second run changes what moved and adds nothing. Reads a
# retrospective, a regression summary or anomalies.
#
#   tars-retro --auto -f json | scripts/grafana-annotate.sh
#   scripts/grafana-annotate.sh [--dry-run] [--dashboard UID] [--min-severity S] [FILE]
#
# Annotations have the tags tars, release:RELEASE, tars-id:ID and the severity;
# a dashboard shows them with an annotation query on the tag tars. A finding
# that is over is a region from its beginning to its end; one that stands, to
# the end of what was seen. One whose beginning is not known is left out.
#
#   --dashboard UID   only on this dashboard; left out: of the organisation
#   --min-severity S  critical, high, medium (default) or low
#   --dry-run         print the annotations in place of sending them
#
# GRAFANA_URL is the address; GRAFANA_TOKEN, or a file named by
# GRAFANA_TOKEN_FILE, holds a service account token that may read and write
# annotations.
set -eu
. "$(dirname "$0")/send.sh"

dry='' file=- least=medium dashboard=''
while [ $# -gt 0 ]; do
	case $1 in
	--*=*)
		flag=${1%%=*} value=${1#*=}
		shift
		set -- "$flag" "$value" "$@"
		continue
		;;
	--dashboard | --min-severity) given $# "$1" ;;
	esac
	case $1 in
	--dry-run) dry=yes ;;
	--dashboard) dashboard=$2 && shift ;;
	--min-severity) least=$2 && shift ;;
	-h | --help) usage ;;
	-?*) wrong_flag "$1" ;;
	*) file=$1 ;;
	esac
	shift
done
case $least in critical | high | medium | low) ;; *) fail "--min-severity is critical, high, medium or low, not $least" 2 ;; esac
begin
read_document "$file"

# Grafana counts milliseconds.
from_document '
  def ms: sub("\\.[0-9]+Z$"; "Z") | fromdate * 1000;
  scope as $scope | .window.end? as $seen
  | def tags($id; $also): ["tars", "release:\($scope)", "tars-id:\($id)"] + [$also | select(. != null)];
    def html: gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
    [(.ga_day_timestamp // .ga_start // empty | {id: "ga", time: ms, text: "GA of \($scope | html)"}),
     (.seven_day_end_timestamp // empty | select($seen != null and $seen >= .) | {id: "end", time: ms, text: "End of the week after GA of \($scope | html)"}),
     (findings[] | select(.id != "rollback" and .began and (.severity | rank) >= ($least | rank))
       | {id, severity, time: (.began | ms),
          timeEnd: (if .ended then (.ended | ms) elif .state == "standing" and $seen then ($seen | ms) else null end),
          text: "\(.severity): \(.summary | html)\(if .state == "over" then "" else " (\(.state))" end)"})]
  | map({time, timeEnd, text, tags: tags(.id; .severity)} | present
    | if $dashboard != "" then .dashboardUID = $dashboard else . end)' \
	--arg least "$least" --arg dashboard "$dashboard" >"$work/wanted"
if [ -n "$dry" ]; then
	cat "$work/wanted"
	exit 0
fi

set +x # from here on there are secrets
secret GRAFANA_URL || fail "GRAFANA_URL is not set; give Grafana's address, https://grafana.example.com" 2
secret GRAFANA_TOKEN || fail "GRAFANA_TOKEN is not set; give the token of a service account in it, or in the file GRAFANA_TOKEN_FILE names" 2
option header "Authorization: Bearer $GRAFANA_TOKEN"
option header "Content-Type: application/json"
hint="is GRAFANA_TOKEN right, and may it write annotations?"
url=${GRAFANA_URL%/}/api/annotations

# plan compares what is wanted with what is there: for each change two lines,
# the id to change, or 0 to add, and the body.
plan() {
	query=$(jq -r --arg dashboard "$dashboard" '(.[0].tags[1] // "release:" | @uri) as $release
		| "limit=10000&type=annotation&tags=tars&tags=\($release)" + (if $dashboard != "" then "&dashboardUID=" + ($dashboard | @uri) else "" end)' <"$work/wanted")
	request "asking Grafana" GET "$url?$query"
	jq -r --slurpfile wanted "$work/wanted" '
    if type != "array" then error("no list") else . end
    | . as $there
    | $wanted[0][] | . as $want | .tags[2] as $id
    | [$there[] | select(.tags | index($id))] | sort_by(.id) | .[0] as $old
    | if $old == null then 0, ($want | tojson)
      elif $old.text != $want.text or $old.time != $want.time or ($old.tags | sort) != ($want.tags | sort)
        or ($old.timeEnd // 0 | if . == $old.time then 0 else . end) != ($want.timeEnd // 0)
      then $old.id, ($want | del(.dashboardUID) | .timeEnd = (.timeEnd // .time) | tojson)
      else empty end' <"$work/answer" >"$work/plan" 2>/dev/null ||
		fail "asking Grafana: what answers is no Grafana: $(safely "$work/answer")"
}

added=0 changed=0 lost=0
# carry_out does what is planned; false when no answer came to an addition, of
# which nobody knows then whether it was made.
carry_out() {
	while read -r id && read -r body; do
		printf '%s\n' "$body" >"$work/body"
		if [ "$id" = 0 ]; then
			once=yes
			request "adding an annotation" POST "$url" "$work/body" || return 1
			once=''
			added=$((added + 1))
		else
			request "changing an annotation" PATCH "$url/$id" "$work/body"
			changed=$((changed + 1))
		fi
	done <"$work/plan"
}
plan
until carry_out; do
	lost=$((lost + 1)) try=$lost once=''
	wait_before_try "$lost" || refused "adding an annotation"
	plan
done
echo "added $added, changed $changed"
