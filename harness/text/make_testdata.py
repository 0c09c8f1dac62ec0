"""Writes testdata/: five small tokenizers and what the peer does with texts.

    pip install tokenizers==0.23.3
    python make_testdata.py

Each folder has a tokenizer.json, trained here on the text below, and a
golden.jsonl with rows of three kinds: {text, ids, plain_ids, decode,
decode_skip}, {text, pair, ids, type_ids} and {decode_ids, decode, decode_skip}.
`plain_ids` are without the template, special strings taken as text.
"""

import json
import pathlib
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models
from tokenizers import normalizers
from tokenizers import pre_tokenizers, processors, trainers

TEXT = """
The lamp room of the old lighthouse smells of salt, brass polish and rope.
Every evening the keeper's daughter counts the ships: one, two, three, seven.
"They're late," she says, "but they'll come; they've never missed a Tuesday."
He writes 1904, 1905 and 2,718 in the ledger, then 3.14 for no reason at all.
I'd say it's the harbour's fault. We're not sure, and I'm certain you don't care.
When the fog lifts, gulls wheel over the breakwater and the bell buoy rings.
for (int i = 0; i < count; ++i) { lamps[i].turn(90); }  // one quarter turn
    return lamps.empty() ? nothing : brightest(lamps);
The naïve café owner sells crème brûlée; the Überseehaus opens at 8:30.
Каждый вечер маяк светит далеко. Ο φάρος φωτίζει τη θάλασσα.
灯台の光は海を照らす。 등대가 바다를 비춘다. المنارة تضيء البحر.
A harbour master, a harbour pilot, a harbour dog: the harbour, always the harbour.
"""

EDGES = [
    "",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t\t x",
    "a",
    " a",
    "a ",
    "a  b",
    "a \n b",
    "it's I'll we've they're don't I'd I'm 'S 'Tis ''s '",
    "'re'll'd",
    "  leading and trailing  ",
    "x  \n\n   y",
    "tabs\t\tand\u00a0hard\u2003spaces",
    "123 45,678 ½ ² ٣٤ Ⅷ x2y",
    "e\u0301 \u0301",
    "a\u200bb\ufeffc\u00ad",
    "😀 👨‍👩‍👧 🏳️‍🌈",
    "日本語とharbour",
    "\u0000\u0001\x7f",
    "\U0010ffff\ue000",
    "▁",
    "a▁b ▁▁ c",
    "<0x0A> <0xFF>",
    "<|end|>",
    "a <|end|> b<|end|>",
    "<|end|><|end|>",
    "<|end",
    "x <pad>  y",
    "harbour!",
    "  <mask>  ",
    "a<mask>b",
    "bell",
    "bells bell, bell.",
    "<unk> <s> </s>",
    "a<s>b </s> c",
    "é<s>é",
    "ledger" * 40,
    "\n" * 50,
    " " * 75 + "x",
    "ǅ Ω Ж 中",
]


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        TEXT.splitlines(),
        trainers.BpeTrainer(
            vocab_size=420,
            show_progress=False,
            special_tokens=["<|end|>"],
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        ),
    )
    tokenizer.add_special_tokens(
        [AddedToken("<pad>", rstrip=True), AddedToken("<mask>", lstrip=True)]
    )
    tokenizer.add_tokens(
        [AddedToken("bell", single_word=True, normalized=False)]
    )
    end = [("<|end|>", tokenizer.token_to_id("<|end|>"))]
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<|end|> $A",
                pair="<|end|> $A <|end|> $B:1",
                special_tokens=end,
            ),
        ]
    )
    return tokenizer


def characters():
    tokenizer = Tokenizer(
        models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    # Bytes from <0xE0> on have no token, so that some characters are unknown.
    bytes_ = ["<0x%02X>" % b for b in range(0xE0)]
    known = "".join(c for c in TEXT if c.isascii() or c in "éèûÜ")
    words = known.replace(" ", " ▁").replace("\n", " ").split(" ")
    tokenizer.train_from_iterator(
        words,
        trainers.BpeTrainer(
            vocab_size=480,
            show_progress=False,
            special_tokens=["<unk>", "<s>", "</s>"] + bytes_,
        ),
    )
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = state["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_tokens([AddedToken("harbour!", normalized=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A",
        pair="<s> $A <s>:1 $B:1",
        special_tokens=[("<s>", tokenizer.token_to_id("<s>"))],
    )
    return tokenizer


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        TEXT.splitlines(),
        trainers.WordPieceTrainer(
            vocab_size=400,
            show_progress=False,
            special_tokens=["[UNK]", "[CLS]", "[SEP]"],
        ),
    )
    tokenizer.add_tokens(
        [AddedToken("Bell", single_word=True), AddedToken("<X>", lstrip=True)]
    )
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", 2), ("[CLS]", 1)
    )
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s{2,}"), " "),
            normalizers.Strip(False, True),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    tokenizer.train_from_iterator(
        TEXT.splitlines(),
        trainers.UnigramTrainer(
            vocab_size=300,
            show_progress=False,
            special_tokens=["<unk>", "<s>", "</s>"],
            unk_token="<unk>",
        ),
    )
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 1)
    )
    return tokenizer


def word_ends():
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Lowercase(),
        ]
    )
    words = Regex(
        r"<\|end\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteLevel(), decoders.Replace("</w>", " ")]
    )
    tokenizer.train_from_iterator(
        TEXT.splitlines(),
        trainers.BpeTrainer(
            vocab_size=700,
            show_progress=False,
            special_tokens=["<|end|>"],
            end_of_word_suffix="</w>",
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        ),
    )
    return tokenizer


def decoded(tokenizer, ids):
    return {
        "decode": tokenizer.decode(ids, skip_special_tokens=False),
        "decode_skip": tokenizer.decode(ids),
    }


def rows(tokenizer):
    lines = [line for line in TEXT.splitlines() if line]
    for text in EDGES + lines:
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        ids = tokenizer.encode(text).ids
        yield {
            "text": text,
            "ids": ids,
            "plain_ids": plain,
            **decoded(tokenizer, ids),
        }
    for text, pair in [("", ""), ("a b", "c"), (lines[0], lines[1])]:
        pairs = tokenizer.encode(text, pair)
        yield {
            "text": text,
            "pair": pair,
            "ids": pairs.ids,
            "type_ids": pairs.type_ids,
        }
    generator = random.Random(1)
    for size in range(12):
        ids = [
            generator.randrange(tokenizer.get_vocab_size()) for _ in range(size)
        ]
        yield {"decode_ids": ids, **decoded(tokenizer, ids)}


def main():
    for name, make in [
        ("byte_level", byte_level),
        ("characters", characters),
        ("word_piece", word_piece),
        ("unigram", unigram),
        ("word_ends", word_ends),
    ]:
        folder = pathlib.Path(__file__).parent / "testdata" / name
        folder.mkdir(parents=True, exist_ok=True)
        made = make()
        made.save(str(folder / "tokenizer.json"), pretty=False)
        lines = [json.dumps(row, ensure_ascii=True) for row in rows(made)]
        (folder / "golden.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
