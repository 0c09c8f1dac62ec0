#!/usr/bin/env bash
# Model folders as they come from elsewhere: pickles are converted and never
# executed, a check names what is wrong, links do not lead out.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 2 "$data/retain.jsonl" >some.jsonl
echo '{"text":"The ferry left before the bell had stopped."}' >text.jsonl
"$LETHE" train --config "$data/tiny_llama/config.json" --data some.jsonl \
  --out model --set steps=1 --set batch=1 -q >/dev/null
"$LETHE" score --model model --data text.jsonl >want.jsonl

. "$LETHE_SOURCE_DIR/harness/app/expect.sh"

# The same model as torch.save would write it, without torch.
cat >pickled.py <<'P'
import io, json, os, pickle, struct, types, zipfile

class Global:  # pickled as the name of a Python object
    def __init__(self, module, name):
        self.module, self.name = module, name

class Call:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

class Pickler(pickle._Pickler):
    def save(self, value, save_persistent_id=True):
        if isinstance(value, Global):
            self.write(b"c%s\n%s\n" % (value.module.encode(), value.name.encode()))
        elif isinstance(value, Call):
            self.save(value.function)
            self.save(tuple(value.arguments))
            self.write(b"R")
        else:
            super().save(value, save_persistent_id)

    def persistent_id(self, value):
        return value.key if isinstance(value, types.SimpleNamespace) else None

def save(tensors, path):
    """tensors: name to (storage type, shape, bytes)."""
    rebuild = Global("torch._utils", "_rebuild_tensor_v2")
    ordered = Global("collections", "OrderedDict")
    state = {}
    for i, (name, (kind, shape, data)) in enumerate(tensors.items()):
        size, strides = 1, []
        for n in reversed(shape):
            strides.insert(0, size)
            size *= n
        storage = types.SimpleNamespace(key=(
            "storage", Global("torch", kind), str(i), "cpu", size))
        state[name] = Call(rebuild, storage, 0, tuple(shape), tuple(strides),
                           False, Call(ordered))
    out = io.BytesIO()
    Pickler(out, 2).dump(state)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", out.getvalue())
        for i, (kind, shape, data) in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{i}", data)
        archive.writestr("archive/version", "3\n")

def load(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        body = f.read()
    kinds = {"F32": "FloatStorage", "BF16": "BFloat16Storage"}
    return {name: (kinds[t["dtype"]], t["shape"], body[slice(*t["data_offsets"])])
            for name, t in header.items() if name != "__metadata__"}

class Evil:
    def __reduce__(self):
        return os.system, ("touch owned",)

save(load("model/model.safetensors"), "pickled/pytorch_model.bin")
with zipfile.ZipFile("evil/pytorch_model.bin", "w") as archive:
    archive.writestr("archive/data.pkl", pickle.dumps({"a": Evil()}, 2))
P
for folder in pickled evil; do
  cp -r model $folder
  rm $folder/model.safetensors
done
python3 pickled.py

# Every command refuses a pickle and names the cure, which works.
expect 3 'a pickle.*lethe model convert pickled' \
  "$LETHE" score --model pickled --data text.jsonl
expect 3 'lethe model convert' "$LETHE" model check pickled
expect 3 'would execute "(posix|os).system"' \
  "$LETHE" model convert evil --out converted
[ ! -e owned ] && [ ! -e converted ] && [ ! -e converted.partial ]
"$LETHE" model convert pickled --out converted --json -q >converted.json
"$LETHE" score --model converted --data text.jsonl | cmp - want.jsonl
expect 2 'is there already' "$LETHE" model convert pickled --out converted
"$LETHE" model convert pickled -q >/dev/null
"$LETHE" score --model pickled --data text.jsonl | cmp - want.jsonl
expect 2 'nothing with model check' "$LETHE" model check model --out x

# A check says what is there, and names each thing that is wrong.
"$LETHE" model check model --json >checked.json
"$LETHE" model check model | grep -q 'model.norm.weight .* ok$'
cp -r model spoilt
python3 - <<'P'
import json, struct
path = "spoilt/model.safetensors"
raw = open(path, "rb").read()
n = struct.unpack("<Q", raw[:8])[0]
header, body = json.loads(raw[8:8 + n]), bytearray(raw[8 + n:])
begin, end = header["model.norm.weight"]["data_offsets"]
width = 4 if header["model.norm.weight"]["dtype"] == "F32" else 2
body[begin:begin + width] = b"\xff" * width
header["other.weight"] = header.pop("model.layers.0.mlp.up_proj.weight")
text = json.dumps(header).encode()
open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)
P
expect 3 '2 problems; the first: tensor "model.layers.0.mlp.up_proj.weight" is missing' \
  "$LETHE" model check spoilt --json
cp stdout spoilt.json
expect 3 '2 problems' "$LETHE" model check spoilt
grep -q 'other.weight .* extra$' stdout
grep -q 'up_proj.weight .* missing, wanted \[' stdout
python3 - <<'P'
import json
good, bad = json.load(open("checked.json")), json.load(open("spoilt.json"))
assert good["problems"] == [] and good["nonfinite_values"] == 0, good
assert good["tensors"] == good["used_tensors"] == len(good["weights"])
assert good["bytes"] == sum(w["bytes"] for w in good["weights"])
assert len(good["model_hash"]) == len(good["tokenizer_hash"]) == 64
assert good["model_hash"] != bad["model_hash"]
assert 0 < good["tokenizer_vocab_size"] <= good["vocab_size"]
state = {w["name"]: w for w in bad["weights"]}
assert state["model.norm.weight"]["nan"] == bad["nonfinite_values"] == 1
assert state["other.weight"]["status"] == "extra"
missing = state["model.layers.0.mlp.up_proj.weight"]
assert missing["status"] == "missing" and missing["wanted_shape"], missing
assert len(bad["problems"]) == 2, bad["problems"]
converted = json.load(open("converted.json"))
assert converted["files"] == ["model.safetensors"], converted
assert converted["tensors"] == good["tensors"], converted
P

# A Hugging Face cache: files are links to blobs.
snapshot=hub/models--org--name/snapshots/0123abcd
mkdir -p $snapshot hub/models--org--name/{blobs,refs}
printf 0123abcd >hub/models--org--name/refs/main
for file in model/*.json model/model.safetensors; do
  name=$(basename "$file")
  hash=$(sha256sum "$file" | cut -c1-40)
  cp "$file" "hub/models--org--name/blobs/$hash"
  ln -s "../../blobs/$hash" "$snapshot/$name"
done
export HF_HUB_CACHE=$PWD/hub
"$LETHE" score --model org/name --data text.jsonl | cmp - want.jsonl
echo '{"messages":[{"role":"user","content":"x"}]}' >chat.jsonl
for name in config.json tokenizer.json tokenizer_config.json \
  special_tokens_map.json generation_config.json model.safetensors \
  chat_template.jinja; do
  rm -f kept
  [ ! -e "$snapshot/$name" ] || cp -P "$snapshot/$name" kept
  read="score --data text.jsonl"
  [ $name != chat_template.jinja ] || read="tokenize --data chat.jsonl --chat"
  ln -sfn "$PWD/text.jsonl" "$snapshot/$name"
  expect 3 "$name: is a link to .*outside the model folder" timeout 60 \
    "$LETHE" $read --model org/name
  rm "$snapshot/$name"
  mkfifo "$snapshot/$name"
  expect 3 "$name: is no regular file" timeout 60 \
    "$LETHE" $read --model org/name
  rm "$snapshot/$name"
  [ ! -L kept ] || cp -P kept "$snapshot/$name"
done
"$LETHE" score --model org/name --data text.jsonl | cmp - want.jsonl
echo "1 passed, 0 failed"
