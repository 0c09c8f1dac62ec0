"""Writes unicode_tables.inc from the `tokenizers` wheel.

The wheel's regular expressions decide what a letter is, so its own answer for
every code point is the table; Python's unicodedata is of another Unicode
version. Word characters (\\w) come from the matcher of added tokens, which uses
another regular expression library than the pre-tokenizers do.

    pip install tokenizers==0.23.3
    python make_unicode_tables.py > unicode_tables.inc
"""

import textwrap

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def matching(regex):
    """The code points that `regex` matches, ascending."""
    split = pre_tokenizers.Split(Regex(regex), "removed", invert=True)
    pieces = split.pre_tokenize_str("".join(map(chr, CODE_POINTS)))
    return [ord(c) for piece, _ in pieces for c in piece]


def word_characters():
    """The code points that keep a single_word token from matching."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.add_tokens([AddedToken("X", single_word=True, normalized=False)])
    text = "".join(chr(c) + "X " for c in CODE_POINTS)
    found = {start for start, _ in tokenizer.encode(text).offsets}
    # "X" itself is found first as the token, so it cannot be asked this way.
    return [
        c
        for i, c in enumerate(CODE_POINTS)
        if c == ord("X") or 3 * i + 1 not in found
    ]


def runs(code_points):
    """Gap, length, gap, length...: distances between runs and their sizes."""
    numbers, end = [], 0
    for c in code_points:
        if numbers and c == end:
            numbers[-1] += 1
        else:
            numbers += [c - end, 1]
        end = c + 1
    return numbers


def table(name, comment, code_points):
    rows = textwrap.fill(", ".join(map(str, runs(code_points))), 76)
    print(f"\n// {comment}: {len(code_points)} code points.")
    print(f"constexpr uint32_t {name}[] = {{")
    print(textwrap.indent(rows, "    "), end="};\n")


print("// Written by make_unicode_tables.py from tokenizers", end=" ")
print(f"{tokenizers.__version__}.")
print("// Each row: the gap before a run of code points, then its length.")
table("kLetterRuns", r"\p{L}", matching(r"\p{L}"))
table("kNumberRuns", r"\p{N}", matching(r"\p{N}"))
table("kSpaceRuns", r"\s", matching(r"\s"))
table("kWordRuns", r"\w of added tokens", word_characters())
