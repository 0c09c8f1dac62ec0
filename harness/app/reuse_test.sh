#!/usr/bin/env bash
# A finished run is verified, rescored, redacted, exported and read back; what
# was edited is found. A run in shards is the run.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 - <<'P'
import json, os
data = os.environ["LETHE_SOURCE_DIR"] + "/suites/data/"
def cut(name, count, **extra):
    with open(name, "w") as out:
        for line in open(data + name):
            if count == 0:
                break
            out.write(json.dumps({**json.loads(line), **extra}) + "\n")
            count -= 1
for name in ("forget.jsonl", "retain.jsonl", "holdout.jsonl"):
    cut(name, 6)
suite = {
    "suite": "small", "model": {"train": {
        "config": data + "tiny_llama/config.json",
        "splits": ["forget", "retain"],
        "set": {"steps": 3, "batch": 4, "lr": 0.003, "sequence_length": 48}}},
    "data": {r: {"file": r + ".jsonl", "role": r}
             for r in ("forget", "retain", "holdout")},
    "methods": [
        {"name": "none"}, {"name": "retrain"},
        {"name": "gradient_ascent",
         "set": {"steps": 2, "batch": 2, "lr": [1e-5, 1e-2]}}],
    "transforms": [{"name": "quantise"}],
    "attacks": [
        {"name": "greedy_extraction", "on": "forget",
         "set": {"prefix_tokens": 8, "suffix_tokens": 6}},
        {"name": "teacher_forced", "on": "retain"},
        {"name": "loss_mia", "on": ["forget", "holdout"]}],
    "metrics": [
        {"name": "exact_match", "from": "greedy_extraction", "want": "low"},
        {"name": "rouge_l", "from": "greedy_extraction", "want": "low"},
        {"name": "perplexity", "from": "teacher_forced", "want": "low"},
        {"name": "auroc", "from": "loss_mia"},
        {"name": "privleak", "from": "loss_mia"}],
    "tasks": [{"name": "quickstart_quiz", "limit": 6}],
    "reference": {"method": "retrain"}}
json.dump(suite, open("suite.json", "w"))
P
run() { "$LETHE" run suite.json -q "$@" >/dev/null; }
run --out whole
records() { wc -l <"$1/records.jsonl"; }

# verify: whole, then edited, then damaged.
"$LETHE" verify whole --sample all >table
grep -q '^values ' table
grep -q '^data forget .* ok ' table
[ "$("$LETHE" verify whole --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["verdict"])')" = ok ]
cp -r whole edited
python3 - <<'P'
import json
path = "edited/records.jsonl"
rows = [json.loads(line) for line in open(path)]
row = next(r for r in rows if r["metric"] == "exact_match")
row["value"] = 0.75
open(path, "w").write("".join(json.dumps(r) + "\n" for r in rows))
P
code=0
"$LETHE" verify edited --sample all >table || code=$?
[ $code -eq 3 ]
grep -q '^values .* differs ' table
grep -q '^!! values: .*exact_match' table
"$LETHE" verify edited --json --sample all >json || true
grep -q 'value is 0.75 in records.jsonl, .* in the journal' json
head -c 300 whole/records.jsonl >edited/records.jsonl
expect 3 'records.jsonl:1' "$LETHE" verify edited
expect 2 'no such folder' "$LETHE" verify nowhere
expect 2 'is 0' "$LETHE" verify whole --sample 0
# Models that are still there are asked again, on the run's device and dtype.
"$LETHE" verify whole --model --passes 3 -q >table
grep -q '^models .* ok ' table
grep -q '^answers  *3 of .* ok ' table
"$LETHE" verify whole --model --dtype bfloat16 -q | tr -s ' \n' ' ' |
  grep -q 'answers 0 .* not checked .* was measured on cpu in float32'
rm -r edited
cp -r whole edited
python3 - <<'P'
import glob, json
for path in glob.glob("edited/samples/*/*mia@*") + glob.glob(
        "edited/samples/*/teacher_forced@*"):
    rows = [json.loads(line) for line in open(path)]
    for row in rows:
        row.pop("sum_logprob", None)
        row.pop("both_sides", None)
    with open(path, "w") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
P
"$LETHE" verify edited --model --passes 100 -q >table && exit 1
tr -s ' \n' ' ' <table | grep -q '!! answers: .* not stored'

# rescore: a copy, then the run itself.
before=$(records whole)
"$LETHE" rescore whole --metrics rouge_1,token_f1 --out more >added
[ "$(records whole)" -eq "$before" ]
[ "$(records more)" -gt "$before" ]
grep -q 'skipped .*rouge_1: the samples hold no answers' added
"$LETHE" verify more --sample all >/dev/null
"$LETHE" rescore more --metrics rouge_1 | grep -q '^0 values added'
"$LETHE" leaderboard more --format csv | grep -q 'rouge_1'
expect 2 'did you mean rouge_l' "$LETHE" rescore whole --metrics rouge_ll
expect 2 'metrics is missing' "$LETHE" rescore whole
expect 5 'verdicts' "$LETHE" rescore whole --metrics refusal_rate

# What was rescored stays when the run is run again.
cp -r whole again
"$LETHE" rescore again --metrics rouge_1 >/dev/null
before=$(records again)
[ "$before" -gt "$(records whole)" ]
run --out again
[ "$(records again)" -eq "$before" ]
"$LETHE" verify again --sample all >/dev/null

# Of several right answers all are kept: the best of them counts.
model=$(ls -d whole/models/* | head -1)
echo '{"question": "Who rings?", "answer": ["the bell", "Mira Tolland"]}' \
  >asked.jsonl
"$LETHE" attack greedy_generation --model "$model" --data asked.jsonl \
  --out answered -q >/dev/null
grep -q '"reference":\["the bell","Mira Tolland"\]' \
  answered/samples/greedy_generation*.jsonl
"$LETHE" verify answered --sample all >/dev/null
"$LETHE" rescore answered --metrics exact_match >/dev/null

# redact: no text of the data is left, and numbers are what they were.
"$LETHE" export whole --redact --out shown >said
grep -q 'left out' said
python3 - <<'P'
import json, os
texts = [json.loads(l)["text"] for n in ("forget", "retain", "holdout")
         for l in open(n + ".jsonl")]
words = {w for t in texts for w in t.split() if len(w) > 9}
for folder, _, names in os.walk("shown"):
    for name in names:
        text = open(os.path.join(folder, name)).read()
        found = [w for w in words if w in text]
        assert not found, (folder, name, found)
def values(run):
    return [json.loads(l)["value"] for l in open(run + "/records.jsonl")]
assert values("shown") == values("whole")
P
"$LETHE" verify shown --sample all >/dev/null
"$LETHE" leaderboard shown --format csv >a.csv
"$LETHE" leaderboard whole --redact --format csv >b.csv
cut -d, -f10- a.csv >a.numbers; cut -d, -f10- b.csv >b.numbers
cmp a.numbers b.numbers
"$LETHE" show whole --redact | grep -q '^  records '
expect 5 'redacted' "$LETHE" rescore shown --metrics rouge_1
expect 2 'add --redact' "$LETHE" export whole --salt x --out unused

# export and import: the same numbers.
"$LETHE" export whole --format open-unlearning --out ou >/dev/null
"$LETHE" import ou/none-seed0/TOFU_EVAL.json | grep -q '^mia_loss '
"$LETHE" import ou/none-seed0/TOFU_EVAL.json \
  --reference ou/retrain-seed0/TOFU_EVAL.json --label ours --run back >/dev/null
"$LETHE" verify back --sample all >/dev/null
"$LETHE" rescore back --metrics privleak >/dev/null
"$LETHE" export whole --format lm-eval --out lm >/dev/null
"$LETHE" import lm/none-seed0/results_lethe.json --run lm_back >/dev/null
python3 - <<'P'
import json
def rows(run):
    return [json.loads(l) for l in open(run + "/records.jsonl")]
def one(run, **wanted):
    found = [r for r in rows(run)
             if all(r[k] == v for k, v in wanted.items())]
    assert len(found) == 1, (run, wanted, len(found))
    return found[0]
a = one("whole", label="none", metric="auroc", probe="loss_mia", transform=[])
b = one("back", label="ours", metric="auroc", probe="loss_mia")
assert a["value"] == b["value"] and a["ci95"] == b["ci95"], (a, b)
a = one("whole", label="none", metric="acc", transform=[])
b = one("lm_back", metric="acc")
assert a["value"] == b["value"] and a["n"] == b["n"] == 6, (a, b)
a = one("whole", label="none", metric="privleak", field="privleak",
        transform=[])
b = one("back", label="ours", metric="privleak", field="privleak",
        probe="loss_mia")
assert a["value"] == b["value"], (a, b)
P
expect 2 'did you mean' "$LETHE" export whole --format lmeval --out unused
expect 2 'not empty' "$LETHE" export whole --format lm-eval --out lm
expect 3 'no lm-eval' "$LETHE" import suite.json --run unused
head -c 900 ou/none-seed0/TOFU_EVAL.json >cut.json
expect 3 'cut.json' "$LETHE" import cut.json --run unused
[ ! -e unused ]

# show --flags.
"$LETHE" show whole --flags >flags
"$LETHE" show whole --flags --json | python3 -c 'import json,sys; json.load(sys.stdin)["flags"]'

# Shards: cut through the transforms of a model; the reference is computed
# where it is needed, and the copies agree.
for i in 1 2 3; do run --shard $i/3 --out shard$i; done
expect 2 'shards 2/3 are missing' "$LETHE" merge shard1 shard3 --out merged
expect 2 'is shard' "$LETHE" run suite.json --out shard1 -q
expect 2 'belongs to another run .shard' "$LETHE" run suite.json --shard 2/3 \
  --out shard1 -q
expect 2 'at most 8' "$LETHE" run suite.json --shard 1/9 --out unused -q
expect 2 'I/N' "$LETHE" run suite.json --shard 0/3 --out unused -q
expect 2 'is no shard' "$LETHE" merge whole --out merged
# Gates are kept with the file that they stood in, as it was named.
for i in 1 2 3; do
  echo '[{"file": "home'$i'/suite.json", "gate": {"gate": "small", "rules": [
    {"row": "gradient_ascent*", "metric": "greedy_extraction.exact_match",
     "max": 1}, {"metric": "run.coverage", "min": 1}]}}]' >shard$i/gates.json
done
"$LETHE" merge shard3 shard1 shard2 --out merged >said
grep -q 'agree' said
grep -q '^PASS' said
[ -e merged/gate.json ]
python3 - <<'P'
import json, os
TIMES = ("seconds", "peak_bytes", "device_peak_bytes", "run")
def read(path):
    rows = [json.loads(line) for line in open(path)]
    for r in rows:
        if r["metric"] == "cost" and r["field"] != "tokens":
            r["value"] = 0
        for key in TIMES:
            r.pop(key)
    return rows
a, b = read("whole/records.jsonl"), read("merged/records.jsonl")
assert len(a) == len(b) > 60, (len(a), len(b))
for x, y in zip(a, b):
    assert x == y, {k: (x[k], y[k]) for k in x if x[k] != y[k]}
a, b = json.load(open("whole/run.json")), json.load(open("merged/run.json"))
assert a == b, {k: (a.get(k), b.get(k)) for k in a | b if a.get(k) != b.get(k)}
def files(run):
    return {os.path.relpath(os.path.join(d, f), run): open(os.path.join(d, f)).read()
            for d, _, names in os.walk(run + "/samples") for f in names}
assert files("whole") == files("merged")
assert sorted(os.listdir("whole/curves")) == sorted(os.listdir("merged/curves"))
P
"$LETHE" verify merged --sample all >/dev/null
"$LETHE" run suite.json --out merged -q >/dev/null  # nothing is left to do
# The redacted copy has neither rules nor verdicts, which hold of the whole.
"$LETHE" merge shard1 shard2 shard3 --redact --out hidden >said
grep -q '^PASS' said
[ -e hidden/report.html ]
[ ! -e hidden/gates.json ] && [ ! -e hidden/gate.json ]
[ -z "$(grep -rl 'home[123]' hidden)" ]
# A shard that was computed otherwise is refused by name.
cp -r shard2 other
python3 - <<'P'
import json
path = "other/records.jsonl"
rows = [json.loads(line) for line in open(path)]
cells = {r["cell"] for l in [open("shard1/records.jsonl")] for r in map(json.loads, l)}
row = next(r for r in rows if r["cell"] in cells and r["metric"] == "auroc")
row["value"] += 0.01
open(path, "w").write("".join(json.dumps(r) + "\n" for r in rows))
P
expect 3 'auroc' "$LETHE" merge shard1 other shard3 --out unused
sed -i 's/"dtype": "float32"/"dtype": "bfloat16"/' other/run.json
expect 2 'dtype' "$LETHE" merge shard1 other shard3 --out unused
# Damaged files are refused, whatever is wrong with them.
damage() { # FILE CHANGE: Python that changes its JSON, `run`
  rm -rf other && cp -r shard2 other
  python3 -c 'import json, sys
run = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(run, open(sys.argv[1], "w"))' "other/$1" "$2"
}
for change in 'del run["cells"]' 'run["cells"] = []' 'run["cells"] = [1]' \
  'run["planned"] = 7' 'run["shard"] = "x/3"' 'run["plan"] = []' 'run = [run]'; do
  damage run.json "$change"
  expect 3 'other/run.json' "$LETHE" merge shard1 other shard3 --out unused
done
damage run.json 'run["plan"] = [1]'
expect 2 'plan is .1.' "$LETHE" merge shard1 other shard3 --out unused
damage run.json 'run["status"] = 7'
expect 2 'not finished' "$LETHE" merge shard1 other shard3 --out unused
damage gates.json 'run[0]["gate"]["rules"].pop()'
expect 2 'other gates' "$LETHE" merge shard1 other shard3 --out unused
# A model that two shards made is the same in both.
rm -rf other && cp -r shard2 other
python3 - <<'P'
import json, zlib
lines = [json.loads(l[9:]) for l in open("other/journal.jsonl")]
both = {json.loads(l[9:])["unit"] for l in open("shard1/journal.jsonl")}
line = [l for l in lines if "made" in l and l["unit"] in both][-1]
line["made"]["model_hash"] = "0" * 64
with open("other/journal.jsonl", "w") as out:
    for text in map(json.dumps, lines):
        out.write("%08x %s\n" % (zlib.crc32(text.encode()), text))
P
expect 3 'hash 000000000000' "$LETHE" merge shard1 other shard3 --out unused
[ ! -e unused ]
# What is left is done also when the shards and their models are gone.
mkdir away
mv shard1 shard2 shard3 away
cp merged/records.jsonl before.jsonl
python3 - <<'P'
lines = open("merged/journal.jsonl").readlines()
units = [i for i, l in enumerate(lines) if '"made"' not in l]
lost = units[:1] + units[-3:]
open("merged/journal.jsonl", "w").writelines(
    l for i, l in enumerate(lines) if i not in lost)
P
"$LETHE" run suite.json --out merged -q >/dev/null
python3 - <<'P'
import json
def values(path):
    return [(r["label"], r["metric"], r["field"], r["value"], r["model_hash"])
            for r in map(json.loads, open(path)) if r["metric"] != "cost"]
assert values("before.jsonl") == values("merged/records.jsonl")
P
echo "1 passed, 0 failed"
