"""Membership attacks of one pass beside Python: scores and seconds.

loss, zlib, min_k, min_k_plus_plus and dc_pdd on texts of about 225 tokens, a
gpt2 of 124M parameters with random weights, float32. The peer computes them as
the attacks' own repositories do, one text at a time with the whole [T, V] block
of log-probs: once with a forward pass for every attack, once with one pass that
all share. Loading is left out on both sides.
"""

import json
import os
import random
import statistics
import subprocess
import time
import zlib

import speed
import torch
import transformers
from transformers import AutoModelForCausalLM

TEXTS, TOKENS = 16, 225
BARS = {"one pass an attack": 5.0, "one shared pass": 1.25}
TOLERANCE = 1e-4  # of the score
WORDS = ("tide harbour lamp quay rope gull salt plank mast anchor net barrel "
         "fog bell chart oar").split()


def rows():
    rng = random.Random(5)
    made = []
    for i in range(TEXTS):
        length = TOKENS + rng.randrange(-25, 26)
        made.append({
            "id": str(i), "member": i % 2, "add_special_tokens": False,
            "ids": [rng.randrange(50257) for _ in range(length)],
            "text": " ".join(rng.choice(WORDS) for _ in range(length))})
    return made


def log_probs(model, ids):
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0, :-1].float()
    return torch.log_softmax(logits, -1)


def of_tokens(block, ids):
    return block.gather(1, torch.tensor(ids[1:])[:, None])[:, 0]


def lowest(values, share=0.2):
    count = max(1, int(share * len(values)))
    return values.sort().values[:count].mean().item()


class Scores:
    """Each attack from the block of one text."""

    def __init__(self, data):
        self.counts = torch.ones(50257, dtype=torch.float64)
        for row in data:
            self.counts += torch.bincount(torch.tensor(row["ids"]),
                                          minlength=50257)
        self.total = self.counts.sum()

    def loss_mia(self, row, block):
        return of_tokens(block, row["ids"]).mean().item()

    def zlib_mia(self, row, block):
        size = len(zlib.compress(row["text"].encode()))
        return self.loss_mia(row, block) / size

    def min_k_mia(self, row, block):
        return lowest(of_tokens(block, row["ids"]))

    def min_k_plus_plus_mia(self, row, block):
        p = block.exp()
        mu = (p * block).sum(-1)
        var = (p * block.square()).sum(-1) - mu.square()
        own = of_tokens(block, row["ids"])
        return lowest((own - mu) / var.clamp_min(1e-6).sqrt())

    def dc_pdd_mia(self, row, block, a=0.01):
        own = of_tokens(block, row["ids"]).double().exp()
        seen, values = set(), []
        for p, token in zip(own.tolist(), row["ids"][1:]):
            if token in seen:
                continue
            seen.add(token)
            rare = -torch.log(self.counts[token] / self.total).item()
            values.append(min(a, p * rare))
        return sum(values) / len(values)


ATTACKS = [name for name in vars(Scores) if name.endswith("_mia")]


def peer(model, data, shared):
    scores, found = Scores(data), {name: [] for name in ATTACKS}
    start = time.perf_counter()
    for row in data:
        block = log_probs(model, row["ids"]) if shared else None
        for name in ATTACKS:
            own = block if shared else log_probs(model, row["ids"])
            found[name].append(getattr(scores, name)(row, own))
    return time.perf_counter() - start, found


def ours(lethe, folder, work, data):
    file, out = work / "membership.jsonl", work / "membership"
    file.write_text("".join(json.dumps(row) + "\n" for row in data))
    subprocess.run(["rm", "-rf", out], check=True)
    subprocess.run([lethe, "attack", ",".join(ATTACKS), "--model", folder,
                    "--data", file, "--out", out, "-q", "--json"],
                   check=True, stdout=subprocess.DEVNULL)
    seconds = {}
    for line in (out / "records.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["probe"]:
            seconds[record["probe"]] = record["seconds"]
    found = {}
    for name in ATTACKS:
        lines = (out / "samples" / f"{name}.jsonl").read_text().splitlines()
        found[name] = [json.loads(line)["score"] for line in lines]
    return sum(seconds.values()), found


def distance(found, wanted):
    """The largest difference, relative to the score."""
    return max(abs(a - b) / max(abs(b), 1e-9)
               for name in ATTACKS
               for a, b in zip(found[name], wanted[name], strict=True))


def compare(lethe, work, rounds):
    threads = os.cpu_count()
    torch.set_num_threads(threads)
    folder = work / "gpt2-124m"
    speed.make_model("gpt2-124m", folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    data = rows()
    times = {"one pass an attack": [], "one shared pass": [], "lethe": []}
    worst = 0
    for _ in range(rounds):
        for name, shared in (("one pass an attack", False),
                             ("one shared pass", True)):
            seconds, wanted = peer(model, data, shared)
            times[name].append(seconds)
        seconds, found = ours(str(lethe), folder, work, data)
        times["lethe"].append(seconds)
        worst = max(worst, distance(found, wanted))
    print(f"membership: {len(ATTACKS)} attacks, {TEXTS} texts of about {TOKENS} "
          f"tokens, float32, transformers {transformers.__version__}, "
          f"{threads} threads, load {os.getloadavg()[0]:.2f}")
    own = statistics.median(times["lethe"])
    for name, bar in BARS.items():
        theirs = statistics.median(times[name])
        print(f"  {name:<19} peer {theirs:7.2f} s, lethe {own:6.2f} s, "
              f"ratio {theirs / own:5.2f} (bar {bar})")
    print(f"  scores differ by at most {worst:.1e} relative "
          f"(allowed {TOLERANCE:g})")
    return worst <= TOLERANCE
