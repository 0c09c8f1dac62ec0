#!/usr/bin/env bash
# DP-SGD as a user asks for it: train, what it says, a suite, its plan.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 12 "$data/retain.jsonl" >some.jsonl
head -n 3 "$data/forget.jsonl" >few.jsonl
train() {
  "$LETHE" train --config "$data/tiny_llama/config.json" --data some.jsonl -q "$@"
}
train --out model --set steps=3 --set batch=2 --set dp_epsilon=5 \
  --set dp_delta=0.01 --set sequence_length=32 --seed 5 2>log >said
grep -q '^epsilon 5 at delta 0.01 for one of 12 documents (noise ' said
grep -q 'the noise follows from seed 5' log
train --out other --set steps=1 --set dp_noise=1 --set dp_delta=0.01 \
  --set seed=81985529216486895 --json 2>log >said.json
! grep -q 'the noise follows' log
"$LETHE" unlearn --method retrain --model model --forget few.jsonl \
  --retain some.jsonl --out again --set base=model --set steps=1 \
  --set dp_noise=2 --set dp_delta=0.01 -q 2>log >said
grep -q '^epsilon .* for one of 12 documents (noise 2, ' said
grep -q 'the noise follows from seed 0' log
expect 2 'dp_delta: is 0.1, and with 12 documents' \
  train --out no --set dp_noise=1 --set dp_delta=0.1
expect 2 'fused_step: takes its steps before the noise' \
  train --out no --set dp_noise=1 --set fused_step=true
expect 2 'method npo: has terms of its own' "$LETHE" unlearn --method npo \
  --model model --forget few.jsonl --retain some.jsonl --out no --set dp_noise=1

cat >suite.json <<J
{"suite": "private", "model": {"train": {"config": "$data/tiny_llama/config.json",
  "set": {"steps": 2, "batch": 3, "lr": 0.003, "dp_noise": 1, "dp_delta": 0.01}}},
 "data": {"forget": {"file": "few.jsonl", "role": "forget"},
          "retain": {"file": "some.jsonl", "role": "retain"}},
 "methods": [{"name": "none"},
             {"name": "retrain", "set": {"dp_noise": 0}},
             {"name": "goldfish", "set": {"dp_noise": [1, 2], "k": 3}}],
 "attacks": [{"name": "loss_mia", "on": "forget"}]}
J
sed 's/"dp_noise": 1, //' suite.json >off.json
expect 2 'dp_delta: is read by DP-SGD, which is off' "$LETHE" run off.json --out no
"$LETHE" run suite.json --plan --json >plan.json
"$LETHE" run suite.json --out run -q >/dev/null
"$LETHE" verify run >/dev/null
python3 - <<'P'
import json


def lines(path):
    return [json.loads(line) for line in open(path)]


rows = lines("model/train_log.jsonl")
card = json.load(open("model/privacy.json"))
assert len(rows) == 3 and card["steps"] == 3 and card["documents"] == 12, card
assert rows[-1]["epsilon"] == card["epsilon"] <= 5
assert all("units" in r and "clipped" in r for r in rows)
said = json.load(open("said.json"))
assert said["epsilon"] == json.load(open("other/privacy.json"))["epsilon"]
assert said["privacy"].startswith("epsilon "), said

epsilon = {r["label"]: (r["value"], r["message"])
           for r in lines("run/records.jsonl")
           if r["metric"] == "cost" and r["field"] == "epsilon"}
assert sorted(epsilon) == ["goldfish:dp_noise=1", "goldfish:dp_noise=2",
                           "none"], epsilon
assert epsilon["none"] == epsilon["goldfish:dp_noise=1"]
assert epsilon["none"][0] > 2 * epsilon["goldfish:dp_noise=2"][0] > 0
assert "for one of 15 documents" in epsilon["none"][1], epsilon

cells = {c["label"]: c["memory"] for c in json.load(open("plan.json"))["cells"]}
for label in "base", "goldfish:dp_noise=1":
    sum_ = cells[label]["private_sum"]
    assert sum_ == cells[label]["weights"] > 0, (label, cells[label])
assert cells["retrain"]["private_sum"] == 0, cells["retrain"]
print("1 passed, 0 failed")
P
