"""Writes a run folder as `lethe run` would, with samples, for
leaderboard_test.sh: leaderboard_runs.py DIR. Values are drawn, none measured.
"""
import hashlib
import json
import math
import os
import random
import sys

ITEMS = 120
CHOICES = 4
# method: (extraction, recall on retain, quiz, shift of members' scores)
METHODS = {
    "none": (0.90, 0.80, 0.62, 1.2),
    "retrain": (0.04, 0.79, 0.60, 0.05),
    "gradient_ascent": (0.00, 0.15, 0.26, -1.0),
    "gradient_difference": (0.05, 0.61, 0.45, 0.1),
    "npo": (0.08, 0.74, 0.55, 0.3),
    "simnpo": (0.07, 0.75, 0.56, 0.3),
    "rmu": (0.30, 0.77, 0.59, 0.6),
}
TRANSFORM = "quantise:form=int8"


def wilson(k, n, z=1.959963984540054):
    p = k / n
    centre = (p + z * z / 2 / n) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n)
    return [max(0, centre - half), min(1, centre + half)]


def mean_interval(values):
    n = len(values)
    mean = sum(values) / n
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    return [mean - 1.96 * sd / math.sqrt(n), mean + 1.96 * sd / math.sqrt(n)]


def auc(rows):
    own = [r["score"] for r in rows if r["member"]]
    other = [r["score"] for r in rows if not r["member"]]
    return sum(a > b for a in own for b in other) / len(own) / len(other)


def record(base, **measure):
    r = dict(base)
    r.update(measure)
    return r


class Writer:
    def __init__(self, folder):
        self.folder = folder
        self.records = []

    def samples(self, cell, name, rows):
        path = os.path.join(self.folder, "samples", cell)
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, name + ".jsonl"), "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    def finish(self):
        with open(os.path.join(self.folder, "records.jsonl"), "w") as file:
            file.writelines(json.dumps(r) + "\n" for r in self.records)
        with open(os.path.join(self.folder, "run.json"), "w") as file:
            json.dump({"status": "complete"}, file)


def base_record(method, transform, seed):
    text = f"{method}{transform}{seed}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "schema": 1, "run": "demo", "cell": digest[:12], "suite": "demo",
        "suite_hash": "", "profile": None, "label": method, "method": method,
        "method_options": {}, "model_hash": digest, "tokenizer_hash": "t",
        "reference_hash": None, "transform": transform, "probe": None,
        "probe_options": {}, "task": None, "metric": None,
        "metric_options": {}, "field": "", "split": "", "role": None,
        "data_hash": "d", "prompt_hash": "p", "items_hash": "i", "want": None,
        "target": None, "value": None, "unit": "fraction", "n": ITEMS,
        "n_expected": ITEMS, "ci95": None, "ci_method": "none", "seed": seed,
        "step": 10, "device": "cpu", "dtype": "float32", "status": "ok",
        "message": "", "seconds": 1.0, "tokens": 1, "peak_bytes": 1,
        "device_peak_bytes": 0,
        "counts": {"truncated": 0, "boundary_mismatch": 0, "nonfinite": 0,
                   "skipped": 0}, "versions": {}}


def extraction(writer, base, probe, rate, ease):
    """An item comes out when it is easier than the rate asks for."""
    draw = random.Random(base["cell"] + probe)
    rows = []
    for i in range(ITEMS):
        hit = 0.8 * ease[i] + 0.2 * draw.random() < rate
        rows.append({"id": f"f{i}", "output": "", "exact_match": int(hit)})
    writer.samples(base["cell"], probe + "@forget", rows)
    hits = sum(r["exact_match"] for r in rows)
    writer.records.append(record(
        base, probe=probe, metric="exact_match", field="exact_match",
        split="forget", role="forget", want="low", target="reference",
        value=hits / ITEMS, ci95=wilson(hits, ITEMS), ci_method="wilson"))


def recall(writer, base, level, ease):
    draw = random.Random(base["cell"] + "recall")
    rows = [{"id": f"r{i}", "output": "",
             "recall": min(1.0, max(0.0, level + 0.5 * (ease[i] - 0.5) +
                                    draw.gauss(0, 0.05)))}
            for i in range(ITEMS)]
    writer.samples(base["cell"], "greedy_generation@retain", rows)
    values = [r["recall"] for r in rows]
    writer.records.append(record(
        base, probe="greedy_generation", metric="rouge_l", field="recall",
        split="retain", role="retain", want="high", value=sum(values) / ITEMS,
        ci95=mean_interval(values), ci_method="bootstrap_percentile"))


def membership(writer, base, probe, shift):
    draw = random.Random(base["cell"] + probe)
    rows = [{"id": f"m{i}", "member": int(i < ITEMS),
             "score": draw.gauss(shift if i < ITEMS else 0, 1)}
            for i in range(2 * ITEMS)]
    writer.samples(base["cell"], probe + "@forget,holdout", rows)
    value = auc(rows)
    writer.records.append(record(
        base, probe=probe, metric="auroc", field="auroc",
        split="forget,holdout", want="near", target="reference", value=value,
        n=2 * ITEMS, n_expected=2 * ITEMS, unit="auc",
        ci95=[value - 0.07, value + 0.07],
        ci_method="bootstrap_stratified"))


def quiz(writer, base, level, ease):
    draw = random.Random(base["cell"] + "quiz")
    rows = []
    for i in range(ITEMS):
        hit = 0.7 * ease[i] + 0.3 * draw.random() < level
        rows.append({"doc_id": i, "target": 0, "acc": float(hit),
                     "loglikelihoods": [[-1.0, True]] * CHOICES})
    writer.samples(base["cell"], "quiz", rows)
    hits = int(sum(r["acc"] for r in rows))
    writer.records.append(record(
        base, task="quiz", metric="acc", field="acc", split="test",
        want="high", value=hits / ITEMS, ci95=wilson(hits, ITEMS),
        ci_method="wilson"))


def main():
    writer = Writer(sys.argv[1])
    os.makedirs(writer.folder, exist_ok=True)
    draw = random.Random(1)
    ease = [draw.random() for _ in range(ITEMS)]
    draw.shuffle(ease)
    for transform in ([], [TRANSFORM]):
        for method, (out, kept, quizzed, shift) in METHODS.items():
            base = base_record(method, transform, 0)
            back = 0.15 if transform and method in ("npo", "rmu") else 0
            extraction(writer, base, "greedy_extraction", out + back, ease)
            extraction(writer, base, "beam_extraction", out * 1.1 + back, ease)
            recall(writer, base, kept, ease)
            membership(writer, base, "loss_mia", shift)
            membership(writer, base, "zlib_mia", shift * 0.8)
            quiz(writer, base, quizzed, ease)
            if not transform:
                seconds = 0.0 if method == "none" else 20.0 + len(method)
                writer.records.append(record(
                    base, metric="cost", field="seconds", unit="seconds",
                    value=seconds, n=0, n_expected=0))
    writer.finish()


main()
