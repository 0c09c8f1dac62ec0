"""Writes attacks/testdata: a small random gpt2 with a tokenizer, and what
transformers gives for recall_mia, gradient_norm_mia, neighbour_mia and the
features of dataset_inference.

    .cache/peers/venv/bin/python harness/oracle/membership.py

The masked language models are those of masked_lm.py. Random streams are
philox.py's, so that dropped parts of embeddings are the same.
"""

import itertools
import json
import math
import pathlib
import shutil
import zlib

import torch
import transformers
from masked_lm import ROOT as MASKED, TEXTS
from philox import Rng
from tokenizers import (Tokenizer, decoders, models, pre_tokenizers,
                        processors, trainers)

ROOT = pathlib.Path(__file__).parents[2] / "attacks/testdata"
WINDOW = 48
# Beside the texts of masked_lm.py: capitals, other scripts, one word.
MORE = ["The Ferry leaves at DAWN.", "über den Fluß 京都", "quay"]


def make_target(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)])
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = transformers.GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_embd=12, n_layer=2, n_head=2,
        n_positions=WINDOW, bos_token_id=0, eos_token_id=1)
    model = transformers.GPT2LMHeadModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn_like(parameter)
            if parameter.dim() > 1:
                parameter.copy_(noise * 0.3)
            else:
                parameter.add_(noise * 0.1)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


class Target:
    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = transformers.GPT2LMHeadModel.from_pretrained(
            folder, attn_implementation="eager").eval()

    def ids(self, text):
        return self.tokenizer.encode(text).ids

    def block(self, ids):
        with torch.inference_mode():
            logits = self.model(torch.tensor([ids[:-1]])).logits[0]
        return torch.log_softmax(logits.double(), -1)

    def logprobs(self, ids):
        return self.block(ids).gather(
            1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def mean(values):
    return sum(values) / len(values)


def recall(target, shots, text):
    """Equation 1 of arXiv:2406.15968: LL(x | P) / LL(x)."""
    own = target.ids(text)[1:]  # without <s>, which stands before the shots
    prefix = [0]
    for shot in shots:
        prefix += target.ids(shot)[1:]
    # The last token is not read itself: window + 1 fit, as in lm-eval.
    ids = (prefix + own)[-WINDOW - 1:]
    count = min(len(own), len(ids) - 1)
    return mean(target.logprobs(ids)[-count:]) / mean(
        target.logprobs([0] + own))


def gradient_norms(target, text):
    # The last token is not read itself: window + 1 fit.
    ids = torch.tensor(target.ids(text)[-WINDOW - 1:])
    target.model.zero_grad()
    logits = target.model(ids[None, :-1]).logits[0]
    torch.nn.functional.cross_entropy(logits, ids[1:]).backward()
    grads = [p.grad.double().flatten() for p in target.model.parameters()]
    together = torch.cat(grads)
    found = {}
    for name, order in (("l1", 1), ("l2", 2), ("linf", math.inf)):
        found[f"{name} global"] = torch.linalg.vector_norm(
            together, order).item()
        found[f"{name} mean_over_tensors"] = mean(
            [torch.linalg.vector_norm(g, order).item() for g in grads])
    return found


class Proposer:
    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = transformers.AutoModelForMaskedLM.from_pretrained(
            folder, attn_implementation="eager").eval()
        self.window = json.loads(
            (folder / "tokenizer_config.json").read_text())["model_max_length"]
        self.around = self.tokenizer.encode("").ids
        rows = self.model.config.vocab_size
        self.banned = set(self.tokenizer.get_added_tokens_decoder()) | {
            i for i in range(rows) if self.tokenizer.id_to_token(i) is None}

    def probabilities(self, ids, at, number, dropout, seed):
        most = min(len(ids), self.window - 2)
        begin = max(0, min(at - most // 2, len(ids) - most))
        part = [self.around[0]] + ids[begin:begin + most] + [self.around[1]]
        place = 1 + at - begin
        embeddings = self.model.get_input_embeddings()(
            torch.tensor([part])).detach().clone()
        if dropout > 0:
            rng = Rng(seed, f"dropped {number} {at}")
            kept = 1 / (1 - dropout) if dropout < 1 else 0
            embeddings[0, place] *= torch.tensor(
                [0 if rng.uniform() < dropout else kept
                 for _ in range(embeddings.shape[2])])
        with torch.inference_mode():
            logits = self.model(inputs_embeds=embeddings).logits[0, place]
        return torch.softmax(logits.double(), -1)

    def swaps(self, ids, number, candidates, dropout, seed):
        """Single swaps by p(new) / (1 - p(own)), the highest first."""
        found = []
        for at, own in enumerate(ids):
            if own in self.banned:
                continue
            p = self.probabilities(ids, at, number, dropout, seed)
            order = [i for i in p.argsort(descending=True).tolist()
                     if i != own and i not in self.banned][:candidates]
            found += [(p[i].item() / (1 - p[own].item()), at, i)
                      for i in order]
        return sorted(found, key=lambda s: -s[0])


def neighbour(target, proposer, number, text, options):
    own = target.ids(text)[-WINDOW - 1:]
    ids = proposer.tokenizer.encode(text, add_special_tokens=False).ids
    others, known = [], {tuple(own)}
    for _, at, new in proposer.swaps(ids, number, options["candidates"],
                                     options["dropout"], options["seed"]):
        if len(others) == options["neighbours"]:
            break
        swapped = ids[:at] + [new] + ids[at + 1:]
        other = target.ids(proposer.tokenizer.decode(
            swapped, skip_special_tokens=False).strip())
        other = other[-WINDOW - 1:]  # the last one is not read itself
        if tuple(other) in known:
            continue
        known.add(tuple(other))
        others.append(mean(target.logprobs(other)))
    if not others or len(own) < 2:
        return {"score": None, "neighbours": 0}
    return {"score": mean(target.logprobs(own)) - mean(others),
            "neighbours": len(others)}


def features(target, text):
    block, ids = target.block(target.ids(text)), target.ids(text)
    own = block.gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
    p = block.exp()
    mu = (p * block).sum(-1)
    sigma = ((p * block.square()).sum(-1) - mu.square()).clamp_min(0).sqrt()
    z = (own - mu) / sigma.clamp_min(1e-3)
    ll = own.mean().item()
    found = [ll, math.exp(-ll), ll / len(zlib.compress(text.encode()))]
    for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
        count = max(1, int(share * len(own)))
        found += [own.sort().values[:count].mean().item(),
                  own.sort().values[-count:].mean().item(),
                  z.sort().values[:count].mean().item()]
    return found


NEIGHBOURS = [
    {"proposer": "bert", "dropout": 0.0, "neighbours": 9, "candidates": 3,
     "seed": 0},
    {"proposer": "bert", "dropout": 0.7, "neighbours": 25, "candidates": 6,
     "seed": 4},
    {"proposer": "roberta", "dropout": 1.0, "neighbours": 12, "candidates": 4,
     "seed": 0},
]


def main():
    torch.manual_seed(5)
    shutil.rmtree(ROOT / "target", ignore_errors=True)
    make_target(ROOT / "target")
    target = Target(ROOT / "target")
    texts = TEXTS + MORE
    others = list(range(1, len(texts), 2))  # odd ones are no members
    found = {"texts": texts, "recall": [], "neighbours": []}
    for count in (1, 2):
        for shots in itertools.combinations(others, count):
            found["recall"].append({"shots": shots, "scores": [
                None if i in shots else
                recall(target, [texts[s] for s in shots], text)
                for i, text in enumerate(texts)]})
    found["gradient_norms"] = [gradient_norms(target, t) for t in texts]
    found["long_text"] = " ".join(TEXTS[:3])
    found["gradient_norms"].append(gradient_norms(target, found["long_text"]))
    found["features"] = [features(target, t) for t in texts]
    for options in NEIGHBOURS:
        proposer = Proposer(MASKED / options["proposer"])
        found["neighbours"].append(options | {"found": [
            neighbour(target, proposer, i, t, options)
            for i, t in enumerate(texts + [found["long_text"]])]})
    (ROOT / "membership.json").write_text(
        json.dumps(found, ensure_ascii=False) + "\n")
    print([len(target.ids(t)) for t in texts])
    for one in found["neighbours"]:
        print(one["proposer"], [(round(f["score"] or 0, 3), f["neighbours"])
                                for f in one["found"]])


if __name__ == "__main__":
    main()
