#!/bin/sh
# The whole pipeline, from recorded metrics to the retrospective, without a
# server. Writes to DEMO_DIR (default: demo-output) and shows the beginning.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
bin=${TARS_BIN:-$here/bin}
captures=$here/fixtures/captures
out=${DEMO_DIR:-$here/demo-output}

rm -rf "$out/ga_kpis" "$out/stability" "$out/anomalies" "$out/health" "$out/regression" "$out/output"
mkdir -p "$out"
# The clock stands just after the week, so that the demo is the same every time.
SOURCE_DATE_EPOCH=1764115200
export SOURCE_DATE_EPOCH

echo "GA day: the baseline"
"$bin/tars-ga-kpi" --output-dir "$out" "$captures/ga.json.gz"
for day in 1 2 3 4 5 6 7; do
	echo "day $day: compared with the baseline, and graded"
	"$bin/tars-stability-monitor" --ga-baseline "$out/ga_kpis/ga_kpi_summary.json" --output-dir "$out" -f json \
		"$captures/day_0$day.json.gz" | "$bin/tars-health-report" --output-dir "$out"
done
echo "the week: anomalies, regressions, the retrospective"
"$bin/tars-anomaly-detector" --baseline "$out/ga_kpis/ga_kpi_summary.json" --output-dir "$out" "$captures"/*.json.gz
"$bin/tars-regression-analyzer" --ga-baseline "$out/ga_kpis/ga_kpi_summary.json" --7day-summaries "$out/stability" --output-dir "$out"
"$bin/tars-retro" --auto --data-dir "$out" --output-dir "$out" --next-release v1.0.2

echo
echo "The retrospective is in $out/output/GA_7DAY_RETROSPECTIVE.md; it begins:"
echo
sed -n '1,20p' "$out/output/GA_7DAY_RETROSPECTIVE.md"
