"""Writes harness/model/testdata/classifier: small random sequence classifiers
and their logits.

    .cache/peers/venv/bin/python harness/oracle/classifier.py

golden.json of each folder: `ids` of two rows and their `logits`, each row by
itself. Folders with a tokenizer also have `texts` and `text_logits`, as
open-unlearning @ d3d7cf9 asks for them: one padded batch, truncation=True. The
words of the tokenizers are those of masked_lm.py, texts of our own.
"""

import json
import pathlib
import shutil

import torch
import transformers

from masked_lm import TEXTS, byte_pairs, word_pieces

ROOT = pathlib.Path(__file__).parents[1] / "model/testdata/classifier"
SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 20, "max_position_embeddings": 34}
ASKED = [TEXTS[2], "", "the", "прилив 潮", TEXTS[0] + " " + TEXTS[1], "\n "]
GIBBERISH = ["clean", "mild gibberish", "noise", "word salad"]
KINDS = {
    "bert": ("bert", ["Noise", "CLEAN", "word salad"],
             {"hidden_act": "relu"}),
    "distilbert": ("distilbert", GIBBERISH, {}),
    "roberta": ("roberta", ["NORMAL", "REJECTION"],
                {"type_vocab_size": 1, "pad_token_id": 1, "bos_token_id": 0,
                 "eos_token_id": 2, "hidden_act": "silu"}),
    "xlm-roberta": ("xlm-roberta", ["a", "b", "c"], {}),
    "camembert": ("camembert", ["a", "b", "c"], {}),
    # Two labels without names: id2label is left out.
    "deberta-v2": ("deberta-v2", None, {
        "relative_attention": True, "pos_att_type": ["c2p", "p2c"],
        "position_biased_input": False, "max_relative_positions": 16,
        "type_vocab_size": 0}),
    "deberta-v2-tanh": ("deberta-v2", ["a", "b", "c"],
                        {"pooler_hidden_act": "tanh"}),
}
TOKENIZERS = {"bert": word_pieces, "distilbert": word_pieces,
              "roberta": byte_pairs}


def model_of(kind, rows, labels, options):
    sizes = dict(SIZES, vocab_size=rows)
    if kind == "distilbert":
        sizes = {"vocab_size": rows, "dim": 12, "n_layers": 2, "n_heads": 2,
                 "hidden_dim": 20, "max_position_embeddings": 34}
    if labels:
        sizes["id2label"] = dict(enumerate(labels))
        sizes["label2id"] = {name: i for i, name in enumerate(labels)}
    config = transformers.AutoConfig.for_model(kind, **sizes | options)
    model = transformers.AutoModelForSequenceClassification.from_config(
        config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn_like(parameter) * 0.4
            if parameter.dim() > 1:
                parameter.copy_(noise)
            else:
                parameter.add_(noise)
    return model.float().eval()


def asked(model, folder):
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    if settings["tokenizer_class"] == "RobertaTokenizer":
        settings["truncation_side"] = "left"
        path.write_text(json.dumps(settings) + "\n")
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        model_max_length=settings["model_max_length"],
        truncation_side=settings.get("truncation_side", "right"))
    pad = model.config.pad_token_id
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(pad)
    batch = tokenizer(ASKED, return_tensors="pt", padding=True,
                      truncation=True, return_attention_mask=True,
                      return_token_type_ids=False)
    with torch.inference_mode():
        return {"texts": ASKED, "text_logits": model(**batch).logits.tolist()}


def golden(model, folder):
    rows = model.config.vocab_size
    ids = [[2] + torch.randint(5, rows, (n,)).tolist() + [3] for n in (9, 4)]
    with torch.inference_mode():
        logits = [model(torch.tensor([row])).logits[0].tolist() for row in ids]
    found = {"ids": ids, "logits": logits}
    if (folder / "tokenizer.json").exists():
        found |= asked(model, folder)
    (folder / "golden.json").write_text(
        json.dumps(found, ensure_ascii=False) + "\n")
    return found


def main():
    torch.manual_seed(5)
    for name, (kind, labels, options) in KINDS.items():
        folder = ROOT / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make = TOKENIZERS.get(name)
        rows = make(folder) + 3 if make else 60
        model_of(kind, rows, labels, options).save_pretrained(folder)
        model = transformers.AutoModelForSequenceClassification
        found = golden(model.from_pretrained(
            folder, attn_implementation="eager").eval(), folder)
        print(name, rows, found["logits"], found.get("text_logits"))


if __name__ == "__main__":
    main()
