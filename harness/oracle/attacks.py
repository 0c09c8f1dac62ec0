#!/usr/bin/env python3
"""Attacks beside their Python peers: values and seconds.

    ./dev peers attacks [--only beam] [--rounds 5]

Each NAME_attack.py beside this file compares one: its compare(lethe, work,
rounds) prints a table and returns whether all values agree.
"""

import argparse
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def known():
    names = HERE.glob("*_attack.py")
    return sorted(path.stem.removesuffix("_attack") for path in names)


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
        peer = importlib.import_module(f"{name}_attack")
        if not peer.compare(options.lethe, options.work, options.rounds):
            failed.append(name)
    if failed:
        raise SystemExit("attacks: values differ: " + ", ".join(failed))
    print("attacks: ok")


if __name__ == "__main__":
    main()
