#!/usr/bin/env python3
"""Writes a run folder as `lethe run` would, without running anything.

    make_run.py DIR [--rows N] [--measures N] [--items N] [--hostile]

For the tests of pages: every kind of record, sample and curve that a report
shows; with --hostile labels, prompts and answers are what a page must never
take for markup. Numbers come from a seeded generator: the same arguments give
the same bytes.
"""
import argparse
import json
import math
import os
import random

HOSTILE = [
    "<script>window.owned = 1</script>",
    "</title></style><img src=x onerror=\"window.owned = 1\">",
    "a]]>--><svg onload=\"window.owned = 1\"></svg>",
    "\u001b[31mred\u001b[0m \u001b]0;title\u0007",
    "nul \u0000 bell \u0007 back \b vertical \u000b",
    "\u202eevil\u202c \u2066isolate\u2069 zero\u200bwidth \ufeff\ufffe",
    "'\"`=javascript:alert(1)//\\u003cscript\\u003e",
    "&lt;b&gt; &amp; {{7*7}} ${7*7} %0d%0a",
]
WORDS = ("the keeper of the northern lighthouse wrote every evening in a green "
         "book how many ships had passed and which of them had lost their way "
         "in the fog before morning").split()


class Run:
    def __init__(self, folder, options):
        self.folder = folder
        self.o = options
        self.random = random.Random(7)
        self.records = []
        self.cells = []
        os.makedirs(folder, exist_ok=True)

    def text(self, length):
        words = [self.random.choice(WORDS) for _ in range(length)]
        if self.o.hostile:
            words.insert(self.random.randrange(length),
                         self.random.choice(HOSTILE))
        return " ".join(words)

    def write(self, name, rows):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            for row in rows:
                out.write(json.dumps(row) + "\n")

    def record(self, cell, **fields):
        record = {
            "schema": 1, "run": os.path.basename(self.folder),
            "cell": cell["cell"], "suite": "made", "suite_hash": "5a" * 32,
            "profile": None, "label": cell["label"],
            "method": cell["method"], "method_options": {},
            "model_hash": cell["cell"] * 5, "tokenizer_hash": "70" * 32,
            "reference_hash": "", "transform": cell["transform"],
            "probe": None, "probe_options": {}, "task": None, "metric": "",
            "metric_options": {}, "field": "", "split": "", "role": "",
            "data_hash": "d" * 64, "prompt_hash": "e" * 64,
            "items_hash": "f" * 64, "want": "", "target": None,
            "value": None, "unit": "fraction", "n": self.o.items,
            "n_expected": self.o.items, "ci95": None, "ci_method": "none",
            "seed": cell["seed"], "step": 120, "device": "cpu",
            "dtype": "float32", "status": "ok", "message": "",
            "seconds": 1.5, "tokens": 6400, "peak_bytes": 412000000,
            "device_peak_bytes": 0,
            "counts": {"truncated": 0, "boundary_mismatch": 0,
                       "nonfinite": 0, "skipped": 0},
            "versions": {"lethe": "0.1.0", "git": "made", "torch": "2.11.0"}}
        record.update(fields)
        if record["value"] is not None and record["ci95"] is None:
            half = 0.08 * max(abs(record["value"]), 0.1)
            record["ci95"] = [record["value"] - half, record["value"] + half]
            record["ci_method"] = "bootstrap_percentile"
        self.records.append(record)

    def samples(self, cell, name, split, rows):
        self.write(f"samples/{cell['cell']}/{name}@{split}.jsonl", rows)

    # How much of the texts a cell still knows, in [0, 1].
    def knowledge(self, cell):
        base = {"none": 0.9, "retrain": 0.12}.get(cell["method"])
        if base is None:
            base = 0.15 + 0.6 * ((cell["place"] * 7) % 11) / 10
        for link in cell["transform"]:
            if link.startswith("relearn"):
                steps = int(link.split("steps=")[1])
                base += (0.9 - base) * (1 - math.exp(-steps / 40))
        return base

    def generation(self, cell, split, role, want):
        know = self.knowledge(cell) if role == "forget" else 0.8
        rows, recalls = [], []
        for i in range(self.o.items):
            reference = self.text(14)
            words = reference.split(" ")
            kept = [w if self.random.random() < know
                    else self.random.choice(WORDS) for w in words]
            output = " ".join(kept)
            same = sum(a == b for a, b in zip(kept, words)) / len(words)
            recalls.append(same)
            rows.append({"id": f"{split}-{i}", "split": split,
                         "prompt": self.text(8), "output": output,
                         "reference": reference, "recall": same,
                         "exact_match": int(output == reference)})
        if self.o.hostile:
            rows[0]["id"] = HOSTILE[0] + HOSTILE[4]
        self.samples(cell, "greedy_generation", split, rows)
        common = dict(probe="greedy_generation", split=split, role=role,
                      want=want)
        self.record(cell, metric="rouge_l", field="recall",
                    value=sum(recalls) / len(recalls), **common)
        self.record(cell, metric="exact_match", field="exact_match",
                    value=sum(r["exact_match"] for r in rows) / len(rows),
                    **common)

    def membership(self, cell, probe, strength):
        rows = []
        for i in range(2 * self.o.items):
            member = i % 2
            score = self.random.gauss(strength * member, 1)
            rows.append({"id": str(i), "member": member, "score": score})
        self.samples(cell, probe, "forget+holdout", rows)
        inside = [r["score"] for r in rows if r["member"]]
        outside = [r["score"] for r in rows if not r["member"]]
        wins = sum(a > b for a in inside for b in outside)
        self.record(cell, probe=probe, metric="auroc", field="auroc",
                    split="forget+holdout", role="forget", want="near",
                    target="reference", n=2 * self.o.items,
                    value=wins / len(inside) / len(outside))

    def chances(self, cell):
        know = self.knowledge(cell)
        rows = [{"id": str(i), "log_pz": -self.random.expovariate(know / 12),
                 "pz": 0.5} for i in range(self.o.items)]
        rows[0].update(log_pz=None, pz=0)
        self.samples(cell, "discoverable_extraction", "forget", rows)
        self.record(cell, probe="discoverable_extraction",
                    metric="discoverable", field="rate_n1000", split="forget",
                    role="forget", want="low", value=know / 2)
        hits = [{"id": str(i),
                 "hits": [int(self.random.random() < know / 3)
                          for _ in range(20)]} for i in range(self.o.items)]
        self.samples(cell, "sampling_extraction", "forget", hits)
        self.record(cell, probe="sampling_extraction", metric="sampled_hits",
                    field="sampled_hits", split="forget", role="forget",
                    want="low", value=know / 3)

    def curve(self, cell):
        know = self.knowledge(cell)
        rows = []
        for step in range(1, 121):
            gone = 1 - math.exp(-step / 30)
            forget = 0.4 + 4 * (1 - know) * gone + self.random.random() / 5
            retain = 1.8 + 0.6 * (1 - know) * gone + self.random.random() / 9
            row = {"step": step, "tokens": 800 * step, "loss": retain - forget,
                   "terms": {"forget": forget, "retain": retain},
                   "grad_norm": 1.0, "lr": 1e-4, "seconds": step / 9}
            if step % 10 == 0:
                row["eval"] = {"forget": forget, "retain": retain,
                               "holdout": 2.4}
            rows.append(row)
        self.write(f"curves/{cell['cell']}.jsonl", rows)

    def filler(self, cell, count):
        for k in range(count):
            self.record(cell, task=f"task_{k}", metric="acc", field="acc",
                        split="test", want="high",
                        value=0.3 + 0.3 * self.random.random())

    def cell(self, place, label, method, transform=(), seed=0):
        name = "%012x" % self.random.getrandbits(48)
        cell = {"cell": name, "label": label, "method": method,
                "transform": list(transform), "seed": seed, "place": place}
        self.cells.append({"cell": name, "label": label,
                           "transform": " + ".join(transform), "status": "ok",
                           "message": ""})
        self.generation(cell, "forget", "forget", "low")
        self.generation(cell, "retain", "retain", "high")
        if not transform:
            self.membership(cell, "loss_mia", 2 * self.knowledge(cell))
            self.membership(cell, "zlib_mia", 1.6 * self.knowledge(cell))
            self.membership(cell, "blind_mia", 0.05)
            self.chances(cell)
            self.curve(cell)
        self.record(cell, probe="teacher_forced", metric="perplexity",
                    field="perplexity", split="retain", role="retain",
                    want="low", unit="perplexity",
                    value=6 + 9 * (1 - self.knowledge(cell)))
        made = sum(r["cell"] == name for r in self.records[-40:])
        self.filler(cell, max(0, self.o.measures - made - 2))
        self.record(cell, metric="cost", field="seconds", unit="seconds",
                    value=31.25, ci95=None)
        self.records[-1]["ci95"] = None
        return cell

    def rows(self):
        label = HOSTILE[1] if self.o.hostile else "ours"
        named = [("none", "none"), ("retrain", "retrain"), (label, "npo"),
                 ("gradient_ascent", "gradient_ascent"),
                 ("rmu:layer=7", "rmu")]
        while len(named) < self.o.rows:
            named.append((f"npo:beta={len(named) / 100:g}", "npo"))
        cells = 0
        for place, (name, method) in enumerate(named):
            if cells >= self.o.rows:
                break
            self.cell(place, name, method)
            cells += 1
            if place in (0, 1, 2, 3):
                for steps in (10, 50, 100):
                    if cells < self.o.rows:
                        self.cell(place, name, method,
                                  [f"relearn:n=32,steps={steps}"])
                        cells += 1

    def finish(self):
        message = HOSTILE[0] if self.o.hostile else "out of memory"
        failed = {"cell": "0" * 12, "label": "task_vector", "transform": "",
                  "status": "failed", "message": message}
        self.cells.append(failed)
        self.record({"cell": "0" * 12, "label": "task_vector",
                     "method": "task_vector", "transform": [], "seed": 0},
                    status="failed", message=message)
        self.write("records.jsonl", self.records)
        methods = [{"name": c["label"], "label": c["label"],
                    "set": {"lr": 1e-5, "epochs": 4, "batch": 16,
                            "beta": i / 100, "betas": [0.9, 0.98]}}
                   for i, c in enumerate(self.cells) if not c["transform"]]
        run = {"suite": {"suite": "made", "version": 1,
                         "model": {"path": "models/base"}, "seeds": [0],
                         "data": {"forget": {"file": "f.jsonl",
                                             "role": "forget"}},
                         "methods": methods,
                         "transforms": [{"name": "relearn", "set": {
                             "n": 32, "steps": 10, "lr": 1e-5}}],
                         "attacks": [{"name": "greedy_generation",
                                      "on": ["forget"],
                                      "set": {"max_new_tokens": 40}}],
                         "reference": {"method": "retrain"}},
               "model_hash": "ab" * 32, "data_hashes": {"forget": "d" * 64},
               "lethe": "0.1.0", "device": "cpu", "dtype": "float32",
               "threads": 2, "status": "failed", "cells": self.cells,
               "versions": {"lethe": "0.1.0", "git": "made"}}
        with open(os.path.join(self.folder, "run.json"), "w") as out:
            json.dump(run, out, indent=2)
        rule = HOSTILE[2] if self.o.hostile else "forget.rouge_l <= 0.3"
        gates = {"verdict": "fail", "rules": [
            {"rule": rule, "metric": "rouge_l.recall", "value": 0.42,
             "ci95": [0.36, 0.48], "threshold": 0.3, "n": 40,
             "verdict": "fail", "reason": "0.42 is above 0.3"},
            {"rule": "retain.rouge_l", "metric": "rouge_l.recall",
             "value": 0.8, "ci95": [0.7, 0.9], "threshold": 0.5, "n": 40,
             "verdict": "pass", "reason": ""},
            {"rule": "acc", "metric": "task.acc", "value": None, "ci95": None,
             "threshold": 0.5, "n": 0, "verdict": "undecidable",
             "reason": "no record of it"}]}
        with open(os.path.join(self.folder, "gate.json"), "w") as out:
            json.dump(gates, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--rows", type=int, default=14)
    parser.add_argument("--measures", type=int, default=14)
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--hostile", action="store_true")
    options = parser.parse_args()
    run = Run(options.folder.rstrip("/"), options)
    run.rows()
    run.finish()


if __name__ == "__main__":
    main()
