#!/bin/sh
# Kills a watch again and again and compares what it told with what one that was
# left alone told: no event may be lost, none doubled.
#
#   URL=http://127.0.0.1:9090 SINCE=TIME UNTIL=TIME [KILLS=200] [BIN=bin] build/bench/kill.sh
#
# URL is a real Prometheus with history between SINCE and UNTIL.
set -eu
: "${URL:?a Prometheus}" "${SINCE:?}" "${UNTIL:?}"
AFTER=${AFTER:-2100-01-01T00:00:00Z}
tool=${BIN:-bin}/tars-anomaly-detector
kills=${KILLS:-200}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
set -- --watch --prometheus-url "$URL" --since "$SINCE" --until "$UNTIL" --now "$AFTER" --interval 10ms
"$tool" "$@" --state "$dir/alone.state" -o "$dir/alone.ndjson"
done=0
weeks=0
while [ "$done" -lt "$kills" ]; do
	weeks=$((weeks + 1))
	rm -f "$dir"/killed.*
	while :; do
		"$tool" "$@" --state "$dir/killed.state" -o "$dir/killed.ndjson" &
		pid=$!
		# 10 to 200 ms, so that kills fall into reading, judging and writing.
		sleep "$(awk -v s="$done$weeks" 'BEGIN { srand(s); printf "%.3f", 0.01 + 0.19 * rand() }')"
		if kill -9 "$pid" 2>/dev/null; then
			done=$((done + 1))
			wait "$pid" 2>/dev/null || true
		else
			wait "$pid"
			break
		fi
		if [ "$done" -ge "$kills" ]; then
			"$tool" "$@" --state "$dir/killed.state" -o "$dir/killed.ndjson"
			break
		fi
	done
	for which in alone killed; do
		# A Prometheus adds floating-point numbers in no fixed order, so the last
		# digits differ from one query to the next; the numbers are left out.
		sed 's/"actual_value".*"classification"/"classification"/; s/"confidence":[^,}]*//' "$dir/$which.ndjson" >"$dir/$which.events"
	done
	cmp "$dir/alone.events" "$dir/killed.events"
done
echo "$done kills in $weeks watches of $(wc -l <"$dir/alone.ndjson") events each: none lost, none doubled"
