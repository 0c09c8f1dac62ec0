#!/usr/bin/env python3
"""Metrics beside their Python peers: values and seconds.

    ./dev peers metrics [--only rouge,mauve] [--rounds 5]

Each peer_NAME.py beside this file compares one: its compare(lethe, work,
rounds) prints a table and returns whether all values agree.
"""

import argparse
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def known():
    names = [path.stem.removeprefix("peer_") for path in HERE.glob("peer_*.py")]
    return sorted(name for name in names if name != "metrics")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lethe", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--only", default=",".join(known()))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(HERE))
    failed = []
    for name in options.only.split(","):
        if name not in known():
            raise SystemExit(f"error: --only: \"{name}\" is unknown: known: "
                             + ", ".join(known()))
        peer = importlib.import_module(f"peer_{name}")
        if not peer.compare(options.lethe, options.work, options.rounds):
            failed.append(name)
    if failed:
        raise SystemExit("metrics: values differ: " + ", ".join(failed))
    print("metrics: ok")


if __name__ == "__main__":
    main()
