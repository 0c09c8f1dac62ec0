"""LoRA adapters that PEFT writes, on top of models: the same log-probs.

Makes random models and adapters (plain, rank-stabilised, with rank and alpha
patterns, whole modules, biases, an adapted embedding and head), lets
transformers with PEFT and `lethe score --adapter` score the same ids, and
compares; merged folders of `lethe model merge` too.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

import peft
import torch
import transformers
from transformers import AutoModelForCausalLM

LLAMA = dict(vocab_size=101, hidden_size=32, intermediate_size=48,
             num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64,
             initializer_range=0.2)
GPT2 = dict(vocab_size=101, n_embd=32, n_layer=2, n_head=4, n_positions=64,
            initializer_range=0.2)
ATTENTION = ["q_proj", "v_proj"]
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
          "down_proj"]

# name, model config class and values, LoRA settings, whether it can be merged
CASES = [
    ("plain", transformers.LlamaConfig, LLAMA,
     dict(r=4, lora_alpha=16, target_modules=ATTENTION), True),
    ("rslora", transformers.LlamaConfig, LLAMA,
     dict(r=8, lora_alpha=16, target_modules=LINEAR, use_rslora=True), True),
    ("patterns", transformers.LlamaConfig, LLAMA,
     dict(r=4, lora_alpha=8, target_modules=LINEAR,
          rank_pattern={"q_proj": 2, "layers.1.mlp.up_proj": 6},
          alpha_pattern={"layers.0.mlp.down_proj": 32, "k_proj": 3}), True),
    ("whole", transformers.LlamaConfig, LLAMA,
     dict(r=4, target_modules=ATTENTION,
          modules_to_save=["embed_tokens", "lm_head"]), True),
    ("head", transformers.LlamaConfig, LLAMA,
     dict(r=4, target_modules=["q_proj", "embed_tokens", "lm_head"]), True),
    ("tied", transformers.LlamaConfig, dict(LLAMA, tie_word_embeddings=True),
     dict(r=4, target_modules=["o_proj", "embed_tokens"]), False),
    ("gpt2", transformers.GPT2Config, GPT2,
     dict(r=4, target_modules=["c_attn", "c_proj", "c_fc"],
          fan_in_fan_out=True), True),
    ("biases", transformers.GPT2Config, GPT2,
     dict(r=4, target_modules=["c_attn"], fan_in_fan_out=True,
          bias="lora_only"), True),
    ("lora bias", transformers.GPT2Config, GPT2,
     dict(r=4, target_modules=["c_fc"], fan_in_fan_out=True, lora_bias=True),
     True),
]


def make(case, work, dtype):
    name, kind, values, settings, _ = case
    torch.manual_seed(5)
    folder = work / name.replace(" ", "_")
    shutil.rmtree(folder, ignore_errors=True)
    AutoModelForCausalLM.from_config(kind(**values)).to(dtype).save_pretrained(
        folder / "base")
    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=dtype)
    model = peft.get_peft_model(
        base, peft.LoraConfig(task_type="CAUSAL_LM", **settings))
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data + 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder / "adapter")
    return folder


def peer_logprobs(folder, rows, dtype):
    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=dtype)
    model = peft.PeftModel.from_pretrained(base, folder / "adapter").eval()
    found = []
    with torch.inference_mode():
        for ids in rows:
            ids = torch.tensor([ids])
            logits = model(ids).logits[0, :-1].float()
            found.append(logits.log_softmax(-1).gather(
                1, ids[0, 1:, None])[:, 0].tolist())
    return found


def our_logprobs(lethe, arguments, rows, work):
    data = work / "rows.jsonl"
    data.write_text("".join(json.dumps({"ids": r}) + "\n" for r in rows))
    out = subprocess.run(
        [lethe, "score", *map(str, arguments), "--data", str(data), "--json"],
        capture_output=True, text=True, check=True).stdout
    return [json.loads(line)["token_logprobs"] for line in out.splitlines()]


def distance(ours, theirs):
    return max(abs(a - b) for x, y in zip(ours, theirs) for a, b in zip(x, y))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = [[(7 * i * i + 3 * i + r) % 101 for i in range(9 + r)]
            for r in range(4)]
    print(f"torch {torch.__version__}, transformers {transformers.__version__},"
          f" peft {peft.__version__}")
    failed = 0
    for case in CASES:
        for dtype, bound in ((torch.float32, 1e-4), (torch.bfloat16, 0.15)):
            folder = make(case, options.work, dtype)
            theirs = peer_logprobs(folder, rows, dtype)
            common = ["--dtype", str(dtype).removeprefix("torch.")]
            base = ["--model", folder / "base"]
            plain = our_logprobs(options.lethe, [*base, *common], rows,
                                 options.work)
            top = distance(our_logprobs(
                options.lethe, [*base, "--adapter", folder / "adapter",
                                *common], rows, options.work), theirs)
            merged = None
            if case[4] and dtype == torch.float32:
                subprocess.run(
                    [options.lethe, "model", "merge", str(folder / "base"),
                     "--adapter", str(folder / "adapter"), "--out",
                     str(folder / "merged")], check=True, capture_output=True)
                merged = distance(our_logprobs(
                    options.lethe, ["--model", folder / "merged", *common],
                    rows, options.work), theirs)
            moved = distance(plain, theirs)
            bad = top > bound or (merged or 0) > bound or moved < 0.1
            failed += bad
            print(f"{case[0]:<10}{common[1]:<10}on top {top:.1e}  merged "
                  f"{'-' if merged is None else format(merged, '.1e'):<8}"
                  f"without {moved:.2f}  {'FAILED' if bad else 'ok'}",
                  flush=True)
    print("adapters: ok" if failed == 0 else f"adapters: {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
