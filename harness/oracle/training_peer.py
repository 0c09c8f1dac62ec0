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


def read_rows(path):
    """Pairs of ids and labels."""
    rows = map(json.loads, pathlib.Path(path).read_text().splitlines())
    return [(row["ids"], [-100] * row["score_from"] +
             row["ids"][row["score_from"]:]) for row in rows]


def collated(rows):
    """A batch padded on the right, as open-unlearning's collator makes it."""
    ids, labels = ([torch.tensor(row[i]) for row in rows] for i in (0, 1))
    mask = [torch.ones_like(row) for row in ids]
    pad = torch.nn.utils.rnn.pad_sequence
    return {"input_ids": pad(ids, batch_first=True),
            "labels": pad(labels, batch_first=True, padding_value=-100),
            "attention_mask": pad(mask, batch_first=True)}


def supervised(inputs):
    return (inputs["labels"][..., 1:] != -100).sum().item()


def step_losses(job, model, reference, optimiser):
    """Trains; the loss of every step, as tensors."""
    forget, retain = read_rows(job["forget"]), read_rows(job["retain"])

    def batch(rows, number):
        begin = number * job["batch"] % len(rows)
        return collated(rows[begin:begin + job["batch"]])

    losses = []
    for step in range(job["steps"]):
        numbers = [step * job["accumulate"] + part
                   for part in range(job["accumulate"])]
        batches = [batch(forget, number) for number in numbers]
        tokens = [supervised(inputs) for inputs in batches]
        total = 0
        for number, inputs, count in zip(numbers, batches, tokens):
            if reference is None:  # the Trainer's num_items_in_batch
                loss = model(**inputs).loss * (count / sum(tokens))
            else:
                loss = npo_loss(model, reference, inputs,
                                batch(retain, number)) / len(batches)
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
