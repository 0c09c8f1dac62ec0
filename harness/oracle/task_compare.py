"""Results of one run in lm-eval and in Lethe, compared: for tasks.py.

Requests and generated texts must be equal, log-likelihoods within 1e-3,
metrics of a document and of a task within 1e-9 of their size, or 1e-4 where
they are made of log-likelihoods.
"""
import math

# Ours in the metrics of a filter of lm-eval's.
FILTERS = {"exact_match_strict": "exact_match,strict-match",
           "exact_match_flexible": "exact_match,flexible-extract"}
ROLLING = ("word_perplexity", "byte_perplexity", "bits_per_byte")


class Differences:
    """Of one task; the first few are shown."""

    def __init__(self):
        self.requests = self.metrics = self.items = self.texts = 0
        self.worst = 0.0
        self.shown = []

    def add(self, what, kind):
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.shown) < 4:
            self.shown.append(what)

    def any(self):
        return (self.requests or self.metrics or self.items or self.texts
                or not self.worst <= 1e-3)


def likelihoods_of(sample):
    """[[log-likelihood, greedy]] of lm-eval's sample."""
    return [r[0] if isinstance(r[0], list) else [r[0], None]
            for r in sample["resps"]]


def compare_item(ours, theirs, d):
    where = f"document {theirs[0]['doc_id']}"
    first = theirs[0]
    arguments = first["arguments"]
    if "prompt" in ours:
        if ours["prompt"] != arguments[0][0]:
            d.add(f"{where}: {ours['prompt']!r} != {arguments[0][0]!r}",
                  "requests")
        if ours["output"] != first["resps"][0][0]:
            d.add(f"{where}: {ours['output']!r} != {first['resps'][0][0]!r}",
                  "texts")
        return
    want = [a if len(a) == 2 else ["", a[0]] for a in arguments]
    if ours["arguments"] != want:
        d.add(f"{where}: {ours['arguments']} != {want}", "requests")
        return
    for a, b in zip(ours["loglikelihoods"], likelihoods_of(first), strict=True):
        a = a if isinstance(a, list) else [a, None]
        d.worst = max(d.worst, abs(a[0] - b[0]))
        if a[1] != b[1] and b[1] is not None:
            d.add(f"{where}: greedy {a[1]} != {b[1]}", "items")


def close(a, b, tolerance):
    if a is None or b is None or b == "N/A":
        return a is None and b in (None, "N/A")
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12)


def tolerance_of(name, task):
    """Values made of log-likelihoods are as good as these."""
    likelihood = name.startswith("perplexity") or name in ROLLING
    return 1e-4 if likelihood or task == "truthfulqa_mc2" else 1e-9


def compare_metrics(task, ours, theirs, samples, d):
    metrics = [key for key in ours if key + "_ci95" in ours]
    for name in metrics:
        key = FILTERS.get(name, name + ",none")
        if key not in theirs and name == "exact_match":
            key = "exact_match,remove_whitespace"
        if key not in theirs:
            if name not in ("acc_bytes", "acc_token"):  # ours alone
                d.add(f"lm-eval has no {name}", "metrics")
            continue
        plain, filtered = key.split(",")
        bound = tolerance_of(name, task)
        if not close(ours[name], theirs[key], bound):
            d.add(f"{name}: {ours[name]} != {theirs[key]}", "metrics")
        error = theirs[f"{plain}_stderr,{filtered}"]
        if not close(ours[name + "_stderr"], error, bound):
            d.add(f"{name}_stderr: {ours[name + '_stderr']} != {error}",
                  "metrics")
        for own, item in samples:
            match = [s for s in item if s["filter"] == filtered]
            if (name in own and name != "perplexity" and plain in match[0]
                    and not close(own[name], match[0][plain], bound)):
                d.add(f"document {match[0]['doc_id']}: {name} {own[name]} !="
                      f" {match[0][plain]}", "items")
    for key in theirs:
        name = {v: k for k, v in FILTERS.items()}.get(key, key.split(",")[0])
        if "," in key and "_stderr" not in key and name not in metrics:
            d.add(f"lethe has no {key}", "metrics")


def compare_task(task, ours, theirs):
    d = Differences()
    own, other = ours["samples"][task], theirs["samples"][task]
    items = {}
    for sample in other:
        items.setdefault(sample["doc_id"], []).append(sample)
    if len(own) != len(items):
        d.add(f"{len(own)} documents != {len(items)}", "items")
        return d, len(own)
    pairs = list(zip(own, items.values()))
    for a, b in pairs:
        compare_item(a, b, d)
    compare_metrics(task, ours["results"][task], theirs["results"][task],
                    pairs, d)
    return d, len(own)


def compare_groups(ours, theirs):
    d = Differences()
    for name, group in theirs["groups"].items():
        own = ours.get("groups", {}).get(name, {})
        for key, value in group.items():
            if "," not in key:
                continue
            metric = key.split(",")[0]
            if not close(own.get(metric), value, 1e-9):
                d.add(f"{name} {metric}: {own.get(metric)} != {value}",
                      "metrics")
    return d
