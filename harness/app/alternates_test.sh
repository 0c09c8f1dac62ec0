#!/usr/bin/env bash
# Methods that work with other answers, as a user types them: question rows and
# plain texts, the first step's losses from their formulas, and what is refused.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 6 "$data/forget_qa.jsonl" >qa.jsonl
head -n 6 "$data/retain_qa.jsonl" >retain.jsonl
head -n 6 "$data/forget.jsonl" >plain.jsonl
printf 'I do not know.\n' >idk.jsonl
python3 - <<'P'
import json
for name in "qa", "plain":
    rows = [json.loads(l) for l in open(name + ".jsonl")]
    with open(name + "_pairs.jsonl", "w") as out:
        for row in rows:
            row["alternates"] = ["Nobody knows that.", "It was the Longstrand."]
            out.write(json.dumps(row) + "\n")
P
"$LETHE" train --config "$data/tiny_llama/config.json" --data retain.jsonl \
  --out model --set steps=2 --set batch=4 --set lr=0.003 -q >/dev/null

unlearn() {  # FORGET OUT METHOD OPTIONS...
  local forget=$1 out=$2 method=$3
  shift 3
  "$LETHE" unlearn --method "$method" --model model --forget "$forget" \
    --retain retain.jsonl --out "$out" --set steps=2 --set batch=3 \
    --set lr=0.001 "$@" -q >/dev/null
}
for kind in qa plain; do
  unlearn ${kind}_pairs.jsonl ${kind}_dpo dpo
  unlearn $kind.jsonl ${kind}_idk_dpo idk_dpo
  unlearn $kind.jsonl ${kind}_idk_nll idk_nll
  unlearn $kind.jsonl ${kind}_refusal_tuning refusal_tuning --set answers=idk.jsonl
  unlearn $kind.jsonl ${kind}_kto kto
  unlearn $kind.jsonl ${kind}_llm_unlearn llm_unlearn
done
unlearn qa.jsonl qa_field dpo --set field=perturbed_answer
unlearn qa.jsonl qa_kto_npo kto --set form=npo_sigmoid
unlearn qa.jsonl qa_written altpo --set max_new_tokens=8 --set retain=1
unlearn plain_pairs.jsonl plain_altpo altpo
unlearn qa.jsonl qa_again altpo --set max_new_tokens=8 --set retain=1
cmp qa_written/alternates.jsonl qa_again/alternates.jsonl
cmp qa_written/model.safetensors qa_again/model.safetensors
expect 3 'plain.jsonl:1.*alternate' unlearn plain.jsonl refused dpo
expect 3 'qa.jsonl:1.*wrong_field' unlearn qa.jsonl refused dpo \
  --set field=wrong_field
expect 2 'absent.txt' unlearn qa.jsonl refused idk_nll --set answers=absent.txt
expect 2 'open_unlearning' unlearn qa.jsonl refused idk_dpo --set form=x

python3 - <<'P'
import json, math, pathlib

def first(folder):
    return json.loads(open(folder + "/train_log.jsonl").readline())["terms"]

def near(a, b):
    assert abs(a - b) < 1e-3 * max(1, abs(b)), (a, b)

for kind in "qa", "plain":
    # Nothing has changed yet: every margin, ratio and KL is 0.
    near(first(kind + "_dpo")["forget"], math.log(2))
    near(first(kind + "_idk_dpo")["forget"], 20 * math.log(2))
    near(first(kind + "_kto")["forget"], 0.5)
    near(first(kind + "_llm_unlearn")["kl"], 0)
near(first("qa_field")["forget"], math.log(2))
near(first("qa_kto_npo")["forget"], 1 - 20 * 0.5)
near(first("plain_altpo")["forget"], 20 * math.log(2))
for name in "qa_written", "plain_altpo":
    rows = [json.loads(l) for l in open(name + "/alternates.jsonl")]
    assert len(rows) == 6 and all(1 <= len(r["alternates"]) <= 5 for r in rows)
assert rows[0]["alternates"][0] == "Nobody knows that."
weights = [p.read_bytes() for p in pathlib.Path().glob("*_*/model.safetensors")]
assert len(set(weights)) == len(weights) - 1, "only one was made twice"
P
echo ok
