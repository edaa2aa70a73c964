#!/bin/sh
# Scores the detector on labelled series as the Numenta Anomaly Benchmark does.
#
#   NAB=DIR [METHOD=adaptive] [BIN=DIR] build/bench/nab.sh [nab_score.py flags]
#
# NAB names a folder with data/, labels/ and nab_score.py; it is no part of this
# repository, and nothing here is built or tested with it. The score is at the
# detector's own threshold, 0.5.
set -eu
: "${NAB:?names the folder with data/, labels/ and nab_score.py}"
method=${METHOD:-adaptive}
tool=${BIN:-bin}/tars-anomaly-detector
scores=$(mktemp -d)
trap 'rm -rf "$scores"' EXIT INT TERM
for file in "$NAB"/data/*/*.csv; do
	name=${file#"$NAB"/data/}
	mkdir -p "$scores/$(dirname "$name")"
	awk -F, 'NR > 1 && NF { printf "{\"timestamp\":\"%s\",\"metric_name\":\"m\",\"value\":%s}\n", $1, $2 }' "$file" |
		"$tool" --method "$method" --emit scores - |
		sed 's/^{"timestamp":"\([^"]*\)T\([^"]*\)Z".*"score":\([^}]*\)}$/\1 \2,\3/; 1i timestamp,anomaly_score' \
			>"$scores/$name"
done
python3 "$NAB/nab_score.py" --nab "$NAB" --scores "$scores" --threshold 0.5 "$@"
