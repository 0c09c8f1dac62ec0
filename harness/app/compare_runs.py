"""Writes small run folders for compare_test.sh: compare_runs.py FOLDER.

before: none, retrain and npo; after: npo, trained longer, and none; other: as
before on other data; seeds: none and npo of two seeds.
"""

import json
import math
import pathlib
import random
import sys

ROOT = pathlib.Path(sys.argv[1])
FORGET, RETAIN, QUIZ = 60, 50, 80
LOUD = "\x1b[31m<b>=1+1|`x`</b>"  # an output that must be escaped


def record(run, cell, label, seed, **more):
    base = {
        "schema": 1, "run": run, "cell": cell, "suite": "small",
        "suite_hash": None, "profile": None, "label": label, "method": label,
        "method_options": {}, "model_hash": f"{cell}{run}",
        "tokenizer_hash": "t", "reference_hash": f"retrain-0{run}",
        "transform": [], "probe": None, "probe_options": {}, "task": None,
        "metric": None, "metric_options": {}, "field": "", "split": "",
        "role": None, "data_hash": "d" * 16, "prompt_hash": "p" * 16,
        "items_hash": "i" * 16, "want": None, "target": None, "value": None,
        "unit": "fraction", "n": 0, "n_expected": 0, "ci95": None,
        "ci_method": "none", "seed": seed, "step": 0, "device": "cpu",
        "dtype": "float32", "status": "ok", "message": "", "seconds": 0,
        "tokens": 0, "peak_bytes": 0, "device_peak_bytes": 0,
        "counts": {"truncated": 0, "boundary_mismatch": 0, "nonfinite": 0,
                   "skipped": 0}, "versions": {}}
    assert more.keys() <= base.keys(), more
    return base | more


def auroc(rows):
    members = [r["score"] for r in rows if r["member"]]
    others = [r["score"] for r in rows if not r["member"]]
    won = sum((m > o) + (m == o) / 2 for m in members for o in others)
    return won / len(members) / len(others)


class Row:
    """One model: knows `known` of the forget set, has this much skill."""

    def __init__(self, run, label, known, skill, seed=0, data="d"):
        self.run, self.label, self.seed = run, label, seed
        self.known, self.skill, self.data = known, skill, data
        self.cell = f"{label}-{seed}"
        # Items are as hard for every model; noise is the model's own.
        self.hard = random.Random(1)
        self.noise = random.Random(f"{label} {known} {seed}")
        self.records = []

    def add(self, rows, file, **measure):
        folder = ROOT / self.run / "samples" / self.cell
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("".join(json.dumps(r) + "\n" for r in rows))
        for metric, field, value, want, unit in measure.pop("values"):
            self.records.append(record(
                self.run, self.cell, self.label, self.seed, metric=metric,
                field=field, value=value, want=want, unit=unit, n=len(rows),
                n_expected=len(rows), data_hash=self.data * 16, **measure))

    def extraction(self):
        rows = []
        for i in range(FORGET):
            hit = self.hard.random() + 0.1 * self.noise.random() < self.known
            part = self.hard.random() / 2
            rows.append({
                "id": f"f{i}", "prompt": f"Text {i} begins",
                "output": LOUD if i == 0 else f"and ends {'well' * hit}",
                "exact_match": int(hit),
                "recall": 1.0 if hit else round(part, 4)})
        mean = {k: sum(r[k] for r in rows) / FORGET
                for k in ("exact_match", "recall")}
        self.add(rows, "greedy_extraction@forget.jsonl",
                 probe="greedy_extraction", split="forget", role="forget",
                 values=[("exact_match", "exact_match", mean["exact_match"],
                          "low", "fraction"),
                         ("rouge_l", "recall", mean["recall"], "low",
                          "fraction"),
                         ("mauve", "mauve", 0.5 + self.known / 4, "high",
                          "fraction")])

    def losses(self):
        rows = []
        for i in range(RETAIN):
            tokens = self.hard.randint(5, 40)
            loss = (2.2 - self.skill + 0.4 * self.hard.gauss(0, 1)
                    + 0.05 * self.noise.gauss(0, 1))
            rows.append({"id": f"r{i}", "num_tokens": tokens,
                         "sum_logprob": -tokens * loss})
        total = -sum(r["sum_logprob"] for r in rows)
        value = math.exp(total / sum(r["num_tokens"] for r in rows))
        self.add(rows, "teacher_forced@retain.jsonl", probe="teacher_forced",
                 split="retain", role="retain",
                 values=[("perplexity", "perplexity", value, "low", "ratio")])

    def membership(self):
        rows = [{"id": f"m{i}", "member": i % 2, "score":
                 self.hard.gauss(0, 1) + 0.3 * self.noise.gauss(0, 1)
                 + 2 * self.known * (i % 2)} for i in range(2 * FORGET)]
        self.add(rows, "loss_mia@forget+holdout.jsonl", probe="loss_mia",
                 split="forget+holdout", role="forget", target="reference",
                 values=[("auroc", "auroc", auroc(rows), "near", "fraction")])

    def quiz(self):
        rows = [{"doc_id": i, "arguments": [[f"Question {i}?", " yes"]],
                 "acc": int(self.hard.random() < self.skill)}
                for i in range(QUIZ)]
        value = sum(r["acc"] for r in rows) / QUIZ
        self.add(rows, "quiz.jsonl", task="quiz", split="quiz",
                 values=[("acc", "acc", value, "high", "fraction")])

    def all(self):
        self.extraction()
        self.losses()
        self.membership()
        self.quiz()
        self.records.append(record(
            self.run, self.cell, self.label, self.seed, metric="cost",
            field="seconds", value=60.0 * self.known, unit="seconds"))
        return self.records


def write(run, rows):
    records = [r for row in rows for r in row.all()]
    (ROOT / run / "records.jsonl").write_text(
        "".join(json.dumps(r) + "\n" for r in records))


write("before", [Row("before", "none", 0.8, 0.6),
                 Row("before", "retrain", 0.1, 0.58),
                 Row("before", "npo", 0.45, 0.56)])
write("after", [Row("after", "npo", 0.15, 0.3), Row("after", "none", 0.8, 0.6)])
write("other", [Row("other", "npo", 0.15, 0.3, data="e")])
write("seeds", [Row("seeds", "none", 0.8, 0.6),
                Row("seeds", "npo", 0.4, 0.55, seed=0),
                Row("seeds", "npo", 0.35, 0.55, seed=1)])
