#!/usr/bin/env bash
# run --plan on paper: Llama-3.1-8B, NPO with a retain term, batches of 4 rows of
# 512 tokens, in the memory of one GPU. Only the configuration is there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/model"
cat >"$work/model/config.json" <<'JSON'
{"architectures": ["LlamaForCausalLM"], "model_type": "llama",
 "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336,
 "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
 "head_dim": 128, "max_position_embeddings": 131072, "rms_norm_eps": 1e-05,
 "rope_theta": 500000.0, "tie_word_embeddings": false,
 "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
  "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
 "torch_dtype": "bfloat16", "bos_token_id": 128000, "eos_token_id": 128001}
JSON
python3 - "$work" <<'PY'
import json, sys
for name in "forget", "retain":
    with open(f"{sys.argv[1]}/{name}.jsonl", "w") as file:
        for row in range(8):
            ids = [(row * 977 + place) % 128000 for place in range(512)]
            file.write(json.dumps({"ids": ids}) + "\n")
method = {"batch": 4, "epochs": 1}
json.dump({
    "suite": "paper", "version": 1, "model": {"path": "model"},
    "data": {"forget": {"file": "forget.jsonl", "role": "forget"},
             "retain": {"file": "retain.jsonl", "role": "retain"}},
    "methods": [
        {"name": "npo", "label": "full",
         "set": method | {"optimiser": "adamw_8bit",
                          "activation_checkpointing": True}},
        {"name": "npo", "label": "lora",
         "set": method | {"lora_rank": 16, "activation_checkpointing": True}}],
    "attacks": [{"name": "loss_mia", "on": "forget"}],
}, open(f"{sys.argv[1]}/suite.json", "w"))
PY
"$LETHE" run "$work/suite.json" --plan --json --dtype bfloat16 --device cpu \
  >"$work/plan.json"
python3 - "$work/plan.json" <<'PY'
import json, sys
cells = {cell["label"]: cell for cell in json.load(open(sys.argv[1]))["cells"]}
most = {"full": 80e9, "lora": 40e9}
for label, bound in most.items():
    memory = cells[label]["memory"]
    total = sum(memory.values())
    print(label, f"{total / 1e9:.1f} GB", memory)
    assert 15e9 < memory["weights"] < 17e9, memory
    assert total < 0.9 * bound, (label, total)  # room for the libraries
full = cells["full"]["memory"]
assert full["gradients"] == full["weights"], full
assert 1.9 * 8.0e9 < full["optimiser"] < 2.2 * 8.1e9, full
assert cells["lora"]["memory"]["gradients"] < 1e9
assert cells["full"]["peak_bytes"] > sum(full.values())
PY
echo "1 passed, 0 failed"
