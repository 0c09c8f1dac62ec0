"""Writes testdata/vocab_files/: small vocabularies, and what the peers do.

    pip install tokenizers==0.23.3 transformers==5.23.0 sentencepiece==0.2.3
    python make_vocab_testdata.py
    python make_vocab_testdata.py --fuzz LETHE [--rows 10000] [--seed 1]

The vocabularies are trained on make_testdata.py's text: vocab.json with
merges.txt, vocab.txt, bpe.model, unigram.model. cases.jsonl has a case a line:
{peer, files, config, rows}. `files` maps the names of a folder to vocabularies
here, `config` is its tokenizer_config.json (null: there is none), and the rows
are those of make_testdata.py. `peer` is the transformers class that read the
folder, or "sentencepiece".

With --fuzz the program `LETHE tokenize` is compared with the peers on random
texts instead; the first differences are printed, and any makes exit code 1.
"""

import argparse
import io
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import make_testdata
import sentencepiece
import transformers
from sentencepiece.sentencepiece_model_pb2 import ModelProto
from tokenizers import models, pre_tokenizers, trainers
from tokenizers import Tokenizer as Backend

HERE = pathlib.Path(__file__).parent / "testdata" / "vocab_files"

TEXTS = [
    "",
    " ",
    "\n\n",
    "a  b",
    "  leading and trailing  ",
    "it's I'll we've 'S",
    "123 45,678 ½ ²",
    "e\u0301 É \u00a0\u2003x",
    "😀 日本語とharbour",
    "ﬁne ＡＢ",
    "▁a▁▁ b",
    "<0x0A> ##s",
    "<s>a</s> <unk> b<pad>",
    "a <|endoftext|> b",
    "[CLS] x [SEP][MASK]",
    "<sep>bell <ctl> bells",
    "<new>x <extra_id_0> <Z>",
    "harbour harbour harbour!",
    "The naïve café owner sells crème brûlée.",
    "Каждый вечер маяк светит.",
]

BPE = {"vocab.json": "vocab.json", "merges.txt": "merges.txt"}
WORDS = {"vocab.txt": "vocab.txt"}
PAIRS = {"tokenizer.model": "bpe.model"}
UNIGRAM = {"tokenizer.model": "unigram.model"}


def plain_token(content, **flags):
    token = dict.fromkeys(("lstrip", "rstrip", "single_word"), False)
    return token | {"content": content, "normalized": True} | flags


CASES = [
    ("GPT2Tokenizer", BPE, {"pad_token": "<pad>", "add_bos_token": True}),
    (
        "GPT2Tokenizer",
        BPE,
        {
            "add_prefix_space": True,
            "bos_token": plain_token("<s>", lstrip=True, __type="AddedToken"),
            "additional_special_tokens": ["<Z>"],
            "image_token": "<img>",
        },
    ),
    ("GPTNeoXTokenizer", BPE, {}),
    ("Qwen2Tokenizer", BPE, {"extra_special_tokens": ["<Z>"]}),
    ("RobertaTokenizer", BPE, {"mask_token": None}),
    ("BertTokenizer", WORDS, {}),
    (
        "BertTokenizer",
        WORDS,
        {"do_lower_case": False, "tokenize_chinese_chars": False},
    ),
    ("DistilBertTokenizer", WORDS, {"strip_accents": False}),
    ("LlamaTokenizer", PAIRS, {"add_bos_token": True, "legacy": True}),
    ("LlamaTokenizer", PAIRS, {"add_eos_token": True, "pad_token": "<pad>"}),
    ("LlamaTokenizer", PAIRS, {"add_prefix_space": False}),
    ("GemmaTokenizer", PAIRS, {"bos_token": "<s>", "eos_token": "</s>"}),
    ("T5Tokenizer", UNIGRAM, {"extra_ids": 3}),
    ("T5Tokenizer", {"spiece.model": "unigram.model"}, {}),
    ("XLMRobertaTokenizer", UNIGRAM, {}),
    ("sentencepiece", PAIRS, None),
    ("sentencepiece", UNIGRAM, None),
]


def train():
    """Writes the vocabularies."""
    lines = [line for line in make_testdata.TEXT.splitlines() if line]
    HERE.mkdir(parents=True, exist_ok=True)

    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=330, show_progress=False, initial_alphabet=alphabet
    )
    backend.train_from_iterator(lines, trainer)
    backend.model.save(str(HERE))

    backend = Backend(models.WordPiece(unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=260,
        show_progress=False,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
    )
    backend.train_from_iterator(lines, trainer)
    backend.model.save(str(HERE))

    # Full-width letters to plain ones, ligatures, a hard space, and a character
    # that goes away: the published maps have 240 kB.
    rules = [(chr(0xFF21 + i), chr(ord("A") + i)) for i in range(26)]
    rules += [("ﬁ", "fi"), ("\u00a0", " "), ("\t", " "), ("\u200b", "")]
    rules += [("e\u0301", "é"), ("½", "1⁄2")]
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
        for source, target in rules:
            table.write(
                "%s\t%s\n"
                % tuple(
                    " ".join("%X" % ord(c) for c in text)
                    for text in (source, target)
                )
            )
        table.flush()
        train_pieces(
            lines,
            "unigram",
            vocab_size=240,
            unk_id=2,
            pad_id=0,
            bos_id=-1,
            eos_id=1,
            user_defined_symbols=["bell"],
            normalization_rule_tsv=table.name,
        )
    train_pieces(
        lines,
        "bpe",
        vocab_size=420,
        byte_fallback=True,
        character_coverage=0.98,
        control_symbols=["<ctl>"],
        user_defined_symbols=["<sep>"],
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
    )


def train_pieces(lines, kind, **options):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=out,
        model_type=kind,
        hard_vocab_limit=False,
        minloglevel=2,
        **options,
    )
    model = ModelProto()
    model.ParseFromString(out.getvalue())
    model.normalizer_spec.ClearField("normalization_rule_tsv")
    (HERE / (kind + ".model")).write_bytes(model.SerializeToString())


def write_folder(folder, case):
    peer, files, config = case
    for name, source in files.items():
        shutil.copy(HERE / source, folder / name)
    if config is not None:
        text = json.dumps(config | {"tokenizer_class": peer})
        (folder / "tokenizer_config.json").write_text(text)


class Pieces:
    """The sentencepiece library: special strings are plain text."""

    def __init__(self, path):
        self.model = sentencepiece.SentencePieceProcessor(model_file=path)
        self.size = self.model.vocab_size()

    def row(self, text):
        ids = self.model.encode(text)
        return {
            "text": text,
            "ids": ids,
            "plain_ids": ids,
            "decode": self.model.decode(ids),
        }

    def decoded(self, ids):
        return {"decode_ids": ids, "decode": self.model.decode(ids)}

    def pairs(self):
        return []


class Class:
    """A class of transformers."""

    def __init__(self, name, folder):
        tokenizer = getattr(transformers, name).from_pretrained(folder)
        self.backend = tokenizer._tokenizer
        self.size = len(tokenizer)

    def row(self, text):
        self.backend.encode_special_tokens = True
        plain = self.backend.encode(text, add_special_tokens=False).ids
        self.backend.encode_special_tokens = False
        ids = self.backend.encode(text).ids
        return {
            "text": text,
            "ids": ids,
            "plain_ids": plain,
            **make_testdata.decoded(self.backend, ids),
        }

    def decoded(self, ids):
        return {"decode_ids": ids, **make_testdata.decoded(self.backend, ids)}

    def pairs(self):
        pair = self.backend.encode("a b", "c")
        return [
            {
                "text": "a b",
                "pair": "c",
                "ids": pair.ids,
                "type_ids": pair.type_ids,
            }
        ]


def make_peer(folder, case):
    if case[0] == "sentencepiece":
        return Pieces(str(folder / "tokenizer.model"))
    return Class(case[0], str(folder))


def random_ids(generator, size):
    return [generator.randrange(size) for _ in range(generator.randrange(9))]


def write_cases():
    lines = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write_folder(folder, case)
            peer = make_peer(folder, case)
        generator = random.Random(1)
        rows = [peer.row(text) for text in TEXTS] + peer.pairs()
        for _ in range(6):
            rows.append(peer.decoded(random_ids(generator, peer.size)))
        config = case[2]
        if config is not None:
            config = config | {"tokenizer_class": case[0]}
        lines.append(
            json.dumps(
                {
                    "peer": case[0],
                    "files": case[1],
                    "config": config,
                    "rows": rows,
                },
                separators=(",", ":"),
            )
        )
    (HERE / "cases.jsonl").write_text("\n".join(lines) + "\n")


def random_text(generator):
    """Words, special strings, and characters of any kind."""
    words = " ".join(TEXTS).split() + make_testdata.EDGES
    spaces = [" ", " ", " ", "  ", "\n", "\t", "", "\r\n", "\u2003"]
    characters = [
        lambda: chr(generator.randrange(32, 127)),
        lambda: chr(generator.randrange(0xA0, 0x370)),
        lambda: chr(generator.randrange(0x3000, 0xD7FF)),
        lambda: chr(generator.randrange(0xE000, 0x10FFFF)),
        lambda: " ",
        lambda: generator.choice("\u0301\u0323\u200d\u2581\ufeff\x00\x85"),
    ]
    text = ""
    for _ in range(generator.randrange(1, 14)):
        if generator.random() < 0.6:
            text += generator.choice(spaces) + generator.choice(words)
        else:
            text += generator.choice(characters)()
    return text


def tokenize(program, folder, rows, *options):
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [program, "tokenize", "--json", "--model", folder]
    done = subprocess.run(
        [*map(str, command), "--data", str(data), *options],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.split("\n") if line]
    assert len(lines) == len(rows)
    return [json.loads(line) for line in lines]


def fuzz_case(case, options):
    """The number of values that differ."""
    generator = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_folder(folder, case)
        peer = make_peer(folder, case)
        texts = [random_text(generator) for _ in range(options.rows)]
        ids = [random_ids(generator, peer.size) or [0] for _ in texts]
        plain = ["--plain-text", "--no-special-tokens"]
        run = [
            ("ids", [{"text": text} for text in texts], []),
            ("plain_ids", [{"text": text} for text in texts], plain),
            ("decode", [{"ids": row} for row in ids], ["--decode"]),
        ]
        wanted = [peer.row(text) for text in texts]
        decoded = [peer.decoded(row) for row in ids]
        different = 0
        for key, rows, flags in run:
            got = tokenize(options.fuzz, folder, rows, *flags)
            want = decoded if key == "decode" else wanted
            for row, ours, theirs in zip(rows, got, want, strict=True):
                value = ours["text" if key == "decode" else "ids"]
                if value == theirs[key]:
                    continue
                different += 1
                if different < 4:
                    print(" ", key, json.dumps(row), theirs[key], value)
    print(case[0], case[2], 3 * len(texts), "values,", different, "differ")
    return different


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fuzz")
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.fuzz:
        sys.exit(sum(fuzz_case(case, options) for case in CASES) > 0)
    train()
    write_cases()


if __name__ == "__main__":
    main()
