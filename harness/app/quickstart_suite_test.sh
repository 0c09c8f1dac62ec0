#!/usr/bin/env bash
# The quickstart and its gates end to end, as CI runs suites: its table tells the
# true story.
set -u
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export LETHE LETHE_DEVICE=cpu
bash "$LETHE_SOURCE_DIR/examples/ci_suite.sh" quickstart "$out/run" >"$out/table" 2>"$out/log" || {
  echo "FAILED: exit code $?"
  cat "$out/table"
  tail -5 "$out/log"
  exit 1
}
cat "$out/table"
[ ! -e "$out/run/gates.json" ] || [ -s "$out/run/junit.xml" ] || { echo "FAILED: no junit.xml"; exit 1; }
python3 "$LETHE_SOURCE_DIR/harness/app/quickstart_story.py" "$out/run/records.jsonl"
