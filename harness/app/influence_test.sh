#!/usr/bin/env bash
# influence: training texts ranked by their effect on outputs, as a user types
# it; a forget set proposed and one checked.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"
data=$LETHE_SOURCE_DIR/suites/data
{ head -n 4 "$data/forget.jsonl"; head -n 8 "$data/retain.jsonl"; } >d.jsonl
echo '{"id":"control","text":"Nobody was trained on this one.","member":0}' >>d.jsonl
"$LETHE" train --config "$data/tiny_llama/config.json" --data d.jsonl --out m1 \
  --threads 1 --set steps=8 --set batch=4 --set lr=0.003 -q >/dev/null
"$LETHE" train --model m1 --data d.jsonl --out m2 \
  --threads 1 --set steps=8 --set batch=4 --set lr=0.003 -q >/dev/null

# The second half of a text, given its first.
python3 - <<'P'
import json
rows = [json.loads(line) for line in open("d.jsonl")]
with open("q.jsonl", "w") as out:
    for row in rows[:4]:
        words = row["text"].split(" ")
        half = len(words) // 2
        print(json.dumps({"id": row["id"],
                          "prompt": " ".join(words[:half]),
                          "completion": " " + " ".join(words[half:])}), file=out)
P
head -n 4 d.jsonl >forget.jsonl
influence() {
  "$LETHE" influence --model m2 --data d.jsonl --queries q.jsonl --threads 1 -q "$@"
}
influence --checkpoint m1 --out both --propose 4 --check forget.jsonl \
  --set 'lr=[0.003,0.002]' >shown
grep -q '^story-01-01:  story-01-01 ' shown
grep -q '^forget set: 4 rows, 0 of them not in the data$' shown
grep -q '^auroc   1.000 ' shown
grep -q '^recall  1.000 ' shown
influence --out one --set top=3 --set similarity=dot --set joint=max --json >one.json
influence --out again --set top=3 --set similarity=dot --set joint=max --json >/dev/null
cmp one/influence.jsonl again/influence.jsonl
python3 - <<'P'
import json
rows = [json.loads(line) for line in open("both/influence.jsonl")]
for row in rows:
    ranked = row["ranked"]
    assert ranked[0]["id"] == row["id"], row
    scores = [r["score"] for r in ranked]
    assert scores == sorted(scores, reverse=True) and len(ranked) == 12, row
    assert max(scores) <= 0.005 + 1e-6, scores  # the sum of the learning rates
chosen = [json.loads(line) for line in open("both/forget.jsonl")]
known = [json.loads(line) for line in open("forget.jsonl")]
assert sorted(r["id"] for r in chosen) == sorted(r["id"] for r in known)
assert all(r in known for r in chosen), chosen
one = json.load(open("one.json"))
assert one["texts"] == 12 and one["queries"] == 4 and one["unscored"] == 0, one
assert [c["lr"] for c in one["checkpoints"]] == [1.0], one
assert one == json.load(open("one/summary.json"))
assert all(len(json.loads(line)["ranked"]) == 3
           for line in open("one/influence.jsonl"))
P

expect 2 'lr: has 1 numbers for 2 checkpoints' influence --checkpoint m1 --out x --set 'lr=[1]'
expect 2 'did you mean cosine' influence --out x --set similarity=cosin
expect 2 'did you mean projection' influence --out x --set projektion=4
expect 2 'lora_rank: is out of range' influence --out x --set lora_rank=0
expect 2 'names no linear layer' influence --out x --set 'lora_targets=["q_prj"]'
expect 2 'propose: is below 1' influence --out x --propose 0
expect 2 'model: is not empty|m1: is not empty' influence --out m1
head -n 2 "$data/holdout.jsonl" >other.jsonl
expect 3 'other.jsonl: has none of the texts' influence --out x --check other.jsonl
echo '{"text":"a","member":0}' >none.jsonl
expect 2 'all rows are controls' "$LETHE" influence --model m1 --data none.jsonl --queries q.jsonl --out x
[ ! -e x ]
echo "1 passed, 0 failed"
