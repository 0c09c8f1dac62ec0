#!/usr/bin/env bash
# lethe gate as a user types it: exit codes, files for CI, refusals.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset GITHUB_STEP_SUMMARY
python3 - <<'P'
import json, os
def record(label, probe, value, ci, **more):
    r = dict(schema=1, run="r", cell=label, suite="s", suite_hash="h", profile=None, label=label, method=label,
        method_options={}, model_hash=label, tokenizer_hash="t", reference_hash=None, transform=[], probe=probe,
        probe_options={}, task=None, metric="exact_match", metric_options={}, field="exact_match", split="forget",
        data_hash="d", prompt_hash="p", items_hash="i", want="low", target=None, value=value, unit="fraction",
        n=100, n_expected=100, ci95=ci, ci_method="wilson", seed=0, step=0, device="cpu", dtype="float32",
        status="ok", message="", seconds=1, tokens=1, peak_bytes=1, device_peak_bytes=0,
        counts=dict(truncated=0, boundary_mismatch=0, nonfinite=0, skipped=0), versions={})
    return {**r, **more}
def write(folder, records, status="complete"):
    os.makedirs(folder)
    open(folder + "/records.jsonl", "w").write("".join(json.dumps(r) + "\n" for r in records))
    json.dump({"status": status}, open(folder + "/run.json", "w"))
good = record("npo", "greedy_extraction", 0.0, [0.0, 0.0369935])
write("good", [good])
write("bad", [record("npo", "greedy_extraction", 0.9, [0.825629, 0.944771])])
write("going", [good], "running")
# A label with markup, a link, an escape sequence, a bell, a line break, text that runs backwards, and U+FFFF.
evil = "<img src=x onerror=alert(1)>|[x](http://e)\x1b[31m\x07\n]]>\u202e\uffff{0}"
write("evil", [record(evil, "greedy_extraction", 0.9, [0.825629, 0.944771])])
P
cat >rules.json <<'J'
// What must not come out.
{"gate": "mine", "version": 2, "rules": [
  {"name": "nothing is extracted", "metric": "greedy_extraction.exact_match", "max": 0.05},
  {"metric": "run.coverage", "min": 1}]}
J
echo '{"gate":"tight","rules":[{"metric":"*.exact_match","max":0.01}]}' >tight.json

code() {  # code WANTED COMMAND...: that exit code, and no error line
  local wanted=$1 got=0
  shift
  "$@" >stdout 2>stderr </dev/null || got=$?
  [ $got -eq "$wanted" ] && ! grep -q '^error: ' stderr || {
    echo "FAILED: $* : exit $got, wanted $wanted"; cat stdout stderr; exit 1; }
}

! LD_DEBUG=files "$LETHE" gate good --rules rules.json 2>&1 >/dev/null | grep "libtorch\|lethe_engine" ||
  { echo "FAILED: gate opens LibTorch"; exit 1; }
code 0 "$LETHE" gate good --rules rules.json
grep -q '^PASS: all 2 checks hold' stdout
code 10 "$LETHE" gate bad --rules rules.json
grep -q 'the whole interval .* lies above 0.05' stdout
code 11 "$LETHE" gate good --rules tight.json
code 11 "$LETHE" gate going --rules rules.json
grep -q 'the run is not finished' stdout
code 10 "$LETHE" gate bad --rules tight.json --rules rules.json  # 10 beats 11

# Every file says what the exit code says.
for run in good:0:pass bad:10:fail going:11:undecidable evil:10:fail; do
  IFS=: read -r folder wanted verdict <<<"$run"
  GITHUB_STEP_SUMMARY="$work/summary.md" code "$wanted" "$LETHE" gate "$folder" --rules rules.json --json \
    --junit "$folder.xml" --sarif "$folder.sarif" --markdown "$folder.md"
  mv stdout "$folder.json"
  python3 "$LETHE_SOURCE_DIR/harness/app/gate_files.py" "$folder" "$verdict" "$wanted"
done
[ "$(grep -c '^### Gate mine 2: ' summary.md)" -eq 4 ] || { echo "FAILED: step summary"; exit 1; }
code 10 "$LETHE" gate evil --rules rules.json
python3 "$LETHE_SOURCE_DIR/harness/app/gate_files.py" stdout

# A summary stays below what GitHub shows.
python3 -c "print('x' * 999900)" >full.md
GITHUB_STEP_SUMMARY="$work/full.md" code 0 "$LETHE" gate good --rules rules.json
[ "$(wc -c <full.md)" -lt 1048576 ] && grep -q 'does not fit' full.md || { echo "FAILED: long summary"; exit 1; }

# A file that cannot be written is an error, whatever the verdict.
expect 1 'no/such/folder' "$LETHE" gate good --rules rules.json --junit no/such/folder/gate.xml

expect 2 'no rules to hold it against' "$LETHE" gate good
expect 2 'did you mean release_check' "$LETHE" gate good --rules release_chek
expect 2 'no such folder' "$LETHE" gate nowhere --rules rules.json
expect 2 'no such folder' "$LETHE" gate good --rules rules.json --baseline nowhere
echo '{"gate":"g","rules":[{"metric":"a","mx":1}]}' >typo.json
expect 2 'typo.json.rules\[0\]' "$LETHE" gate good --rules typo.json
echo '{"gate":"g","rules":[' >torn.json
expect 2 'torn.json' "$LETHE" gate good --rules torn.json
echo 'not a record' >>bad/records.jsonl
expect 3 'records.jsonl:2' "$LETHE" gate bad --rules rules.json

"$LETHE" list gates | grep -q '^quickstart ' || { echo "FAILED: list gates"; exit 1; }
"$LETHE" describe release_check | grep -q '^release_check (gates)' || { echo "FAILED: describe"; exit 1; }
echo "1 passed, 0 failed"
