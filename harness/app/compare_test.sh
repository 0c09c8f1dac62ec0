#!/usr/bin/env bash
# lethe compare on small run folders (compare_runs.py).
set -euo pipefail
lethe=$LETHE
here=$LETHE_SOURCE_DIR/harness/app
source "$here/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 "$here/compare_runs.py" .

# One run: every row against none.
"$lethe" compare before >table
grep -q '^npo against none$' table
grep -q '^retrain against none$' table
python3 - <<'PY'
for line in open("table", encoding="utf-8"):
    assert len(line.rstrip("\n")) <= 100, line
PY

"$lethe" compare before --json --items 2 >one.json
python3 - <<'PY'
import json
one = json.load(open("one.json"))
pairs = {(p["b"], p["metric"]): p for p in one["pairs"]}
assert {p["a"] for p in one["pairs"]} == {"none"}
exact = pairs["npo", "greedy_extraction.exact_match.exact_match.forget"]
for key in ("a", "b", "metric", "difference", "ci95", "p", "test", "lost",
            "gained", "mde"):
    assert key in exact, key
rows = {m: [json.loads(l) for l in open(
    f"before/samples/{m}-0/greedy_extraction@forget.jsonl")]
    for m in ("none", "npo")}
both = list(zip((r["exact_match"] for r in rows["none"]),
                (r["exact_match"] for r in rows["npo"])))
lost = sum(a > b for a, b in both)
gained = sum(a < b for a, b in both)
assert (exact["lost"], exact["gained"]) == (lost, gained), (lost, gained)
assert exact["test"] == "mcnemar_exact" and exact["n"] == len(both)
assert abs(exact["difference"] - (gained - lost) / len(both)) < 1e-12
assert exact["ci95"][0] < exact["difference"] < exact["ci95"][1] < 0
assert exact["verdict"] == "better", exact
assert len(exact["items"]["lost"]) == 2, exact["items"]
assert exact["items"]["lost"][0]["prompt"].startswith("Text"), exact["items"]
tests = [p for p in one["pairs"] if p["p"] is not None]
assert one["tests"] == len(tests) > 8
for p in tests:  # Holm never makes a p-value smaller
    assert p["p"] <= p["p_adjusted"] <= 1, p
assert min(p["p_adjusted"] for p in tests) >= len(tests) * min(
    p["p"] for p in tests) - 1e-12
loss = pairs["retrain", "teacher_forced.perplexity.perplexity.retain"]
assert loss["test"].startswith("sign_flip"), loss
assert abs(loss["ratio"] - loss["value_b"] / loss["value_a"]) < 1e-9
area = pairs["npo", "loss_mia.auroc.auroc.forget+holdout"]
assert area["test"] == "delong" and area["verdict"] == "better", area
quiz = pairs["npo", "quiz.acc.acc.quiz"]
assert quiz["verdict"] == "same" and quiz["mde"] > 0, quiz
assert quiz["target"] is None and area["target"] > 0.5, (quiz, area)
mauve = pairs["npo", "greedy_extraction.mauve.mauve.forget"]
assert mauve["p"] is None and mauve["verdict"] == "untested", mauve
assert "no item has a value of its own" in mauve["reason"], mauve
assert not any(p["metric"].startswith("cost") for p in one["pairs"])
PY

# Two runs: rows of the same name; none is the same model in both.
"$lethe" compare before after --json >two.json
python3 - <<'PY'
import json
two = json.load(open("two.json"))
sides = {(p["a"], p["b"]) for p in two["pairs"]}
assert sides == {("none @ before", "none @ after"),
                 ("npo @ before", "npo @ after")}, sides
for p in two["pairs"]:
    if p["a"].startswith("none"):
        assert p["verdict"] in ("same", "untested"), p
        assert p["difference"] == 0 and p["lost"] in (0, None), p
worse = [p for p in two["pairs"] if p["verdict"] == "worse"]
assert "quiz.acc.acc.quiz" in {p["metric"] for p in worse}, worse
PY
"$lethe" compare before after >table
grep -q '^npo @ after against npo @ before$' table

# Other rows, another baseline, some measures.
"$lethe" compare before --rows retrain,npo --metric 'exact*' --json >rows.json
"$lethe" compare before after --baseline 'none @ before' --metric acc \
  --format csv >base.csv
"$lethe" compare seeds --json >seeds.json
python3 - <<'PY'
import csv, json
rows = json.load(open("rows.json"))["pairs"]
assert [(p["a"], p["b"], p["metric"].split(".")[1]) for p in rows] == [
    ("retrain", "npo", "exact_match")], rows
table = list(csv.DictReader(open("base.csv", newline="")))
assert [r["b"] for r in table] == ["retrain @ before", "npo @ before",
                                   "npo @ after", "none @ after"], table
assert all(r["ci95_low"] != "" for r in table), table
seeds = {p["metric"]: p for p in json.load(open("seeds.json"))["pairs"]}
exact = seeds["greedy_extraction.exact_match.exact_match.forget"]
assert exact["seeds_b"] == 2 and exact["test"].startswith("sign_flip"), exact
PY

# What a model said is text in every format.
"$lethe" compare before --items 60 >table
"$lethe" compare before --items 60 --markdown --out table.md
"$lethe" compare before --items 60 --json >items.json
for file in table table.md items.json; do
  if grep -q $'\x1b' "$file"; then
    echo "FAILED: a control character in $file"
    exit 1
  fi
done
grep -q '<b>=1+1' table
if grep -q '<b>' table.md; then
  echo "FAILED: markup in table.md"
  exit 1
fi
grep -q '^### npo against none' table.md
cmp <("$lethe" compare before --seed 3) <("$lethe" compare before --seed 3)

# Refusals.
expect 3 'all 6 measures are refused; .*data_hash d{8} and e{8}.*compare runs' \
  "$lethe" compare before other --baseline 'npo @ before' --rows 'npo @ other'
expect 2 'did you mean npo' "$lethe" compare before --rows npoo
expect 2 'matches no measure: did you mean' "$lethe" compare before \
  --metric greedy_extraction.exact_match
expect 2 'unknown format "html": ' "$lethe" compare before --format html
expect 2 'no such folder' "$lethe" compare nowhere
expect 2 'between 0 and 1' "$lethe" compare before --alpha 5
expect 2 'number of items' "$lethe" compare before --items -1
expect 5 'no two rows to compare: the rows are npo' "$lethe" compare other
mkdir torn && cp -r before/records.jsonl before/samples torn/
echo '{"id":' >>torn/samples/npo-0/quiz.jsonl
expect 3 'quiz.jsonl:81' "$lethe" compare torn
rm torn/samples/npo-0/quiz.jsonl
"$lethe" compare torn >table
grep -q 'untested: no samples of quiz in torn/samples' table
echo "compare: ok"
