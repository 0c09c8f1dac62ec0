#!/usr/bin/env python3
"""Rows of data files as Python's own csv, json and gzip read them.

Prints a line "path rows hash" for each file below FOLDER whose format Lethe
reads, and one for all of them in a row; the hash is the start of rows_hash of
harness/data/rows.h. These lines stand in harness/data/rows_parity_test.cpp.

usage: rows.py FOLDER
"""
import csv
import gzip
import hashlib
import io
import json
import pathlib
import sys

csv.field_size_limit(1 << 30)


def rows_of(path):
    data = path.read_bytes()
    name = path.name
    if name.endswith(".gz"):
        data, name = gzip.decompress(data), name[:-3]
    text = data.decode("utf-8-sig")
    kind = name.rsplit(".", 1)[-1]
    if kind in ("csv", "tsv"):
        separator = "," if kind == "csv" else "\t"
        lines = io.StringIO(text, newline="")
        return list(csv.DictReader(lines, delimiter=separator, strict=True))
    if kind in ("txt", "lst"):
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        return [{"text": line.removesuffix("\r")} for line in lines]
    if kind == "json" and text.lstrip()[0] == "[":
        return json.loads(text)
    if kind in ("json", "jsonl"):
        return [json.loads(x) for x in text.split("\n") if x.strip()]
    return None


def rows_hash(rows):
    digest = hashlib.sha256()
    for row in rows:
        text = json.dumps(row, sort_keys=True, ensure_ascii=False,
                          separators=(",", ":"))
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()[:12]


def main():
    folder = pathlib.Path(sys.argv[1])
    total = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            rows = rows_of(path)
        except ValueError:  # a .json file that holds no rows
            continue
        if rows is not None:
            print(path.relative_to(folder), len(rows), rows_hash(rows))
            total += rows
    print("total", len(total), rows_hash(total))


main()
