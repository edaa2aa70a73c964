#!/usr/bin/env python3
"""A rolling z-score over sample lines in pure Python, as the predecessor of
tars-anomaly-detector did it: EWMA smoothing, z against the window before.
Written anew to hold the detector against; events go to stdout."""
import json
import math
import sys
from collections import defaultdict, deque

ALPHA, WINDOW, WARM_UP, THRESHOLD = 0.3, 48, 16, 3.0


class Series:
    def __init__(self):
        self.window = deque(maxlen=WINDOW)
        self.ewma = None

    def push(self, value):
        z = None
        expected = self.ewma
        if len(self.window) >= WARM_UP:
            n = len(self.window)
            mean = sum(self.window) / n
            spread = math.sqrt(sum((x - mean) ** 2 for x in self.window) / (n - 1))
            z = (value - mean) / max(spread, 1e-6 * abs(mean), 1e-9)
        self.ewma = value if self.ewma is None else self.ewma + ALPHA * (value - self.ewma)
        self.window.append(value)
        return expected, z


def main():
    series = defaultdict(Series)
    for line in sys.stdin:
        sample = json.loads(line)
        labels = sample.get("labels") or {}
        key = (sample["metric_name"], tuple(sorted(labels.items())))
        expected, z = series[key].push(sample["value"])
        if z is not None and abs(z) >= THRESHOLD:
            print(json.dumps({
                "timestamp": sample["timestamp"], "metric_name": sample["metric_name"],
                "labels": labels, "actual_value": sample["value"], "expected_value": expected,
                "z_score": z, "classification": "spike" if z > 0 else "drop",
                "severity": "high" if abs(z) >= 5 else "medium" if abs(z) >= 4 else "low"}))


if __name__ == "__main__":
    main()
