#!/usr/bin/env bash
# stress end to end on a model that knows its data: the tests are recomputed
# from the samples.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
python3 - <<'P'
import json, os
folder = os.environ["LETHE_SOURCE_DIR"] + "/suites/data/"
rows = lambda name: [json.loads(line) for line in open(folder + name)][:8]
with open("data.jsonl", "w") as out:
    for member, name in ((1, "forget.jsonl"), (0, "holdout.jsonl")):
        for row in rows(name):
            out.write(json.dumps({**row, "member": member}) + "\n")
with open("train.jsonl", "w") as out:
    for row in rows("forget.jsonl"):
        out.write(json.dumps(row) + "\n")
P
"$LETHE" train --config "$data/tiny_llama/config.json" --data train.jsonl \
  --out model --set epochs=25 --set batch=4 --set lr=0.003 -q >/dev/null
stress() {
  "$LETHE" stress --model model --data data.jsonl --set prefix_tokens=8 \
    --set suffix_tokens=4 --set num_beams=4 -q "$@"
}
stress --out run --json >report.json
stress --out run >report.txt  # nothing is left to do: the same report
grep -q '^  leaks: worst case' report.txt
grep -q '  reference_mia: no --reference' report.txt
grep -q '<h2>Leaked examples</h2>' run/report.html
python3 - <<'P'
import json, math
report = json.load(open("report.json"))
assert report["attacks"]["loss_mia"]["status"] == "ok", report
stress = report["stress"]
saved = json.load(open("run/stress.json"))
assert saved["tests"] == stress["tests"] and saved["worst"] == stress["worst"]
tests = {(t["probe"], t["measure"]): t for t in stress["tests"]}
greedy = "greedy_extraction:prefix_tokens=8,suffix_tokens=4"
rows = [json.loads(line) for line in open(f"run/samples/{greedy}.jsonl")]
hits = [sum(r["exact_match"] == 1 for r in rows if r["member"] == m)
        for m in (1, 0)]
assert hits[0] >= 4, hits
n, total = 8, sum(hits)
p = sum(math.comb(n, k) * math.comb(n, total - k)
        for k in range(hits[0], min(n, total) + 1)) / math.comb(2 * n, total)
test = tests[greedy, "exact_match"]
assert abs(test["p"] - p) < 1e-12 and test["value"] == hits[0] / n, (test, p)
p = sorted(t["p"] for t in stress["tests"])
assert abs(stress["worst"]["p_holm"] - min(1, p[0] * len(p))) < 1e-15, stress
leaked = {row["id"] for row in stress["leaked"]}
assert {r["id"] for r in rows if r["exact_match"] == 1 and r["member"] == 1} <= leaked
assert {s["probe"] for s in stress["skipped"]} >= {"drift", "reference_mia"}
assert stress["cost"]["tokens"] == sum(
    c["tokens"] for c in stress["cost"]["probes"].values()) > 0
P
expect 2 "^error: --alpha: is 2" stress --out other --alpha 2
[ ! -e other ]
echo "1 passed, 0 failed"

# A row without a score (one token and no leading one) is no silent drop: the
# test has no p. Baselines that do not ask the model are tested apart.
cp -r model plain
(head -n 3 data.jsonl; tail -n 3 data.jsonl
  echo '{"text": "a", "member": 1}') >short.jsonl
python3 - <<'P'
import json
tokenizer = json.load(open("plain/tokenizer.json"))
tokenizer["post_processor"] = None
json.dump(tokenizer, open("plain/tokenizer.json", "w"))
P
"$LETHE" stress --model plain --data short.jsonl --set prefix_tokens=8 \
  --set suffix_tokens=4 --set num_beams=4 -q --out short-all --json >short.json
python3 - <<'P'
import json
report = json.load(open("short.json"))
assert report["attacks"]["loss_mia"]["metrics"]["auroc"]["value"] is None
rows = [json.loads(line) for line in open("short-all/samples/loss_mia.jsonl")]
assert [r["score"] is None for r in rows] == [False] * 6 + [True], rows
tests = {t["probe"]: t for t in report["stress"]["tests"]}
assert tests["loss_mia"]["p"] is None and tests["loss_mia"]["reason"], tests
assert "blind_mia" not in tests and report["stress"]["blind"], report["stress"]
P

# Two metrics of one field: the second one's has its name before it.
cat >fields.json <<'J'
{"suite": "fields", "model": {"path": "model"},
 "data": {"forget": {"file": "train.jsonl", "role": "forget"}},
 "attacks": [{"name": "greedy_extraction", "on": "forget",
              "set": {"prefix_tokens": 8, "suffix_tokens": 4}}],
 "metrics": [{"name": "rouge_1", "from": "greedy_extraction"},
             {"name": "rouge_l", "from": "greedy_extraction"}]}
J
"$LETHE" run fields.json --out fields -q >/dev/null
python3 - <<'P'
import glob, json
rows = [json.loads(line)
        for name in glob.glob("fields/**/*.jsonl", recursive=True)
        if "/samples/" in name for line in open(name)]
assert rows and all({"fmeasure", "rouge_l.fmeasure"} <= row.keys()
                    for row in rows), rows
P

# Ids of another tokenizer in a suffix are bad data, not a failed extraction.
echo '{"ids": [5, 6, 99999, 7], "member": 1}' >foreign.jsonl
"$LETHE" attack greedy_extraction --model model --data foreign.jsonl -q \
  --out foreign >/dev/null 2>stderr && exit 1
grep -q 'item "0": token id 99999 is not below the model.s vocabulary' stderr
