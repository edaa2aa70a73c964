#!/bin/sh
# Writes the pages of the demo week.
#
#   build/screenshots/pages.sh DEMO BIN TO
#
# DEMO is what the demo wrote, BIN holds the tools, the pages go to TO.
set -eu
demo=$1 bin=$2 to=$3

mkdir -p "$to"
# The clock stands where the demo's stands.
SOURCE_DATE_EPOCH=1764115200
export SOURCE_DATE_EPOCH
unset TARS_RELEASE DAY_NUMBER
"$bin/tars-retro" -o "$to/retrospective.html" "$demo/output/GA_7DAY_RETROSPECTIVE.json"
"$bin/tars-health-report" --day-number 3 -o "$to/health.html" "$demo/ga_kpis" "$demo/stability" "$demo/anomalies"
"$bin/tars-regression-analyzer" -o "$to/regression.html" "$demo/ga_kpis" "$demo/stability"
