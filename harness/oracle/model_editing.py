"""Writes methods/model_editing/testdata: a small random llama, and what plain
torch and transformers make of one fact and of four: keys, values found by Adam,
second moment, and the weights after ROME and MEMIT.

    .cache/peers/venv/bin/python harness/oracle/model_editing.py

The steps are those of kmeng01/rome @ 0c06752 and kmeng01/memit @ b86d971, with
the deviations that methods/rome.cpp and methods/memit.cpp name.
"""

import json
import pathlib
import shutil

import torch
import transformers

ROOT = pathlib.Path(__file__).parents[2] / "methods/model_editing/testdata"
LAYER, STEPS, LR, DECAY, CLAMP, KL, LAMBDA = 0, 8, 0.05, 0.5, 4.0, 0.0625, 3.0


def make_model(folder):
    config = transformers.LlamaConfig(
        vocab_size=23, hidden_size=8, intermediate_size=12,
        num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=1,
        head_dim=4, max_position_embeddings=48, tie_word_embeddings=False,
        initializer_range=0.4, bos_token_id=0, eos_token_id=1)
    model = transformers.LlamaForCausalLM(config)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "model.safetensors").chmod(0o644)
    return model.eval()


class Tap:
    """Reads what a block's down projection is given, adds to what it gives."""

    def __init__(self, model, layer):
        self.down = model.model.layers[layer].mlp.down_proj
        self.keys = self.outputs = None

    def run(self, model, ids, place=None, delta=None):
        def hook(module, given, out):
            self.keys = given[0][0].detach()
            self.outputs = out[0].detach()
            if delta is None:
                return None
            mask = torch.zeros(out.shape[1], 1)
            mask[place] = 1
            return out + mask * delta
        handle = self.down.register_forward_hook(hook)
        logits = model(torch.tensor([ids])).logits[0]
        handle.remove()
        return logits


def find_value(model, fact, prefixes):
    tap = Tap(model, LAYER)
    target = fact["target"]
    rows = []
    for prefix in prefixes:
        ids = prefix + fact["prompt"] + target[:-1]
        rows.append((ids, len(prefix) + fact["key"],
                     len(prefix) + len(fact["prompt"]) - 1))
    with torch.no_grad():
        tap.run(model, rows[0][0])
        start = tap.outputs[rows[0][1]]
        essence = torch.log_softmax(
            tap.run(model, fact["essence"])[-1], -1)
    delta = torch.zeros(8, requires_grad=True)
    adam = torch.optim.Adam([delta], lr=LR)
    for step in range(STEPS):
        adam.zero_grad()
        nlls = []
        for ids, place, first in rows:
            logits = tap.run(model, ids, place, delta)
            logp = torch.log_softmax(logits[first:], -1)
            nlls.append(-logp[range(len(target)), target].mean())
        logp = torch.log_softmax(
            tap.run(model, fact["essence"], fact["essence_key"], delta)[-1], -1)
        kl = (logp.exp() * (logp - essence)).sum()
        nll = torch.stack(nlls).mean()
        loss = nll + KL * kl + DECAY * delta.norm() / start.norm() ** 2
        if loss < 0.05 or step == STEPS - 1:
            break
        loss.backward()
        adam.step()
        with torch.no_grad():
            most = CLAMP * start.norm()
            if delta.norm() > most:
                delta.mul_(most / delta.norm())
    return (start + delta).detach(), delta.detach(), float(torch.exp(-nll.detach()))


def states(model, fact, prefixes):
    tap = Tap(model, LAYER)
    keys, outputs = [], []
    for prefix in prefixes:
        with torch.no_grad():
            tap.run(model, prefix + fact["prompt"])
        keys.append(tap.keys[len(prefix) + fact["key"]])
        outputs.append(tap.outputs[len(prefix) + fact["key"]])
    return torch.stack(keys), torch.stack(outputs)


def main():
    torch.manual_seed(5)
    shutil.rmtree(ROOT, ignore_errors=True)
    model = make_model(ROOT / "model")
    draw = lambda count: torch.randint(2, 23, (count,)).tolist()
    prefixes = [[], draw(4), draw(3)]
    facts = []
    for prompt, key, target in [(6, 3, 3), (5, 2, 2), (7, 4, 1), (4, 3, 2)]:
        fact = {"prompt": draw(prompt), "key": key, "target": draw(target)}
        fact["essence"] = fact["prompt"][1:key + 1] + draw(2)
        fact["essence_key"] = key - 1
        facts.append(fact)
    rows = [draw(20) for _ in range(6)]
    tap = Tap(model, LAYER)
    seen = []
    for ids in rows:
        with torch.no_grad():
            tap.run(model, ids)
        seen.append(tap.keys)
    seen = torch.cat(seen).double()
    moment = seen.t() @ seen / len(seen)

    weight = tap.down.weight.detach().double()
    values = [find_value(model, fact, prefixes) for fact in facts]
    all_states = [states(model, fact, prefixes) for fact in facts]

    keys, outputs = all_states[0]
    key = keys.mean(0).double()
    left = torch.inverse(moment) @ key
    left = left / left.norm()
    right = (values[0][0] - outputs.mean(0)).double() / (key @ left)
    rome = weight + torch.outer(right, left)

    many = torch.stack([(k[0] + k[1:].mean(0)) / 2
                        for k, _ in all_states], 1).double()
    missing = torch.stack([v[0] - o[0] for v, (_, o)
                           in zip(values, all_states)], 1).double()
    solved = torch.linalg.solve(LAMBDA * moment + many @ many.t(), many)
    memit = weight + missing @ solved.t()

    (ROOT / "edits.json").write_text(json.dumps({
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
        "layer": LAYER, "steps": STEPS, "lr": LR, "weight_decay": DECAY,
        "clamp": CLAMP, "kl": KL, "lambda": LAMBDA, "prefixes": prefixes,
        "facts": facts, "rows": rows,
        "moment": moment.tolist(),
        "keys": [k.tolist() for k, _ in all_states],
        "values": [v.tolist() for v, _, _ in values],
        "probabilities": [p for _, _, p in values],
        "weight": weight.tolist(), "rome": rome.tolist(),
        "memit": memit.tolist()}) + "\n")


if __name__ == "__main__":
    main()
