#!/usr/bin/env python3
"""Train the tiny model's tokenizer on every text in this folder.

    pip install tokenizers==0.23.3
    python3 suites/data/train_tokenizer.py [OUTPUT_FOLDER]

Writes tokenizer.json, by default into tiny_llama next to this file.
"""

import json
import sys
from pathlib import Path

from tokenizers import (Tokenizer, decoders, models, pre_tokenizers,
                        processors, trainers)

HERE = Path(__file__).resolve().parent
FILES = ("forget", "holdout", "retain", "forget_qa", "retain_qa", "quiz")


def strings(value):
    """The strings in a decoded JSON row, without the row's id."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "id":
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def texts():
    for name in FILES:
        path = HERE / f"{name}.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines():
            yield from strings(json.loads(line))


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "tiny_llama"
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(
        add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts(), trainers.BpeTrainer(
        vocab_size=2048,
        special_tokens=["<|bos|>", "<|eos|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|bos|> $A",
        pair="<|bos|> $A <|bos|> $B",
        special_tokens=[("<|bos|>", 0)])
    tokenizer.save(str(out / "tokenizer.json"))


if __name__ == "__main__":
    main()
