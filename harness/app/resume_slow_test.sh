#!/usr/bin/env bash
# kill -9 at five random moments, spread over the run, then the same command:
# the same records as an undisturbed run but for times.
set -u
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
start() {
  "$LETHE" run quickstart --out "$1" -q >/dev/null 2>"$out/log" &
  pid=$!
}
finish() {
  start "$1"
  wait $pid || { tail -5 "$out/log"; exit 1; }
}
units() { cat "$1/journal.jsonl" 2>/dev/null | wc -l; }

finish "$out/whole"
all=$(units "$out/whole")
RANDOM=${LETHE_TEST_SEED:-$$}
for part in 0 1 2 3 4; do
  # Somewhere in this part of the units, and some seconds on; the last sixth is
  # left, so that no run ends before it is killed.
  wanted=$((all * part / 6 + RANDOM % (all / 6)))
  [ $part -gt 0 ] || wanted=0  # while the first model is trained
  start "$out/killed"
  while [ "$(units "$out/killed")" -lt "$wanted" ]; do
    kill -0 $pid 2>/dev/null || { tail -5 "$out/log"; exit 1; }
    sleep 0.1
  done
  sleep $((RANDOM % 4)).$((RANDOM % 10))
  kill -9 $pid || { echo "ended before it was killed"; exit 1; }
  wait $pid 2>/dev/null
  echo "killed with $(units "$out/killed") of $all units finished"
done
finish "$out/killed"
python3 - "$out/whole/records.jsonl" "$out/killed/records.jsonl" <<'P'
import json, sys
TIMES = ("seconds", "peak_bytes", "device_peak_bytes", "run")
def read(path):
    rows = [json.loads(line) for line in open(path)]
    for r in rows:
        if r["metric"] == "cost" and r["field"] != "tokens":
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
