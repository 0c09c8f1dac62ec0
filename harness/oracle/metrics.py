#!/usr/bin/env python3
"""Writes metrics/testdata/rouge_l.jsonl, texts.jsonl and porter.json.

Peers: rouge_score 0.1.2 (Apache-2.0) with nltk 3.10.4, sacrebleu 2.6.0, the
copy of SQuAD's script in lm-eval 0.4.13, and Python 3.11's difflib:

    pip install rouge-score==0.1.2 nltk==3.10.4 sacrebleu==2.6.0 \\
        lm_eval==0.4.13
    python harness/oracle/metrics.py metrics/testdata
    python harness/oracle/metrics.py --time  # the peer of rouge_bench.cpp

The texts and word lists are this project's own. Running the script again gives
the same bytes.

rouge_l.jsonl: {"prediction", "references", "plain", "stem"}; the last two are
[precision, recall, fmeasure] of the reference with the best F1 (score_multi),
without and with the Porter stemmer.
texts.jsonl: {"prediction", "references"} and of them: "rouge_1", "rouge_2",
"rouge_lsum" (each with "plain" and "stem" as above); "sentence_bleu" and, of
this row and all before it, "corpus_bleu", of 100; "squad": [f1, exact] with
SQuAD 2.0's rule for answers without words; "edit_distance" of the first
reference in code points, "longest_run" of its ROUGE words.
porter.json: [[word, stem], ...] of nltk's PorterStemmer in its default mode.
"""

import difflib
import json
import pathlib
import random
import statistics
import sys
import time
from importlib.metadata import version

from lm_eval.tasks.qasper.metrics import f1_abstractive, normalize_answer
from nltk.metrics.distance import edit_distance
from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer, tokenize
from sacrebleu.metrics import BLEU

PEERS = {"rouge_score": "0.1.2", "nltk": "3.10.4", "sacrebleu": "2.6.0",
         "lm_eval": "0.4.13"}

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

# For what reads lines, punctuation, articles or single characters.
TEXT_PAIRS = [
    ("the ship left\nthe fog came\nnobody minded",
     ["the fog came in\nand the ship left", "nobody minded the fog"]),
    ("a b\nb a\na a", ["a a b\nb b a"]),
    ("a b c d e\nc d e f g", ["e d c b a\n\na c e g b d f"]),
    ("b a c a b c\nc b a\n", ["a b c a c b\na c b b c a b", "c\nb\na"]),
    ("\n\n", ["\n"]),
    ("...\nword", ["word\n..."]),
    ("one line\r\nand another", ["and another\none line"]),
    ("It costs 3,500.75 (or $4), not 1-2.", ["It costs 3,500.75, not $4."]),
    ("A.B.C. 7-up, 1.a.2 x.5 5.x", ["A. B. C. 7 - up, 1.a.2 x.5 5. x"]),
    ("..,, 1.,2 a.,b", [".. ,, 1., 2 a. ,b"]),
    ("&quot;a&quot; &amp;lt; b &lt;skipped&gt;", ['"a" < b <skipped>']),
    ("a <skipped>word contin-\nued here-\n", ["a word continued here-"]),
    ("it's {well} [known] ~ `so` \\ ^_^ #1 @ 50%",
     ["its { well } [ known ] ~ so \\ ^ _ ^ # 1 @ 50 %"]),
    ("no\u00a0break\u2003space\u0085line", ["no break space line"]),
    ("The the THE", ["the"]),
    ("the", ["a"]),
    ("the", ["ship"]),
    ("a\u2026an end", ["\u2026 end", "an end"]),
    ("a\u0301 th\u00e9 the\u00e9 a\u00b2", ["\u0301 th\u00e9 the\u00e9 a\u00b2"]),
    ("a_b the-end", ["ab theend"]),
    ("The answer is 42!", ["42", "an answer is: 42", "the question"]),
    ("\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", ["\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440"]),
    ("\u6771\u4eac\u3001\u5927\u962a", ["\u6771\u4eac\u3001\u4eac\u90fd", "\u5927\u962a"]),
    ("kitten \U0001f600", ["sitting \U0001f601"]),
    ("one two three", ["one two three four five", "one", "x y z v"]),
    ("one two three four", ["three four one two"]),
    ("a b c d e f g", ["a b c d e f h", "a b x d e f g"]),
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


def squad(prediction, references):
    """[f1, exact], each of its best reference."""
    values = [[0.0, 0.0]]
    for reference in references:
        got, wanted = normalize_answer(prediction), normalize_answer(reference)
        exact = float(got == wanted)
        f1 = (float(f1_abstractive([prediction], [reference]))
              if got and wanted else exact)
        values.append([f1, exact])
    return [max(column) for column in zip(*values)]


def longest_run(prediction, reference):
    got, wanted = (tokenize.tokenize(t, None) for t in (prediction, reference))
    match = difflib.SequenceMatcher(None, got, wanted, autojunk=False)
    return match.find_longest_match().size


def text_rows():
    names = {"rouge1": "rouge_1", "rouge2": "rouge_2",
             "rougeLsum": "rouge_lsum"}
    scorers = {"plain": rouge_scorer.RougeScorer(list(names)),
               "stem": rouge_scorer.RougeScorer(list(names), use_stemmer=True)}
    sentence, corpus = BLEU(effective_order=True), BLEU()
    seen = []
    for prediction, references in pairs() + TEXT_PAIRS:
        row = {"prediction": prediction, "references": references}
        row.update({name: {} for name in names.values()})
        for option, scorer in scorers.items():
            scores = scorer.score_multi(references, prediction)
            for peer, name in names.items():
                row[name][option] = [float(value) for value in scores[peer]]
        row["sentence_bleu"] = sentence.sentence_score(prediction,
                                                       references).score
        seen.append((prediction, references))
        most = max(len(wanted) for _, wanted in seen)
        row["corpus_bleu"] = corpus.corpus_score(
            [got for got, _ in seen],
            [[wanted[i] if i < len(wanted) else None for _, wanted in seen]
             for i in range(most)]).score
        row["squad"] = squad(prediction, references)
        row["edit_distance"] = edit_distance(prediction, references[0])
        row["longest_run"] = longest_run(prediction, references[0])
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
    for name in ("rouge1", "rouge2", "rougeL", "rougeLsum"):
        for stemmer in (False, True):
            scorer = rouge_scorer.RougeScorer([name], use_stemmer=stemmer)
            seconds = []
            for _ in range(5):
                start = time.process_time()
                for prediction, target in zip(texts, reversed(texts)):
                    scorer.score(target, prediction)
                seconds.append((time.process_time() - start) / len(texts))
            print(f"{name} stemmer={stemmer}: "
                  f"{1e6 * statistics.median(seconds):.0f} us")


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: metrics.py FOLDER | metrics.py --time")
    check_versions()
    if sys.argv[1] == "--time":
        time_rouge()
        return
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("rouge_l", rouge_rows()), ("texts", text_rows())):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines)
    stemmer = PorterStemmer()
    stems = [json.dumps([w, stemmer.stem(w)]) for w in porter_words()]
    (folder / "porter.json").write_text("[\n" + ",\n".join(stems) + "\n]\n")


if __name__ == "__main__":
    main()
