#!/usr/bin/env bash
# A sequence classifier as judge: a small DistilBERT written here, whose
# probabilities are worked out here; and in a suite.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >tools.py <<'P'
import json, math, os, struct

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "tide", "xq",
         "潮", "zz"]
LABELS = ["clean", "Mild Gibberish", "noise", "word salad"]
H, MOST = 4, 8
CONFIG = {"model_type": "distilbert", "vocab_size": len(WORDS), "dim": H,
          "n_layers": 1, "n_heads": 2, "hidden_dim": 4,
          "max_position_embeddings": MOST,
          "id2label": {str(i): name for i, name in enumerate(LABELS)}}
TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None,
    "added_tokens": [{"id": i, "content": WORDS[i], "single_word": False,
                      "lstrip": False, "rstrip": False, "normalized": False,
                      "special": True} for i in range(5)],
    "normalizer": {"type": "BertNormalizer", "clean_text": True,
                   "handle_chinese_chars": True, "strip_accents": None,
                   "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                   {"Sequence": {"id": "A", "type_id": 0}},
                   {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                 {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {w: {"id": w, "ids": [WORDS.index(w)], "tokens": [w]}
                           for w in ("[CLS]", "[SEP]")}},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {"type": "WordPiece", "unk_token": "[UNK]",
              "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100,
              "vocab": {w: i for i, w in enumerate(WORDS)}}}

def waves(rows, columns, start):
    return [[math.sin(start + 1.7 * (i * columns + j)) for j in range(columns)]
            for i in range(rows)]

EYE = [[float(i == j) for j in range(H)] for i in range(H)]
NONE = [[0.0] * H] * H
WORD, PLACE = waves(len(WORDS), H, 1), waves(MOST, H, 50)
DENSE, OUT = waves(H, H, 90), waves(len(LABELS), H, 120)

def tensors():
    yield "distilbert.embeddings.word_embeddings.weight", WORD
    yield "distilbert.embeddings.position_embeddings.weight", PLACE
    block = "distilbert.transformer.layer.0."
    # Every token sees the mean of all; the second part of the block is none.
    for name, weight in (("attention.q_lin", NONE), ("attention.k_lin", NONE),
                         ("attention.v_lin", EYE), ("attention.out_lin", EYE),
                         ("ffn.lin1", EYE), ("ffn.lin2", NONE)):
        yield block + name + ".weight", weight
        yield block + name + ".bias", [0.0] * H
    for norm in ("distilbert.embeddings.LayerNorm", block + "sa_layer_norm",
                 block + "output_layer_norm"):
        yield norm + ".weight", [1.0] * H
        yield norm + ".bias", [0.0] * H
    yield "pre_classifier.weight", DENSE
    yield "pre_classifier.bias", [0.1] * H
    yield "classifier.weight", OUT
    yield "classifier.bias", [0.0, 0.5, -0.5, 0.2]

def write_model(folder, config=CONFIG, head=True):
    os.mkdir(folder)
    json.dump(config, open(f"{folder}/config.json", "w"))
    json.dump(TOKENIZER, open(f"{folder}/tokenizer.json", "w"))
    header, body = {}, b""
    for name, rows in tensors():
        if not head and "classifier" in name:
            continue
        flat = isinstance(rows[0], float)
        numbers = rows if flat else sum(rows, [])
        data = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32",
                        "shape": [len(rows)] if flat else [len(rows), len(rows[0])],
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(f"{folder}/model.safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)

def plus(*rows):
    return [sum(parts) for parts in zip(*rows)]

def norm(x):
    mean = sum(x) / H
    scale = (sum((a - mean) ** 2 for a in x) / H + 1e-12) ** -0.5
    return [(a - mean) * scale for a in x]

def times(matrix, x, bias):
    return [sum(w * a for w, a in zip(row, x)) + b
            for row, b in zip(matrix, bias)]

def probabilities(text):
    """Of the labels."""
    ids = [2] + [WORDS.index(w) for w in text.split()][:MOST - 2] + [3]
    states = [norm(plus(WORD[t], PLACE[i])) for i, t in enumerate(ids)]
    mean = [sum(column) / len(ids) for column in zip(*states)]
    first = norm(norm(plus(states[0], mean)))
    pooled = [max(0, a) for a in times(DENSE, first, [0.1] * H)]
    z = [math.exp(a) for a in times(OUT, pooled, [0, 0.5, -0.5, 0.2])]
    return [a / sum(z) for a in z]
P
python3 -c 'from tools import *
write_model("cls")
write_model("bare", head=False)
write_model("three", {**CONFIG, "id2label": {"0": "a", "1": "b", "2": "c"}})
write_model("named", {**CONFIG, "id2label": dict(zip("0123", "abcd"))})
write_model("many", {**CONFIG, "problem_type": "multi_label_classification"})'
cat >outputs.jsonl <<'J'
{"id":"a","prompt":"the","output":"The tide","label":"text"}
{"id":"b","output":""}
{"id":"c","prompt":"zz zz","sequences":[{"text":"xq 潮 zz"},{"text":"the tide"}]}
{"id":"d","output":"zz xq zz xq zz xq zz xq","label":"text"}
J
judge() { "$LETHE" judge --rubric gibberish --data outputs.jsonl --threads 1 "$@"; }
judge --model cls --labels label >rows.jsonl 2>log
grep -q '1 outputs were cut' log || { echo "FAILED: nothing says that a text was cut"; exit 1; }
judge --model cls --batch-tokens 1 -q >alone.jsonl
python3 - <<'P'
import json
from tools import probabilities
rows = [json.loads(line) for line in open("rows.jsonl")]
texts = ["the tide", "", "xq 潮 zz", "the tide", "zz xq zz xq zz xq"]
assert [r.get("id") for r in rows] == ["a", "b", "c/0", "c/1", "d", None], rows
for row, text in zip(rows, texts):
    clean = probabilities(text)[0]
    assert abs(row["probabilities"]["text"] - clean) < 1e-5, (row, clean)
    assert abs(row["probability"] - (1 - clean)) < 1e-5, (row, clean)
    assert row["verdict"] == ("text" if clean > 0.5 else "gibberish"), row
    assert "answer_mass" not in row and "because" not in row, row
assert [r.get("truncated") for r in rows[:-1]] == [None] * 4 + [1], rows
assert rows[-1]["judge"] == "cls", rows
total = rows[-1]["aggregate"]
mean = sum(1 - probabilities(text)[0] for text in texts) / 5
assert abs(total["probability"]["value"] - mean) < 1e-5, total
assert total["agreement"]["n"] == 2 and total["unlabelled"] == 3, total
for row, alone in zip(rows[:-1], map(json.loads, open("alone.jsonl"))):
    assert abs(row["probability"] - alone["probability"]) < 1e-6, (row, alone)
P
"$LETHE" metric gibberish_rate --data rows.jsonl | tail -1 |
  grep -q '"probability":{"value":0\.'

expect 3 'bare: has no classification head: name a folder' judge --model bare
expect 3 'has 3 labels, the classification head has 4' judge --model three
expect 2 'label "a" means no verdict of the rubric gibberish .its labels: a, b, c, d' \
  judge --model named
cp -r cls other
sed -i 's/"model_type": "distilbert"/"model_type": "distilbart"/' other/config.json
expect 3 '"distilbart" is not supported: did you mean distilbert' \
  judge --model other
expect 2 'exclude each other' judge --model many
expect 2 'adapter: is for decoders' judge --model cls --adapter x
expect 2 "rubric leak: does not say what a classifier's labels mean" \
  "$LETHE" judge --rubric leak --data outputs.jsonl --model cls
printf '{"rubric":"w","verdicts":[{"name":"wet"},{"name":"dry"}],
  "labels":{"wet":["a","b"],"drie":["c"]}}' >rubric.json
expect 2 'rubric.json.labels: "drie" is no verdict of w: did you mean dry' \
  "$LETHE" judge --rubric rubric.json --data outputs.jsonl --model named
sed -i 's/"drie":\["c"\]/"dry":["C","D"]/' rubric.json
"$LETHE" judge --rubric rubric.json --data outputs.jsonl --model named -q |
  tail -1 | grep -q '"rubric":"w"'
expect 2 'rubric w: has no rules' \
  "$LETHE" judge --rubric rubric.json --data outputs.jsonl

# In a suite, beside the rules; what does not fit is found before any work.
head -4 "$LETHE_SOURCE_DIR/suites/data/forget_qa.jsonl" >qa.jsonl
cat >suite.json <<J
{"suite": "judged",
 "model": {"train": {"config": "$LETHE_SOURCE_DIR/suites/data/tiny_llama/config.json",
                     "splits": ["qa"], "set": {"steps": 2, "sequence_length": 64}}},
 "data": {"qa": {"file": "qa.jsonl", "role": "forget"}},
 "attacks": [{"name": "greedy_generation", "on": "qa", "set": {"max_new_tokens": 24}}],
 "metrics": [{"name": "gibberish_rate", "from": "greedy_generation", "want": "low",
              "set": {"judge": "cls"}},
             {"name": "gibberish_rate", "field": "gibberish_rate",
              "from": "greedy_generation", "want": "low"}]}
J
mkdir elsewhere
(cd elsewhere && "$LETHE" run ../suite.json --out ../run --threads 1 -q >/dev/null)
python3 - <<'P'
import json, pathlib
records = [json.loads(line) for line in open("run/records.jsonl")]
found = {(r["field"], r["versions"]["judge"].split()[0].split("/")[-1]): r
         for r in records if r["metric"] == "gibberish_rate"}
assert set(found) == {("gibberish_rate", "cls"), ("probability", "cls"),
                      ("gibberish_rate", "rules")}, found.keys()
one = found["probability", "cls"]
assert one["status"] == "ok" and one["n"] == 4 and 0 < one["value"] < 1, one
assert one["counts"]["truncated"] > 0, one  # eight tokens are soon full
assert found["gibberish_rate", "rules"]["counts"].get("truncated", 0) == 0
P
for wrong in bare named; do
  sed "s/\"judge\": \"cls\"/\"judge\": \"$wrong\"/" suite.json >"$wrong.json"
done
expect 3 'bare: has no classification head' "$LETHE" run bare.json --out no -q
expect 2 'label "a" means no verdict' "$LETHE" run named.json --out no -q
[ ! -e no ] || { echo "FAILED: a run was begun"; exit 1; }
echo "1 passed, 0 failed"
