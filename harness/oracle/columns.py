#!/usr/bin/env python3
"""Writes harness/data/arrow/testdata with pyarrow: the rows of an invented quiz
as JSON Lines and as the files in which Hugging Face keeps data sets.

    boats.jsonl                          the rows, as pyarrow gives them back
    boats/data/test-0000n-of-00002.parquet   two parts, row groups of two rows
    boats.arrow                          an IPC stream, as its cache has it
    boats.feather                        an IPC file (Feather version 2), lz4

usage: columns.py    (with pyarrow 26.0.1 on the path: PYTHONPATH=.cache/arrow)
"""
import json
import pathlib

import pyarrow
from pyarrow import feather, parquet

FOLDER = pathlib.Path(__file__).parents[1] / "data/arrow/testdata"
COLOURS = ["red", "blue", "green"]

features = {
    "id": {"dtype": "int64", "_type": "Value"},
    "question": {"dtype": "string", "_type": "Value"},
    "choices": {"feature": {"text": {"dtype": "string", "_type": "Value"},
                            "label": {"dtype": "string", "_type": "Value"}},
                "_type": "Sequence"},
    "answer": {"names": COLOURS, "_type": "ClassLabel"},
    "length": {"dtype": "float64", "_type": "Value"},
}
schema = pyarrow.schema(
    [("id", pyarrow.int64()), ("question", pyarrow.string()),
     ("choices", pyarrow.struct([("text", pyarrow.list_(pyarrow.string())),
                                 ("label", pyarrow.list_(pyarrow.string()))])),
     ("answer", pyarrow.int64()), ("length", pyarrow.float64())],
    metadata={"huggingface": json.dumps({"info": {"features": features}})})
rows = [{"id": i, "question": f"What colour is boat {i} – “Mara”?",
         "choices": {"text": COLOURS, "label": ["A", "B", "C"]},
         "answer": i % 3, "length": None if i == 4 else i + 0.5}
        for i in range(7)]
table = pyarrow.Table.from_pylist(rows, schema=schema)

(FOLDER / "boats/data").mkdir(parents=True, exist_ok=True)
for part, (begin, end) in enumerate([(0, 4), (4, 7)]):
    parquet.write_table(
        table.slice(begin, end - begin), row_group_size=2,
        where=FOLDER / f"boats/data/test-{part:05}-of-00002.parquet")
with pyarrow.OSFile(str(FOLDER / "boats.arrow"), "wb") as file:
    with pyarrow.ipc.new_stream(file, schema) as stream:
        stream.write_table(table, max_chunksize=3)
feather.write_feather(table, str(FOLDER / "boats.feather"), chunksize=3)
with open(FOLDER / "boats.jsonl", "w", encoding="utf-8") as file:
    for row in table.to_pylist():
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
