#!/usr/bin/env python3
"""The peer's side of training.py, in processes of its own.

    training_peer.py prepare|train JSON

train trains as open-unlearning @ d3d7cf9 does and writes the model; prepare
makes a model of random weights and tells what the machine can do. The last line
of the output is JSON.
"""

import copy
import json
import pathlib
import sys
import time

import torch
import transformers
from torch.nn.functional import cross_entropy, logsigmoid

import eval as evaluation
import speed

BETA = 0.1


def make_model(name, folder):
    if name == "125m":
        speed.make_model("gpt2-124m", folder)
    elif not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        # With 0.02 the logits of a model this small are all near 0.
        transformers.GPT2LMHeadModel(transformers.GPT2Config(
            vocab_size=2048, n_embd=64, n_layer=3, n_head=4, n_positions=512,
            initializer_range=0.08)).save_pretrained(folder)


def prepare(job):
    make_model(job["model"], pathlib.Path(job["folder"]))
    return {"bf16": torch.ops.mkldnn._is_mkldnn_bf16_supported(),
            "limit": evaluation.gemm_limit(job["threads"])}


def sequence_nlls(model, inputs):
    """Summed NLL a row; the output, whose own loss is computed for nothing."""
    output = model(**inputs)
    logits = output.logits[..., :-1, :].contiguous()
    labels = inputs["labels"][..., 1:].contiguous()
    nll = cross_entropy(logits.transpose(-1, -2), labels, reduction="none")
    return nll.sum(-1), output


def preference(model, reference, forget):
    nll, output = sequence_nlls(model, forget)
    with torch.no_grad():
        reference_nll, _ = sequence_nlls(reference, forget)
    ratio = nll - reference_nll
    return -2 / BETA * logsigmoid(BETA * ratio).mean(), output


def npo_loss(model, reference, forget, retain):
    # The peer, too, holds the forget output until the retain loss is there.
    forget_loss, output = preference(model, reference, forget)
    return forget_loss + model(**retain).loss


def read_ids(path):
    lines = pathlib.Path(path).read_text().splitlines()
    return torch.tensor([json.loads(line)["ids"] for line in lines])


def step_losses(job, model, reference, optimiser):
    """Trains; the loss of every step, as tensors."""
    forget, retain = read_ids(job["forget"]), read_ids(job["retain"])

    def batch(rows, number):
        begin = number * job["batch"] % len(rows)
        ids = rows[begin:begin + job["batch"]]
        return {"input_ids": ids, "labels": ids,
                "attention_mask": torch.ones_like(ids)}

    losses = []
    for step in range(job["steps"]):
        total = 0
        for part in range(job["accumulate"]):
            number = step * job["accumulate"] + part
            if reference is None:
                loss = model(**batch(forget, number)).loss
            else:
                loss = npo_loss(model, reference, batch(forget, number),
                                batch(retain, number))
            loss = loss / job["accumulate"]
            loss.backward()
            total += loss.detach()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(total)
    return losses


def train(job):
    """Trains and writes the model; seconds and losses of the steps."""
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(job["threads"])
    model = transformers.AutoModelForCausalLM.from_pretrained(
        job["model"], dtype=getattr(torch, job["dtype"]), attn_pdrop=0.0,
        embd_pdrop=0.0, resid_pdrop=0.0, use_cache=False).train()
    reference = copy.deepcopy(model).eval() if job["method"] == "npo" else None
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=job["lr"], betas=(0.9, 0.999), eps=1e-8,
        weight_decay=0, **({"fused": True} if job["fused"] else {}))
    start = time.perf_counter()
    losses = step_losses(job, model, reference, optimiser)
    seconds = time.perf_counter() - start
    model.save_pretrained(job["out"])
    return {"seconds": seconds, "losses": [loss.item() for loss in losses]}


if __name__ == "__main__":
    kind, job = sys.argv[1:]
    print(json.dumps({"prepare": prepare, "train": train}[kind](
        json.loads(job))))
