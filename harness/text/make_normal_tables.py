"""Writes normal_tables.inc from the `tokenizers` wheel.

Normal forms, cases and character classes as the peer has them: its parts use
libraries of different Unicode versions, so each part is asked for every code
point.

    pip install tokenizers==0.23.3
    python make_normal_tables.py > normal_tables.inc
"""

import base64
import struct
import textwrap
import unicodedata

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
CATEGORIES = (
    "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po "
    "Sm Sc Sk So Zs Zl Zp Cc Cf Co Cs Cn"
).split()


def matching(regex):
    split = pre_tokenizers.Split(Regex(regex), "removed", invert=True)
    pieces = split.pre_tokenize_str("".join(map(chr, CODE_POINTS)))
    return [ord(c) for piece, _ in pieces for c in piece]


def pieces_of(splitter):
    """The code points that the splitter, removing them, takes away."""
    kept = splitter.pre_tokenize_str("".join(map(chr, CODE_POINTS)))
    left = {c for piece, _ in kept for c in piece}
    return [c for c in CODE_POINTS if chr(c) not in left]


def removed(normalizer, before=""):
    return [
        c for c in CODE_POINTS if normalizer.normalize_str(before + chr(c)) == before
    ]


def bert(**flags):
    options = dict(
        clean_text=False,
        handle_chinese_chars=False,
        strip_accents=False,
        lowercase=False,
    )
    return normalizers.BertNormalizer(**{**options, **flags})


def numbers(name, comment, values):
    rows = textwrap.fill(", ".join(map(str, values)), 76)
    print(f"\n// {comment}")
    print(f"constexpr uint32_t {name}[] = {{")
    print(textwrap.indent(rows, "    "), end="};\n")


def runs(name, comment, code_points):
    """Gap, length, gap, length..."""
    values, end = [], 0
    for c in sorted(code_points):
        if values and c == end:
            values[-1] += 1
        else:
            values += [c - end, 1]
        end = c + 1
    numbers(name, f"{comment}: {len(code_points)} code points, as runs.", values)


def categories():
    """Category, length, category, length... of all code points."""
    category = [CATEGORIES.index("Cn")] * 0x110000
    category[0xD800:0xE000] = [CATEGORIES.index("Cs")] * 0x800
    for index, name in enumerate(CATEGORIES[:-2]):
        for c in matching(rf"\p{{{name}}}"):
            category[c] = index
    values = []
    for index in category:
        if values and values[-2] == index:
            values[-1] += 1
        else:
            values += [index, 1]
    numbers("kCategoryRuns", "General categories: index, length.", values)


def mapped(form, skip=lambda c, text: False):
    """Code point, number of code points, these."""
    values = []
    for c in CODE_POINTS:
        if 0xAC00 <= c <= 0xD7A3 and form is not None:
            text = form.normalize_str(chr(c))
            if unicodedata.normalize("NFD", chr(c)) == text:
                continue  # Hangul syllables by rule
        text = form.normalize_str(chr(c))
        if text != chr(c) and not skip(c, text):
            values += [c, len(text), *map(ord, text)]
    return values


def combining_classes(nfd):
    """Classes by how the peer orders a mark among marks of known class."""
    def swapped(a, b):
        text = nfd.normalize_str("a" + chr(a) + chr(b))
        return text == "a" + chr(b) + chr(a)

    # One mark of each class that both Python and the peer know.
    highest, known = 0x345, {240: 0x345}
    for c in CODE_POINTS:
        own = unicodedata.combining(chr(c))
        if own and own not in known and swapped(highest, c):
            known[own] = c
    lowest = known[1]
    values = []
    for c in CODE_POINTS:
        if len(nfd.normalize_str(chr(c))) > 1 or nfd.normalize_str(chr(c)) != chr(c):
            continue
        above = c != lowest and swapped(c, lowest)
        below = c != highest and swapped(highest, c)
        if not above and not below:
            continue
        # The highest known class that does not sort after this mark's.
        own = max(k for k, r in known.items() if r == c or not swapped(r, c))
        values += [c, own]
    return values


def compositions(nfd, nfc):
    """First, second, composed."""
    values = []
    for c in CODE_POINTS:
        if 0xAC00 <= c <= 0xD7A3:
            continue
        parts = nfd.normalize_str(chr(c))
        if len(parts) < 2 or nfc.normalize_str(chr(c)) != chr(c):
            continue
        first = nfc.normalize_str(parts[:-1])
        assert len(first) == 1, hex(c)
        values += [ord(first), ord(parts[-1]), c]
    return values


def single_pieces(splitter):
    """The code points that the splitter cuts from a letter after them."""
    text = "".join(chr(c) + "a" for c in CODE_POINTS)
    pieces = {piece for piece, _ in splitter.pre_tokenize_str(text)}
    return [c for c in CODE_POINTS if chr(c) in pieces and c != ord("a")]


def grapheme_extenders():
    """What joins the character before it. A charsmap of one rule, "a" to "b",
    also swallows all that joins the "a"."""
    # Units of a double array: the root's offset 512, the leaf of "a" there.
    units = [0] * 1024
    units[0] = 512 << 10
    units[512 ^ ord("a")] = 256 << 10 | 1 << 8 | ord("a")
    units[512 ^ ord("a") ^ 256] = 1 << 31
    blob = struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units)
    rule = normalizers.Precompiled(blob + b"b\0")
    assert rule.normalize_str("a") == "b"
    return removed_after(rule)


def removed_after(rule):
    return [c for c in CODE_POINTS if rule.normalize_str("a" + chr(c)) == "b"]


nfc, nfd, nfkd = normalizers.NFC(), normalizers.NFD(), normalizers.NFKD()
print("// Written by make_normal_tables.py from tokenizers", end=" ")
print(f"{tokenizers.__version__}.")
categories()
runs("kHanRuns", r"\p{Han}", matching(r"\p{Han}"))
runs("kRegexWordRuns", r"\w of regular expressions", matching(r"\w"))
runs("kMarkRuns", "Stripped as accents", removed(normalizers.StripAccents()))
runs("kBertMarkRuns", "Stripped as accents by BERT", removed(bert(strip_accents=True)))
runs("kBertNoiseRuns", "Removed as noise by BERT", removed(bert(clean_text=True)))
runs(
    "kPunctuationRuns",
    "Punctuation",
    pieces_of(pre_tokenizers.Punctuation("removed")),
)
runs("kDigitRuns", "Digits", single_pieces(pre_tokenizers.Digits(True)))
runs("kGraphemeExtendRuns", "Joins the character before it", grapheme_extenders())
numbers("kLower", "Lower case: code point, count, its lower case.", mapped(normalizers.Lowercase()))
numbers("kCanonical", "NFD: code point, count, code points.", mapped(nfd))
numbers(
    "kCompatible",
    "NFKD where it is not NFD: code point, count, code points.",
    mapped(nfkd, lambda c, text: text == nfd.normalize_str(chr(c))),
)
numbers("kCombining", "Combining classes: code point, class.", combining_classes(nfd))
numbers("kCompositions", "Compositions: first, second, composed.", compositions(nfd, nfc))
