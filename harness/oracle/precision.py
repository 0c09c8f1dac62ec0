"""Half precision beside transformers: how far log-probs are from float32.

Random models of several families; both programs score the same ids in bfloat16
and in float16, and each is compared with transformers in float32: the largest
and the mean distance of a token's log-prob, and how often the likeliest next
token is float32's. Lethe may be no farther than 1.5 times the peer, or than
0.05 where the peer is nearer.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

SIZES = dict(vocab_size=2000, hidden_size=256, intermediate_size=512,
             num_hidden_layers=6, num_attention_heads=8,
             max_position_embeddings=256, initializer_range=0.06)
CASES = [
    ("llama", transformers.LlamaConfig(**SIZES, num_key_value_heads=2)),
    ("mistral", transformers.MistralConfig(**SIZES, num_key_value_heads=2,
                                           sliding_window=32)),
    ("qwen2", transformers.Qwen2Config(**SIZES, num_key_value_heads=2)),
    ("gemma2", transformers.Gemma2Config(**SIZES, num_key_value_heads=2,
                                         head_dim=32, pad_token_id=0)),
    ("gpt_neox", transformers.GPTNeoXConfig(**SIZES)),
    ("phi", transformers.PhiConfig(**SIZES)),
    ("gpt2", transformers.GPT2Config(
        vocab_size=2000, n_embd=256, n_layer=6, n_head=8, n_positions=256,
        initializer_range=0.06)),
]


def peer(folder, rows, dtype):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    with torch.inference_mode():
        return [model(torch.tensor([r])).logits[0].float() for r in rows]


def ours(lethe, folder, rows, dtype, work):
    data, out = work / "rows.jsonl", work / "logits.safetensors"
    data.write_text("".join(json.dumps({"ids": r}) + "\n" for r in rows))
    subprocess.run([lethe, "score", "--model", str(folder), "--data", str(data),
                    "--dtype", dtype, "--logits", str(out), "-q"],
                   capture_output=True, check=True)
    logits = load_file(out)
    return [logits[f"row_{i}"] for i in range(len(rows))]


def distance(logits, exact, rows):
    """Largest and mean |difference| of token log-probs, top-1 agreement."""
    gaps, same, count = [], 0, 0
    for a, b, ids in zip(logits, exact, rows):
        next_ids = torch.tensor(ids[1:])[:, None]
        pick = lambda x: x[:-1].log_softmax(-1).gather(1, next_ids)
        gaps.append((pick(a) - pick(b)).abs().flatten())
        same += (a.argmax(-1) == b.argmax(-1)).sum().item()
        count += len(ids)
    gaps = torch.cat(gaps)
    return gaps.max().item(), gaps.mean().item(), same / count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = [[(31 * i * i + 17 * i + 7 * r) % 2000 for i in range(40 + 11 * r)]
            for r in range(6)]
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    print(f"{'model':<10}{'dtype':<10}{'peer max':>9}{'mean':>8}{'top-1':>7}"
          f"{'lethe max':>11}{'mean':>8}{'top-1':>7}")
    failed = 0
    for name, config in CASES:
        torch.manual_seed(1)
        folder = options.work / name
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
        exact = peer(folder, rows, torch.float32)
        for dtype in ("bfloat16", "float16"):
            p = distance(peer(folder, rows, getattr(torch, dtype)), exact, rows)
            o = distance(ours(options.lethe, folder, rows, dtype, options.work),
                         exact, rows)
            bad = not (o[0] <= max(1.5 * p[0], 0.05) and
                       o[1] <= 1.5 * p[1])
            failed += bad
            print(f"{name:<10}{dtype:<10}{p[0]:>9.4f}{p[1]:>8.4f}{p[2]:>7.1%}"
                  f"{o[0]:>11.4f}{o[1]:>8.4f}{o[2]:>7.1%}"
                  f"  {'FAILED' if bad else 'ok'}", flush=True)
    print("precision: ok" if failed == 0 else f"precision: {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
