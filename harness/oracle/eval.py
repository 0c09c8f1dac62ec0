"""Runs benchmarks in lm-eval and in Lethe: same model, threads and dtype.

Made for timing: gpt2 of 124M parameters and a llama shape of 146M with a window
of 2,048 tokens, random weights and published tokenizers, or any folder
(--model). Data are those of LETHE_DATA. Beside the seconds stand the largest
difference of a choice's log-likelihood, decisions that differ, tokens that were
computed and the peak memory of both, and the share of the machine's GEMM limit
(measured in the same run) that Lethe's whole run reached.

Then the same documents in Lethe alone with other batches, in two parts by
--limit, and --deterministic: the largest differences and decisions that differ.

Both are timed around the evaluation, with the model loaded ("peer s", "lethe
s"), and as whole processes ("whole": start, libraries and loading included).
With --rounds both run in turn and the medians are shown, the peer at the batch
size that was its best. Other load makes the figures useless: it is shown.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import time

# name, model, dtype, shots, documents, batch sizes of the peer, the bar
CASES = [
    ("hellaswag", "gpt2", "float32", 0, 100, (1, 8), 3.0),
    ("hellaswag", "gpt2", "bfloat16", 0, 4, (1,), 4.0),
    ("arc_challenge", "gpt2", "float32", 25, 12, (1,), 3.5),
    ("arc_challenge", "llama", "float32", 25, 12, (1,), 4.0),
    ("mmlu_anatomy", "gpt2", "float32", 5, 60, (1,), 8.0),
]
STABLE = (("hellaswag", 0, 60), ("arc_challenge", 2, 60))
YAML = {
    "hellaswag": """doc_to_text: "{{query}}"
doc_to_choice: choices
doc_to_target: gold
""",
    "arc_challenge": """doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_choice: "{{choices.text}}"
doc_to_target: "{{choices.label.index(answerKey)}}"
""",
    "mmlu_anatomy": """doc_to_text: "{{question.strip()}}\\nA. {{choices[0]}}\\nB. {{choices[1]}}\\nC. {{choices[2]}}\\nD. {{choices[3]}}\\nAnswer:"
doc_to_choice: ["A", "B", "C", "D"]
doc_to_target: answer
description: "The following are multiple choice questions (with answers) about anatomy.\\n\\n"
fewshot_split: dev
fewshot_config:
  sampler: first_n
""",
}


def rows_of(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def mmlu_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = [r for r in csv.reader(file) if r[5] != "answer"]
    return [{"question": r[0], "subject": "anatomy", "choices": r[1:5],
             "answer": int(r[5]) if r[5].isdigit() else "ABCD".index(r[5])}
            for r in rows]


def make_data(data, work):
    """The rows of each task's splits as JSON Lines that both read."""
    folder = work / "data"
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "hellaswag_validation": rows_of(
            data / "hellaswag/hellaswag_val_subset_docs.jsonl"),
        "arc_challenge_validation": rows_of(
            data / "arc/ai2_arc__ARC-Challenge__validation.jsonl"),
        "mmlu_anatomy_test": mmlu_rows(data / "mmlu/test/anatomy_test.csv"),
        "mmlu_anatomy_dev": mmlu_rows(data / "mmlu/dev/anatomy_dev.csv"),
    }
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows))
    return folder


def make_gpt2(data, folder):
    import transformers
    transformers.GPT2LMHeadModel(transformers.GPT2Config()).save_pretrained(
        folder)
    shutil.copy(data / "tokenizers/gpt2/gpt2_tokenizer.json",
                folder / "tokenizer.json")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "GPT2Tokenizer", "bos_token": "<|endoftext|>",
        "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
        "model_max_length": 1024}))


def make_llama(data, folder):
    import transformers
    transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=32064, hidden_size=768, intermediate_size=2048,
        num_hidden_layers=14, num_attention_heads=12, num_key_value_heads=12,
        max_position_embeddings=2048, bos_token_id=1,
        eos_token_id=2)).save_pretrained(folder)
    shutil.copy(data / "tokenizers/phi3/tokenizer.json",
                folder / "tokenizer.json")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>",
        "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": 2048}))


def make_model(shape, data, work):
    import torch
    folder = work / f"{shape}-peer"
    if not (folder / "tokenizer_config.json").exists():
        torch.manual_seed(0)
        {"gpt2": make_gpt2, "llama": make_llama}[shape](data, folder)
    return str(folder)


def gemm_limit(threads):
    """Floating-point operations a second of the library's best product."""
    import torch
    torch.set_num_threads(threads)
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    best = math.inf
    for _ in range(9):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * 2048**3 / best


def operations(model, tokens):
    """Of the products with weights: attention and the rest are not counted."""
    config = json.loads((pathlib.Path(model) / "config.json").read_text())
    if config["model_type"] == "gpt2":
        h = config["n_embd"]
        body = config["n_layer"] * 12 * h * h
    else:
        h, mid = config["hidden_size"], config["intermediate_size"]
        body = config["num_hidden_layers"] * (4 * h * h + 3 * h * mid)
    return 2 * (tokens["computed"] * body
                + tokens["scored"] * h * config["vocab_size"])


def task_file(name, folder, work):
    splits = {p.stem.rsplit("_", 1)[1]: p for p in folder.glob(f"{name}_*.jsonl")}
    text = f"task: peer_{name}\ndataset_path: json\noutput_type: multiple_choice\n"
    text += YAML[name]
    for key in ("test", "validation"):
        if key in splits:
            text += f"{key}_split: {key}\n"
    text += "dataset_kwargs:\n  data_files:\n"
    text += "".join(f"    {key}: {path.resolve()}\n" for key, path in splits.items())
    text += "metric_list:\n  - metric: acc\n  - metric: acc_norm\n"
    out = work / "tasks"
    out.mkdir(exist_ok=True)
    (out / f"{name}.yaml").write_text(text)
    return out


def peer(job):
    """In a process of its own: evaluates, prints seconds, memory, samples."""
    import logging
    logging.disable(logging.WARNING)
    os.environ["HF_HUB_OFFLINE"] = "1"
    import lm_eval
    import torch
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager
    torch.set_num_threads(job["threads"])
    manager = TaskManager(include_path=job["tasks"], include_defaults=False)
    model = HFLM(pretrained=job["model"], dtype=job["dtype"], device="cpu",
                 batch_size=job["batch"])
    start = time.perf_counter()
    found = lm_eval.simple_evaluate(
        model=model, tasks=["peer_" + job["task"]], task_manager=manager,
        num_fewshot=job["shots"] or None, limit=job["limit"],
        batch_size=job["batch"], log_samples=True, bootstrap_iters=0)
    seconds = time.perf_counter() - start
    samples = sorted(found["samples"]["peer_" + job["task"]],
                     key=lambda s: s["doc_id"])
    print("PEER " + json.dumps({
        "seconds": seconds,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "likelihoods": [[r[0][0] for r in s["resps"]] for s in samples]}))


def run_peer(job):
    start = time.perf_counter()
    out = subprocess.run([sys.executable, __file__, "--peer", json.dumps(job)],
                         capture_output=True, text=True)
    whole = time.perf_counter() - start
    lines = [l for l in out.stdout.splitlines() if l.startswith("PEER ")]
    if not lines:
        sys.exit(f"lm-eval failed on {job['task']}:\n{out.stderr[-3000:]}")
    return dict(json.loads(lines[-1][5:]), whole=whole)


def run_ours(lethe, job, folder, work, more=()):
    out = work / "ours"
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    child = subprocess.Popen(
        [lethe, "eval", "--model", job["model"], "--tasks", job["task"],
         "--data-dir", folder, "--num-fewshot", str(job["shots"]), "--limit",
         str(job["limit"]), "--dtype", job["dtype"], "--threads",
         str(job["threads"]), "--log-samples", "--out", out, "--json", "-q", *more],
        stdout=subprocess.PIPE, text=True)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    whole = time.perf_counter() - start
    if status != 0:
        sys.exit(f"lethe failed on {job['task']}")
    json_found = json.loads(text)
    found = json_found["results"][job["task"]]
    samples = rows_of(out / "samples" / f"{job['task']}.jsonl")
    return {"seconds": json_found["seconds"]["evaluate"], "whole": whole,
            "peak": usage.ru_maxrss * 1024, "tokens": found["tokens"],
            "truncated": found["counts"]["truncated"],
            "arguments": [s["arguments"] for s in samples],
            "likelihoods": [[l[0] for l in s["loglikelihoods"]]
                            for s in samples]}


def in_turn(lethe, job, batches, rounds, folder, work):
    """Both sides, medians of their seconds; the peer at its best batch size."""
    theirs = [run_peer(dict(job, batch=batch)) for batch in batches]
    best = min(range(len(batches)), key=lambda i: theirs[i]["seconds"])
    peer, ours = [theirs[best]], [run_ours(lethe, job, folder, work)]
    for _ in range(rounds - 1):
        peer.append(run_peer(dict(job, batch=batches[best])))
        ours.append(run_ours(lethe, job, folder, work))
    for runs in (peer, ours):
        for key in ("seconds", "whole"):
            runs[0][key] = statistics.median(r[key] for r in runs)
    return ours[0], dict(peer[0], batch=batches[best])


def compare(ours, theirs):
    """The largest difference, and documents whose likeliest choice differs."""
    worst, flips = 0.0, 0
    for a, b in zip(ours["likelihoods"], theirs["likelihoods"], strict=True):
        worst = max([worst] + [abs(x - y) for x, y in zip(a, b, strict=True)])
        flips += a.index(max(a)) != b.index(max(b))
    return worst, flips


def worst_per_token(ours, theirs, model):
    """The largest difference of a choice divided by the choice's tokens."""
    import tokenizers
    encode = tokenizers.Tokenizer.from_file(f"{model}/tokenizer.json").encode
    worst = 0.0
    for arguments, a, b in zip(ours["arguments"], ours["likelihoods"],
                               theirs["likelihoods"], strict=True):
        for (context, choice), x, y in zip(arguments, a, b, strict=True):
            tokens = len(encode(context + choice)) - len(encode(context))
            worst = max(worst, abs(x - y) / max(1, tokens))
    return worst


def stability(lethe, model, folder, work, threads):
    """Lethe against itself; returns the cases beyond 1e-4 a choice or 1e-5 a
    token."""
    print("\nthe same documents another way: largest difference of a choice's "
          "log-likelihood,\nalso divided by its tokens, and decisions that differ")
    print(f"{'task':<15}{'shots':>5}{'docs':>5}  {'way':<24}{'max dll':>9}"
          f"{'a token':>9}{'flips':>6}")
    missed = 0
    for name, shots, documents in STABLE:
        job = {"task": name, "dtype": "float32", "shots": shots,
               "model": model, "limit": documents, "threads": threads}
        base = run_ours(lethe, job, folder, work)
        for way in (["--batch-size", "1"], ["--batch-size", "64"],
                    ["--limit", str(documents // 2)], ["--deterministic"]):
            other = run_ours(lethe, job, folder, work, way)
            count = len(other["likelihoods"])
            part = {"likelihoods": base["likelihoods"][:count]}
            worst, flips = compare(other, part)
            token = worst_per_token(other, part, model)
            missed += not (worst <= 1e-4 and token <= 1e-5)
            print(f"{name:<15}{shots:>5}{count:>5}  {' '.join(way):<24}"
                  f"{worst:>9.1e}{token:>9.1e}{flips:>6}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe", nargs="?", help="build/lethe")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--model", help="a model folder with a tokenizer")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="cases whose name has this")
    parser.add_argument("--documents", type=int, default=0,
                        help="in place of each case's own number")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(json.loads(options.peer))
    if not os.environ.get("LETHE_DATA"):
        sys.exit("eval: LETHE_DATA names no folder with benchmark files")
    data = pathlib.Path(os.environ["LETHE_DATA"])
    options.work.mkdir(parents=True, exist_ok=True)
    folder = make_data(data, options.work)
    limit = gemm_limit(options.threads)
    print(f"threads {options.threads}, load {os.getloadavg()[0]:.2f}, GEMM limit "
          f"{limit / 1e9:.0f} GFLOP/s in float32")
    print(f"{'task':<14}{'model':<6}{'dtype':<9}{'shots':>5}{'docs':>5}"
          f"{'batch':>6}{'peer s':>8}{'lethe s':>8}{'ratio':>7}{'whole':>7}"
          f"{'bar':>5}"
          f"{'max dll':>9}{'flips':>6}{'cut':>4}{'tokens':>7}{'naive':>7}"
          f"{'GEMM%':>6}{'MB':>5}{'peer':>6}")
    missed = 0
    for name, shape, dtype, shots, documents, batches, bar in CASES:
        if options.only not in f"{name} {shape} {dtype}":
            continue
        model = options.model or make_model(shape, data, options.work)
        job = {"task": name, "dtype": dtype, "shots": shots, "model": model,
               "limit": options.documents or documents,
               "threads": options.threads,
               "tasks": str(task_file(name, folder, options.work))}
        ours, best = in_turn(options.lethe, job, batches, options.rounds, folder,
                             options.work)
        worst, flips = compare(ours, best)
        ratio = best["seconds"] / ours["seconds"]
        missed += ratio < bar or (dtype == "float32" and worst > 1e-3)
        share = operations(model, ours["tokens"]) / ours["seconds"] / limit
        print(f"{name:<14}{shape:<6}{dtype:<9}{shots:>5}{job['limit']:>5}"
              f"{best['batch']:>6}{best['seconds']:>8.2f}"
              f"{ours['seconds']:>8.2f}{ratio:>7.2f}"
              f"{best['whole'] / ours['whole']:>7.2f}{bar:>5}{worst:>9.1e}"
              f"{flips:>6}{ours['truncated']:>4}{ours['tokens']['computed']:>7}"
              f"{ours['tokens']['naive']:>7}{100 * share:>6.0f}"
              f"{ours['peak'] / 1e6:>5.0f}{best['peak'] / 1e6:>6.0f}",
              flush=True)
        if not math.isfinite(worst):
            missed += 1
    if options.only in "stability":
        model = options.model or make_model("gpt2", data, options.work)
        missed += stability(options.lethe, model, folder, options.work,
                            options.threads)
    print("eval: ok" if missed == 0 else f"eval: {missed} below their bar")
    return 0 if missed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
