#!/usr/bin/env bash
# A suite that carries gates ends with them; changing them needs no new run.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 4 "$data/retain.jsonl" >some.jsonl
suite() {  # suite GATES: a small suite that carries them
  cat >suite.json <<J
{"suite": "small", "model": {"train": {"config": "$data/tiny_llama/config.json", "splits": ["retain"],
   "set": {"steps": 2, "batch": 2, "lr": 0.001}}},
 "data": {"retain": {"file": "some.jsonl", "role": "retain"}},
 "attacks": [{"name": "teacher_forced", "on": "retain"}],
 "metrics": [{"name": "perplexity", "field": "perplexity", "from": "teacher_forced", "want": "low"}],
 "gates": $1}
J
}
run() {  # run CODE OPTIONS...
  local wanted=$1 got=0
  shift
  "$LETHE" run suite.json --out run -q "$@" >stdout 2>stderr || got=$?
  [ $got -eq "$wanted" ] || { echo "FAILED: run $*: exit $got, wanted $wanted"; cat stdout stderr; exit 1; }
}
gate() { echo "{\"gate\":\"g\",\"rules\":[{\"metric\":\"teacher_forced.perplexity\",$1,\"ci\":\"point\"}]}"; }

# Wrong rules are refused before any work.
suite '["no_such_gate"]'
expect 2 'no such file, and no gate of that name' "$LETHE" run suite.json --out run -q
suite "[$(gate '"maxx":1')]"
expect 2 'gates\[0\].rules\[0\]' "$LETHE" run suite.json --out run -q
suite '{}'
expect 2 'gates.* list' "$LETHE" run suite.json --out run -q
[ ! -e run ] || { echo "FAILED: work was done"; exit 1; }

suite "[$(gate '"min":1')]"
run 0
grep -q '^PASS: all 1 checks hold' stdout
records=$(sha256sum run/records.jsonl)
"$LETHE" gate run >/dev/null

# The same run, held against other rules: nothing is computed again.
gate '"max":1' >mine.json
suite '["mine.json"]'
run 10
grep -q '^FAIL: 1 of 1 checks broken (exit code 10)' stdout
[ "$records" = "$(sha256sum run/records.jsonl)" ] || { echo "FAILED: the records changed"; exit 1; }
run 10 --json
python3 -c "import json,sys; r=json.load(open('stdout')); assert r['gate']['verdict']=='fail' and r['failed']==0"
suite "[$(gate '"max_rise":1,"vs":"baseline"')]"
run 11
run 0 --baseline run
expect 2 'no such folder' "$LETHE" run suite.json --out run -q --baseline nowhere

# Without gates there is nothing to hold it against.
run 0 --set 'gates=[]'
expect 2 'no rules to hold it against' "$LETHE" gate run
echo "1 passed, 0 failed"
