#!/usr/bin/env python3
"""Models of torch.save, converted by Lethe and loaded in transformers.

    harness/oracle/convert.py LETHE [--work DIR]

Run by `./dev peers convert`. Small random models are saved as
pytorch_model.bin, in one file and in two shards, and converted. Every tensor
must have the bytes of the peer's state dict, except a tied head that is left
out; transformers must load the folder without a missing or unexpected key and
compute the logits that it computes from the pickle; Lethe's must agree to 1e-4
of the largest. Prints a table and "convert: ok", or ends with exit code 1.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from safetensors.torch import load_file

TOLERANCE = 1e-4  # of the largest logit
IDS = [1, 5, 9, 33, 2, 96, 7]


def models():
    llama = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2,
             "intermediate_size": 48, "max_position_embeddings": 64}
    gpt2 = {"vocab_size": 97, "n_embd": 32, "n_layer": 2, "n_head": 4,
            "n_positions": 64, "bos_token_id": 0, "eos_token_id": 0}
    make = lambda **more: transformers.LlamaForCausalLM(
        transformers.LlamaConfig(**llama, **more))
    torch.manual_seed(1)
    yield "llama", make()
    yield "llama_tied", make(tie_word_embeddings=True)
    yield "llama_bf16", make().to(torch.bfloat16)
    yield "gpt2", transformers.GPT2LMHeadModel(
        transformers.GPT2Config(**gpt2))


def save(model, folder, shards):
    folder.mkdir(parents=True)
    model.config.save_pretrained(folder)
    state = model.state_dict()
    if shards == 1:
        torch.save(state, folder / "pytorch_model.bin")
        return
    names, weight_map = list(state), {}
    for i in range(shards):
        file = f"pytorch_model-{i + 1:05}-of-{shards:05}.bin"
        part = {name: state[name] for name in names[i::shards]}
        torch.save(part, folder / file)
        weight_map |= {name: file for name in part}
    (folder / "pytorch_model.bin.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": weight_map}))


def logits(model):
    with torch.no_grad():
        return model.eval()(torch.tensor([IDS])).logits[0].float()


def compare(lethe, model, folder, shards):
    """The row of the table; AssertionError when something differs."""
    save(model, folder, shards)
    out = folder.with_name(folder.name + "_converted")
    told = json.loads(subprocess.run(
        [lethe, "model", "convert", folder, "--out", out, "--json", "-q"],
        check=True, capture_output=True, text=True).stdout)
    got, state = {}, model.state_dict()
    for file in out.glob("*.safetensors"):
        got |= load_file(file)
    assert set(got) | set(told["dropped"]) == set(state), told
    for name, tensor in got.items():
        assert tensor.dtype == state[name].dtype, name
        assert torch.equal(tensor, state[name]), name
    load = lambda path: type(model).from_pretrained(
        path, dtype=torch.float32, output_loading_info=True)
    loaded, info = load(out)
    assert not any(info.values()), info
    plain = type(model)(model.config).float()
    plain.load_state_dict(state)
    want = logits(plain)
    assert torch.equal(logits(loaded), want)
    rows, file = folder / "ids.jsonl", folder / "logits.safetensors"
    rows.write_text(json.dumps({"ids": IDS}) + "\n")
    subprocess.run([lethe, "score", "--model", out, "--data", rows, "--logits",
                    file, "--dtype", "float32", "-q"], check=True,
                   capture_output=True)
    difference = (load_file(file)["row_0"] - want).abs().max() / want.abs().max()
    assert difference <= TOLERANCE, difference
    return len(got), len(told["dropped"]), float(difference)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lethe")
    parser.add_argument("--work", type=pathlib.Path, default="convert.work")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    print(f"{'model':12} shards tensors dropped  logits differ by")
    for name, model in models():
        for shards in (1, 2):
            row = compare(options.lethe, model,
                          options.work / f"{name}{shards}", shards)
            print(f"{name:12} {shards:6} {row[0]:7} {row[1]:7}  {row[2]:.1e}")
    print("convert: ok")


if __name__ == "__main__":
    main()
