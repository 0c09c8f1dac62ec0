#!/usr/bin/env python3
"""Writes metrics/testdata/rouge_l.jsonl and porter.json from the peers.

Peers: rouge_score 0.1.2 (Apache-2.0) with nltk 3.10.4, on Python 3.11:

    pip install rouge-score==0.1.2 nltk==3.10.4
    python harness/oracle/metrics.py metrics/testdata
    python harness/oracle/metrics.py --time  # the peer of rouge_l_bench.cpp

The texts and word lists are this project's own. Running the script again gives
the same bytes.

rouge_l.jsonl: {"prediction", "references", "plain", "stem"}; the last two are
[precision, recall, fmeasure] of the reference with the best F1 (score_multi),
without and with the Porter stemmer.
porter.json: [[word, stem], ...] of nltk's PorterStemmer in its default mode.
"""

import json
import pathlib
import random
import statistics
import sys
import time
from importlib.metadata import version

from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer

PEERS = {"rouge_score": "0.1.2", "nltk": "3.10.4"}

SENTENCES = [
    "The lighthouse keeper counted seventeen ships before the fog came in.",
    "Mira Solvang was born in 1961 in the harbour town of Tessel.",
    "Her first novel, 'Nine Quiet Rivers', won the Corvane Prize in 1994.",
    "It isn't known whether the letters were answered, burnt or forgotten!",
    "Two of the three valves (no. 4 and no. 7) were leaking at 80 bar.",
    "Engineers kept rewriting the scheduler until the queues stopped growing.",
    "The committee's generalisations were hopelessly, relentlessly optimistic.",
    "Please add 2 cups of flour, 1 egg and a pinch of salt; stir slowly.",
    "A café in Zürich sold naïve paintings by a façade of coöperating artists.",
    "Rain fell. Rain kept falling. The gutters sang, and nobody minded.",
    "def mean(values): return sum(values) / len(values)",
    "Whoever memorises a page can recite it; whoever understands it need not.",
]

# One text against another: what a tokeniser or a table can get wrong.
EDGE_PAIRS = [
    ("", ""),
    ("", "something"),
    ("something", ""),
    ("...!?", "--"),
    ("42", "42"),
    ("a b c d", "a c"),
    ("a c", "a b c d"),
    ("d c b a", "a b c d"),
    ("one one one", "one"),
    ("the cat sat", "The CAT, sat."),
    ("state-of-the-art", "state of the art"),
    ("don't", "don t"),
    ("snake_case_name", "snake case name"),
    ("3.14159", "3 14159"),
    ("résumé", "r sum"),
    ("naïve", "naive"),
    ("\u212aelvin", "kelvin"),  # the Kelvin sign lower-cases to k
    ("\u0130stanbul", "istanbul"),  # a dotted capital i, to i and a mark
    ("\u0130stanbul", "i stanbul"),
    ("\u0131stanbul", "stanbul"),  # the dotless i stays as it is
    ("\u6771\u4eac\u30bf\u30ef\u30fc", "\u6771\u4eac\u30bf\u30ef\u30fc"),
    ("\uff21\uff22\uff23 \u0661\u0662", "abc 12"),  # full width, Arabic digits
    ("tab\tand\nline\r\nend", "tab and line end"),
    ("no\u00a0break\u2003space\u200bs", "no break space s"),
    ("emoji \U0001f600 between", "emoji between"),
    ("flies", "fly"),
    ("ties dies lies", "tie die lie"),
    ("running runner ran", "run runs runs"),
    ("relational conditions", "relate conditional"),
    ("happy happily happiness", "happi happier happiest"),
]

MULTIPLE = [
    ("The ship left at dawn.",
     ["A ship left.", "The ship left at dawn.", "The ship left at noon."]),
    ("The ship left at dawn.", ["Nothing alike", ""]),
    ("a b c", ["a x y", "x b y"]),
    ("a b c d", ["a b", "a b c d e f g h"]),
    ("She was writing letters", ["She writes a letter", "He wrote letters"]),
    ("one two three", ["three two one", "one three", "two three four five"]),
]

ROOTS = """relate condition value hesitate digit conform radical differ vile
analogy operate feudal decisive hope callous formal sensitive sensible
triplicate form electric real good revive allow infer airline gyroscope adjust
defend irritate replace adopt communism activate angular homolog effect bowdler
rate cease control roll hop tan fall hiss fizz fail file plaster motor agree
feed sky happy cry die tie enjoy by try play pony caress bled oversee""".split()

ENDINGS = ["", "s", "ed", "ing", "ly", "ness", "ational", "ization", "fulness",
           "ability", "ement", "ion", "logy", "y", "ies", "er"]

# Words that only the departures from the paper of 1980 get right, and others
# on the border of a rule.
SPECIAL = """skies sky dying lying tying news innings inning outings outing
cannings canning howe proceed exceed succeed ties dies lies cries died tied
cried eed feed agreed bleed sing bring by say cry enjoy as is us ss yes y a ad
fully hopefully geologi theology archaeology radically internationally ally
alli equalli abli possibli flexibly aye eyed ysy syzygy yyy rhythm owed axed
boxing fly flying rebel rebelling tell telling probate rate cease controll roll
ion lion adoption passion vision onion 007 2nd 1980s x2ing b4 0xff ed
ing""".split()


def check_versions():
    for peer, wanted in PEERS.items():
        if version(peer) != wanted:
            raise SystemExit(f"{peer} is {version(peer)}, not {wanted}: "
                             f"pip install {peer}=={wanted}")


def mutated(words, rng):
    """Words dropped, repeated, swapped or put in another case."""
    words = list(words)
    for _ in range(max(1, len(words) // 4)):
        place = rng.randrange(len(words))
        change = rng.choice(["drop", "repeat", "swap", "upper"])
        if change == "drop" and len(words) > 1:
            words.pop(place)
        elif change == "repeat":
            words.insert(place, words[place])
        elif change == "swap":
            other = rng.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        else:
            words[place] = words[place].upper()
    return words


def pairs():
    """(prediction, references) in the order of the file."""
    rng = random.Random(0)
    found = [(prediction, [target]) for prediction, target in EDGE_PAIRS]
    found += MULTIPLE
    for sentence in SENTENCES:
        found.append((" ".join(mutated(sentence.split(), rng)), [sentence]))
    # Lengths around the 64 bits of a block, and several blocks.
    vocabulary = " ".join(SENTENCES).split()
    for length in [1, 62, 63, 64, 65, 127, 128, 129, 191, 192, 200, 260]:
        target = [rng.choice(vocabulary) for _ in range(length)]
        prediction = mutated(mutated(target, rng), rng)
        found.append((" ".join(prediction), [" ".join(target)]))
    return found


def rouge_rows():
    plain = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    stem = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=True)
    for prediction, references in pairs():
        row = {"prediction": prediction, "references": references}
        for name, scorer in (("plain", plain), ("stem", stem)):
            score = scorer.score_multi(references, prediction)["rougeL"]
            row[name] = [float(score.precision), float(score.recall),
                         float(score.fmeasure)]
        yield row


def porter_words():
    rng = random.Random(0)
    derived = sorted({root + ending for root in ROOTS for ending in ENDINGS})
    special = list(dict.fromkeys(SPECIAL))
    chosen = rng.sample([w for w in derived if w not in special],
                        300 - len(special))
    return special + sorted(chosen)


def time_rouge():
    """Prints rouge_score's CPU time a pair of 100-word texts."""
    rng = random.Random(0)
    vocabulary = " ".join(SENTENCES).split()
    texts = [" ".join(rng.choices(vocabulary, k=100)) for _ in range(64)]
    for stemmer in (False, True):
        scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=stemmer)
        seconds = []
        for _ in range(5):
            start = time.process_time()
            for prediction, target in zip(texts, reversed(texts)):
                scorer.score(target, prediction)
            seconds.append((time.process_time() - start) / len(texts))
        print(f"stemmer={stemmer}: {1e6 * statistics.median(seconds):.0f} us")


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: metrics.py FOLDER | metrics.py --time")
    check_versions()
    if sys.argv[1] == "--time":
        time_rouge()
        return
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps(row) for row in rouge_rows()]
    (folder / "rouge_l.jsonl").write_text("\n".join(rows) + "\n")
    stemmer = PorterStemmer()
    stems = [json.dumps([w, stemmer.stem(w)]) for w in porter_words()]
    (folder / "porter.json").write_text("[\n" + ",\n".join(stems) + "\n]\n")


if __name__ == "__main__":
    main()
