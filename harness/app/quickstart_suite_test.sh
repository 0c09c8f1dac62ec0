#!/usr/bin/env bash
# The quickstart end to end: its table tells the true story.
set -u
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$LETHE" run quickstart --out "$out/run" >"$out/table" 2>"$out/log" || { tail -5 "$out/log"; exit 1; }
cat "$out/table"
python3 "$LETHE_SOURCE_DIR/harness/app/quickstart_story.py" "$out/run/records.jsonl"
