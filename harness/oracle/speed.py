"""Times decoding beside transformers: same weights, dtype, threads and run.

Makes two models with random weights (gpt2 of 124M and llama of 494M
parameters), then lets transformers and Lethe generate in turn, several rounds
of each case, and prints medians, their ratio and the share of what the memory
or the arithmetic of this machine allows. Other load makes the figures useless:
it is shown.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import torch
import transformers
from transformers import AutoModelForCausalLM

# name, dtype, batch, beams, prompt tokens, new tokens (0: prefill), the bar
BARS = [
    ("greedy", "float32", 1, 1, 64, 64, 1.3),
    ("greedy", "float32", 16, 1, 64, 64, 1.6),
    ("beam 4", "float32", 1, 4, 50, 50, 1.4),
    ("beam 30", "float32", 1, 30, 50, 50, 2.0),
    ("prefill", "float32", 1, 1, 512, 0, 1.1),
    ("greedy", "bfloat16", 1, 1, 64, 64, 1.8),
    ("greedy", "bfloat16", 16, 1, 64, 64, 1.6),
    ("beam 30", "bfloat16", 1, 30, 50, 50, 2.0),
]
GRID = [
    ("grid", dtype, batch, 1, prompt, 16, 1.0)
    for dtype in ("float32", "bfloat16")
    for prompt in (64, 512)
    for batch in (1, 4, 16, 30)
]


def scaled(case):
    """Without instructions for it the peer needs minutes a case in bfloat16."""
    if case[1] != "bfloat16" or torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return case
    return (*case[:4], case[4] // 4, case[5] // 4, case[6])


def make_model(name, folder):
    if (folder / "model.safetensors").exists():
        return
    torch.manual_seed(0)
    if name == "gpt2-124m":
        config = transformers.GPT2Config()
    else:
        config = transformers.LlamaConfig(
            vocab_size=32000, hidden_size=1536, intermediate_size=4096,
            num_hidden_layers=14, num_attention_heads=12,
            num_key_value_heads=12, max_position_embeddings=2048)
    model = AutoModelForCausalLM.from_config(config)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)


def prompts(batch, length, vocabulary):
    return torch.tensor([[(7919 * (i + 1) + 104729 * b) % vocabulary
                          for i in range(length)] for b in range(batch)])


def peer_seconds(model, case):
    _, _, batch, beams, length, fresh, _ = case
    ids = prompts(batch, length, model.config.vocab_size)
    with torch.inference_mode():
        start = time.perf_counter()
        if fresh:
            model.generate(ids, attention_mask=torch.ones_like(ids),
                           max_new_tokens=fresh, min_new_tokens=fresh,
                           do_sample=False, num_beams=beams, pad_token_id=0,
                           eos_token_id=None)
        else:
            model(ids, logits_to_keep=1)
        return time.perf_counter() - start


def our_seconds(program, folder, case, threads):
    _, dtype, batch, beams, length, fresh, _ = case
    environment = dict(
        os.environ, LETHE_BENCH_MODEL=str(folder), LETHE_BENCH_DTYPE=dtype,
        LETHE_BENCH_THREADS=str(threads), GOMP_SPINCOUNT="30000",
        LETHE_BENCH_WORK=f"{batch},{beams},{length},{fresh}")
    out = subprocess.run(
        [program, "--benchmark_filter=^decode", "--benchmark_format=json",
         "--benchmark_min_time=0.01"],
        env=environment, capture_output=True, text=True, check=True).stdout
    run = json.loads(out)["benchmarks"][0]
    return run["real_time"] / 1e3, run["peak_bytes"]


def limits():
    """Bytes a second that are read, float32 operations a second."""
    big, a, b = torch.ones(50_000_000), torch.ones(1024, 1024), torch.ones(1024, 1024)
    def best(work):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return min(times)
    return 2e8 / best(big.sum), 2 * 1024**3 / best(lambda: a @ b)


def floor_seconds(model, case, bandwidth, flops):
    """What the weights' bytes and float32 arithmetic take at least."""
    _, dtype, batch, beams, length, fresh, _ = case
    head = model.get_output_embeddings().weight.numel()
    embedding = model.get_input_embeddings().weight.numel()
    tied = model.config.tie_word_embeddings
    body = sum(p.numel() for p in model.parameters()) - embedding
    body -= 0 if tied else head
    size = 4 if dtype == "float32" else 2
    def step(rows, headed):
        bytes_read = (body + head) * size / bandwidth
        return max(bytes_read, 2 * (rows * body + headed * head) / flops)
    prefill = step(batch * length, batch)
    return prefill + max(0, fresh - 1) * step(batch * beams, batch * beams)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe", help="build/lethe; lethe_bench lies beside it")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--models", default="gpt2-124m,llama-494m")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--grid", action="store_true",
                        help="batch 1, 4, 16, 30 x 64, 512 tokens x dtypes")
    parser.add_argument("--only", default="", help="cases whose name has this")
    options = parser.parse_args()
    program = str(pathlib.Path(options.lethe).parent / "lethe_bench")
    torch.set_num_threads(options.threads)
    bandwidth, flops = limits()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, "
          f"{options.threads} threads, reads {bandwidth / 1e9:.1f} GB/s, "
          f"float32 {flops / 1e9:.0f} GFLOP/s, load {os.getloadavg()[0]:.2f}")
    print(f"{'model':<11}{'case':<9}{'dtype':<9}{'batch':>5}{'prompt':>7}"
          f"{'new':>4}{'peer s':>9}{'lethe s':>9}{'ratio':>7}{'bar':>5}"
          f"{'limit':>7}{'peak MB':>9}")
    missed = 0
    for name in options.models.split(","):
        folder = options.work / name
        make_model(name, folder)
        for dtype in ("float32", "bfloat16"):
            cases = [scaled(c) for c in (GRID if options.grid else BARS)
                     if c[1] == dtype and options.only in " ".join(map(str, c))]
            if not cases:
                continue
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=getattr(torch, dtype)).eval()
            for case in cases:
                theirs, ours, peak = [], [], 0
                for _ in range(options.rounds):
                    theirs.append(peer_seconds(model, case))
                    seconds, peak = our_seconds(program, folder, case,
                                                options.threads)
                    ours.append(seconds)
                peer, own = statistics.median(theirs), statistics.median(ours)
                share = floor_seconds(model, case, bandwidth, flops) / own
                missed += peer / own < case[6]
                print(f"{name:<11}{case[0]:<9}{dtype:<9}{case[2]:>5}{case[4]:>7}"
                      f"{case[5]:>4}{peer:>9.3f}{own:>9.3f}{peer / own:>7.2f}"
                      f"{case[6]:>5}{share:>7.0%}{peak / 1e6:>9.0f}", flush=True)
            del model
    print("speed: ok" if missed == 0 else f"speed: {missed} below their bar")
    return 0 if missed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
