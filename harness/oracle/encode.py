"""Times encoding beside tokenizers, line by line: same texts, one thread.

Every folder with a tokenizer.json encodes the same lines in tokenizers and in
Lethe in turn, several rounds, and medians and their ratio are printed. The
numbers of tokens must be equal. Other load makes the figures useless: it is
shown.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

import tokenizers

BAR = 4.0
ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = {"gpt2": "gpt2/gpt2_tokenizer.json", "falcon": "falcon/tokenizer.json",
        "gpt_neox": "gpt_neox/20B_tokenizer.json",
        "phi3": "phi3/tokenizer.json"}


def folders_of(work):
    """Fixtures and published tokenizers where the environment names them, else
    the repository's own."""
    found = []
    if data := os.environ.get("LETHE_DATA"):
        for name, file in REAL.items():
            folder = work / name
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(pathlib.Path(data) / "tokenizers" / file,
                        folder / "tokenizer.json")
            found.append(folder)
    if fixtures := os.environ.get("LETHE_FIXTURES"):
        found += sorted(f.parent for f in
                        pathlib.Path(fixtures).glob("tokenizers/*/tokenizer.json"))
    own = ROOT / "harness/text/testdata"
    return found or sorted(f.parent for f in own.glob("*/tokenizer.json"))


def lines_of(files):
    """Lines that are not empty; the repository's documents by default."""
    if not files and (data := os.environ.get("LETHE_DATA")):
        files = sorted(pathlib.Path(data).glob("text/*.txt"))
    files = files or sorted(ROOT.glob("**/README.md"))
    lines = []
    for file in files:
        text = pathlib.Path(file).read_text(encoding="utf-8", errors="replace")
        lines += [line for line in text.split("\n") if line.strip()]
    return lines


def peer_seconds(tokenizer, lines):
    start = time.perf_counter()
    tokens = sum(len(tokenizer.encode(line).ids) for line in lines)
    return time.perf_counter() - start, tokens


def our_seconds(program, folder, text):
    environment = dict(os.environ, LETHE_BENCH_TOKENIZER=str(folder),
                       LETHE_BENCH_TEXT=str(text))
    out = subprocess.run(
        [program, "--benchmark_filter=^encode_lines$",
         "--benchmark_format=json", "--benchmark_min_time=0.01"],
        env=environment, capture_output=True, text=True, check=True).stdout
    run = json.loads(out)["benchmarks"][0]
    return run["real_time"] / 1e3, int(run["tokens"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe", help="build/lethe; lethe_bench lies beside it")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--tokenizer", action="append", type=pathlib.Path,
                        help="a folder with tokenizer.json; may be repeated")
    parser.add_argument("--text", action="append", help="a file of lines")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    program = str(pathlib.Path(options.lethe).parent / "lethe_bench")
    options.work.mkdir(parents=True, exist_ok=True)
    lines = lines_of(options.text)
    text = options.work / "lines.txt"
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    size = text.stat().st_size
    print(f"tokenizers {tokenizers.__version__}, {len(lines)} lines, "
          f"{size / 1e6:.2f} MB, one thread, load {os.getloadavg()[0]:.2f}")
    print(f"{'tokenizer':<18}{'tokens':>9}{'peer MB/s':>11}{'lethe MB/s':>12}"
          f"{'ratio':>8}")
    missed = 0
    for folder in options.tokenizer or folders_of(options.work):
        peer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        theirs, ours = [], []
        for _ in range(options.rounds):
            seconds, wanted = peer_seconds(peer, lines)
            theirs.append(seconds)
            seconds, got = our_seconds(program, folder, text)
            ours.append(seconds)
        slow, fast = statistics.median(theirs), statistics.median(ours)
        missed += slow / fast < BAR or wanted != got
        note = "" if wanted == got else f"  peer has {wanted} tokens"
        print(f"{folder.name:<18}{got:>9}{size / slow / 1e6:>11.2f}"
              f"{size / fast / 1e6:>12.2f}{slow / fast:>8.1f}{note}", flush=True)
    print("encode: ok" if missed == 0 else
          f"encode: {missed} below {BAR} or with other tokens")
    return 0 if missed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
