#!/usr/bin/env python3
"""Metrics and attacks beside their Python peers: values and seconds.

    ./dev peers metrics [--only rouge,mauve] [--rounds 5]
    ./dev peers attacks [--only beam] [--rounds 5]

Each NAME_metric.py and NAME_attack.py beside this file compares one: its
compare(lethe, work, rounds) prints a table and returns whether all values
agree.
"""

import argparse
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def known(kind):
    names = HERE.glob(f"*_{kind}.py")
    return sorted(path.stem.removesuffix(f"_{kind}") for path in names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lethe", type=pathlib.Path)
    parser.add_argument("kind", choices=["metric", "attack"])
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--only")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    names = known(options.kind)
    options.work.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(HERE))
    failed = []
    for name in options.only.split(",") if options.only else names:
        if name not in names:
            raise SystemExit(f"error: --only: \"{name}\" is unknown: known: "
                             + ", ".join(names))
        peer = importlib.import_module(f"{name}_{options.kind}")
        if not peer.compare(options.lethe, options.work, options.rounds):
            failed.append(name)
    if failed:
        raise SystemExit(f"{options.kind}s: values differ: " + ", ".join(failed))
    print(f"{options.kind}s: ok")


if __name__ == "__main__":
    main()
