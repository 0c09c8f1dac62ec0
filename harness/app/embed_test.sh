#!/usr/bin/env bash
# lethe embed as a user types it: a small BERT written here, its embeddings
# worked out here, and what is refused.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >tools.py <<'P'
import json, math, struct

CONFIG = {"model_type": "bert", "vocab_size": 30, "hidden_size": 8,
          "num_hidden_layers": 2, "num_attention_heads": 2,
          "intermediate_size": 12, "max_position_embeddings": 10,
          "type_vocab_size": 2, "layer_norm_eps": 1e-5}

def shapes():
    h, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    yield "embeddings.word_embeddings.weight", [CONFIG["vocab_size"], h]
    yield "embeddings.position_embeddings.weight", [10, h]
    yield "embeddings.token_type_embeddings.weight", [2, h]
    norms = ["embeddings.LayerNorm"]
    for i in range(CONFIG["num_hidden_layers"]):
        block = f"encoder.layer.{i}."
        for name in ("attention.self.query", "attention.self.key",
                     "attention.self.value", "attention.output.dense"):
            yield f"{block}{name}.weight", [h, h]
            yield f"{block}{name}.bias", [h]
        yield f"{block}intermediate.dense.weight", [inner, h]
        yield f"{block}intermediate.dense.bias", [inner]
        yield f"{block}output.dense.weight", [h, inner]
        yield f"{block}output.dense.bias", [h]
        norms += [f"{block}attention.output.LayerNorm", f"{block}output.LayerNorm"]
    for norm in norms:
        yield f"{norm}.weight", [h]
        yield f"{norm}.bias", [h]

def weights():
    found, count = {}, 0
    for name, shape in shapes():
        size = math.prod(shape)
        found[name] = shape, [math.sin(1.3 * (count + i)) * 0.5 +
                              name.endswith("LayerNorm.weight")
                              for i in range(size)]
        count += size
    return found

def write(path, tensors):
    header, body = {}, b""
    for name, (shape, numbers) in tensors.items():
        data = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)

def read(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        body = f.read()
    found = {}
    for name, t in header.items():
        if name != "__metadata__":
            assert t["dtype"] == "F32"
            a, b = t["data_offsets"]
            found[name] = t["shape"], struct.unpack(f"<{(b - a) // 4}f", body[a:b])
    return found

def embedding(ids, types):
    w, h = weights(), CONFIG["hidden_size"]
    rows = lambda name, i: w[f"embeddings.{name}"][1][i * h:(i + 1) * h]
    out = []
    for t, (token, kind) in enumerate(zip(ids, types)):
        x = [a + b + c for a, b, c in
             zip(rows("word_embeddings.weight", token),
                 rows("position_embeddings.weight", t),
                 rows("token_type_embeddings.weight", kind))]
        mean = sum(x) / h
        scale = (sum((a - mean) ** 2 for a in x) / h + 1e-5) ** -0.5
        out += [(a - mean) * scale * g + b for a, g, b in
                zip(x, w["embeddings.LayerNorm.weight"][1],
                    w["embeddings.LayerNorm.bias"][1])]
    return out
P
python3 - <<'P'
import json, os
from tools import *
os.mkdir("model")
json.dump(CONFIG, open("model/config.json", "w"))
write("model/model.safetensors", weights())
P
cat >rows.jsonl <<'J'
{"ids":[5,6,7],"type_ids":[0,1,1]}
{"ids":[9],"text":"ids win"}
{"ids":[1,2,3,4,5,6,7,8,9,10]}
J
embed() { "$LETHE" embed --model model --data rows.jsonl "$@"; }
embed --out all.st --json >summary.json
embed --out last.st --layers -1,0,-1 --batch-tokens 1 >line.txt
embed --out half.st --dtype bfloat16 -q >/dev/null
"$LETHE" model check model --json >checked.json

python3 - <<'P'
import json
from tools import *
rows = [json.loads(line) for line in open("rows.jsonl")]
every, last, half = read("all.st"), read("last.st"), read("half.st")
assert set(every) == {f"row_{i}.layer_{l}" for i in range(3) for l in range(3)}
assert set(last) == {f"row_{i}.layer_{l}" for i in range(3) for l in (2, 0)}

def near(a, b, tolerance):
    assert a[0] == b[0], (a[0], b[0])
    assert max(abs(x - y) for x, y in zip(a[1], b[1])) <= tolerance, (a, b)

for i, row in enumerate(rows):
    n = len(row["ids"])
    want = embedding(row["ids"], row.get("type_ids", [0] * n))
    near(every[f"row_{i}.layer_0"], ([n, 8], want), 1e-5)
for name, tensor in last.items():
    near(tensor, every[name], 1e-5)
for name, tensor in half.items():
    near(tensor, every[name], 0.2)
    assert tensor != every[name]
summary = json.load(open("summary.json"))
assert summary["rows"] == 3 and summary["tokens"] == 14, summary
assert summary["layers"] == [0, 1, 2] and summary["hidden_size"] == 8
assert open("line.txt").read().startswith("3 rows, 14 tokens, 2 layers")
checked = json.load(open("checked.json"))
assert checked["kind"] == "encoder" and checked["window"] == 10, checked
assert checked["used_tensors"] == checked["tensors"] == len(weights())
P

# refuse CODE PATTERN COMMAND...: one error line that matches, and no file.
refuse() {
  local code=$1 pattern=$2 got=0
  shift 2
  "$@" >stdout 2>stderr || got=$?
  if [ $got -ne "$code" ] || [ "$(grep -c '^error: ' stderr)" -ne 1 ] ||
    ! grep -qE "$pattern" stderr || [ -e bad.st ]; then
    echo "FAILED: $* : exit $got, wanted $code and /$pattern/"
    cat stderr
    exit 1
  fi
}
row() { echo "$1" >one.jsonl; "$LETHE" embed --model model --data one.jsonl --out bad.st; }
refuse 2 'out is missing' embed
refuse 2 'layers.*"3" is none of 0 .* to 2' embed --out bad.st --layers 1,3
refuse 2 'layers.*"-4"' embed --out bad.st --layers -4
refuse 2 'layers.*"first"' embed --out bad.st --layers first
refuse 2 'did you mean.*embed' "$LETHE" embd
refuse 3 'one.jsonl:1: 11 tokens.*window has 10' row '{"ids":[1,2,3,4,5,6,7,8,9,10,11]}'
refuse 3 'token id 30' row '{"ids":[30]}'
refuse 3 'no token ids' row '{"ids":[]}'
refuse 3 '"ids" holds "a"' row '{"ids":["a"]}'
refuse 3 '2 type ids for 1' row '{"ids":[4],"type_ids":[0,1]}'
refuse 3 'type id 2' row '{"ids":[4],"type_ids":[2]}'
refuse 3 'no tokenizer.json' row '{"text":"The ferry left."}'
refuse 3 'is an encoder.*lethe embed' "$LETHE" score --model model --data rows.jsonl
refuse 2 'layers.*is of encoders' embed --features --layers 1 --out bad.st
refuse 2 'max-length.*needs --features' embed --max-length 3 --out bad.st
refuse 3 'is an encoder' embed --features --out bad.st
sed 's/"bert"/"llama"/' model/config.json >config.json && mv config.json model
refuse 3 'is a decoder' embed --out bad.st
sed 's/"llama"/"deberta"/' model/config.json >config.json && mv config.json model
refuse 3 'model_type "deberta" is not supported' embed --out bad.st
echo ok
