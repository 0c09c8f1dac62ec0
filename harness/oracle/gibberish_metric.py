"""A sequence classifier as judge beside transformers as open-unlearning
@ d3d7cf9 asks it (classification_prob): values and seconds.

The classifier has the shape of the one that it names, distilbert-base with four
labels, with random weights and a tokenizer, both made here; so are the texts,
of 5 to 200 words, one empty, one beyond the window. Probabilities in float32 to
1e-5. Seconds: the peer's of texts to scores with its model loaded, in padded
batches of 32, and ours of the same from the log, without tokenizing; on the
same number of threads, in turns; the least of the rounds. The whole command
stands beside it.
"""

import json
import random
import re
import subprocess
import time

import torch
import transformers
from tokenizers import BertWordPieceTokenizer, processors

from bertscore_metric import words

TEXTS, BATCH, TOLERANCE = 96, 32, 1e-5
LABELS = ["clean", "mild gibberish", "noise", "word salad"]


def make_texts():
    rng = random.Random(0)
    vocabulary = words(rng, 3000)
    texts = [" ".join(rng.choice(vocabulary)
                      for _ in range(rng.choice([5, 20, 60, 120, 200])))
             for _ in range(TEXTS - 2)]
    return texts + ["", " ".join(rng.choice(vocabulary) for _ in range(700))]


def make_classifier(folder):
    if (folder / "model.safetensors").exists():
        return folder
    rng = random.Random(1)
    tokenizer = BertWordPieceTokenizer()
    tokenizer.train_from_iterator(
        (" ".join(words(rng, 50)) for _ in range(400)), vocab_size=3000)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(word, tokenizer.token_to_id(word))
                        for word in ("[CLS]", "[SEP]")])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "DistilBertTokenizer", "model_max_length": 512}))
    torch.manual_seed(0)
    model = transformers.DistilBertForSequenceClassification(
        transformers.DistilBertConfig(
            vocab_size=30522, id2label=dict(enumerate(LABELS)),
            label2id={name: i for i, name in enumerate(LABELS)}))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.copy_(torch.randn_like(parameter) * 0.05)
    model.save_pretrained(folder)
    return folder


class Peer:
    def __init__(self, folder):
        self.model = transformers.AutoModelForSequenceClassification \
            .from_pretrained(folder).eval()
        self.tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]")

    def score(self, texts):
        """Probabilities of the first label, and seconds."""
        start, found = time.perf_counter(), []
        with torch.inference_mode():
            for i in range(0, len(texts), BATCH):
                batch = self.tokenizer(
                    texts[i:i + BATCH], return_tensors="pt", padding=True,
                    truncation=True, max_length=512,
                    return_attention_mask=True, return_token_type_ids=False)
                logits = self.model(**batch).logits
                found += torch.softmax(logits, -1)[:, 0].tolist()
        return found, time.perf_counter() - start


def judge(lethe, folder, data):
    """Probabilities of "text", seconds of the classifier and of all."""
    start = time.perf_counter()
    done = subprocess.run(
        [str(lethe), "judge", "--rubric", "gibberish", "--model", str(folder),
         "--data", str(data), "--device", "cpu",
         "--threads", str(torch.get_num_threads()), "-v"],
        capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    rows = [json.loads(line) for line in done.stdout.splitlines()][:-1]
    inner = re.search(r"classified in ([0-9.]+) s", done.stderr)
    return ([row["probabilities"]["text"] for row in rows],
            float(inner.group(1)), seconds)


def compare(lethe, work, rounds):
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    folder = make_classifier(work / "classifier")
    texts = make_texts()
    data = work / "classified.jsonl"
    data.write_text("".join(json.dumps({"id": str(i), "output": text}) + "\n"
                            for i, text in enumerate(texts)))
    peer, least = Peer(folder), [float("inf")] * 3
    for _ in range(rounds):
        theirs, seconds = peer.score(texts)
        ours, inner, whole = judge(lethe, folder, data)
        least = [min(a, b) for a, b in zip(least, (seconds, inner, whole))]
    worst = max(abs(a - b) for a, b in zip(ours, theirs))
    same = len(ours) == len(theirs) and worst <= TOLERANCE
    print(f"gibberish: {len(texts)} texts, P(clean) {min(theirs):.3f} to "
          f"{max(theirs):.3f}, largest difference {worst:.1e}"
          f"{'' if same else ': TOO LARGE'}")
    print(f"  seconds: peer {least[0]:.2f}, ours {least[1]:.2f} (the whole "
          f"command {least[2]:.2f}): {least[0] / least[1]:.1f} times as fast")
    return same
