#!/usr/bin/env bash
# A run that is going, seen by lethe watch and lethe leaderboard; killed, it has
# stopped; the same command ends it, and its log has it all.
set -u
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"
source "$LETHE_SOURCE_DIR/harness/app/tiny_suite.sh"
fail() { echo "FAILED: $*"; tail -n 20 out err run.err 2>/dev/null; exit 1; }
field() { python3 -c "import json,sys; v = json.load(sys.stdin)$1; print(v)"; }
tiny_suite suite.json

# What needs no LibTorch does not open it.
LD_DEBUG=files "$LETHE" watch --help 2>&1 >/dev/null | grep -q 'libtorch\|lethe_engine' &&
  fail "lethe watch opens LibTorch"
expect 2 'absent: no such folder: name the --out folder' "$LETHE" watch absent
mkdir empty
expect 2 'empty: holds no run.json' "$LETHE" watch empty --once

# Held still as soon as it has finished two units: it is going, for those who ask.
"$LETHE" run suite.json --out run >table 2>run.err &
pid=$!
ended() { grep '"event":"unit_done","cell":"[0-9a-f]*","unit":"[gl]' run/events.jsonl 2>/dev/null | wc -l; }
while [ "$(ended)" -lt 2 ]; do
  kill -0 $pid 2>/dev/null || fail "the run ended: nothing to watch"
  sleep 0.02
done
kill -STOP $pid

"$LETHE" watch run --once >out 2>err || fail "watch --once: exit code $?"
grep -q '^tiny in run: [0-5] of 6 cells done' out || fail "no head line"
grep -qE '^\[#*>?\.+\]$' out || fail "no map of the cells"
grep -q '^  table   lethe leaderboard run$' out || fail "no command for the table"
"$LETHE" watch run --once --json >json 2>err || fail "watch --json: exit code $?"
[ "$(field '["status"]' <json)" = running ] || fail "not running: $(cat json)"
[ "$(field '["cells"]["total"]' <json)" = 6 ] || fail "not 6 cells: $(cat json)"
[ "$(field '["units"]["ended"]' <json)" -ge 2 ] || fail "no units: $(cat json)"

"$LETHE" leaderboard run >out 2>err || fail "leaderboard: exit code $?"
grep -q '^none ' out || fail "the first row is not in the partial table"
"$LETHE" leaderboard run --format json >json 2>err || fail "leaderboard --json"
rows=$(field '["rows"].__len__()' <json)
[ "$rows" -ge 1 ] && [ "$rows" -lt 6 ] || fail "$rows rows of a run that is going"

# A watcher ends with the run. Killed, the run has stopped: 4.
"$LETHE" watch run >out 2>err &
watcher=$!
kill -9 $pid
wait $pid 2>/dev/null
pid=
wait $watcher
code=$?
[ $code -eq 4 ] || fail "watch of a killed run: exit code $code, not 4"
grep -q 'tiny in run: stopped (its process is gone; the same command goes on)' out ||
  fail "does not say that the run stopped"
grep -q running out && fail "a cell of a stopped run is running"

# The same command ends it; plain lines where there is no terminal.
"$LETHE" run suite.json --out run >table 2>run.err || fail "resumed: exit code $?"
grep -q $'\x1b' run.err && fail "escapes without a terminal"
grep -qE '^[1-6] of 6 cells: npo \+ quantise \(seed 0\): done in ' run.err ||
  fail "no line of a cell that ended"
[ "$(grep -c . run.err)" -le 8 ] || fail "more than a line a cell"
"$LETHE" watch run >out 2>err || fail "watch of a finished run: exit code $?"
grep -q '^tiny in run: complete: 6 of 6 cells done$' out || fail "not complete"
"$LETHE" run suite.json --out quiet -q >quiet.table 2>quiet.err || fail "-q: exit code $?"
[ ! -s quiet.err ] || fail "-q says: $(cat quiet.err)"
cmp -s table quiet.table || fail "stdout is not the result alone"

python3 - <<'P' || fail "the records or the log"
import json
events = [json.loads(line) for line in open("run/events.jsonl")]
names = [e["event"] for e in events]
assert names.count("run_started") == 2, names
assert names[-1] == "run_finished" and events[-1]["status"] == "complete"
assert not events[0].get("resumed") and len(events[0]["plan"]) == 6
units = [(e["cell"], e["unit"]) for e in events if e["event"] == "unit_done" and "cell" in e]
assert len(set(units)) == len(units) == 6 * len(events[0]["units"]) + 3, len(units)
assert all(e["time"].endswith("Z") for e in events)
def read(path):
    rows = [json.loads(line) for line in open(path)]
    for r in rows:
        if r["metric"] == "cost" and r["field"] != "tokens":
            r["value"] = 0
        for key in ("seconds", "peak_bytes", "device_peak_bytes", "run"):
            r.pop(key)
    return rows
assert read("run/records.jsonl") == read("quiet/records.jsonl")
P
echo "1 passed, 0 failed"
