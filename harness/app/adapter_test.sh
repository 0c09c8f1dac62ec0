#!/usr/bin/env bash
# A LoRA adapter on top of a model, merged into it, and what is refused.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 2 "$data/retain.jsonl" >some.jsonl
echo '{"text":"The ferry left before the bell had stopped."}' >text.jsonl
"$LETHE" train --config "$data/tiny_llama/config.json" --data some.jsonl \
  --out model --set steps=1 --set batch=1 -q >/dev/null

. "$LETHE_SOURCE_DIR/harness/app/expect.sh"

# As PEFT writes it, with numbers that the test knows.
python3 - <<'P'
import json, math, os, struct
c = json.load(open("model/config.json"))
hidden = c["hidden_size"]
tensors, body, header = {}, b"", {}
for layer in range(c["num_hidden_layers"]):
    stem = f"base_model.model.model.layers.{layer}.self_attn.q_proj.lora_"
    tensors[stem + "A.weight"] = [2, hidden]
    tensors[stem + "B.weight"] = [hidden, 2]
for name, shape in tensors.items():
    size = math.prod(shape)
    part = struct.pack(f"<{size}f", *(math.sin(1.7 * i + len(body))
                                      for i in range(size)))
    header[name] = {"dtype": "F32", "shape": shape,
                    "data_offsets": [len(body), len(body) + len(part)]}
    body += part
text = json.dumps(header).encode()
os.mkdir("adapter")
with open("adapter/adapter_model.safetensors", "wb") as out:
    out.write(struct.pack("<Q", len(text)) + text + body)
json.dump({"peft_type": "LORA", "r": 2, "lora_alpha": 4,
           "target_modules": ["q_proj"]},
          open("adapter/adapter_config.json", "w"))
P

"$LETHE" score --model model --data text.jsonl >plain.jsonl
"$LETHE" score --model model --adapter adapter --data text.jsonl >top.jsonl
"$LETHE" model merge model --adapter adapter --out merged -q >/dev/null
"$LETHE" score --model merged --data text.jsonl >merged.jsonl
python3 - <<'P'
import json
plain, top, merged = (json.loads(open(f"{name}.jsonl").readline())
                      for name in ("plain", "top", "merged"))
def distance(a, b):
    return max(abs(x - y) for x, y in
               zip(a["token_logprobs"], b["token_logprobs"]))
assert plain["ids"] == top["ids"] == merged["ids"]
assert distance(top, merged) < 1e-4, distance(top, merged)
assert distance(top, plain) > 0.01, distance(top, plain)
P

# Attacks see the adapter, and know it from the model below and from another.
attack() {
  local out=$1
  shift
  "$LETHE" attack teacher_forced --model model --data text.jsonl --out "$out" \
    -q "$@" >/dev/null
}
attack below
attack above --adapter adapter
sed 's/"lora_alpha": 4/"lora_alpha": 8/' adapter/adapter_config.json >other.json
cp -r adapter another && mv other.json another/adapter_config.json
attack doubled --adapter another
python3 - <<'P'
import json
hashes = {json.loads(open(f"{run}/records.jsonl").readline())["model_hash"]
          for run in ("below", "above", "doubled")}
assert len(hashes) == 3, hashes
P

# In a suite: probes and methods that train nothing; the others start from a
# folder.
suite() {
  cat >suite.json <<J
{"suite": "s", "model": {"path": "model", "adapter": "adapter"},
 "data": {"forget": {"file": "some.jsonl", "role": "forget"}},
 "methods": [{"name": "$1"}], "attacks": [{"name": "teacher_forced", "on": "forget"}]}
J
}
suite none
"$LETHE" run suite.json --out suite -q >/dev/null
grep -q '"adapter": *"adapter"' suite/run.json
suite gradient_ascent
expect 2 'starts from a model folder.*lethe model merge' \
  "$LETHE" run suite.json --out refused

expect 2 'nothing with model check' "$LETHE" model check model --adapter adapter
expect 2 'exists already' \
  "$LETHE" model merge model --adapter adapter --out merged
expect 2 'absent|no folder' "$LETHE" score --model model --adapter nowhere \
  --data text.jsonl
sed -i 's/LORA/IA3/' another/adapter_config.json
expect 3 'peft_type' "$LETHE" score --model model --adapter another \
  --data text.jsonl
echo "adapter_test: ok"
