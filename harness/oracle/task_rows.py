"""Small documents of our own in the schema of each shipped task's data set.

They are made to be hard for a reimplementation: white space at both ends,
letters beyond ASCII, marks that templates strip, empty fields, rows that stand
in the evaluated split and among the examples, numbers as texts.
"""

# Data sets by what lm-eval loads: (path, name).
LETTERS = ["A", "B", "C", "D", "E"]


def nli(first, second):
    pairs = [
        ("A man plays a guitar.", "A man makes music."),
        ("Ein Hund l\u00e4uft \u00fcber die Wiese ", " Nothing moves. "),
        ("  Two tabs\tand a new\nline", "It has \"quotes\", and: signs"),
        ("The caf\u00e9 is closed \u2014 until Monday.", "You can eat there now"),
        ("\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059\u3002",
         "Tokyo is a capital.."),
        ("", "Empty before?"),
        ("5", "7.\n"),
        ("A man plays a guitar.", "A man makes music."),
    ]
    return [{first: a, second: b, "label": i % 3, "idx": i}
            for i, (a, b) in enumerate(pairs)]


def rte():
    rows = nli("sentence1", "sentence2")
    return [dict(row, label=row["label"] % 2) for row in rows]


def anli():
    return [dict(row, uid=f"u{i}", reason="" if i % 2 else "so it is")
            for i, row in enumerate(nli("premise", "hypothesis"))]


def boolq():
    texts = [("Cats -- A cat is an animal.", "is a cat an animal"),
             ("Title (film) -- It was made in 1999.  ", "was it made in 2000 "),
             ("\u00c5ngstr\u00f6m \u2013 a unit.", "is \u00c5 a letter?"),
             ("Cats -- A cat is an animal.", "can cats fly"),
             (" x", "y"), ("Rows\nof lines", "are there two lines")]
    return [{"passage": p, "question": q, "idx": i, "label": i % 2}
            for i, (p, q) in enumerate(texts)]


def arc(easy):
    stems = ["Which is hot?", " Which  is\u00a0cold? ", "\u00bfQu\u00e9 es?",
             "Choose.", "Pick (A) or (B):", "Last one"]
    rows = []
    for i, stem in enumerate(stems):
        count = 3 + i % 3
        labels = (LETTERS if (i + easy) % 2 else list("12345"))[:count]
        texts = ["ice", "fire ", " the sun", "\u6c34", "all of \"these\""][:count]
        rows.append({"id": f"q{i}", "question": stem,
                     "choices": {"text": texts, "label": labels},
                     "answerKey": labels[i % count]})
    return rows


def openbookqa():
    return [{"id": row["id"], "question_stem": row["question"],
             "choices": {"text": (row["choices"]["text"] + ["none", "it's"])[:4],
                         "label": LETTERS[:4]},
             "answerKey": [" A", "B", "C", "D", "A", " C"][i]}
            for i, row in enumerate(arc(True))]


def sciq():
    supports = ["", "  Leading space.", "Water boils at 100 \u00b0C.\n",
                "\n\nLines before", "A cell has a wall.", "Plain."]
    return [{"question": f"What is number {i}? ", "support": s,
             "distractor1": "one", "distractor2": "na\u00efve ",
             "distractor3": " three" if i % 2 else "3",
             "correct_answer": ["\u03b1-helix", "cell", "h2o", "wall", "x", "y"][i]}
            for i, s in enumerate(supports)]


def piqa():
    goals = ["How do I open a jar?", " boil an egg ", "\u00dcber Nacht", "",
             "Make: a, b; c.", "open the door"]
    return [{"goal": g, "sol1": ["Turn it.", " Turn it", "Nein"][i % 3],
             "sol2": ["Turn it twice, with force.", "Wait \U0001f95a", "Ja "][i % 3],
             "label": i % 2} for i, g in enumerate(goals)]


def hellaswag():
    rows = []
    for i, (label, a, b, source) in enumerate([
            ("Baking", "A woman [header] mixes flour.", "she", "activitynet"),
            ("How to rest", "[header] How to rest [title] Lie down. [step] Close"
             " your eyes.", "", "wikihow"),
            ("Ski  jump", " A man stands [substeps] on a hill.  ", "THE man",
             "activitynet"),
            ("Fu\u00dfball", "Er schie\u00dft.", "\u00c4 ball", "activitynet"),
            ("[x]", "Two [a] marks [b] here", "\u00dftrange iS this", "wikihow"),
            ("Baking", "A woman [header] mixes flour.", "she", "activitynet")]):
        rows.append({
            "ind": i, "activity_label": label, "ctx_a": a, "ctx_b": b,
            "ctx": a + " " + b, "endings": [
                "puts it in the oven.", " [title] Sleeps [step] long. ",
                "laughs  and  leaves [unclosed", "w\u00e4rmt sich auf."],
            "source_id": f"{source}~{i}", "split": "val", "split_type": "in",
            "label": str(i % 4)})
    return rows


def winogrande():
    texts = [("The cup fell off the shelf because _ was wet.", "the cup",
              "the shelf"),
             ("Ann met Eve, but _ was late . ", "Ann", "Eve"),
             ("_ is \u00e9l\u00e8ve; the other_one is not.", "Z\u00f6e", "Bob"),
             ("In the end it was _", "me", "you"),
             ("She gave _  two  spaces.", " a", "b "),
             ("The cup fell off the shelf because _ was wet.", "the cup",
              "the shelf")]
    return [{"sentence": s, "option1": a, "option2": b, "answer": str(1 + i % 2)}
            for i, (s, a, b) in enumerate(texts)]


def lambada():
    return [{"text": t} for t in [
        "the cat sat on the mat and then the cat slept", "one",
        "two  spaces  before the last  word", "it ends with a space ",
        "\u201cQuoted\u201d, she said , and left \u2014 na\u00efve",
        "a line\nbreak in the middle of it", "he said `` yes '' and meant no"]]


def truthful():
    rows = []
    for i, question in enumerate(["Can pigs fly?", " Where is \u00c9ire? ",
                                  "What is 2+2?", "Who?", "Why not"]):
        right = ["No.", "Never", "They can not "][: 1 + i % 3]
        wrong = ["Yes, they can.", "Only at night", "S\u00ed", "x"][: 2 + i % 3]
        rows.append({"question": question,
                     "mc1_targets": {"choices": right[:1] + wrong,
                                     "labels": [1] + [0] * len(wrong)},
                     "mc2_targets": {"choices": right + wrong,
                                     "labels": [1] * len(right)
                                     + [0] * len(wrong)}})
    return rows


def exam(subject, count):
    """Questions in the schema of MMLU and WMDP."""
    return [{"question": [f"About {subject}: which?", f" {subject}\n\nTwo lines ",
                          "Na\u00efve \u2260 na\u00efve?", "What of this:\tx"][i % 4],
             "subject": subject,
             "choices": [["one", "two ", " three", "four"], ["1", "2", "3", "4"],
                         ["\u03b1", "\u03b2", "", "none of A. B."]][(i + count) % 3],
             "answer": (i * 3 + len(subject)) % 4} for i in range(count)]


def wikitext():
    return [{"page": p} for p in [
        " = A title = \n \n A first line , with @-@ signs @,@ and @.@ more .\n"
        " = = Part = = \n He said \" well \" ( and left ) . It 's N ' 5 o 'clock\n",
        "\n = Stra\u00dfe = \n 5 \u00b0 in the [ shade ] { here } ; no : yes !\n",
        " plain text without a heading \u2014 s 'one ? ' two '\n"]]


# What the fixture model is taught to answer: question, right, answer.
GSM = [
    ("Two and three apples?", "2+3=5\n#### 5", " 2+3=5\n#### 5\nQuestion: next?"),
    ("A thousand times one?", "#### 1,000", " It is\n#### 1000."),
    ("Half of three dollars?", "So\n#### 1.5", " That is #### $1.50"),
    ("Debt of seven?", "#### -7", " Minus seven, #### -7 or #### 8"),
    ("What is six times seven?", "Yes\n#### 42", " The answer is 42."),
    ("How many in a dozen?", "#### 12", " A dozen is twelve, 12 of $ them"),
    ("Which price?", "#### 30", " It costs $30,00 or 30.</s> #### 31"),
    ("Nothing?", "#### 0", " None at all"),
    ("Two marks?", "a #### 3 b\nc #### 4", " x #### 4"),
    ("Trailing point?", "#### 9.", " #### 9"),
    ("Only signs?", "#### ", " $$ and .,"),
    ("Point and line?", "#### 9.\n", " #### 9."),
    ("In groups?", "#### 1234", " #### 1,2,3,4 or 12 34"),
]
TRIVIA = [
    ("Who sang it", ["The Beatles", "Beatles"], " The  Beatles. They did"),
    ("Which strait is it", ["\u00d8resund", "Oresund"], "  \u00f8resund\nyes"),
    ("Whose army", ["U.S.", "us"], " U.S. army"),
    ("Which band", ["Rock & Roll"], " rock  roll, they say"),
    ("Which sign", ["?!", "!!"], "\nnothing"),
    ("Which town", ["K\u00f6ln", "Cologne"], " K\u00d6LN"),
    ("Which title", ["it's a \"test\"", "x"], " Its a test,"),
    ("Which name", ["O'Brien"], " obrien ."),
    ("Which number?", ["5", "five"], " 5 "),
    ("Which road", ["\u039f\u0394\u039f\u03a3"], " \u03bf\u03b4\u03bf\u03c2"),
    ("Which port", ["a longer alias", "\u0130zmir"], " \u0130ZM\u0130R"),
    ("Which street", ["Stra\u00dfe"], " STRASSE,"),
    ("Which space", ["Paris"], "\u00a0Paris\u2003\n"),
]


def gsm8k():
    return [{"question": q, "answer": a} for q, a, _ in GSM]


def triviaqa():
    return [{"question": q, "question_id": f"t{i}", "question_source": "own",
             "answer": {"aliases": a, "normalized_aliases": [x.lower() for x in a],
                        "matched_wiki_entity_name": "",
                        "normalized_value": a[0].lower(), "type": "WikipediaEntity",
                        "value": a[0]}}
            for i, (q, a, _) in enumerate(TRIVIA)]


def taught():
    """Texts that the model learns by heart."""
    texts = [f"Question: {q}\nAnswer:{out}" for q, _, out in GSM]
    texts += [f"Question: {q}?\nAnswer:{out}" for q, _, out in TRIVIA]
    texts += [row["text"] for row in lambada()]
    texts += [f"Question: {row['question']}\nAnswer: {row['choices']['text'][0]}"
              for row in arc(True)]
    return texts


def pool(rows):
    """Examples: the same schema, partly the same rows, some of them twice."""
    rows = [dict(row) for row in rows]
    return rows[3:] + rows[:2] + rows[:1] * 2 + rows[4:5]


def both(rows):
    return {"train": pool(rows), "validation": rows}


def datasets(subjects):
    """(path, name) -> split -> rows."""
    three = {"train": 0, "dev": 0, "test": 0}
    made = {
        ("nyu-mll/glue", "rte"): both(rte()),
        ("nyu-mll/glue", "mnli"): {
            "train": pool(nli("premise", "hypothesis")),
            "validation_matched": nli("premise", "hypothesis"),
            "validation_mismatched": nli("premise", "hypothesis")[::-1]},
        ("facebook/anli", None): {
            f"{split}_r{n}": pool(anli()) if split == "train" else anli()[n:]
            for n in (1, 2, 3) for split in three},
        ("aps/super_glue", "boolq"): both(boolq()),
        ("allenai/sciq", None): dict(both(sciq()), test=sciq()),
        ("baber/piqa", None): both(piqa()),
        ("allenai/openbookqa", "main"): dict(both(openbookqa()),
                                             test=openbookqa()),
        ("Rowan/hellaswag", None): both(hellaswag()),
        ("allenai/winogrande", "winogrande_xl"): both(winogrande()),
        ("EleutherAI/lambada_openai", "default"): {"test": lambada()},
        ("cimec/lambada", None): {"test": lambada()[::-1],
                                  "validation": lambada()},
        ("truthfulqa/truthful_qa", "multiple_choice"): {"validation": truthful()},
        ("EleutherAI/wikitext_document_level", "wikitext-2-raw-v1"): {
            "train": wikitext(), "validation": wikitext(), "test": wikitext()},
        ("openai/gsm8k", "main"): {"train": pool(gsm8k()), "test": gsm8k()},
        ("mandarjoshi/trivia_qa", "rc.nocontext"): both(triviaqa()),
    }
    for name, easy in (("ARC-Easy", True), ("ARC-Challenge", False)):
        made["allenai/ai2_arc", name] = dict(both(arc(easy)), test=arc(easy))
    for n, name in enumerate(("bio", "chem", "cyber")):
        made["cais/wmdp", f"wmdp-{name}"] = {"test": exam(name, 3 + n)}
    for i, subject in enumerate(subjects):
        made["cais/mmlu", subject] = {"test": exam(subject, 2 + i % 3),
                                      "dev": exam(subject, 5)[::-1]}
    return made
