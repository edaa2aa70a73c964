#!/bin/sh
# The whole pipeline, from recorded metrics to the retrospective, without a
# server. Prints each command it runs. Writes to DEMO_DIR (demo-output).
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
out=${DEMO_DIR:-$here/demo-output}
PATH=${TARS_BIN:-$here/bin}:$PATH
captures=$here/fixtures/captures
# The clock stands just after the week: the same bytes every time.
SOURCE_DATE_EPOCH=1764115200
export PATH SOURCE_DATE_EPOCH
# Settings of a real watch are none of the demo's.
unset GA_TIMESTAMP DAY_NUMBER PROMETHEUS_URL TARS_DATA_DIR TARS_OUTPUT_DIR TARS_RELEASE Z_THRESHOLD EWMA_ALPHA

run() {
	printf '$ %s\n' "$1"
	eval "$1"
}

mkdir -p "$out"
cd "$out"
rm -rf ga_kpis stability health anomalies regression output
mkdir ga_kpis

echo "# in $out, with captures=$captures"
echo "# GA day: the baseline"
# shellcheck disable=SC2016 # printed as it stands, expanded when it runs
run 'tars-ga-kpi < $captures/ga.json.gz > ga_kpis/ga_kpi_summary.json'
echo "# each day: compared with the baseline, knowing the days before it, and graded"
earlier=
for day in 1 2 3 4 5 6 7; do
	run "tars-stability-monitor --ga-baseline ga_kpis/ga_kpi_summary.json --output-dir . -f json \$captures/day_0$day.json.gz$earlier | tars-health-report --output-dir ."
	earlier=' stability'
done
echo "# the week: anomalies, regressions, the retrospective"
# shellcheck disable=SC2016
run 'cat $captures/*.json.gz | tars-anomaly-detector --baseline ga_kpis/ga_kpi_summary.json --output-dir .'
run 'tars-regression-analyzer --ga-baseline ga_kpis/ga_kpi_summary.json --7day-summaries stability --output-dir .'
run 'tars-retro --auto --output-dir . --charts-dir output/charts --next-release v1.0.2'

printf '\nThe retrospective is in %s/output/GA_7DAY_RETROSPECTIVE.md, its charts beside it; it begins:\n\n' "$out"
awk '/^##/ && ++sections == 2 { exit } { print }' output/GA_7DAY_RETROSPECTIVE.md
