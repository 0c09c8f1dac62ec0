#!/usr/bin/env bash
# kill -9 at five random moments, then the same command: the same records as an
# undisturbed run but for times.
set -u
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run() { "$LETHE" run quickstart --out "$1" -q >/dev/null 2>>"$out/log"; }
start=$SECONDS
run "$out/whole" || { tail -5 "$out/log"; exit 1; }
whole=$((SECONDS - start))
RANDOM=${LETHE_TEST_SEED:-$$}
for _ in 1 2 3 4 5; do
  run "$out/killed" &
  sleep $((RANDOM % (whole / 4 + 1) + 2)).$((RANDOM % 10))
  kill -9 $! 2>/dev/null
  wait $! 2>/dev/null
done
run "$out/killed" || { tail -5 "$out/log"; exit 1; }
python3 - "$out/whole/records.jsonl" "$out/killed/records.jsonl" <<'P'
import json, sys
TIMES = ("seconds", "peak_bytes", "device_peak_bytes", "tokens", "run")
def read(path):
    rows = [json.loads(line) for line in open(path)]
    for r in rows:
        if r["metric"] == "cost":
            r["value"] = 0
        for key in TIMES:
            r.pop(key)
    return rows
a, b = read(sys.argv[1]), read(sys.argv[2])
assert len(a) == len(b) > 50, (len(a), len(b))
for x, y in zip(a, b):
    assert x == y, {k: (x[k], y[k]) for k in x if x[k] != y[k]}
print(f"{len(a)} passed, 0 failed")
P
