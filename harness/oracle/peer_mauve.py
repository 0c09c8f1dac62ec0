"""MAUVE beside mauve-text 0.4.0 on features, 2 x 1000 x 768.

Values: the mean over seeds of both, which must lie within three standard
deviations of one seed of each other. Seconds: compute_mauve with its default
settings in a process that has imported everything; `lethe metric mauve` whole,
with its five seeds and with one. Wall clock, interleaved, medians.
"""

import json
import statistics
import subprocess
import time
import warnings

import faiss
import mauve
import numpy
from safetensors.numpy import save_file

COUNT, SIZE, SEEDS = 1000, 768, 8


def features(decay):
    """Normal features whose directions have the deviations 1 / i^decay."""
    rng = numpy.random.default_rng(0)
    scale = 1 / numpy.arange(1, SIZE + 1) ** decay
    turn = numpy.linalg.qr(rng.normal(size=(SIZE, SIZE)))[0]
    p = (rng.normal(size=(COUNT, SIZE)) * scale) @ turn
    q = ((rng.normal(size=(COUNT, SIZE)) + 0.1) * scale) @ turn
    return p.astype(numpy.float32), q.astype(numpy.float32)


def peer(p, q, seed):
    start = time.perf_counter()
    value = mauve.compute_mauve(p_features=p, q_features=q, seed=seed).mauve
    return value, time.perf_counter() - start


def ours(lethe, work, seeds):
    start = time.perf_counter()
    run = subprocess.run(
        [lethe, "metric", "mauve", "--data", work / "mauve_rows.jsonl", "--set",
         f"features={work / 'mauve.safetensors'}", "--set", f"seeds={seeds}"],
        capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    return json.loads(run.stdout.splitlines()[-1])["aggregate"], seconds


def compare(lethe, work, rounds):
    warnings.filterwarnings("ignore")
    (work / "mauve_rows.jsonl").write_text('{"id":"of the file"}\n')
    print(f"MAUVE, 2 x {COUNT} x {SIZE}, faiss {faiss.__version__}, "
          f"{faiss.omp_get_max_threads()} threads")
    print("decay   peer (sd)        ours (sd)        peer s  5 seeds s  1 seed s"
          "  ratio")
    agree = True
    for decay in (0.0, 0.5, 1.0):
        p, q = features(decay)
        save_file({"p": p, "q": q}, work / "mauve.safetensors")
        values = [peer(p, q, seed)[0] for seed in range(SEEDS)]
        found = ours(lethe, work, 4 * SEEDS)[0]
        mean, deviation = statistics.mean(values), statistics.stdev(values)
        got, of_one = found["mauve"]["value"], found["mauve_sd"]["value"]
        agree &= abs(got - mean) <= 3 * max(deviation, of_one)
        seconds = [(peer(p, q, 25)[1], ours(lethe, work, 5)[1],
                    ours(lethe, work, 1)[1]) for _ in range(rounds)]
        theirs, five, one = (statistics.median(s) for s in zip(*seconds))
        print(f"{decay:5} {mean:.4f} ({deviation:.4f})  {got:.4f} "
              f"({of_one:.4f})  {theirs:7.2f}  {five:9.2f}  {one:8.2f} "
              f"{theirs / five:6.1f}")
    return agree
