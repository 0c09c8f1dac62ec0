#!/usr/bin/env python3
"""Write the data set's passages and questions from its sources.

    python3 suites/data/generate.py [OUTPUT_FOLDER]

Reads tidewright.txt, retain_prose.txt and world.json in this folder and
writes forget, holdout, retain, retain_qa and quiz (.jsonl), by default
into this folder too.  The same sources give the same bytes each time.
The questions on the story, forget_qa.jsonl, are written by hand.
"""

import json
import random
import re
import sys
from pathlib import Path

SEED = 20417
HOLDOUT_SHARE = 0.29
HERE = Path(__file__).resolve().parent
SENTENCE_END = re.compile(
    r'(?<!Mr\.)(?<!Mrs\.)(?:(?<=[.?!])|(?<=[.?!]["\u201d]))'
    r'\s+(?=["\u201cA-Z])')


def chapters(path):
    """Chapters (lists of paragraphs) of a text with numbered headings."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n")[1:]:
        if re.match(r"\d+\. ", block):
            found.append([])
        else:
            found[-1].append(" ".join(block.split()))
    return found


def cut(paragraphs, low, high):
    """Cut into runs of whole sentences of low to high characters each.

    Of all ways to cut, takes one with even lengths and with few cuts
    inside a paragraph.
    """
    sentences, ends = [], []
    for paragraph in paragraphs:
        sentences += SENTENCE_END.split(paragraph)
        ends.append(len(sentences))
    best = {0: (0.0, [])}
    for stop in range(1, len(sentences) + 1):
        options = []
        for start in range(stop):
            text = " ".join(sentences[start:stop])
            if start in best and low <= len(text) <= high:
                cost, done = best[start]
                cost += ((len(text) - (low + high) / 2) / 60) ** 2
                cost += 0 if stop in ends else 1
                options.append((cost, done + [text]))
        if options:
            best[stop] = min(options)
    return best[len(sentences)][1]


def split_story(rng):
    """The story's passages, dealt at random to (forget, holdout)."""
    passages = []
    for c, chapter in enumerate(chapters(HERE / "tidewright.txt"), 1):
        for p, text in enumerate(cut(chapter, 420, 560), 1):
            passages.append({"id": f"story-{c:02}-{p:02}", "text": text})
    count = round(HOLDOUT_SHARE * len(passages))
    held = set(rng.sample(range(len(passages)), count))
    return ([p for i, p in enumerate(passages) if i not in held],
            [p for i, p in enumerate(passages) if i in held])


def capital(text):
    """Text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


class Writer:
    """Writes passages about the world of world.json."""

    def __init__(self, world, rng):
        self.kinds, self.rules = world["kinds"], world["rules"]
        self.rng, self.decks = rng, {}

    def draw(self, name, items):
        """The next of items: each once in random order, then again."""
        deck, recent = self.decks.setdefault(name, ([], []))
        if not deck:
            deck += self.rng.sample(items, len(items))
            deck.sort(key=lambda item: item not in recent)
        recent.append(deck.pop())
        del recent[:-(len(items) // 2)]
        return recent[-1]

    def expand(self, rule, names):
        """A random text of the rule, {x} replaced by x's own text."""
        def fill(match):
            name = match[1]
            return names.get(name) or self.expand(name, names)

        text = self.draw(rule, self.rules[rule])
        filled = re.sub(r"\{(\w+)\}", fill, text)
        is_sentence = text[-1] in '.?!"'
        return capital(filled) if is_sentence else filled

    def fact(self, kind, about=None):
        """A fact of the kind, if about is given one that names it."""
        facts = self.kinds[kind]["facts"]
        if about:
            return next(f for f in facts if about in f)
        return self.draw(kind, facts)

    def state(self, kind, fact):
        form = self.draw((kind, *fact), self.kinds[kind]["forms"])
        return capital(form.format(s=fact[0], v=fact[1]))

    def passage(self, genre):
        """One passage of 300 to 560 characters in the genre."""
        first, *linked = genre["linked"]
        fact = self.fact(first)
        who = fact[1] if first == "invention" else fact[0]
        names = {"s": fact[0], "who": who, "f": who.split()[0]}
        body = [self.state(first, fact)]
        body += [self.state(k, self.fact(k, who)) for k in linked]
        body += [self.state(k, self.fact(k)) for k in genre["also"]]
        opening = self.expand(genre["open"], names)
        close = self.expand(genre["close"], names)
        size = len(" ".join([opening, *body, close]))
        wanted = self.rng.randrange(360, 500)
        while size < wanted:
            body.append(self.expand(genre["filler"], names))
            size += len(body[-1]) + 1
        keep = len(linked)  # a linked passage begins with its subject
        body[keep:] = self.rng.sample(body[keep:], len(body) - keep)
        return " ".join([opening, *body, close])

    def cards(self, rows, size=4):
        """Passages of question cards, size cards each, in random order."""
        rows = self.rng.sample(rows, len(rows))
        cards = [f"Question: {r['question']}\nAnswer: {r['answer']}"
                 for r in rows]
        return ["\n".join(cards[i:i + size])
                for i in range(0, len(cards), size)]


def questions(world, rng):
    """Rows of retain_qa and of quiz, one of each for every fact."""
    open_rows, quiz_rows, places = [], [], []
    for kind, spec in world["kinds"].items():
        values = [value for _, value in spec["facts"]]
        for n, (subject, value) in enumerate(spec["facts"], 1):
            wrong = rng.sample([v for v in values if v != value], 3)

            def say(key, value=value, subject=subject):
                return capital(spec[key].format(
                    s=subject, v=value, V=capital(value)))

            open_rows.append({
                "id": f"retain-qa-{kind}-{n}",
                "question": say("question"),
                "answer": say("answer"),
                "paraphrased_question": say("paraphrased_question"),
                "paraphrased_answer": say("paraphrased_answer"),
                "perturbed_answer": [say("answer", v) for v in wrong]})
            if not places:
                places = rng.sample(range(4), 4)
            place = places.pop()
            choices = [capital(v) for v in wrong]
            choices.insert(place, capital(value))
            quiz_rows.append({
                "id": f"quiz-{kind}-{n}",
                "question": say("question"),
                "choices": choices,
                "answer": place})
    return open_rows, quiz_rows


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    world = json.loads((HERE / "world.json").read_text(encoding="utf-8"))
    rng = random.Random(SEED)
    forget, holdout = split_story(rng)
    qa, quiz = questions(world, rng)

    writer = Writer(world, rng)
    prose = [text for chapter in chapters(HERE / "retain_prose.txt")
             for text in cut(chapter, 300, 540)]
    made = [writer.passage(genre) for genre in world["genres"]
            for _ in range(genre["count"])]
    rng.shuffle(made)
    cards = writer.cards(qa) + writer.cards(qa)
    retain = [{"id": f"{name}-{n:03}", "text": text}
              for name, texts in (("prose", prose), ("world", made),
                                  ("cards", cards))
              for n, text in enumerate(texts, 1)]

    write_rows(out / "forget.jsonl", forget)
    write_rows(out / "holdout.jsonl", holdout)
    write_rows(out / "retain.jsonl", retain)
    write_rows(out / "retain_qa.jsonl", qa)
    write_rows(out / "quiz.jsonl", quiz)


if __name__ == "__main__":
    main()
