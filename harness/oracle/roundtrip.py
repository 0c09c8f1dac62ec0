#!/usr/bin/env python3
"""Models that Lethe writes, loaded and compared in transformers.

    harness/oracle/roundtrip.py LETHE [--work DIR]

Run by `./dev peers roundtrip`. Small random models are written by transformers,
changed by `lethe unlearn`, and loaded again by transformers. Prints a table and
"roundtrip: ok", or what is wrong and exits 1.
"""

import argparse
import json
import logging
import os
import pathlib
import shutil
import subprocess
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import safetensors
import tokenizers
import torch
import transformers
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "suites" / "data"
transformers.utils.logging.disable_progress_bar()
TOLERANCE = 1e-4  # of the largest logit
TEXTS = 4  # rows of each file that are scored

# With 0.02 the logits of a model this small are all near 0.
SHARED = {"vocab_size": 2048, "bos_token_id": 0, "eos_token_id": 1,
          "initializer_range": 0.08}


def llama():
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(
        hidden_size=64, intermediate_size=160, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=512, tie_word_embeddings=True, **SHARED))


def gpt2():
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(
        n_embd=64, n_layer=3, n_head=4, n_positions=512, **SHARED))


MODELS = [
    ("llama float32", llama, torch.float32),
    ("llama bfloat16", llama, torch.bfloat16),
    ("gpt2 float32", gpt2, torch.float32),
]


class Problem(Exception):
    """Something that does not agree."""


def check(good, message):
    if not good:
        raise Problem(message)


class KeyWarnings(logging.Handler):
    """Keeps what transformers logs about keys that do not fit."""

    WORDS = ("missing", "unexpected", "mismatch", "newly initialized",
             "not initialized", "not used", "tied")

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        line = record.getMessage()
        if any(word in line.lower() for word in self.WORDS):
            self.lines.append(line)


def run(lethe, *arguments):
    """The rows of JSON that Lethe prints."""
    done = subprocess.run([lethe, *map(str, arguments)], capture_output=True,
                          text=True, check=False)
    check(done.returncode == 0,
          f"lethe {arguments[0]} ended with {done.returncode}: "
          f"{done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def write_source(folder, make, dtype):
    torch.manual_seed(0)
    make().to(dtype).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(DATA / "tiny_llama" / name, folder / name)


def write_texts(path):
    lines = []
    for name in ("forget.jsonl", "retain.jsonl"):
        lines += (DATA / name).read_text("utf-8").splitlines()[:TEXTS]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return [json.loads(line)["text"] for line in lines]


def unlearn(lethe, source, out):
    run(lethe, "unlearn", "--method", "gradient_difference", "--model", source,
        "--forget", DATA / "forget.jsonl", "--retain", DATA / "retain.jsonl",
        "--out", out, "--set", "steps=3", "--set", "lr=1e-4", "--set",
        "batch=4", "--device", "cpu", "--json")


def tensors(folder):
    files = sorted(folder.glob("*.safetensors"))
    check(files, f"{folder} holds no safetensors")
    found = {}
    for file in files:
        found.update(load_file(file))
    return found


def compare_folders(source, out):
    """The number of tensors, and how many of them have other values."""
    before, after = tensors(source), tensors(out)
    check(before.keys() == after.keys(),
          f"tensor names differ: {sorted(before.keys() ^ after.keys())}")
    changed = 0
    for name, tensor in before.items():
        other = after[name]
        check(tensor.shape == other.shape,
              f"{name}: shape {list(other.shape)}, was {list(tensor.shape)}")
        check(tensor.dtype == other.dtype,
              f"{name}: dtype {other.dtype}, was {tensor.dtype}")
        check(bool(torch.isfinite(other).all()), f"{name} is not finite")
        changed += int(not torch.equal(tensor, other))
    check(changed > 0, "no weight changed: nothing was trained")
    configs = [json.loads((folder / "config.json").read_text("utf-8"))
               for folder in (source, out)]
    check(configs[0] == configs[1], "config.json differs from the source's")
    return len(before), changed


def load(out):
    """The folder in transformers, float32; every complaint is a problem."""
    heard = KeyWarnings()
    logger = transformers.utils.logging.get_logger("transformers")
    logger.addHandler(heard)
    try:
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            out, dtype=torch.float32, attn_implementation="eager",
            output_loading_info=True)
    finally:
        logger.removeHandler(heard)
    if not isinstance(info, dict):
        info = vars(info)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys",
                 "error_msgs"):
        check(not info.get(kind), f"{kind}: {info.get(kind)}")
    check(not heard.lines, f"transformers warns: {heard.lines}")
    return model.eval()


def compare_logits(lethe, model, out, texts, work):
    """The largest difference over the largest logit."""
    path = work / "logits.safetensors"
    rows = run(lethe, "score", "--model", out, "--data", work / "texts.jsonl",
               "--logits", path, "--device", "cpu", "--dtype", "float32")
    check(len(rows) == len(texts), f"{len(rows)} rows of {len(texts)} texts")
    ours = load_file(path)
    tokenizer = tokenizers.Tokenizer.from_file(str(out / "tokenizer.json"))
    worst = 0.0
    for i, (row, text) in enumerate(zip(rows, texts)):
        check(row["ids"] == tokenizer.encode(text).ids,
              f"the token ids of text {i} differ")
        with torch.inference_mode():
            logits = model(torch.tensor([row["ids"]])).logits[0].float()
        mine = ours[f"row_{i}"]
        check(mine.shape == logits.shape,
              f"row {i}: logits {list(mine.shape)}, want {list(logits.shape)}")
        difference = (mine.float() - logits).abs().max() / logits.abs().max()
        check(bool(torch.isfinite(difference)), f"row {i} is not finite")
        worst = max(worst, difference.item())
    check(worst <= TOLERANCE,
          f"logits differ by {worst:.1e} of the largest, at most {TOLERANCE}")
    return worst


def roundtrip(lethe, make, dtype, work):
    source, out = work / "source", work / "out"
    work.mkdir(parents=True)
    write_source(source, make, dtype)
    texts = write_texts(work / "texts.jsonl")
    unlearn(lethe, source, out)
    count, changed = compare_folders(source, out)
    worst = compare_logits(lethe, load(out), out, texts, work)
    return count, changed, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lethe")
    parser.add_argument("--work", type=pathlib.Path,
                        default=ROOT / ".cache" / "peers" / "roundtrip")
    arguments = parser.parse_args()
    lethe = str(pathlib.Path(arguments.lethe).resolve())
    work = arguments.work.resolve()
    shutil.rmtree(work, ignore_errors=True)

    print(f"torch {torch.__version__}, transformers {transformers.__version__},"
          f" tokenizers {tokenizers.__version__},"
          f" safetensors {safetensors.__version__}")
    print(f"{'model':<16}{'tensors':>8}{'changed':>9}{'logits':>10}  result")
    failed = False
    for name, make, dtype in MODELS:
        folder = work / name.replace(" ", "_")
        try:
            count, changed, worst = roundtrip(lethe, make, dtype, folder)
            print(f"{name:<16}{count:>8}{changed:>9}{worst:>10.1e}  ok")
        except Exception as problem:  # one model's failure, others go on
            failed = True
            print(f"{name:<16}{'-':>8}{'-':>9}{'-':>10}  "
                  f"{type(problem).__name__}: {problem}")
    print("roundtrip: " + ("FAILED" if failed else "ok"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
