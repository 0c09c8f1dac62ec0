"""Goldfish masks of near-duplicates: what is left out of a text, and of its copy.

    python3 goldfish_near.py LETHE MODEL_FOLDER TEXT [BYTES]

Makes copies of the text as other editions print it (soft hyphens, other
blanks, other dashes and quotes, capitals, some words replaced or left out) and
asks `lethe tokenize --goldfish` what each mask leaves out of them. Prints, of
the letters that are left out of the text and stand in the copy too, the share
that is left out of the copy: 1 / k if the masks have nothing to do with each
other. Then what the length of minhash's runs does. Standard library only.
"""

import collections
import json
import random
import subprocess
import sys
import tempfile
import unicodedata

ALL = "normalise=unicode+case+dashes+whitespace"
FORM = "k=4,h=13"
MASKS = [("product (published)", FORM), ("product, normalise", f"{FORM},{ALL}"),
         ("minhash", f"{FORM},hash=minhash"),
         ("minhash, normalise", f"{FORM},hash=minhash,{ALL}")]


def byte_alphabet():
    """Byte-level vocabularies' letters for bytes, as GPT-2 has them."""
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in own]
    table = {chr(b): b for b in own}
    table.update({chr(256 + i): b for i, b in enumerate(others)})
    return table


BYTES = byte_alphabet()


def words_of(text):
    """[(begin, end)] of what stands between white space."""
    words, begin = [], None
    for i, c in enumerate(text + " "):
        if c.isspace() and begin is not None:
            words.append((begin, i))
            begin = None
        elif not c.isspace() and begin is None:
            begin = i
    return words


def soft_hyphens(text, draw):
    return "".join(c + "\u00ad" if c.isalpha() and n.isalpha() and draw.random() < 0.1
                   else c for c, n in zip(text, text[1:] + " "))


def blanks(text, draw):
    return "".join(draw.choice([" ", "\u00a0", "  ", "\n"]) if c in " \n" and
                   draw.random() < 0.2 else c for c in text)


def signs(text, draw):
    table = {"-": "\u2010", "\u2014": "-", "'": "\u2019", "\u2019": "'",
             '"': "\u201d", "\u201c": '"', "\u201d": '"'}
    return "".join(table.get(c, c) for c in text)


def capitals(text, draw):
    copy = list(text)
    for begin, end in words_of(text):
        if draw.random() < 0.1:
            copy[begin:end] = [c.upper() if len(c.upper()) == 1 else c
                               for c in text[begin:end]]
    return "".join(copy)


def everything(text, draw):
    return capitals(blanks(soft_hyphens(signs(text, draw), draw), draw), draw)


def edited(share, replacement):
    """A copy with words replaced by others of the text, or left out."""
    def make(text, draw):
        words = words_of(text)
        copy, at, same = [], 0, []
        for begin, end in words:
            copy.append(text[at:begin])
            changed = draw.random() < share
            same.append(not changed)
            if not changed:
                copy.append(text[begin:end])
            elif replacement:
                a, b = draw.choice(words)
                copy.append(text[a:b])
            at = end
        copy.append(text[at:])
        return "".join(copy), same
    return make


COPIES = [("soft hyphens, 1 in 10 places", soft_hyphens),
          ("other blanks, 1 in 5", blanks), ("other dashes and quotes", signs),
          ("capitals, 1 word in 10", capitals), ("all of these", everything),
          ("1 word in 50 replaced", edited(0.02, True)),
          ("1 word in 20 replaced", edited(0.05, True)),
          ("1 word in 20 left out", edited(0.05, False))]


def extremes(tokens, dropped, k):
    """Share of the tokens whose like, 20 or more, are nearly never or always
    left out."""
    seen = collections.defaultdict(list)
    for token, out in zip(tokens, dropped):
        seen[token].append(out)
    shares = [(len(a), sum(a) / len(a)) for a in seen.values() if len(a) >= 20]
    odd = sum(n for n, share in shares if share < 0.25 / k or share > (1 + 1 / k) / 2)
    return odd / sum(n for n, _ in shares)


Seen = collections.namedtuple("Seen", "out share run extreme")


def tokenized(lethe, model, text, mask):
    """Characters of the text left out; of tokens, the share left out, how many
    in a row, and of how many it is nearly always or never so."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        json.dump({"text": text}, file)
        file.flush()
        row = json.loads(subprocess.run(
            [lethe, "tokenize", "--model", model, "--data", file.name,
             "--no-special-tokens", "--goldfish", mask],
            check=True, capture_output=True).stdout)
    at, spelled, out = 0, bytearray(), []
    for token, dropped in zip(row["tokens"], row["dropped"]):
        bytes_of = bytes(BYTES[c] for c in token)
        spelled += bytes_of
        out += [dropped] * len(bytes_of)
    assert spelled.decode() == text, "the tokens do not spell the text"
    characters, at = [], 0
    for c in text:
        size = len(c.encode())
        characters.append(any(out[at:at + size]))
        at += size
    dropped = row["dropped"]
    runs = sum(1 for i, d in enumerate(dropped) if d and not (i and dropped[i - 1]))
    k = int(mask.split(",")[0].removeprefix("k="))
    return Seen(characters, sum(dropped) / len(dropped), sum(dropped) / runs,
                extremes(row["tokens"], dropped, k))


def letters(text, out, word):
    """Whether each letter or digit of a word is left out."""
    return [out[i] for i in range(*word) if unicodedata.category(text[i])[0] in "LN"]


def agreement(text, out, copy, copy_out, same):
    words, others = words_of(text), words_of(copy)
    if same is None:
        same = [True] * len(words)
        pairs = list(zip(words, others))
        assert len(words) == len(others)
    else:
        kept = [w for w, s in zip(words, same) if s]
        if len(others) != len(words):
            pairs = list(zip(kept, others))
            assert len(kept) == len(others)
        else:
            pairs = [(w, o) for w, o, s in zip(words, others, same) if s]
    both = total = 0
    for word, other in pairs:
        for a, b in zip(letters(text, out, word), letters(copy, copy_out, other)):
            total += a
            both += a and b
    return both / total


def near(lethe, model, text):
    seen = [tokenized(lethe, model, text, mask) for _, mask in MASKS]
    print("| copy | " + " | ".join(name for name, _ in MASKS) + " |")
    print("|---|" + "---|" * len(MASKS))
    for name, make in COPIES:
        made = make(text, random.Random(1))
        copy, same = made if isinstance(made, tuple) else (made, None)
        row = []
        for (_, mask), own in zip(MASKS, seen):
            other = tokenized(lethe, model, copy, mask)
            row.append(f"{agreement(text, own.out, copy, other.out, same):.3f}")
        print(f"| {name} | " + " | ".join(row) + " |")
    print("| share of tokens left out | " + " | ".join(f"{s.share:.3f}" for s in seen) + " |")
    print("| left out in a row, on average | " + " | ".join(f"{s.run:.2f}" for s in seen) + " |")


def runs(lethe, model, text):
    copy, same = edited(0.05, True)(text, random.Random(1))
    print("| minhash, `shingle` | share of tokens left out, k 4 and 8 | kept, 1 word in 20 "
          "replaced, k 4 | of tokens nearly always or never left out, k 4 and 8 |")
    print("|---|---|---|---|")
    for name, more in [("(product)", "")] + [
            (str(n), f",hash=minhash,shingle={n}") for n in (1, 2, 3, 4, 5)]:
        four, eight = [tokenized(lethe, model, text, f"k={k},h=13{more}") for k in (4, 8)]
        other = tokenized(lethe, model, copy, f"{FORM}{more}")
        kept = agreement(text, four.out, copy, other.out, same)
        print(f"| {name} | {four.share:.3f}, {eight.share:.3f} | {kept:.3f} "
              f"| {four.extreme:.3f}, {eight.extreme:.3f} |")


def main():
    lethe, model, path = sys.argv[1:4]
    size = int(sys.argv[4]) if len(sys.argv) > 4 else 200_000
    text = open(path, encoding="utf-8-sig").read()[:size].strip()
    near(lethe, model, text)
    print()
    runs(lethe, model, text)


if __name__ == "__main__":
    main()
