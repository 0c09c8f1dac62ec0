#!/usr/bin/env python3
"""Random models of every family, in transformers and in Lethe.

    harness/oracle/families.py LETHE [--work DIR] [--seeds N] [--only NAME]

Run by `./dev peers families`. Shapes, windows, biases and rotary forms are
drawn anew for each seed; logits must agree to 1e-4 of the largest, greedy and
beam token ids wherever the peer's own margin is above rounding. Of encoders
(encoders.py), hidden states of every layer. Prints a table and "families: ok",
or what differs and exits 1.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from safetensors.torch import load_file

import encoders

TOLERANCE = 1e-4  # of the largest logit
WINDOW = 96  # positions
VOCAB = 211
NEW_TOKENS = 12


def rope(r, types):
    """Rotary parameters of one of the types."""
    kind = r.choice(types)
    found = {"rope_type": kind, "rope_theta": r.choice([100.0, 1e4, 5e5])}
    if kind == "linear":
        found["factor"] = r.choice([1.5, 4.0])
    if kind == "dynamic":
        found["factor"] = 2.0
    if kind == "llama3":
        found |= {"factor": 8.0, "low_freq_factor": 1.0,
                  "high_freq_factor": 4.0,
                  "original_max_position_embeddings": 32}
    if kind == "yarn":
        found |= {"factor": 3.0, "original_max_position_embeddings": 32}
        if r.random() < 0.5:
            found["attention_factor"] = 1.25
        if r.random() < 0.5:
            found |= {"beta_fast": 16.0, "beta_slow": 2.0}
    return found


def sizes(r, grouped=True):
    heads = r.choice([2, 4, 6])
    kv = r.choice([k for k in (1, 2, 3, heads) if heads % k == 0])
    head_dim = r.choice([8, 12, 16])
    found = {"vocab_size": VOCAB, "hidden_size": heads * head_dim,
             "num_hidden_layers": r.choice([2, 3, 4]),
             "num_attention_heads": heads,
             "intermediate_size": r.choice([40, 56, 72]),
             "max_position_embeddings": WINDOW}
    if grouped:
        found["num_key_value_heads"] = kv
    return found


def window(r):
    return r.choice([None, 5, 17])


ALL = ["default", "linear", "dynamic", "yarn", "llama3"]


def llama(r):
    return dict(sizes(r), head_dim=r.choice([8, 10, 16]),
                rope_parameters=rope(r, ALL),
                attention_bias=r.random() < 0.5, mlp_bias=r.random() < 0.5,
                tie_word_embeddings=r.random() < 0.5)


def mistral(r):
    return dict(sizes(r), sliding_window=window(r), head_dim=r.choice([8, 14]),
                rope_parameters=rope(r, ["default", "yarn"]))


def mixtral(r):
    return dict(sizes(r), sliding_window=window(r),
                num_local_experts=r.choice([3, 5]),
                num_experts_per_tok=r.choice([1, 2, 3]))


def qwen2(r):
    s = sizes(r)
    return dict(s, use_sliding_window=r.random() < 0.5, sliding_window=7,
                max_window_layers=r.choice([0, 1, 2]),
                tie_word_embeddings=r.random() < 0.5)


def qwen3(r):
    return dict(qwen2(r), head_dim=r.choice([8, 20]),
                attention_bias=r.random() < 0.5,
                rope_parameters=rope(r, ["default", "yarn"]))


def phi3(r):
    s = dict(sizes(r), sliding_window=window(r), pad_token_id=0)
    if r.random() < 0.5:
        pairs = s["hidden_size"] // s["num_attention_heads"] // 2
        s |= {"max_position_embeddings": 8 * WINDOW,
              "original_max_position_embeddings": WINDOW,
              "rope_parameters": {
                  "rope_type": "longrope", "rope_theta": 1e4,
                  "short_factor": [r.uniform(1, 3) for _ in range(pairs)],
                  "long_factor": [r.uniform(3, 9) for _ in range(pairs)]}}
    return s


def phi(r):
    return dict(sizes(r), partial_rotary_factor=r.choice([0.5, 1.0]))


def gemma(r):
    return dict(sizes(r), head_dim=r.choice([8, 20]))


def gemma2(r):
    return dict(sizes(r), head_dim=r.choice([8, 20]),
                sliding_window=r.choice([4, 9]),
                query_pre_attn_scalar=r.choice([8, 30]),
                attn_logit_softcapping=r.choice([None, 2.0]),
                final_logit_softcapping=r.choice([None, 5.0]))


def olmo(r):
    return dict(sizes(r), clip_qkv=r.choice([None, 0.5]))


def olmo2(r):
    return dict(sizes(r), rope_parameters=rope(r, ["default", "yarn"]))


def gpt_neox(r):
    return dict(sizes(r, grouped=False),
                rotary_pct=r.choice([0.25, 0.5, 1.0]),
                use_parallel_residual=r.random() < 0.5,
                attention_bias=r.random() < 0.7,
                tie_word_embeddings=r.random() < 0.5)


def gpt_neo(r):
    s = sizes(r, grouped=False)
    layers = 2 * r.choice([1, 2])
    return {"vocab_size": VOCAB, "hidden_size": s["hidden_size"],
            "num_layers": layers, "num_heads": s["num_attention_heads"],
            "intermediate_size": r.choice([None, 40]),
            "max_position_embeddings": WINDOW, "window_size": r.choice([3, 9]),
            "attention_types": [[["global", "local"], layers // 2]]}


def opt(r):
    s = sizes(r, grouped=False)
    s["ffn_dim"] = s.pop("intermediate_size")
    return dict(s, do_layer_norm_before=r.random() < 0.5,
                word_embed_proj_dim=r.choice([s["hidden_size"], 20]),
                enable_bias=r.random() < 0.7)


def gpt2(r):
    s = sizes(r, grouped=False)
    return {"vocab_size": VOCAB, "n_embd": s["hidden_size"],
            "n_layer": s["num_hidden_layers"],
            "n_head": s["num_attention_heads"], "n_positions": WINDOW,
            "scale_attn_by_inverse_layer_idx": r.random() < 0.5,
            "activation_function": r.choice(["gelu_new", "relu", "gelu"])}


FAMILIES = {f.__name__: f for f in (
    llama, mistral, mixtral, qwen2, qwen3, phi, phi3, gemma, gemma2, olmo,
    olmo2, gpt2, gpt_neo, gpt_neox, opt)}


class Problem(Exception):
    """Something that does not agree."""


def make(name, seed):
    """A model whose weights are large enough for every part to matter."""
    r = random.Random(f"{name} {seed}")
    options = FAMILIES[name](r) | {"bos_token_id": 1, "eos_token_id": 2}
    config = transformers.AutoConfig.for_model(name, **options)
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(
        config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn_like(parameter)
            if parameter.dim() > 1:
                parameter.copy_(noise * 0.15)
            else:
                parameter.add_(noise * 0.1)
    return model.float().eval(), options


def run(lethe, *arguments):
    done = subprocess.run([lethe, *map(str, arguments), "--device", "cpu"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(done.stderr.strip().splitlines()[-1])
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def compare(lethe, name, seed, folder):
    """Difference of the logits, and how many generations were compared."""
    model, _ = make(name, seed)
    model.save_pretrained(folder)
    r = random.Random(seed)
    rows = [[r.randrange(3, VOCAB) for _ in range(n)] for n in (1, 40, 70, 23)]
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps({"ids": ids}) + "\n" for ids in rows))
    run(lethe, "score", "--model", folder, "--data", data, "--logits",
        folder / "logits.st", "--dtype", "float32")
    ours = load_file(folder / "logits.st")
    worst = 0.0
    for i, ids in enumerate(rows):
        with torch.inference_mode():
            want = model(torch.tensor([ids])).logits[0].float()
        apart = (ours[f"row_{i}"] - want).abs().max() / want.abs().max()
        worst = max(worst, float(apart))
    if not worst <= TOLERANCE:
        raise Problem(f"logits differ by {worst:.1e} of the largest")
    return worst, generations(lethe, model, folder, data, rows)


def generations(lethe, model, folder, data, rows):
    """Token ids of greedy and of three beams, all prompts in one call."""
    compared = 0
    for beams in (1, 3):
        found = run(lethe, "generate", "--model", folder, "--data", data,
                    "--max-new-tokens", NEW_TOKENS, "--num-beams", beams,
                    "--eos-token-id", "none")
        for ids, row in zip(rows, found):
            with torch.inference_mode():
                out = model.generate(
                    torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)),
                    max_new_tokens=NEW_TOKENS, num_beams=beams,
                    do_sample=False, eos_token_id=None, pad_token_id=0,
                    return_dict_in_generate=True, output_scores=True)
            want = out.sequences[0, len(ids):].tolist()
            top = [s[0].float().topk(2).values for s in out.scores]
            margin = min(float(t[0] - t[1]) for t in top)
            if beams == 1 and margin < 1e-3:
                continue  # rounding decides
            if row["sequences"][0]["ids"] != want:
                raise Problem(f"{beams} beams from {len(ids)} tokens: "
                              f"{row['sequences'][0]['ids']}, want {want}")
            compared += 1
    return compared


def decoder_line(lethe, name, seed, folder):
    worst, compared = compare(lethe, name, seed, folder)
    return f"logits {worst:.1e}  {compared} generations equal"


def encoder_line(lethe, name, seed, folder):
    worst, compared = encoders.compare(
        lambda *arguments: run(lethe, *arguments), name, seed, folder)
    limits = {"peer": TOLERANCE, "alone": encoders.TOGETHER, **encoders.HALF}
    for part, limit in limits.items():
        if not worst[part] <= limit:
            raise Problem(f"{part}: hidden states differ by "
                          f"{worst[part]:.1e} of the largest")
    found = "  ".join(f"{part} {worst[part]:.1e}" for part in limits)
    return f"{compared} states  {found}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lethe")
    parser.add_argument("--work", default=".cache/peers/families")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--only", choices=[*FAMILIES, *encoders.ENCODERS])
    o = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    bad = 0
    for name in [o.only] if o.only else [*FAMILIES, *encoders.ENCODERS]:
        line = decoder_line if name in FAMILIES else encoder_line
        for seed in range(o.seeds):
            folder = pathlib.Path(o.work) / f"{name}-{seed}"
            shutil.rmtree(folder, ignore_errors=True)
            try:
                found = line(o.lethe, name, seed, folder)
                print(f"{name:10} seed {seed}  {found}", flush=True)
            except Problem as problem:
                bad += 1
                print(f"{name:10} seed {seed}  FAILED: {problem}", flush=True)
    print("families: ok" if bad == 0 else f"families: {bad} FAILED")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
