"""Compares tasks that `lethe task import` made with lm-eval's own run of them.

Every task of import_tasks.py is written as lm-eval's YAML, converted, and
evaluated by both on a model of LETHE_FIXTURES: the requests must be the same
texts, every log-likelihood within 1e-3, outputs the same, metrics within 1e-3.
Then tasks that ship with Lethe are compared with the conversions of lm-eval's
files on documents of our own: the same requests and metrics.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

from import_tasks import SHIPPED, SPLITS, TASKS, yaml_of

TOLERANCE = 1e-3


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def peer(job):
    """In a process of its own: evaluates every task, prints a JSON line."""
    import logging
    logging.disable(logging.WARNING)
    import lm_eval
    import torch
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager
    torch.set_num_threads(1)
    manager = TaskManager(include_path=job["tasks"], include_defaults=False)
    model = HFLM(pretrained=job["model"], dtype="float32", device="cpu",
                 batch_size=1)
    found = lm_eval.simple_evaluate(
        model=model, tasks=job["names"], task_manager=manager,
        log_samples=True, bootstrap_iters=0)
    samples = {}
    for name, rows in found["samples"].items():
        # Each filter has its own rows; what the model said is in all of them.
        first = {}
        for row in rows:
            first.setdefault(row["doc_id"], row)
        samples[name] = [
            {"arguments": [list(a.values()) if isinstance(a, dict) else list(a)
                           for a in (row["arguments"].values() if isinstance(
                               row["arguments"], dict) else row["arguments"])],
             "responses": [r[0] for r in row["resps"]]}
            for _, row in sorted(first.items())]
    print("PEER " + json.dumps({"results": found["results"],
                                "samples": samples}, default=str))


def run_peer(job, work):
    environment = dict(os.environ, HF_HUB_OFFLINE="1",
                       HF_DATASETS_CACHE=str(work / "datasets"))
    out = subprocess.run(
        [sys.executable, __file__, "--peer", json.dumps(job)],
        capture_output=True, text=True, env=environment)
    lines = [l for l in out.stdout.splitlines() if l.startswith("PEER ")]
    if not lines:
        sys.exit(f"import: lm-eval failed:\n{out.stderr[-3000:]}")
    return json.loads(lines[-1][5:])


def call(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True,
                          text=True)
    if done.returncode != 0:
        sys.exit(f"import: {' '.join(map(str, command))}: exit "
                 f"{done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def run_ours(lethe, model, task, data, out, extra=()):
    shutil.rmtree(out, ignore_errors=True)
    text = call(lethe, "eval", "--model", model, "--tasks", task, "--data-dir",
                data, "--dtype", "float32", "--threads", 1, "--log-samples",
                "--bootstrap-iters", 0, "--out", out, "--json", "-q", *extra)
    (name, found), = json.loads(text)["results"].items()
    lines = (out / "samples" / f"{name}.jsonl").read_text().splitlines()
    return found, [json.loads(line) for line in lines]


class Comparison:
    """What differs, and by how much at most."""

    def __init__(self):
        self.wrong, self.worst, self.requests = [], 0.0, 0

    def same(self, what, ours, theirs):
        if ours != theirs:
            self.wrong.append(f"{what}: {ours!r}, theirs {theirs!r}")

    def near(self, what, ours, theirs):
        # Of perplexities, the relative one.
        distance = abs(ours - theirs) / max(
            1.0, abs(theirs) if "perplexity" in what else 1.0)
        self.worst = max(self.worst, distance)
        if not distance <= TOLERANCE:
            self.wrong.append(f"{what}: {ours}, theirs {theirs}")


def compare_sample(c, ours, theirs, place):
    arguments = [a[:2] for a in theirs["arguments"]]
    c.requests += len(arguments)
    if "output" in ours:
        text = theirs["responses"][0]
        c.same(f"{place} output", ours["output"], text)
        c.same(f"{place} prompt", ours["prompt"], arguments[0][0])
        return
    if len(arguments[0]) == 1:  # rolling: one text
        c.same(f"{place} text", ours["arguments"][0][1], arguments[0][0])
        c.near(f"{place} sum", ours["loglikelihoods"][0],
               float(theirs["responses"][0]))
        return
    c.same(f"{place} requests", ours["arguments"], arguments)
    for a, b in zip(ours["loglikelihoods"], theirs["responses"], strict=True):
        c.near(f"{place} log-likelihood", a[0], float(b[0]))
        c.same(f"{place} greedy", bool(a[1]), str(b[1]) == "True")


def compare_metrics(c, ours, theirs):
    count = 0
    for key, value in theirs.items():
        metric, _, filtered = key.partition(",")
        if metric.endswith("_stderr") or not filtered:
            continue
        name = f"{metric}_{filtered}"
        name = name if name in ours else metric
        count += 1
        c.near(key, ours[name], value)
    c.same("metrics", count > 0, True)


def report(name, c, documents):
    print(f"{name:<18}{documents:>6}{c.requests:>10}{c.worst:>10.1e}  "
          f"{'ok' if not c.wrong else c.wrong[0]}", flush=True)
    return 1 if c.wrong else 0


def own_tasks(lethe, model, work):
    tasks, ours = work / "yaml", work / "json"
    for split, rows in SPLITS.items():
        write_rows(work / "data" / "own" / f"{split}.jsonl", rows)
    tasks.mkdir(parents=True)
    for name in TASKS:
        (tasks / f"{name}.yaml").write_text(yaml_of(name, work / "data"))
        call(lethe, "task", "import", tasks / f"{name}.yaml", "--out",
             ours / f"{name}.json")
    theirs = run_peer({"tasks": str(tasks), "model": str(model),
                       "names": [f"own_{name}" for name in TASKS]}, work)
    failed = 0
    for name in TASKS:
        c = Comparison()
        found, samples = run_ours(lethe, model, ours / f"{name}.json",
                                  work / "data", work / "run")
        peers = theirs["samples"][f"own_{name}"]
        c.same("documents", len(samples), len(peers))
        for i, (a, b) in enumerate(zip(samples, peers)):
            compare_sample(c, a, b, f"document {i}")
        compare_metrics(c, found, theirs["results"][f"own_{name}"])
        failed += report(name, c, len(samples))
    return failed


def wide(model, work):
    """The llama with a window that answers of 256 tokens fit in."""
    shutil.copytree(model, work)
    config = json.loads((work / "config.json").read_text())
    config["max_position_embeddings"] = 2048
    (work / "config.json").write_text(json.dumps(config))
    return work


def shipped_tasks(lethe, model, work):
    installed = pathlib.Path(importlib.util.find_spec("lm_eval").origin).parent
    failed = 0
    for name, (file, rows, most) in SHIPPED.items():
        converted = work / "json" / f"{name}.json"
        call(lethe, "task", "import", installed / "tasks" / file, "--out",
             converted)
        data = work / "shipped" / name
        for split in ("train", "validation", "test", "dev"):
            write_rows(data / f"{name}_{split}.jsonl",
                       rows if split in ("test", "validation") else rows[::-1])
        c = Comparison()
        for shots in {0, most}:
            extra = ("--num-fewshot", shots)
            a, ours = run_ours(lethe, model, name, data, work / "a", extra)
            b, theirs = run_ours(lethe, model, converted, data, work / "b",
                                 extra)
            # Other names of filters, more metrics: what both have is the same.
            for one, two in zip(ours, theirs, strict=True):
                for key in ("prompt", "arguments", "output", "loglikelihoods"):
                    c.same(f"{shots} shots, {key}", one.get(key), two.get(key))
                c.requests += len(one.get("arguments", [0]))
            c.same("n", a["n"], b["n"])
            for key in ("acc", "acc_norm", "perplexity", "exact_match"):
                if key in b:
                    c.near(key, a[key], b[key])
        failed += report(name, c, len(rows))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe", nargs="?", help="build/lethe")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--models", default="gpt2,llama",
                        help="folders below LETHE_FIXTURES/models")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(json.loads(options.peer))
    if not os.environ.get("LETHE_FIXTURES"):
        sys.exit("import: LETHE_FIXTURES names no folder with models")
    models = pathlib.Path(os.environ["LETHE_FIXTURES"]) / "models"
    shutil.rmtree(options.work, ignore_errors=True)
    failed = 0
    for model in options.models.split(","):
        work = options.work / model
        print(f"{model:<18}{'docs':>6}{'requests':>10}{'worst':>10}  lm-eval")
        failed += own_tasks(options.lethe, models / model, work)
    print(f"{'llama':<18}{'docs':>6}{'requests':>10}{'worst':>10}  shipped")
    model = wide(models / "llama", options.work / "wide")
    failed += shipped_tasks(options.lethe, model, options.work)
    print("import: ok" if failed == 0 else f"import: {failed} tasks differ")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
