#!/usr/bin/env bash
# Methods that read the original model, or compute weights without the training
# loop, as a user runs them: each leaves a model of its own that loads, and
# refuses by name what it cannot do.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 2 "$data/forget.jsonl" >forget.jsonl
head -n 2 "$data/retain.jsonl" >retain.jsonl
"$LETHE" train --config "$data/tiny_llama/config.json" --data forget.jsonl \
  --out model --set steps=3 --set batch=2 --set lr=0.003 -q >/dev/null

unlearn() {  # METHOD OUT OPTIONS
  local method=$1 out=$2
  shift 2
  "$LETHE" unlearn --method "$method" --model model --forget forget.jsonl \
    --retain retain.jsonl --out "$out" --set batch=1 --set lr=0.001 -q "$@"
}
unlearn rmu rmu --set steps=1 >/dev/null
unlearn rmu adaptive --set steps=1 --set form=adaptive >/dev/null
unlearn undial undial --set steps=1 >/dev/null
unlearn pdu pdu --set steps=2 --set retain_eps=0.5 >/dev/null
unlearn npo npo --set steps=1 --set form=muse_logits >/dev/null
unlearn scrub scrub --set steps=3 --set sam_rho=0.01 >/dev/null
unlearn ssd ssd --set selection=1 >/dev/null
unlearn task_vector task_vector --set steps=1 >/dev/null
unlearn rome rome --set v_num_grad_steps=3 --set contexts=2 >/dev/null
unlearn memit memit --set v_num_grad_steps=3 --set contexts=2 >/dev/null

# A model is not overwritten by what is made of it, however it is written.
hash=$(sha256sum <model/model.safetensors)
expect 2 'is the model itself' unlearn npo model --set steps=1
expect 2 'is the model itself' "$LETHE" train --model model --data forget.jsonl \
  --out ./../"${work##*/}"/model --set steps=1
[ "$hash" = "$(sha256sum <model/model.safetensors)" ]
expect 2 'states after 10 layers of a model' unlearn rmu refused --set layer=9
expect 2 'retain_eps is not given' unlearn pdu refused
expect 2 'fewer than its 3 phases' unlearn scrub refused --set steps=2
expect 1 'ssd: changes nothing' unlearn ssd refused2
expect 1 'task_vector: training on the forget data changed nothing' \
  unlearn task_vector refused3 --set steps=1 --set lr=0
for method in prompt_guard filter_guard whos_harry_potter_ensemble; do
  expect 2 "$method works when the model is asked" unlearn $method refused4
  [ ! -e refused4 ]
done

expect 2 'rome: block 2 of a model of 3 blocks' unlearn rome refused4 \
  --set layer=2

models="model rmu adaptive undial pdu npo scrub ssd task_vector rome memit"
for model in $models; do "$LETHE" model check "$model" >/dev/null; done
hashes=$(for model in $models; do
  sha256sum <"$model/model.safetensors"
done | sort -u | wc -l)
[ "$hashes" = 11 ]
[ "$(wc -l <rome.notes/facts.jsonl)" = 2 ]
python3 - <<'P'
import json

def log(model):
    return [json.loads(l) for l in open(f"{model}/train_log.jsonl")]

terms = {"rmu": ["forget", "retain"], "adaptive": ["forget", "retain"],
         "undial": ["forget"], "npo": ["forget", "retain"],
         "task_vector": ["forget"]}
for model, names in terms.items():
    assert [sorted(row["terms"]) for row in log(model)] == [names], model
assert [sorted(row["terms"]) for row in log("scrub")] == [
    ["kl", "retain"], ["forget"], ["kl", "retain"]], log("scrub")
first, second = log("pdu")
moved = second["numbers"]["lambda"] - first["numbers"]["lambda"]
assert abs(moved - (first["terms"]["retain"] - 0.5)) < 1e-9, (first, second)
print("1 passed, 0 failed")
P
