"""Writes harness/model/testdata/masked_lm: small random masked language models
and their logits.

    .cache/peers/venv/bin/python harness/oracle/masked_lm.py

golden.safetensors of each folder: `logits` [T, V] of the ids in golden.json,
and `scaled` [T, V] with the word embedding at `at` multiplied by `factors`.
Names say what is special; `bert` and `roberta` have tokenizers, trained on the
texts below, which are our own.
"""

import json
import pathlib
import shutil

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import (Tokenizer, decoders, models, normalizers,
                        pre_tokenizers, processors, trainers)

ROOT = pathlib.Path(__file__).parents[1] / "model/testdata/masked_lm"
SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 20, "max_position_embeddings": 34}
TEXTS = [
    "the ferry leaves the stone quay at dawn, and the gulls follow it.",
    "nobody in the village remembers who painted the weather vane blue.",
    "a kettle sings on the stove while rain runs down the window.",
    "the baker's cat sleeps on a sack of flour and wakes up white.",
    "two carpenters carried the long ladder through the narrow lane.",
    "when the tide is low you can walk to the island and back.",
    "the clock on the tower is slow, so the school bell rings early.",
    "she mended the net with green string; the fish did not mind.",
    "an old map hangs in the hall, and the lake on it has no name.",
    "the road bends twice before the bridge, then it runs straight.",
    "he keeps seven hens, a goat, and a ledger of what they eat.",
    "snow lay on the roofs, and the lamps were lit at four o'clock.",
]


def word_pieces(folder):
    """Lower-cased, with a decoder that closes up punctuation."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(
        vocab_size=190, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return write(tokenizer, folder, "BertTokenizer")


def byte_pairs(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(
        vocab_size=330, special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), True, False)
    return write(tokenizer, folder, "RobertaTokenizer")


def write(tokenizer, folder, kind):
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": kind, "model_max_length": 20}) + "\n")
    return tokenizer.get_vocab_size()


def model_of(kind, rows, **options):
    sizes = dict(SIZES, vocab_size=rows)
    if kind == "distilbert":
        sizes = {"vocab_size": rows, "dim": 12, "n_layers": 2, "n_heads": 2,
                 "hidden_dim": 20, "max_position_embeddings": 34}
    config = transformers.AutoConfig.for_model(kind, **sizes | options)
    model = transformers.AutoModelForMaskedLM.from_config(
        config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn_like(parameter) * 0.25
            if parameter.dim() > 1:
                parameter.copy_(noise)
            else:
                parameter.add_(noise)
    return model.float().eval()


def golden(model, folder):
    rows = model.config.vocab_size
    ids = [2] + torch.randint(5, rows, (9,)).tolist() + [3]
    at = 4
    width = model.get_input_embeddings().weight.shape[1]
    factors = torch.rand(width).mul(3).round(decimals=2)
    embeddings = model.get_input_embeddings()(torch.tensor([ids]))
    scaled = embeddings.clone()
    scaled[0, at] *= factors
    with torch.inference_mode():
        save_file({"logits": model(torch.tensor([ids])).logits[0].contiguous(),
                   "scaled": model(inputs_embeds=scaled).logits[0]
                   .contiguous()}, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps(
        {"ids": ids, "at": at, "factors": factors.tolist()}) + "\n")


KINDS = {
    "bert": ("bert", {}),
    "bert-untied": ("bert", {"tie_word_embeddings": False,
                             "hidden_act": "relu", "layer_norm_eps": 1e-3}),
    "roberta": ("roberta", {"type_vocab_size": 1, "pad_token_id": 1,
                            "bos_token_id": 0, "eos_token_id": 2}),
    # Whatever the blocks' function, the head's is gelu.
    "roberta-silu": ("roberta", {"hidden_act": "silu", "layer_norm_eps": 1e-3,
                                 "tie_word_embeddings": False}),
    "distilbert": ("distilbert", {}),
    "distilbert-relu": ("distilbert", {"activation": "relu",
                                       "tie_word_embeddings": False}),
    "deberta-v2": ("deberta-v2", {"relative_attention": True,
                                  "pos_att_type": ["c2p", "p2c"],
                                  "position_biased_input": False,
                                  "max_relative_positions": 16,
                                  "embedding_size": 10}),
    "deberta-v2-authors": ("deberta-v2", {"legacy": False}),
}


def main():
    torch.manual_seed(3)
    for name, (kind, options) in KINDS.items():
        folder = ROOT / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make = {"bert": word_pieces, "roberta": byte_pairs}.get(name)
        # Some rows that no token has, as padded vocabularies do.
        rows = make(folder) + 3 if make else 60
        model = model_of(kind, rows, **options)
        model.save_pretrained(folder)
        golden(transformers.AutoModelForMaskedLM.from_pretrained(
            folder, attn_implementation="eager").eval(), folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        print(name, rows, [k for k in model.state_dict() if "layer." not in k])


if __name__ == "__main__":
    main()
