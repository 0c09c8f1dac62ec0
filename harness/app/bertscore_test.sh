#!/usr/bin/env bash
# bertscore as a user types it: with a small BERT written here, whose scores at
# the embeddings are worked out here; and in a suite, beside mauve, which reads
# texts with the same folder.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source=harness/app/expect.sh
. "$LETHE_SOURCE_DIR/harness/app/expect.sh"

cat >tools.py <<'P'
import json, math, os, struct

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "tide", "came",
         "in", "went", "out", "прилив", "潮", "."]
H, MOST = 8, 12
CONFIG = {"model_type": "bert", "vocab_size": len(WORDS), "hidden_size": H,
          "num_hidden_layers": 1, "num_attention_heads": 2,
          "intermediate_size": 12, "max_position_embeddings": MOST,
          "type_vocab_size": 2, "layer_norm_eps": 1e-5}
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

def shapes():
    yield "embeddings.word_embeddings.weight", [len(WORDS), H]
    yield "embeddings.position_embeddings.weight", [MOST, H]
    yield "embeddings.token_type_embeddings.weight", [2, H]
    block = "encoder.layer.0."
    for name, out, inner in (("attention.self.query", H, H),
                             ("attention.self.key", H, H),
                             ("attention.self.value", H, H),
                             ("attention.output.dense", H, H),
                             ("intermediate.dense", 12, H),
                             ("output.dense", H, 12)):
        yield f"{block}{name}.weight", [out, inner]
        yield f"{block}{name}.bias", [out]
    for norm in ("embeddings.LayerNorm", f"{block}attention.output.LayerNorm",
                 f"{block}output.LayerNorm"):
        yield f"{norm}.weight", [H]
        yield f"{norm}.bias", [H]

WEIGHTS, COUNT = {}, 0
for name, shape in shapes():
    size = math.prod(shape)
    WEIGHTS[name] = shape, [math.sin(1.3 * (COUNT + i)) * 0.5 +
                            name.endswith("LayerNorm.weight")
                            for i in range(size)]
    COUNT += size

def write_model(folder):
    os.mkdir(folder)
    json.dump(CONFIG, open(f"{folder}/config.json", "w"))
    json.dump(TOKENIZER, open(f"{folder}/tokenizer.json", "w"))
    header, body = {}, b""
    for name, (shape, numbers) in WEIGHTS.items():
        data = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(f"{folder}/model.safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)

def state(token, place):
    """Of length 1, behind the embeddings."""
    row = lambda name, i: WEIGHTS[f"embeddings.{name}.weight"][1][i * H:(i + 1) * H]
    x = [sum(parts) for parts in zip(row("word_embeddings", token),
                                     row("position_embeddings", place),
                                     row("token_type_embeddings", 0))]
    mean = sum(x) / H
    scale = (sum((a - mean) ** 2 for a in x) / H + 1e-5) ** -0.5
    x = [(a - mean) * scale * g + b for a, g, b in
         zip(x, WEIGHTS["embeddings.LayerNorm.weight"][1],
             WEIGHTS["embeddings.LayerNorm.bias"][1])]
    length = math.sqrt(sum(a * a for a in x))
    return [a / length for a in x]

def score(output, reference):
    """P, R, F1 of words at layer 0."""
    ids = [[2] + [WORDS.index(w) for w in text.split()] + [3]
           for text in (output, reference)]
    x, y = ([state(t, i) for i, t in enumerate(side)] for side in ids)
    near = [[max(0, sum(a * b for a, b in zip(u, v))) for v in y] for u in x]
    p = [max(row) for row in near][1:-1]
    r = [max(column) for column in zip(*near)][1:-1]
    p, r = sum(p) / len(p), sum(r) / len(r)
    return p, r, 2 * p * r / (p + r)
P
python3 -c 'from tools import *; write_model("bert")'
cat >pairs.jsonl <<'J'
{"id":"a","prediction":"the tide went out","reference":"the tide came in ."}
{"id":"b","prediction":" The Tide ","reference":["out","the tide"]}
{"id":"c","prediction":"","reference":"out"}
{"id":"d","prediction":"прилив","reference":"潮 ."}
{"id":"e","prediction":"the the the the the the the the the the the the","reference":"the"}
J
metric() { "$LETHE" metric bertscore --data pairs.jsonl --threads 1 "$@"; }
metric --set model=bert --set layer=0 >rows.jsonl 2>log
grep -q '1 texts were cut' log || { echo "FAILED: nothing says that a text was cut"; exit 1; }
metric --set model=bert --set layer=1 --set idf=true -q >idf.jsonl
python3 - <<'P'
import json
from tools import score
rows = [json.loads(line) for line in open("rows.jsonl")]
assert [list(r) for r in rows[:-1]] == [["id", "precision", "recall", "f1"]] * 5
got = {r["id"]: (r["precision"], r["recall"], r["f1"]) for r in rows[:-1]}
near = lambda a, b: all(abs(x - y) < 1e-5 for x, y in zip(a, b))
assert near(got["a"], score("the tide went out", "the tide came in .")), got["a"]
assert near(got["b"], (1, 1, 1)) and got["c"] == (0, 0, 0), got
assert near(got["d"], score("прилив", "潮 .")), got["d"]
assert near(got["e"], score("the " * 10, "the")), got["e"]
total = rows[-1]["aggregate"]
assert total["f1"]["n"] == 5 and len(total["f1"]["ci95"]) == 2
assert abs(total["f1"]["value"] - sum(g[2] for g in got.values()) / 5) < 1e-12
assert "1 of 5" in total["recall"]["note"], total
for row in map(json.loads, open("idf.jsonl")):
    assert "aggregate" in row or 0 <= row["f1"] < 1.00001, row
P

expect 2 'model: is missing' metric
expect 2 'no such|not there|absent' metric --set model=absent --set layer=1
expect 2 'layer: is not given.*layer=N' metric --set model=bert
expect 2 'layer: is 2, the model has 1' metric --set model=bert --set layer=2
expect 2 'laier.*layer' metric --set model=bert --set laier=2
expect 2 'is a llama, which is a decoder' metric --set layer=1 \
  --set "model=$LETHE_SOURCE_DIR/suites/data/tiny_llama"
expect 2 'f.tsv' metric --set model=bert --set layer=1 --set rescale=true \
  --set baseline=f.tsv
printf '{"id":"a","prediction":"the"}\n' >lone.jsonl
expect 3 'has no reference' "$LETHE" metric bertscore --data lone.jsonl \
  --set model=bert --set layer=1

# In a suite: the folder and the baseline stand beside it.
printf 'LAYER,P,R,F\n1,0.25,0.25,0.25\n' >baseline.tsv
head -4 "$LETHE_SOURCE_DIR/suites/data/forget_qa.jsonl" >qa.jsonl
cat >suite.json <<J
{"suite": "scored",
 "model": {"train": {"config": "$LETHE_SOURCE_DIR/suites/data/tiny_llama/config.json",
                     "splits": ["qa"], "set": {"steps": 2, "sequence_length": 64}}},
 "data": {"qa": {"file": "qa.jsonl", "role": "forget"}},
 "attacks": [{"name": "greedy_generation", "on": "qa", "set": {"max_new_tokens": 4}}],
 "metrics": [{"name": "bertscore", "from": "greedy_generation", "want": "low",
              "set": {"model": "bert", "layer": 1, "rescale": true,
                      "baseline": "baseline.tsv"}},
             {"name": "mauve", "from": "greedy_generation", "want": "high",
              "set": {"model": "bert"}}]}
J
mkdir elsewhere
(cd elsewhere && "$LETHE" run ../suite.json --out ../run --threads 1 -q >/dev/null)
python3 - <<'P'
import json
records = [json.loads(line) for line in open("run/records.jsonl")]
found = {r["field"]: r for r in records if r["metric"] == "bertscore"}
assert set(found) == {"precision", "recall", "f1"}, records
for r in found.values():
    assert r["status"] == "ok" and r["n"] == 4 and r["unit"] == "fraction", r
    assert r["metric_options"]["model"] == "bert", r
mauve = {r["field"]: r for r in records if r["metric"] == "mauve"}
assert len(mauve) == 8, records
assert mauve["mauve"]["n"] == 8 and 0 <= mauve["mauve"]["value"] <= 1, mauve
samples = [json.loads(line) for line in
           open(next(__import__("pathlib").Path("run").glob("samples/*/*.jsonl")))]
mean = sum(s["f1"] for s in samples) / 4
assert abs(mean - found["f1"]["value"]) < 1e-9
run = json.load(open("run/run.json"))
assert set(run["named_hashes"]) == {"bert", "baseline.tsv"}, run
P
echo "1 0.5 0.5 0.5" >baseline.tsv  # found before any model is trained
expect 3 'LAYER,P,R,F' "$LETHE" run suite.json --out run2 --threads 1 -q
[ ! -e run2 ] || { echo "FAILED: run2 was begun"; exit 1; }
echo "1 passed, 0 failed"
