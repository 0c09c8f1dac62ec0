#!/usr/bin/env python3
"""Writes harness/data/testdata/peer_results: result files as open-unlearning
(@ d3d7cf9) and tofu (@ 8c49eee) write them, of random numbers and texts of our
own, and what numpy 2.4.6 and scipy 1.17.1 make of them by those programs'
definitions.

    python harness/oracle/results.py harness/data/testdata/peer_results [items]
"""

import json
import pathlib
import sys

import numpy as np
from scipy.stats import hmean, ks_2samp

SIDES = {"forget": False, "retain": False, "ra": True, "wf": True}
LOGS = {"forget": "eval_log_forget", "retain": "eval_log",
        "ra": "eval_real_author_wo_options",
        "wf": "eval_real_world_wo_options"}
WORDS = "tide bell ferry rope lamp quay salt stone".split()


def metric(items, value):
    return {"agg_value": value,
            "value_by_index": {str(i): item for i, item in enumerate(items)}}


def losses(loss):
    return {"prob": np.exp(-loss).tolist(), "avg_loss": loss.tolist()}


def text(rng):
    return " ".join(rng.choice(WORDS, 5))


def rouge(rng):
    return {"rouge1_recall": rng.uniform(), "rougeL_f1": rng.uniform(),
            "rougeL_recall": rng.uniform(), "input": text(rng) + "?",
            "ground_truth": text(rng), "generation": text(rng)}


def side(rng, counts, options):
    n, wrong = counts
    return {"gt": rng.gamma(2, .5, n), "para": rng.gamma(2, .6, n),
            "pert": rng.gamma(3, .6, (n, wrong)),
            "rouge": [rouge(rng) for _ in range(n)], "options": options}


def ratio(s, epsilon, right):
    return np.exp(-s["pert"].mean(-1)) / (np.exp(-s[right]) + epsilon)


def measures(s, epsilon, right):
    prob = np.exp(-s["gt"])
    if s["options"]:
        prob = prob / (prob + np.exp(-s["pert"]).sum(-1) + epsilon)
    return {"prob": prob, "rouge": [r["rougeL_recall"] for r in s["rouge"]],
            "truth": ratio(s, epsilon, right)}


def utility(sides, epsilon, right):
    values = []
    for name, s in sides.items():
        if name == "forget":
            continue
        m = measures(s, epsilon, right(name))
        values += [np.mean(m["prob"]), np.mean(m["rouge"]),
                   np.mean(np.maximum(0, 1 - m["truth"]))]
    return float(hmean(values))


def unlearning_right(name):
    return "gt" if SIDES[name] else "para"


def attack(rng, n):
    forget, holdout = rng.normal(1, 1, n), rng.normal(1.5, 1, n)
    pairs = forget[:, None] - holdout[None, :]
    auc = float(np.mean((pairs < 0) + .5 * (pairs == 0)))
    score = [metric([{"score": float(x)} for x in side], float(side.mean()))
             for side in (forget, holdout)]
    return {"forget": score[0], "holdout": score[1], "auc": auc,
            "agg_value": auc}


def open_unlearning(rng, sides):
    file = {}
    for name, s in sides.items():
        m = measures(s, 1e-10, unlearning_right(name))
        file[f"{name}_Q_A_Prob"] = metric([losses(x) for x in s["gt"]],
                                          float(np.exp(-s["gt"]).mean()))
        file[f"{name}_Q_A_PERT_Prob"] = metric([losses(x) for x in s["pert"]],
                                               float(np.exp(-s["pert"]).mean()))
        if s["options"]:
            file[f"{name}_Q_A_Prob_normalised"] = metric(
                [{"prob": float(x)} for x in m["prob"]], float(m["prob"].mean()))
        else:
            file[f"{name}_Q_A_PARA_Prob"] = metric(
                [losses(x) for x in s["para"]], float(np.exp(-s["para"]).mean()))
        file[f"{name}_Q_A_ROUGE"] = metric(s["rouge"], float(np.mean(m["rouge"])))
        truth = m["truth"]
        key = "forget_truth_ratio" if name == "forget" else f"{name}_Truth_Ratio"
        value = (np.minimum(truth, 1 / (truth + 1e-10)) if name == "forget" else
                 np.maximum(0, 1 - truth))
        file[key] = metric([{"score": float(x)} for x in truth],
                           float(value.mean()))
    file["mia_loss"] = attack(rng, 12)
    file["mia_min_k"] = attack(rng, 12)
    es = rng.uniform(size=12)
    file["extraction_strength"] = metric([{"score": float(x)} for x in es],
                                         float(es.mean()))
    file["model_utility"] = {
        "agg_value": utility(sides, 1e-10, unlearning_right)}
    return {key: file[key] for key in sorted(file)}


def tofu(sides):
    file = {}
    for name, s in sides.items():
        by_index = lambda values: {str(i): v for i, v in enumerate(values)}
        file[LOGS[name] + ".json"] = {
            "avg_gt_loss": by_index(s["gt"].tolist()),
            "generated_text": by_index([[r["input"], r["generation"],
                                         r["ground_truth"]] for r in s["rouge"]]),
            "rouge1_recall": by_index([r["rouge1_recall"] for r in s["rouge"]]),
            "rougeL_recall": by_index([r["rougeL_recall"] for r in s["rouge"]]),
            "average_perturb_loss": by_index(s["pert"].tolist()),
            "avg_paraphrased_loss": by_index(s["para"].tolist())}
    return file


def write(folder, name, value):
    # As both peers do: four blanks, and NaN where a number is none.
    (folder / name).write_text(json.dumps(value, indent=4) + "\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    rng = np.random.default_rng(20240111)
    counts = {"forget": (n, 5), "retain": (n, 5), "ra": (n - 2, 3),
              "wf": (n - 1, 3)}
    model, retrained = ({name: side(rng, counts[name], SIDES[name])
                         for name in SIDES} for _ in range(2))
    ours, theirs = open_unlearning(rng, model), open_unlearning(rng, retrained)
    write(folder, "TOFU_EVAL.json", ours)
    write(folder, "RETAIN_EVAL.json", theirs)
    write(folder, "eval_log_aggregated.json", tofu(model))
    write(folder, "retain_eval_log_aggregated.json", tofu(retrained))
    truth, other = (ratio(s["forget"], 1e-10, "para") for s in (model, retrained))
    legacy, legacy_other = (np.exp(s["forget"]["pert"].mean(-1) -
                                   s["forget"]["para"])
                            for s in (model, retrained))
    area, reference = (1 - f["mia_min_k"]["auc"] for f in (ours, theirs))
    write(folder, "expected.json", {
        "open_unlearning": {
            "forget_quality": ks_2samp(1 / (truth + 1e-10),
                                       1 / (other + 1e-10)).pvalue,
            "forget_truth_ratio": ours["forget_truth_ratio"]["agg_value"],
            "retain_truth_ratio": ours["retain_Truth_Ratio"]["agg_value"],
            "model_utility": ours["model_utility"]["agg_value"],
            "mia_loss": ours["mia_loss"]["auc"],
            "privleak": 100 * (area - reference) / reference},
        "tofu": {
            "forget_quality": ks_2samp(legacy, legacy_other).pvalue,
            "forget_truth_ratio": float(np.mean(np.minimum(legacy, 1 / legacy))),
            "model_utility": utility(model, 0, lambda name: "para")}})


main()
