"""Every shipped task in lm-eval's own definition and in Lethe's.

lm-eval's task files stay as they are installed; only its data sets are
replaced, by documents of our own (task_rows.py). The models are a small llama
that was taught some of the documents by heart, so that it writes answers worth
comparing, and a random gpt2; both with tokenizers of LETHE_FIXTURES. Compared
are requests, log-likelihoods, greedy flags, generated texts, the metrics of
every document, aggregates, standard errors and groups.

--chat compares with the chat template instead.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import task_releases
import task_rows
from task_compare import Differences, compare_groups, compare_task

# Ours -> lm-eval's data set, and which of its splits each of ours is.
USUAL = {"train": "train", "validation": "validation"}
ALL = dict(USUAL, test="test")
GLUE = "nyu-mll/glue"
TASKS = {
    "rte": (GLUE, "rte", USUAL),
    "mnli": (GLUE, "mnli", {"train": "train",
                            "validation": "validation_matched"}),
    "mnli_mismatch": (GLUE, "mnli", {"train": "train",
                                     "validation": "validation_mismatched"}),
    **{f"anli_r{n}": ("facebook/anli", None,
                      {"train": f"train_r{n}", "validation": f"dev_r{n}",
                       "test": f"test_r{n}"}) for n in (1, 2, 3)},
    "boolq": ("aps/super_glue", "boolq", USUAL),
    "arc_easy": ("allenai/ai2_arc", "ARC-Easy", ALL),
    "arc_challenge": ("allenai/ai2_arc", "ARC-Challenge", ALL),
    "openbookqa": ("allenai/openbookqa", "main", ALL),
    "sciq": ("allenai/sciq", None, ALL),
    "piqa": ("baber/piqa", None, USUAL),
    "hellaswag": ("Rowan/hellaswag", None, USUAL),
    "winogrande": ("allenai/winogrande", "winogrande_xl", USUAL),
    "lambada_openai": ("EleutherAI/lambada_openai", "default",
                       {"test": "test"}),
    "lambada_standard": ("cimec/lambada", None,
                         {"test": "test", "validation": "validation"}),
    "truthfulqa_mc1": ("truthfulqa/truthful_qa", "multiple_choice",
                       {"validation": "validation"}),
    "truthfulqa_mc2": ("truthfulqa/truthful_qa", "multiple_choice",
                       {"validation": "validation"}),
    "wikitext": ("EleutherAI/wikitext_document_level", "wikitext-2-raw-v1",
                 {"test": "test"}),
    "gsm8k": ("openai/gsm8k", "main", {"train": "train", "test": "test"}),
    "triviaqa": ("mandarjoshi/trivia_qa", "rc.nocontext", USUAL),
    "mutual_info": ("allenai/ai2_arc", "ARC-Easy", ALL),
    **{f"wmdp_{n}": ("cais/wmdp", f"wmdp-{n}", {"test": "test"})
       for n in ("bio", "chem", "cyber")},
}
FOLDERS = ["glue", "anli", "super_glue", "arc", "openbookqa", "sciq", "piqa",
           "hellaswag", "winogrande", "lambada", "truthfulqa", "wikitext",
           "gsm8k", "triviaqa", "wmdp", "mmlu/default"]
BOOTSTRAPS = 2000


# A metric that no shipped task has: (lm-eval's file, ours).
OWN = ("""task: mutual_info
dataset_path: allenai/ai2_arc
dataset_name: ARC-Easy
output_type: multiple_choice
training_split: train
test_split: test
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{choices.label.index(answerKey)}}"
doc_to_choice: "{{choices.text}}"
metric_list:
  - metric: acc_mutual_info
  - metric: acc_bytes
  - metric: acc
  - metric: exact_match
""", """{"task": "mutual_info", "version": 1, "kind": "multiple_choice",
 "prompt": "Question: {{question}}\\nAnswer:", "choices": "choices.text",
 "answer": "choices.label.index(answerKey)", "eval": ["test"],
 "metrics": ["acc_mutual_info", "acc_bytes", "acc", "exact_match"]}
""")


# The models.

def save_tokenizer(fixture, folder):
    for name in ("tokenizer.json", "tokenizer_config.json",
                 "special_tokens_map.json"):
        shutil.copy(fixture / name, folder / name)


def teach(model, tokenizer, texts):
    """Until every text is known by heart."""
    import torch
    ids = [tokenizer.encode(t) + [tokenizer.eos_token_id] for t in texts]
    width = max(map(len, ids))
    rows = torch.tensor([i + [0] * (width - len(i)) for i in ids])
    labels = torch.tensor([i + [-100] * (width - len(i)) for i in ids])
    mask = (labels != -100).long()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for step in range(500):
        loss = model(rows, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


def make_models(work):
    import torch
    import transformers
    fixtures = pathlib.Path(os.environ["LETHE_FIXTURES"]) / "models"
    key = hashlib.sha256(json.dumps(task_rows.taught()).encode()).hexdigest()
    done = work / "models" / "made"
    if done.exists() and done.read_text() == key:
        return
    tokenizer = transformers.AutoTokenizer.from_pretrained(fixtures / "llama")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    ends = dict(bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id)
    llama = transformers.LlamaForCausalLM(transformers.LlamaConfig(
        hidden_size=96, intermediate_size=192, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, vocab_size=1000,
        max_position_embeddings=2048, **ends))
    loss = teach(llama, tokenizer, task_rows.taught())
    print(f"llama: taught, loss {loss:.2g}", flush=True)
    gpt2 = transformers.GPT2LMHeadModel(transformers.GPT2Config(
        n_embd=64, n_layer=2, n_head=4, vocab_size=1000, n_positions=2048,
        initializer_range=0.2, bos_token_id=999, eos_token_id=999))
    for name, model in (("llama", llama), ("gpt2", gpt2)):
        model.save_pretrained(work / "models" / name)
        save_tokenizer(fixtures / name, work / "models" / name)
    done.write_text(key)


# The peer, in a process of its own.

def prepare(rows):
    """Makes lm-eval load our documents in place of the data sets."""
    import datasets
    import lm_eval.api.task

    def load(path, name=None, **_):
        return datasets.DatasetDict({
            split: datasets.Dataset.from_list(own)
            for split, own in rows[path, name].items()})

    class Own:
        load_dataset = staticmethod(load)

        def __getattr__(self, name):
            return getattr(datasets, name)

    lm_eval.api.task.datasets = Own()


def peer(job):
    import logging
    logging.disable(logging.WARNING)
    os.environ.update(HF_HUB_OFFLINE="1", DISABLE_MULTIPROC="1")
    import lm_eval
    import torch
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager
    torch.set_num_threads(job["threads"])
    prepare(task_rows.datasets(job["subjects"]))
    folder = pathlib.Path(lm_eval.__file__).parent / "tasks"
    manager = TaskManager(
        include_path=[str(folder / f) for f in FOLDERS] + job["own"],
        include_defaults=False)
    model = HFLM(pretrained=job["model"], dtype="float32", device="cpu",
                 batch_size=1)
    for number, run in enumerate(job["runs"]):
        model._max_length = run["window"]
        found = lm_eval.simple_evaluate(
            model=model, tasks=run["tasks"], task_manager=manager,
            num_fewshot=run["shots"], batch_size=1, log_samples=True,
            bootstrap_iters=BOOTSTRAPS, **run["chat"])
        kept = {key: found.get(key) or {} for key in ("results", "groups")}
        kept["samples"] = {
            task: [{key: value for key, value in s.items() if key != "doc"}
                   for s in sorted(samples, key=lambda s: s["doc_id"])]
            for task, samples in found["samples"].items()}
        pathlib.Path(job["out"], f"{number}.json").write_text(
            json.dumps(kept, default=float))


def run_peer(job, work):
    shutil.rmtree(job["out"], ignore_errors=True)
    os.makedirs(job["out"])
    out = subprocess.run([sys.executable, __file__, "--peer", json.dumps(job)],
                         capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(f"lm-eval failed on {job['model']}:\n{out.stderr[-3000:]}")
    return [json.loads(pathlib.Path(job["out"], f"{n}.json").read_text())
            for n in range(len(job["runs"]))]


# Lethe.

def data_options(tasks, subjects, rows, work, released):
    """--data-file for every split of every task, and the tasks.

    As the hub exports them, all subjects of mmlu in one file; or as they were
    released, where that differs.
    """
    folder = work / ("released" if released else "data")
    folder.mkdir(parents=True, exist_ok=True)
    options, found = [], []

    def add(name, split, own):
        path = folder / f"{name}.{split}.jsonl"
        if released:
            path = task_releases.release(name, split, own, folder)
            if path is None:
                return
        else:
            path.write_text(task_releases.lines(own))
        options.extend(["--data-file", f"{name}:{split}={path}"])
        if name not in found:
            found.append(name)

    for task in tasks:
        path, name, splits = TASKS[task]
        for split, theirs in splits.items():
            add(task, split, rows[path, name][theirs])
    for split in ("test", "dev"):
        subsets = {s: rows["cais/mmlu", s][split] for s in subjects}
        if released:
            for subject, own in subsets.items():
                add(f"mmlu_{subject}", split, own)
        else:
            add("mmlu", split, [row for own in subsets.values() for row in own])
    return options, found


def run_ours(lethe, model, run, tasks, options, work):
    out = work / "ours"
    shutil.rmtree(out, ignore_errors=True)
    command = [lethe, "eval", "--model", model, "--tasks",
               ",".join(tasks), "--bootstrap-iters", str(BOOTSTRAPS),
               "--dtype", "float32", "--device", "cpu", "--log-samples",
               "--threads", str(run["threads"]), "--out", str(out), "--json",
               "-q", "--max-length", str(run["window"]), "--include-path",
               str(work / "own")] + options
    if run["shots"] is not None:
        command += ["--num-fewshot", str(run["shots"])]
    for key, value in run["chat"].items():
        option = "--" + key.replace("_", "-")
        if value is True:
            command.append(option)
        else:
            command += [option, "false" if value is False else value]
    child = subprocess.run(command, capture_output=True, text=True)
    if child.returncode != 0:
        sys.exit(f"lethe failed: {child.stderr[-2000:]}")
    found = json.loads(child.stdout)
    found["samples"] = {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in (out / "samples").glob("*.jsonl")}
    return found


# What is asked, and the table.

def line(model, task, run, n, d):
    print(f"{model:<6}{task:<18.17}{run['label']:<14}{n:>4}{d.worst:>9.1e}"
          f"{d.requests:>9}{d.texts:>7}{d.items:>7}"
          f"{'no' if d.metrics else 'yes':>9}", flush=True)
    for text in d.shown:
        print(f"    {text[:1500]}")
    return bool(d.any())


def show(model, run, ours, theirs):
    """The lines of a run; subjects of mmlu that agree share one."""
    failed, subjects, documents, worst = 0, 0, 0, Differences()
    for task in theirs["samples"]:
        if task not in ours["samples"]:  # it has no release of its own
            continue
        d, n = compare_task(task, ours, theirs)
        if task.startswith("mmlu_") and not d.any():
            subjects, documents = subjects + 1, documents + n
            worst.worst = max(worst.worst, d.worst)
        else:
            failed += line(model, task, run, n, d)
    if subjects:
        line(model, f"mmlu, {subjects} tasks", run, documents, worst)
    if theirs["groups"]:
        failed += line(model, "groups", run, len(theirs["groups"]),
                       compare_groups(ours, theirs))
    return failed


def runs_of(options):
    """What both are asked."""
    if options.chat:
        runs = [{"label": label, "chat": dict(
            apply_chat_template=True, fewshot_as_multiturn=turns, **more)}
            for label, turns, more in (
                ("chat", True, {}), ("one turn", False, {}),
                ("system", True, {"system_instruction": "Be brief."}),
                ("system, one", False, {"system_instruction": "Be brief. "}))]
        runs.append({"label": "system, plain",
                     "chat": {"system_instruction": "Be brief."}})
        runs.append({"label": "chat, 0", "shots": 0,
                     "chat": {"apply_chat_template": True,
                              "fewshot_as_multiturn": True}})
    else:
        runs = [{"label": str(shots), "shots": shots} for shots in (0, 3)]
        runs.append({"label": "3, 320 tokens", "shots": 3, "window": 320})
    return [dict({"chat": {}, "window": 2048, "shots": 2,
                  "threads": options.threads}, **run)
            for run in runs]


def compare_model(model, options, runs, subjects, rows, work):
    """The number of lines that differ."""
    folder = str(work / "models" / model)
    tasks = [t for t in TASKS if options.only in t]
    files, ours = data_options(tasks, subjects, rows, work, False)
    older, released = data_options(tasks, subjects, rows, work, True)
    if options.only and options.only != "mmlu":
        ours = [t for t in ours if t in tasks]
        released = [t for t in released if t in tasks]
    theirs = [t for t in ours if not t.startswith("wmdp_")]
    theirs += ["wmdp"] * ("wmdp_bio" in ours)
    peers = run_peer({"model": folder, "own": [str(work / "own")],
                      "runs": [dict(run, tasks=theirs) for run in runs],
                      "threads": options.threads, "subjects": subjects,
                      "out": str(work / "peer")}, work)
    failed = 0
    for run, found in zip(runs, peers):
        failed += show(model, run, run_ours(options.lethe, folder, run, ours,
                                            files, work), found)
        if run["chat"] or not released:
            continue
        failed += show(model, dict(run, label=run["label"][:4] + ", release"),
                       run_ours(options.lethe, folder, run, released, older,
                                work), found)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe", nargs="?", help="build/lethe")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--only", default="", help="tasks whose name has this")
    parser.add_argument("--models", default="llama,gpt2")
    parser.add_argument("--chat", action="store_true",
                        help="with chat template, turns, system text")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(json.loads(options.peer))
    if not os.environ.get("LETHE_FIXTURES"):
        sys.exit("tasks: LETHE_FIXTURES names no folder with models")
    work = options.work.resolve()
    (work / "models").mkdir(parents=True, exist_ok=True)
    make_models(work)
    (work / "own").mkdir(exist_ok=True)
    for name, text in zip(("own.yaml", "own.json"), OWN):
        (work / "own" / name).write_text(text)
    subjects = [s for names in json.loads("".join(
        line for line in open("suites/tasks/mmlu.json")
        if not line.startswith("//")))["each"]["subject"].values()
        for s in names]
    rows = task_rows.datasets(subjects)
    runs = runs_of(options)
    print(f"{'model':<6}{'task':<18}{'shots':<14}{'n':>4}{'max dll':>9}"
          f"{'requests':>9}{'texts':>7}{'items':>7}{'metrics':>9}")
    failed = 0
    for model in ["llama"] if options.chat else options.models.split(","):
        failed += compare_model(model, options, runs, subjects, rows, work)
    print("tasks: ok" if failed == 0 else f"tasks: {failed} differ")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
