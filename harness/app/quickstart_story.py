"""Asserts what the quickstart's records must say. Usage: FILE of records."""

import json
import sys

records = [json.loads(line) for line in open(sys.argv[1])]


def value(label, name, metric, field, split, key="value"):
    found = [
        r[key] for r in records
        if r["label"] == label and not r["transform"] and r["split"] == split
        and (r["probe"] or r["task"]) == name and r["metric"] == metric
        and r["field"] == field
    ]
    assert len(found) == 1 and found[0] is not None, (label, name, metric, found)
    return found[0]


def extracted(label):
    return value(label, "greedy_extraction", "exact_match", "exact_match", "forget")


def perplexity(label):
    return value(label, "teacher_forced", "perplexity", "perplexity", "retain")


checks = {
    "before unlearning at least 80 % of the prefixes are extracted":
        extracted("none") >= 0.8,
    "the retain choices lie above chance before unlearning":
        value("none", "quickstart_quiz", "acc", "acc", "quickstart_quiz", "ci95")[0] > 0.25,
    "the retrained model gives at most 2 %": extracted("retrain") <= 0.02,
    "gradient ascent at least doubles the retain perplexity":
        perplexity("gradient_ascent") >= 2 * perplexity("none"),
    "npo forgets: between none and retrain":
        extracted("retrain") <= extracted("npo") < extracted("none"),
    "npo keeps more than gradient ascent, less than none":
        perplexity("none") <= perplexity("npo") < perplexity("gradient_ascent"),
    "every record has a status and every value an n":
        all(r["status"] in ("ok", "diverged") and (r["value"] is None or r["n"] > 0)
            for r in records),
    "rates have intervals":
        all(r["ci95"] is not None for r in records if r["metric"] == "exact_match"),
    "quantised targets are there":
        any(r["transform"] for r in records),
}
for check, holds in checks.items():
    print("ok    " if holds else "FAILED", check)
sys.exit(0 if all(checks.values()) else 1)
