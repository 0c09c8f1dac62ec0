#!/usr/bin/env python3
"""Training beside transformers and torch: losses, tokens a second, memory.

    ./dev peers training [--rounds N] [--only npo,fp32] [--model small|125m]
        [--rows full|tofu] [--steps N] [--bf16-rows N] [--bf16-steps N]
        [--threads N]

finetune: cross-entropy; npo: NPO with the retain NLL, as open-unlearning
@ d3d7cf9 computes it (a frozen copy of the model runs every step, both graphs
live until one backward). Both sides get the same folder of random weights, the
same 24 forget and 24 retain rows of 256 random ids, batches of 4, AdamW (lr 1e-5,
constant, no decay, no clipping), float32 or bfloat16 throughout, sdpa, no
dropout. The peer's AdamW is the faster of torch's plain and fused, by the first
round; the models of every run are written, as a user wants them.

--rows tofu takes what the field trains on instead: questions and answers of
TOFU's forget10 and retain90 (LETHE_DATA), as gpt2 reads "Question: ..\nAnswer:
.." with its end-of-text id, the loss on the answer alone, 16 rows a batch, which
is about as many tokens. The peer pads every batch to its longest row and labels
what does not count with -100, as open-unlearning's collator does.

First the losses: every step takes the whole (smaller) set in accumulated
batches and all retain rows are one, so that the order of the rows is nothing.
Then both run in turn, each in a process of its own, and medians are shown:

- tok/s: ids of forget and retain rows over the seconds of training. Lethe's
  hold the pass for the original log-probs ("pass s"; ~: the train log has no
  prepare_seconds, so it is what an npo run spends outside of the loop beyond
  one of gradient_difference); "loop" is the ratio without that pass;
- whole s: the processes, with start, loading and saving;
- MB: the most memory that each process held;
- limit: the share of the machine's float32 GEMM rate that Lethe reached;
- others: processors that other processes kept busy, worst run.

Without instructions for bfloat16 the peer takes a quarter of an hour a step of
125m: there it runs once, one step of one row ("*"), and the ratio says more of
the machine than of the programs. One row understates the peer's memory, so a
memory bar that is missed is then not judged. The bars are for 125m: the small
model is for trying this out.
"""

import argparse
import importlib.metadata
import json
import math
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

import tokenizers

import eval as evaluation

PEER = pathlib.Path(__file__).parent / "training_peer.py"
# Rows a batch; ids a row of --rows full.
BATCH = {"full": 4, "tofu": 16}
TOKENS = 256
END_OF_TEXT = 50256  # gpt2's
LR = 1e-5
DTYPES = {"fp32": "float32", "bf16": "bfloat16"}
# method, dtype, least ratio of tokens a second, largest share of memory
CASES = [
    ("finetune", "fp32", 1.2, None),
    ("finetune", "bf16", 1.4, None),
    ("npo", "fp32", 1.4, 0.5),
    ("npo", "bf16", 1.4, 0.6),
]
# Relative, of the first and of the last loss.
TOLERANCES = {"fp32": (1e-3, 1e-2), "bf16": (1e-2, 5e-2)}
CHECK_STEPS = 3


def busy_seconds():
    """Of all processors since the start of the machine, idle and i/o left out.
    """
    fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, interrupts, soft, steal = map(int, fields[:8])
    ticks = user + nice + system + interrupts + soft + steal
    return ticks / os.sysconf("SC_CLK_TCK")


def child(command, work):
    """The program's output, and what the whole process took."""
    busy, start = busy_seconds(), time.perf_counter()
    with open(work / "stderr", "w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                   stderr=errors, text=True)
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    whole = time.perf_counter() - start
    if process.returncode != 0:
        sys.exit(f"training: exit code {process.returncode} of "
                 f"{' '.join(map(str, command))}\n"
                 + (work / "stderr").read_text()[-3000:])
    others = busy_seconds() - busy - usage.ru_utime - usage.ru_stime
    return text, {"whole": whole, "peak": usage.ru_maxrss * 1024,
                  "others": max(0, others / whole)}


def of_python(kind, job, work):
    """This process stays small: a child's peak memory is at least its own."""
    text, found = child([sys.executable, PEER, kind, json.dumps(job)], work)
    return dict(json.loads(text.splitlines()[-1]), **found)


def run_peer(job, work):
    out = work / "theirs"
    shutil.rmtree(out, ignore_errors=True)
    return of_python("train", dict(job, out=str(out)), work)


def lethe_command(lethe, job, out):
    if job["method"] == "finetune":
        command = [lethe, "train", "--data", job["forget"]]
    else:
        command = [lethe, "unlearn", "--method", job["method"], "--forget",
                   job["forget"], "--retain", job["retain"]]
    command += ["--model", job["model"], "--out", out, "--dtype", job["dtype"],
                "--threads", str(job["threads"]), "--json", "-q"]
    options = {"lr": job["lr"], "batch": job["batch"],
               "accumulate": job["accumulate"], "steps": job["steps"],
               "clip": 0, "schedule": "constant", "checkpoint_seconds": 0}
    for key, value in options.items():
        command += ["--set", f"{key}={value}"]
    return command


def run_ours(lethe, job, work):
    out = work / "ours"
    shutil.rmtree(out, ignore_errors=True)
    text, found = child(lethe_command(lethe, job, out), work)
    made = json.loads(text)
    log = evaluation.rows_of(out / "train_log.jsonl")
    if len(log) != job["steps"]:
        sys.exit(f"training: Lethe made {len(log)} of {job['steps']} steps")
    loop = log[-1]["seconds"]
    # The peak of /proc is reset when the making begins: take both.
    return dict(found, loop=loop, outside=made["seconds"] - loop,
                prepare=log[0].get("prepare_seconds", 0.0),
                peak=max(found["peak"], made["peak_bytes"]),
                losses=[math.nan if row["loss"] is None else row["loss"]
                        for row in log])


def with_pass(lethe, job, run, work):
    """Adds the seconds of training, the pass before the loop among them."""
    estimated = job["method"] == "npo" and run["prepare"] is None
    if estimated:
        plain = run_ours(lethe, dict(job, method="gradient_difference",
                                     steps=1), work)
        run["prepare"] = max(0, run["outside"] - plain["outside"])
    prepare = run["prepare"] if job["method"] == "npo" else 0
    return dict(run, prepare=prepare, estimated=estimated,
                seconds=run["loop"] + prepare)


def random_rows(count, length, vocabulary):
    """Forget and retain rows, every id but the first supervised."""
    rng = random.Random(7)
    return [[([rng.randrange(vocabulary) for _ in range(length)], 1)
             for _ in range(count)] for _ in range(2)]


def tofu_rows(count):
    """The first rows of both sets, the answer and the end of text supervised.
    """
    data = os.environ.get("LETHE_DATA")
    if not data:
        sys.exit("error: --rows tofu: LETHE_DATA is not set: name the folder "
                 "that has tofu/ and tokenizers/")
    data = pathlib.Path(data)
    tokenizer = tokenizers.Tokenizer.from_file(
        str(data / "tokenizers/gpt2/gpt2_tokenizer.json"))

    def read(name):
        lines = (data / f"tofu/{name}.json").read_text().splitlines()[:count]
        for row in map(json.loads, lines):
            prompt = tokenizer.encode(
                f"Question: {row['question']}\nAnswer:").ids
            answer = tokenizer.encode(" " + row["answer"]).ids
            yield prompt + answer + [END_OF_TEXT], len(prompt)

    return [list(read(name)) for name in ("forget10", "retain90")]


def write_rows(path, rows):
    path.write_text("".join(
        json.dumps({"ids": ids, "score_from": start,
                    "add_special_tokens": False}) + "\n"
        for ids, start in rows))
    return str(path)


def make_rows(work, name, rows):
    """Files of both sets; the retain rows of the check are equal."""
    forget, retain = rows
    if name == "check":
        retain = retain[:1] * len(forget)
    return {"forget": write_rows(work / f"{name}_forget.jsonl", forget),
            "retain": write_rows(work / f"{name}_retain.jsonl", retain)}


def chosen_rows(options, counts, vocabulary):
    """Rows of (how many, ids a row) of the kind that was asked for."""
    count, length = counts
    return (tofu_rows(count) if options.rows == "tofu"
            else random_rows(count, length, vocabulary))


def check_losses(case, job, options, setting):
    """Prints the first and the last loss of both; whether they agree."""
    method, short, *_ = case
    batch, length = ((1, 16) if setting["slow"] and short == "bf16" else
                     (BATCH[options.rows], TOKENS))
    rows = make_rows(options.work, "check", chosen_rows(
        options, (2 * batch, length), setting["vocabulary"]))
    job = dict(job, **rows, batch=batch, accumulate=2, steps=CHECK_STEPS,
               lr=setting["check_lr"], fused=True)
    theirs = run_peer(job, options.work)["losses"]
    ours = run_ours(options.lethe, job, options.work)["losses"]
    gaps = [abs(ours[i] - theirs[i]) / abs(theirs[i]) for i in (0, -1)]
    good = all(gap <= most for gap, most in zip(gaps, TOLERANCES[short]))
    print(f"{method:<9}{short:<5}{2 * batch:>3} {options.rows:<6}"
          f"{theirs[0]:>10.5f}{ours[0]:>10.5f}{gaps[0]:>9.1e}"
          f"{theirs[-1]:>10.5f}{ours[-1]:>10.5f}{gaps[1]:>9.1e}"
          f"  {'ok' if good else 'differ'}", flush=True)
    return good


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def in_turn(job, capped, options):
    """The runs of both sides and which AdamW the peer's are of."""
    peers = {fused: [] for fused in ((True,) if capped else (True, False))}
    job, limited = dict(job, fused=True), dict(job, **(capped or {}))
    ours = []
    for number in range(options.rounds):
        for fused in list(peers):
            if not (capped and number):
                peers[fused].append(run_peer(dict(limited, fused=fused),
                                             options.work))
        run = run_ours(options.lethe, job, options.work)
        ours.append(with_pass(options.lethe, job, run, options.work))
        best = min(peers, key=lambda fused: peers[fused][0]["seconds"])
        peers = {best: peers[best]}
    return peers[best], ours, "fused" if best else "plain"


def ids_run(job, supervised=False):
    """Ids of the rows that the steps read; those with a loss."""
    ids = passes = 0
    for side in ("forget", "retain")[:2 if job["method"] == "npo" else 1]:
        rows = evaluation.rows_of(pathlib.Path(job[side]))
        for row in rows[:job["steps"] * job["batch"]]:
            count = len(row["ids"])
            count -= row["score_from"] if supervised else 0
            ids += count
            # Forward, twice that backward, and the pass for the original.
            passes += count * (4 if side == "forget" and
                               job["method"] == "npo" else 3)
    return ids, passes


def limit_share(job, seconds, limit):
    """Of the products alone."""
    work = evaluation.operations(job["model"], {
        "computed": ids_run(job)[1], "scored": ids_run(job, True)[1]})
    return work / seconds / limit


def verdict(ratio, share, case, exact_memory):
    """Names what misses its bar; "ok" if nothing does."""
    missed = ["speed"] if ratio < case[2] else []
    if case[3] and share > case[3] and exact_memory:
        missed.append("memory")
    return "below: " + ", ".join(missed) if missed else "ok"


def compare(case, job, options, setting):
    """Prints one line of the table; whether it reaches its bars."""
    method, short, speed_bar, memory_bar = case
    batch = BATCH[options.rows]
    rows = make_rows(options.work, "timed", chosen_rows(
        options, (options.steps * batch, TOKENS), setting["vocabulary"]))
    job = dict(job, **rows, batch=batch, accumulate=1, steps=options.steps,
               lr=LR)
    capped = setting["cap"] if short == "bf16" else None
    theirs, ours, optimiser = in_turn(job, capped, options)
    limited = dict(job, **(capped or {}))
    peer_rate = ids_run(limited)[0] / median(theirs, "seconds")
    seconds = median(ours, "seconds")
    ids = ids_run(job)[0]
    ratio = ids / seconds / peer_rate
    loop = ids / median(ours, "loop") / peer_rate
    share = median(ours, "peak") / median(theirs, "peak")
    result = verdict(ratio, share, case, limited["batch"] == job["batch"])
    judged = options.model == "125m"
    wide = (f"{limited['steps']} x {limited['batch']}"
            + ("*" if capped else ""))
    limit = limit_share(job, seconds, gemm_limit(options, setting))
    sign = "~" if ours[0]["estimated"] else ""
    print(f"{method:<9}{short:<5}{wide:>7}{optimiser:>6}{peer_rate:>8.1f}"
          f"{ids / seconds:>8.1f}{ratio:>7.2f}{speed_bar:>5}"
          f"{loop:>6.2f}{sign + format(median(ours, 'prepare'), '.2f'):>8}"
          f"{median(theirs, 'whole'):>9.1f}{median(ours, 'whole'):>8.1f}"
          f"{median(theirs, 'peak') / 1e6:>8.0f}"
          f"{median(ours, 'peak') / 1e6:>7.0f}"
          f"{share:>6.2f}{memory_bar or '-':>5}{limit:>7.0%}"
          f"{max(run['others'] for run in theirs + ours):>7.2f}"
          f"  {result if judged else '-'}", flush=True)
    return result == "ok" or not judged


def chosen(only):
    """The cases that fit every kind of word in `only`."""
    words = [word for word in only.split(",") if word]
    methods = {case[0] for case in CASES}
    unknown = [w for w in words if w not in methods | set(DTYPES)]
    if unknown:
        sys.exit(f"error: --only: \"{unknown[0]}\" is unknown: known: "
                 + ", ".join(sorted(methods | set(DTYPES))))

    def fits(value, known):
        asked = set(words) & set(known)
        return not asked or value in asked

    return [c for c in CASES if fits(c[0], methods) and fits(c[1], DTYPES)]


def of_machine(options, folder):
    """Makes the model if there is none; the machine's figures."""
    return of_python("prepare", {"model": options.model, "folder": str(folder),
                                 "threads": options.threads}, options.work)


def gemm_limit(options, setting):
    """The best so far: other load lowers what one measurement finds."""
    found = of_machine(options, setting["folder"])["limit"]
    setting["limit"] = max(setting["limit"], found)
    return setting["limit"]


def set_up(options, folder):
    """The model's folder made; what holds for all cases."""
    found = of_machine(options, folder)
    slow = options.model == "125m" and not found["bf16"]
    batch = BATCH[options.rows]
    cap = {"batch": options.bf16_rows or (1 if slow else batch),
           "steps": options.bf16_steps or (1 if slow else options.steps)}
    full = cap == {"batch": batch, "steps": options.steps}
    config = json.loads((folder / "config.json").read_text())
    # Small weights need larger steps before the loss moves.
    return {**found, "folder": folder, "slow": slow,
            "cap": None if full else cap, "vocabulary": config["vocab_size"],
            "check_lr": 1e-5 if options.model == "125m" else 1e-4}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", help="build/lethe")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="finetune, npo, fp32, bf16")
    parser.add_argument("--model", choices=["small", "125m"], default="125m")
    parser.add_argument("--rows", choices=["full", "tofu"], default="full")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--bf16-rows", type=int, help="of the peer, a batch")
    parser.add_argument("--bf16-steps", type=int, help="of the peer")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    options = parse()
    if options.rows == "tofu" and options.model != "125m":
        sys.exit("error: --rows tofu: its ids are gpt2's: leave --model out")
    cases = chosen(options.only)
    options.work.mkdir(parents=True, exist_ok=True)
    folder = options.work / f"gpt2-{options.model}"
    setting = set_up(options, folder)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}"
                         for name in ("torch", "transformers"))
    print(f"{versions}, model {options.model}, {options.threads} threads, "
          f"float32 {setting['limit'] / 1e9:.0f} GFLOP/s, "
          f"{'' if setting['bf16'] else 'no '}bfloat16 instructions, "
          f"load {os.getloadavg()[0]:.2f}")
    jobs = [{"method": case[0], "dtype": DTYPES[case[1]],
             "model": str(folder), "threads": options.threads}
            for case in cases]
    print(f"\nlosses of {CHECK_STEPS} steps over the whole set\n"
          f"{'case':<14}{'rows':>10}{'first':>10}{'lethe':>10}{'gap':>9}"
          f"{'last':>10}{'lethe':>10}{'gap':>9}")
    differ = sum(not check_losses(case, job, options, setting)
                 for case, job in zip(cases, jobs))
    print(f"\nin turn, {options.rounds} rounds, "
          f"{options.steps} steps of {BATCH[options.rows]} rows, "
          f"{options.rows}\n"
          f"{'case':<14}{'peer':>7}{'adamw':>6}{'peer':>8}{'lethe':>8}"
          f"{'ratio':>7}{'bar':>5}{'loop':>6}{'pass s':>8}{'whole s':>9}"
          f"{'lethe':>8}{'MB':>8}{'lethe':>7}{'share':>6}{'bar':>5}"
          f"{'limit':>7}{'others':>7}")
    below = sum(not compare(case, job, options, setting)
                for case, job in zip(cases, jobs))
    if setting["cap"] and any(case[1] == "bf16" for case in cases):
        print("* steps x rows of the peer in bfloat16, run once; its whole "
              "seconds are of these")
    print(f"training: {differ} losses differ, {below} below their bar"
          if differ + below else "training: ok")
    return 1 if differ + below else 0


if __name__ == "__main__":
    sys.exit(main())
