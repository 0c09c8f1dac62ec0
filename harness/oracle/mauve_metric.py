"""MAUVE beside mauve-text 0.4.0 on features, 2 x 1000 x 768.

Values: the mean over seeds of both, which must lie within three standard
deviations of one seed of each other. Seconds: compute_mauve with its default
settings in a process that has imported everything; `lethe metric mauve` whole,
with its three seeds and with one. Interleaved, medians.
"""

import json
import resource
import statistics
import subprocess
import time
import warnings

import faiss
import mauve
import numpy
from safetensors.numpy import save_file
from threadpoolctl import threadpool_limits

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
    return mauve.compute_mauve(p_features=p, q_features=q, seed=seed).mauve


def peer_seconds(p, q):
    """Wall clock with all threads, processor time with one."""
    start = time.perf_counter()
    peer(p, q, 25)
    wall = time.perf_counter() - start
    with threadpool_limits(1):
        start = time.process_time()
        peer(p, q, 25)
        return wall, time.process_time() - start


def ours(lethe, work, seeds):
    """The aggregate, wall clock and processor time."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    run = subprocess.run(
        [lethe, "metric", "mauve", "--data", work / "mauve_rows.jsonl", "--set",
         f"features={work / 'mauve.safetensors'}", "--set", f"seeds={seeds}"],
        capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime)
    return json.loads(run.stdout.splitlines()[-1])["aggregate"], wall, cpu


def compare(lethe, work, rounds):
    warnings.filterwarnings("ignore")
    (work / "mauve_rows.jsonl").write_text('{"id":"of the file"}\n')
    print(f"MAUVE, 2 x {COUNT} x {SIZE}; seconds of wall clock with "
          f"{faiss.omp_get_max_threads()} threads, of one processor")
    print("decay  peer (sd)        ours (sd)        |  peer  3 seeds  1 seed "
          "|  peer  3 seeds  1 seed")
    agree = True
    for decay in (0.0, 0.5, 1.0):
        p, q = features(decay)
        save_file({"p": p, "q": q}, work / "mauve.safetensors")
        values = [peer(p, q, seed) for seed in range(SEEDS)]
        found = ours(lethe, work, 4 * SEEDS)[0]
        mean, deviation = statistics.mean(values), statistics.stdev(values)
        got, of_one = found["mauve"]["value"], found["mauve_sd"]["value"]
        agree &= abs(got - mean) <= 3 * max(deviation, of_one)
        seconds = [peer_seconds(p, q) + ours(lethe, work, 3)[1:]
                   + ours(lethe, work, 1)[1:] for _ in range(rounds)]
        wall, cpu, wall_3, cpu_3, wall_1, cpu_1 = (
            statistics.median(s) for s in zip(*seconds))
        print(f"{decay:5}  {mean:.4f} ({deviation:.4f})  {got:.4f} "
              f"({of_one:.4f})  | {wall:5.2f}  {wall_3:7.2f}  {wall_1:6.2f} "
              f"| {cpu:5.2f}  {cpu_3:7.2f}  {cpu_1:6.2f}")
    return agree
