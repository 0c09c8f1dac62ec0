"""Random encoders in transformers and in Lethe, for families.py.

Hidden states of every layer must agree to 1e-4 of the layer's largest; rows
computed one by one and together to 5e-6, and half precision must run.
"""

import json
import random

import torch
import transformers
from safetensors.torch import load_file

VOCAB = 211
WINDOW = 96  # positions
LENGTHS = (1, 40, 70, 23, 40, 88)
TOGETHER = 5e-6  # of the largest, rows alone and in one batch
# Of the largest; the peer in bfloat16 itself is 2e-2 away.
HALF = {"bfloat16": 0.06, "float16": 0.01}


def sizes(r):
    heads = r.choice([2, 3, 4])
    return {"vocab_size": VOCAB, "hidden_size": heads * r.choice([8, 12, 16]),
            "num_hidden_layers": r.choice([1, 2, 4]),
            "num_attention_heads": heads,
            "intermediate_size": r.choice([40, 56, 72]),
            "hidden_act": r.choice(["gelu", "gelu_new", "relu", "silu"]),
            "layer_norm_eps": r.choice([1e-12, 1e-5, 1e-3]),
            "max_position_embeddings": WINDOW}


def bert(r):
    return dict(sizes(r), type_vocab_size=r.choice([1, 2, 3]))


def roberta(r):
    return dict(sizes(r), type_vocab_size=r.choice([1, 2]),
                pad_token_id=r.choice([0, 1, 5]))


def distilbert(r):
    s = sizes(r)
    return {"vocab_size": VOCAB, "dim": s["hidden_size"],
            "n_layers": s["num_hidden_layers"],
            "n_heads": s["num_attention_heads"],
            "hidden_dim": s["intermediate_size"],
            "activation": s["hidden_act"], "max_position_embeddings": WINDOW,
            "sinusoidal_pos_embds": r.random() < 0.5}


def deberta_v2(r):
    s = sizes(r)
    found = dict(
        s, type_vocab_size=r.choice([0, 2]),
        relative_attention=r.random() < 0.9,
        pos_att_type=r.choice([["c2p", "p2c"], ["p2c", "c2p"], ["c2p"],
                               ["p2c"], [], None, "c2p|p2c"]),
        max_relative_positions=r.choice([-1, 24, 50, 200]),
        position_buckets=r.choice([-1, 2, 8, 16, 31]),
        share_att_key=r.random() < 0.5,
        norm_rel_ebd=r.choice(["none", "layer_norm"]),
        position_biased_input=r.random() < 0.4)
    if r.random() < 0.5:
        found |= {"conv_kernel_size": r.choice([1, 3, 5]),
                  "conv_groups": r.choice([1, s["num_attention_heads"]]),
                  "conv_act": r.choice(["tanh", "gelu"])}
    if r.random() < 0.3:
        found["embedding_size"] = 20
    return found


ENCODERS = {"bert": bert, "roberta": roberta, "xlm-roberta": roberta,
            "camembert": roberta, "distilbert": distilbert,
            "deberta-v2": deberta_v2}


def make(name, seed):
    """The encoder, and the model to save: itself, or it below a head."""
    r = random.Random(f"{name} {seed}")
    config = transformers.AutoConfig.for_model(name, **ENCODERS[name](r))
    kind = r.choice([transformers.AutoModel, transformers.AutoModelForMaskedLM])
    torch.manual_seed(seed)
    model = kind.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "position_embeddings" in key and getattr(
                    config, "sinusoidal_pos_embds", False):
                continue
            noise = torch.randn_like(parameter)
            if parameter.dim() > 1:
                parameter.copy_(noise * 0.15)
            else:
                parameter.add_(noise * 0.1)
    model = model.float().eval()
    return model.base_model if kind is not transformers.AutoModel else model, \
        model


def rows_of(config, seed):
    """Texts of several lengths, with segments and padding ids among them."""
    r = random.Random(seed)
    types = getattr(config, "type_vocab_size", 0) or 1
    rows = []
    for n in LENGTHS:
        row = {"ids": [r.randrange(VOCAB) for _ in range(n)]}
        if types > 1:
            row["type_ids"] = [r.randrange(types) for _ in range(n)]
        if n > 30 and config.pad_token_id is not None:
            for place in r.sample(range(n), 3):
                row["ids"][place] = config.pad_token_id
        rows.append(row)
    return rows


def wanted(encoder, row):
    """Hidden states of every layer, [layers + 1, T, H]."""
    options = {"attention_mask": torch.ones(1, len(row["ids"]))}
    if "type_ids" in row:
        options["token_type_ids"] = torch.tensor([row["type_ids"]])
    with torch.inference_mode():
        states = encoder(torch.tensor([row["ids"]]), output_hidden_states=True,
                         **options).hidden_states
    return torch.cat(states).float()


def apart(got, want):
    return float((got - want).abs().max() / want.abs().max())


def compare(run, name, seed, folder):
    """The largest differences: from the peer, of rows alone, in bfloat16 and
    in float16. `run` calls Lethe."""
    encoder, saved = make(name, seed)
    saved.save_pretrained(folder)
    rows = rows_of(encoder.config, seed)
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def states(*options):
        run("embed", "--model", folder, "--data", data, "--out",
            folder / "states.st", "--json", *options)
        return load_file(folder / "states.st")

    ours = states("--dtype", "float32")
    alone = states("--dtype", "float32", "--batch-tokens", 1)
    half = {dtype: states("--dtype", dtype) for dtype in HALF}
    worst = {"peer": 0.0, "alone": 0.0, **{dtype: 0.0 for dtype in HALF}}
    compared = 0
    for i, row in enumerate(rows):
        for layer, want in enumerate(wanted(encoder, row)):
            key = f"row_{i}.layer_{layer}"
            found = {"peer": apart(ours[key], want),
                     "alone": apart(alone[key], ours[key]),
                     **{dtype: apart(half[dtype][key], want) for dtype in HALF}}
            worst = {k: max(worst[k], found[k]) for k in worst}
            compared += 1
    if compared != len(ours):
        raise ValueError(f"{len(ours)} tensors, wanted {compared}")
    return worst, compared
