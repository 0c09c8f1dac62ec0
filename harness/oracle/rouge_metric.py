"""ROUGE-L beside rouge_score 0.1.2: 2,000 pairs of 100 words.

Values to 1e-12. Microseconds a pair: the peer's score() in a loop and its loop
with JSON Lines in and out, processor time; `lethe_bench` on texts of the same
shape, one thread; and the command `lethe metric` whole, wall clock.
"""

import json
import random
import statistics
import subprocess
import time

from rouge_score import rouge_scorer

PAIRS, WORDS = 2000, 100
TOLERANCE = 1e-12
FIELDS = ("precision", "recall", "fmeasure")


def vocabulary(rng):
    """Words like English ones, many with endings that a stemmer takes off."""
    roots = ["".join(rng.choice("bcdfglmnprst") + rng.choice("aeiou")
                     for _ in range(rng.randint(1, 3))) for _ in range(800)]
    endings = ["", "", "", "s", "ed", "ing", "ation", "ness", "ly", "'s"]
    return [root + rng.choice(endings) for root in roots for _ in range(3)]


def pairs():
    rng = random.Random(0)
    words = vocabulary(rng)
    for i in range(PAIRS):
        target = [rng.choice(words) for _ in range(WORDS)]
        prediction = [w if rng.random() < 0.5 else rng.choice(words)
                      for w in target]
        yield {"id": str(i), "prediction": " ".join(prediction),
               "reference": " ".join(target).capitalize() + "."}


def peer_loop(scorer, data, out):
    """Rows of a file scored and written; the values, seconds of score()."""
    values, seconds = [], 0.0
    with open(data) as lines, open(out, "w") as written:
        for line in lines:
            row = json.loads(line)
            start = time.process_time()
            score = scorer.score(row["reference"], row["prediction"])["rougeL"]
            seconds += time.process_time() - start
            value = dict(zip(FIELDS, map(float, score)))
            values.append(value)
            written.write(json.dumps({"id": row["id"], **value}) + "\n")
    return values, seconds


def bench_microseconds(lethe, stemmer):
    """Of lethe_bench, or None where it isn't built."""
    bench = lethe.parent / "lethe_bench"
    if not bench.exists():
        return None
    run = subprocess.run(
        [bench, f"--benchmark_filter=^rouge/l/stemmer:{int(stemmer)}$",
         "--benchmark_repetitions=5", "--benchmark_format=json"],
        capture_output=True, text=True, check=True)
    times = [b["cpu_time"] for b in json.loads(run.stdout)["benchmarks"]
             if b.get("run_type") == "iteration"]
    return statistics.median(times) / 1e3


def ours(lethe, data, stemmer):
    start = time.perf_counter()
    run = subprocess.run(
        [lethe, "metric", "rouge_l", "--data", data, "--set",
         f"stemmer={str(stemmer).lower()}"],
        capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    return [json.loads(line) for line in run.stdout.splitlines()][:-1], seconds


def compare(lethe, work, rounds):
    data = work / "rouge_pairs.jsonl"
    with open(data, "w") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in pairs())
    print(f"ROUGE-L, {PAIRS} pairs of {WORDS} words, us a pair")
    print("stemmer  largest difference   score()  bench  ratio   loop  command"
          "  ratio")
    agree = True
    for stemmer in (False, True):
        scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=stemmer)
        inner, loop, command = [], [], []
        for _ in range(rounds):
            start = time.process_time()
            wanted, seconds = peer_loop(scorer, data, work / "rouge_peer.jsonl")
            loop.append(time.process_time() - start)
            inner.append(seconds)
            got, seconds = ours(lethe, data, stemmer)
            command.append(seconds)
        difference = max(abs(a[f] - b[f]) for a, b in zip(got, wanted)
                         for f in FIELDS)
        agree &= len(got) == PAIRS and difference <= TOLERANCE
        inner, loop, command = (1e6 * statistics.median(s) / PAIRS
                                for s in (inner, loop, command))
        bench = bench_microseconds(lethe, stemmer)
        shown = (f"{bench:6.2f} {inner / bench:6.0f}" if bench
                 else "     -      -")
        print(f"{str(stemmer):7}  {difference:18.1e}  {inner:8.0f} {shown} "
              f"{loop:6.0f}  {command:7.1f} {loop / command:6.0f}")
    return agree
