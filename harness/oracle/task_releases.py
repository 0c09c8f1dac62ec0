"""The documents of task_rows.py as the benchmarks' own releases have them.

lm-eval reads the exports of the Hugging Face hub; Lethe also reads the files
that were published first. Both must ask the same.
"""
import csv
import io
import json


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def stem(row, question):
    """A question in the schema of AI2."""
    choices = row["choices"]
    return {"id": row["id"], "answerKey": row["answerKey"], "question": {
        "stem": row[question], "choices": [
            {"text": t, "label": l}
            for t, l in zip(choices["text"], choices["label"])]}}


def without(row, *names):
    return {key: value for key, value in row.items() if key not in names}


def pairs(targets):
    return dict(zip(targets["choices"], targets["labels"]))


def table(rows):
    out = io.StringIO()
    csv.writer(out).writerows(
        [r["question"], *r["choices"], "ABCD"[r["answer"]]] for r in rows)
    return out.getvalue()


def nli(rows):
    """With the rows that the writers did not agree on: they are left out."""
    names = ("entailment", "neutral", "contradiction")
    made = [{"sentence1": r["premise"], "sentence2": r["hypothesis"],
             "gold_label": names[r["label"]], "pairID": str(r["idx"])}
            for r in rows]
    return made[:2] + [dict(made[0], gold_label="-")] + made[2:]


# Of each task: rows -> rows of the release.
ROWS = {
    "rte": lambda rows: [
        {"premise": r["sentence1"], "hypothesis": r["sentence2"],
         "label": ("entailment", "not_entailment")[r["label"]], "idx": r["idx"]}
        for r in rows],
    "mnli": nli,
    "mnli_mismatch": nli,
    **{f"anli_r{n}": lambda rows: [
        {"uid": r["uid"], "context": r["premise"], "hypothesis": r["hypothesis"],
         "label": "enc"[r["label"]], "reason": r["reason"], "idx": r["idx"]}
        for r in rows] for n in (1, 2, 3)},
    "boolq": lambda rows: [dict(without(r, "label"), answer=bool(r["label"]),
                                title="A title") for r in rows],
    "arc_easy": lambda rows: [stem(r, "question") for r in rows],
    "arc_challenge": lambda rows: [stem(r, "question") for r in rows],
    "openbookqa": lambda rows: [stem(r, "question_stem") for r in rows],
    "hellaswag": lambda rows: [dict(r, label=int(r["label"])) for r in rows],
}
# Tasks whose labels are in a file beside: the label of a row.
BESIDE = {"piqa": lambda r: r["label"], "winogrande": lambda r: r["answer"]}
LABEL_FILES = {("piqa", "validation"): "dev-labels.lst",
               ("piqa", "train"): "train-labels.lst",
               ("winogrande", "validation"): "dev-labels.lst",
               ("winogrande", "train"): "train_xl-labels.lst"}


def truthful(rows):
    return json.dumps([dict(r, mc1_targets=pairs(r["mc1_targets"]),
                            mc2_targets=pairs(r["mc2_targets"]))
                       for r in rows])


def release(task, split, rows, folder):
    """The path of the rows as released; None where there is one form only."""
    name = f"{task}.{split}"
    own = folder / task
    own.mkdir(parents=True, exist_ok=True)
    if task in ROWS:
        path, text = own / f"{name}.jsonl", lines(ROWS[task](rows))
    elif task in BESIDE:
        path = own / f"{split}.jsonl"
        text = lines(without(r, "label", "answer") for r in rows)
        (own / LABEL_FILES[task, split]).write_text(
            "".join(f"{BESIDE[task](r)}\n" for r in rows))
    elif task.startswith("truthfulqa"):
        path, text = own / "mc_task.json", truthful(rows)
    elif task.startswith("wmdp"):
        path = own / f"{task[5:]}_questions.json"
        text = json.dumps([without(r, "subject") for r in rows])
    elif task.startswith("mmlu"):
        path, text = own / f"{name}.csv", table(rows)
    else:
        return None
    path.write_text(text)
    return path
