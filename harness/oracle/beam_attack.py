"""Beam extraction beside transformers' generate: continuations and seconds.

Four prompts of 50 tokens, 30 beams, 50 new tokens, end-of-text banned, on a
gpt2 of 124M parameters with random weights, float32. The continuations that
`lethe attack beam_extraction` finds are compared with the peer's; the seconds
are those of decoding alone, in turn, several rounds.
"""

import json
import os
import statistics
import subprocess
import time

import speed
import torch
import transformers
from transformers import AutoModelForCausalLM

CASES = [(4, 30, 50, 50), (4, 4, 50, 50)]  # prompts, beams, prefix, suffix
BAR = 2.0  # of the first case


def peer(model, case):
    batch, beams, prefix, suffix = case
    ids = speed.prompts(batch, prefix, model.config.vocab_size)
    start = time.perf_counter()
    with torch.inference_mode():
        found = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=suffix,
            min_new_tokens=suffix, do_sample=False, num_beams=beams,
            pad_token_id=0)
    return time.perf_counter() - start, found[:, prefix:].tolist()


def attacked(lethe, folder, work, case):
    """The continuations that the attack itself stores."""
    batch, beams, prefix, suffix = case
    data, out = work / "data.jsonl", work / "out"
    ids = speed.prompts(batch, prefix, 50257).tolist()
    data.write_text("".join(json.dumps(
        {"ids": row + [0] * suffix, "prefix_tokens": prefix,
         "suffix_tokens": suffix}) + "\n" for row in ids))
    subprocess.run(["rm", "-rf", out], check=True)
    subprocess.run(
        [lethe, "attack", "beam_extraction", "--model", folder, "--data", data,
         "--out", out, "--set", f"num_beams={beams}", "-q", "--json"],
        check=True, stdout=subprocess.DEVNULL)
    [samples] = (out / "samples").glob("*.jsonl")
    lines = samples.read_text().splitlines()
    return [json.loads(line)["output_ids"] for line in lines]


def compare(lethe, work, rounds):
    lethe = str(lethe)
    program = os.path.join(os.path.dirname(lethe), "lethe_bench")
    threads = os.cpu_count()
    torch.set_num_threads(threads)
    folder = work / "gpt2-124m"
    speed.make_model("gpt2-124m", folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    print(f"transformers {transformers.__version__}, {threads} threads, "
          f"load {os.getloadavg()[0]:.2f}")
    print(f"{'prompts':>7}{'beams':>6}{'peer s':>9}{'lethe s':>9}{'ratio':>7}"
          f"{'equal':>7}")
    equal = True
    for case in CASES:
        theirs, ours = [], []
        for _ in range(rounds):
            seconds, found = peer(model, case)
            theirs.append(seconds)
            batch, beams, prefix, suffix = case
            ours.append(speed.our_seconds(
                program, folder,
                ("", "float32", batch, beams, prefix, suffix, 0), threads)[0])
        same = found == attacked(lethe, folder, work, case)
        equal = equal and same
        a, b = statistics.median(theirs), statistics.median(ours)
        print(f"{case[0]:>7}{case[1]:>6}{a:>9.2f}{b:>9.2f}{a / b:>7.2f}"
              f"{'yes' if same else 'NO':>7}", flush=True)
        if case == CASES[0] and a / b < BAR:
            print(f"below the bar of {BAR}")
    return equal
