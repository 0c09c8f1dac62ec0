"""Tasks and documents of our own for import.py: every form that is converted."""

WORDS = ("the tide came in", "Mara rang the bell", "a lamp burned low",
         "Io left the harbour", "rain fell on the roof", "the boat was late",
         "they ate bread and salt", "nobody heard the clock")


def rows(count, start):
    """Documents with a field for every form of answer."""
    made = []
    for i in range(start, start + count):
        options = [WORDS[(i * 3 + k * 2 + 1) % len(WORDS)] for k in range(3)]
        options[i % 3] += f" at {i}"
        made.append({
            "question": f"What happened on day {i}, after {WORDS[i % 8]}?",
            "passage": f"On day {i} {WORDS[i % 8]}. Then {WORDS[(i + 3) % 8]}.",
            "options": options, "label": i % 3, "digits": str(i % 3),
            "Right Answer": options[i % 3],
            "letter": "ABC"[i % 3], "right": options[i % 3],
            "truth": i % 2 == 0, "first": options[0], "second": options[1],
            "short": WORDS[i % 8].split()[-1], "number": i,
            "aliases": [WORDS[i % 8].split()[-1], WORDS[i % 8]]})
    return made


SPLITS = {"train": rows(9, 0), "validation": rows(7, 20), "test": rows(6, 40)}
# The pool holds a document that is evaluated, twice.
SPLITS["validation"] += [SPLITS["test"][1], SPLITS["test"][1]]

CHOICE = "output_type: multiple_choice\n"
GENERATE = "output_type: generate_until\n"
# name: (splits, keys)
TASKS = {
    "choice_field": ("test train", CHOICE + """
doc_to_text: question
doc_to_choice: options
doc_to_target: label
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
  - metric: acc_norm
  - metric: acc_bytes
  - metric: exact_match
"""),
    "choice_jinja": ("test validation train", CHOICE + r"""
doc_to_text: "{{passage.strip()}}\nQuestion: {{question}}\nAnswer:"
doc_to_choice: "{{[first, second, 'nothing at all']}}"
doc_to_target: "{{digits}}"
description: "Answer from the passage.\n\n"
num_fewshot: 2
fewshot_split: train
"""),
    "choice_letters": ("test train", CHOICE + r"""
description: |
  Choose A, B or C.

doc_to_text: >-
  {{question}}
  A. {{options[0]}} B. {{options[1]}} C. {{options[2]}} Answer:
doc_to_choice: ["A", "B", "C"]
doc_to_target: letter
num_fewshot: 3
fewshot_split: train
fewshot_delimiter: "\n---\n"
fewshot_config:
  sampler: first_n
"""),
    "choice_text": ("test", CHOICE + r"""
doc_to_text: "Q: {{question}}\r\nA:"
doc_to_choice: "{{options}}"
doc_to_target: "{{right}}"
target_delimiter: ""
num_fewshot: 0
"""),
    "choice_index": ("validation train", CHOICE + r"""
doc_to_text: "{% if number > 22 %}Late: {% else %}Early: {% endif %}{{question}}"
doc_to_choice: {a: "A", b: "B", c: "C"}
doc_to_target: "{{['A', 'B', 'C'].index(letter)}}"
fewshot_split: train
num_fewshot: 2
"""),
    "choice_unsplit": ("validation train", CHOICE + r"""
doc_to_text: "{{question}} Answer:"
doc_to_choice: ["no", "yes"]
doc_to_target: truth
num_fewshot: 2
"""),
    "choice_own": ("test validation", CHOICE + r"""
doc_to_text: "{{question}}"
doc_to_choice: options
doc_to_target: label
fewshot_split: validation
num_fewshot: 2
"""),
    "choice_self": ("test", CHOICE + r"""
doc_to_text: "{{question}}"
doc_to_choice: options
doc_to_target: 1
fewshot_config: {split: test, sampler: default}
num_fewshot: 2
"""),
    # The name of a field that Jinja could not name; lines of texts.
    "choice_named": ("test train", CHOICE + r"""
doc_to_text: "Say\r\nit:"
doc_to_choice: options
doc_to_target: Right Answer
description: "Choose {one}.\r\nNow.\r\n"
num_fewshot: 2
fewshot_split: train
fewshot_config: {doc_to_choice: options, target_delimiter: " "}
"""),
    "choice_constant": ("test train", CHOICE + r"""
doc_to_text: "{{question}} {# asked #}{{- short }}"
doc_to_choice: ["True", "False"]
doc_to_target: "True"
num_fewshot: 2
fewshot_split: train
"""),
    "last_word": ("test train", r"""
output_type: loglikelihood
doc_to_text: "{{passage.split(' ')[:-1]|join(' ')}}"
doc_to_target: "{{' ' + passage.split(' ')[-1]}}"
num_fewshot: 1
fewshot_split: train
target_delimiter: ""
metric_list:
  - metric: perplexity
    aggregation: perplexity
    higher_is_better: false
  - metric: acc
"""),
    "whole_text": ("test", r"""
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: passage
metric_list:
  - metric: word_perplexity
  - metric: byte_perplexity
  - metric: bits_per_byte
"""),
    "write_plain": ("test train", GENERATE + r"""
doc_to_text: "Day {{number}}: {{question}}\nAnswer:"
doc_to_target: "{{short}}"
num_fewshot: 1
generation_kwargs:
  until: ["\n", "."]
  max_gen_toks: 12
  do_sample: false
  temperature: 0.0
metric_list:
  - metric: exact_match
    ignore_case: true
    ignore_punctuation: true
    ignore_numbers: true
"""),
    "write_aliases": ("validation train", GENERATE + r"""
doc_to_text: "{{question}}"
doc_to_target: "{{aliases}}"
fewshot_split: train
num_fewshot: 2
generation_kwargs: {until: "\n\n", max_gen_toks: 8}
filter_list:
  - name: remove_whitespace
    filter:
      - function: remove_whitespace
      - function: take_first
"""),
    # Half of the letters are right, so that some answers are.
    "write_letter": ("test train", GENERATE + r"""
doc_to_text: "{{question}}"
doc_to_target: "{{'abcdefghijklm'|list}}"
fewshot_split: train
num_fewshot: 2
generation_kwargs: {until: ["\n\n"], max_gen_toks: 8}
filter_list:
  - name: first
    filter:
      - function: regex
        regex_pattern: "([a-zA-Z]).*"
      - function: take_first
  - name: last
    filter:
      - function: regex
        group_select: -1
        regex_pattern: "[a-zA-Z]"
      - function: take_first
metric_list:
  - metric: exact_match
    ignore_case: true
"""),
    "write_list": ("test train", GENERATE + r"""
doc_to_text: "{{question}}"
doc_to_target: "['a', 'e', 'o', \"'\"]"
fewshot_split: train
num_fewshot: 2
generation_kwargs: {until: ["\n\n"], max_gen_toks: 8}
filter_list:
  - name: vowel
    filter:
      - function: regex
        regex_pattern: "[aeou]"
      - function: take_first
metric_list:
  - metric: exact_match
    regexes_to_ignore: ["(x|y)+"]
"""),
    "write_number": ("test train", GENERATE + r"""
doc_to_text: "{{question}} #### "
doc_to_target: "{% if number > 42 %}#### {{number}}{% else %}{{number}}.{% endif %}"
num_fewshot: 2
fewshot_split: train
generation_kwargs: {until: ["Q:"], max_gen_toks: 10}
filter_list:
  - name: strict
    filter:
      - function: regex
        regex_pattern: "([a-zA-Z]).*"
      - function: take_first
  - name: flexible
    filter:
      - function: regex
        group_select: -1
        regex_pattern: "(-?[$0-9.,]{2,})|([^ \\w]+)|(\\w)"
      - function: take_first
  - name: all
    filter:
      - function: remove_whitespace
      - function: take_first
metric_list:
  - metric: exact_match
    ignore_case: true
    regexes_to_ignore: [",", "(?s).*#### ", "\\.$"]
"""),
}


def yaml_of(name, folder):
    splits, keys = TASKS[name]
    names = {"train": "training_split", "validation": "validation_split",
             "test": "test_split"}
    text = f"task: own_{name}\ndataset_path: json\n"
    for split in splits.split():
        text += f"{names[split]}: {split}\n"
    text += "dataset_kwargs:\n  data_files:\n"
    for split in splits.split():
        text += f"    {split}: {folder.resolve()}/own/{split}.jsonl\n"
    return text + keys.strip("\n") + "\nmetadata:\n  version: 1.0\n"


# lm-eval's file, and documents as its dataset has them; the same task ships
# with Lethe.
QA = {"question": "Which rings?", "answerKey": "B",
      "choices": {"text": ["the tide", "a bell", "salt"],
                  "label": ["A", "B", "C"]}}


def many(row, count=5):
    """The row several times, each with a text of its own."""
    made = []
    for i in range(count):
        one = dict(row)
        for key, value in row.items():
            if isinstance(value, str) and " " in value:
                one[key] = f"{value} ({WORDS[i]})"
        made.append(one)
    return made


SHIPPED = {
    "arc_easy": ("arc/arc_easy.yaml", many(QA), 2),
    "arc_challenge": ("arc/arc_challenge.yaml", many(QA), 2),
    "openbookqa": ("openbookqa/openbookqa.yaml",
                   many({**QA, "question_stem": "What rings is"}), 2),
    "sciq": ("sciq/sciq.yaml", many({
        "support": "  Bells ring when struck.", "question": "What rings?",
        "distractor1": "salt", "distractor2": "bread", "distractor3": "rain",
        "correct_answer": "a bell"}), 2),
    "piqa": ("piqa/piqa.yaml", many({
        "goal": "Ring a bell", "sol1": "strike it", "sol2": "salt it",
        "label": 0}), 2),
    "boolq": ("super_glue/boolq/default.yaml", many({
        "passage": "The bell rang at noon.", "question": "did the bell ring",
        "label": 1}), 2),
    "rte": ("glue/rte/default.yaml", many({
        "sentence1": "The bell rang at noon.", "sentence2": "It rang.",
        "label": 0}), 2),
    "wmdp_bio": ("wmdp/wmdp_bio.yaml", many({
        "question": " Which rings?", "choices": ["salt", "rain", "bell", "ink"],
        "answer": 2}), 0),
    "mmlu_anatomy": ("mmlu/default/mmlu_anatomy.yaml", many({
        "question": " Which rings?", "choices": ["salt", "rain", "bell", "ink"],
        "subject": "anatomy", "answer": 2}, 6), 3),
    "truthfulqa_mc1": ("truthfulqa/truthfulqa_mc1.yaml", many({
        "question": "Does salt ring?", "mc1_targets": {
            "choices": ["No", "Yes, at noon"], "labels": [1, 0]}}), 0),
    "lambada_openai": ("lambada/lambada_openai.yaml",
                       many({"text": "They struck the bell and it rang"}), 0),
    "triviaqa": ("triviaqa/default.yaml", many({
        "question": "What rings", "answer": {"aliases": ["Bell", "a bell"]}}),
        2),
    "gsm8k": ("gsm8k/gsm8k.yaml", many({
        "question": "Two bells and three?", "answer": "2 + 3 = 5\n#### 5"}, 7),
        2),
}
