#!/usr/bin/env bash
# A folder of one's own is compiled in without a change here: the examples of
# the READMEs, written to files as a reader would, run on a small model.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$LETHE_SOURCE_DIR" "$work/mine" <<'P'
import os, re, sys
source, target = sys.argv[1:]
for kind in ("methods", "attacks", "metrics"):
    os.makedirs(f"{target}/{kind}")
    text = open(f"{source}/{kind}/README.md").read()
    blocks = re.findall(r"```cpp\n(.*?)```", text, re.S)
    assert blocks, kind
    for block in blocks:
        name = re.search(r'\.name = "(\w+)"', block).group(1)
        open(f"{target}/{kind}/{name}.cpp", "w").write(block)
P
mkdir -p "$work/mine/suites"
cat >"$work/mine/suites/mine.json" <<'J'
{"suite":"mine","description":"Mine.","model":{"path":"absent"},
 "data":{"forget":{"file":"absent.jsonl","role":"forget"}},
 "methods":[{"name":"none"},
            {"name":"unlikelihood","set":{"steps":2,"batch":2,"lr":0.003}}],
 "transforms":[{"name":"prune","set":{"threshold":[0.01,0.02]}}],
 "attacks":[{"name":"first_choice_mia","on":"forget"},
            {"name":"teacher_forced","on":"forget"}],
 "metrics":[{"name":"lowest_probability","from":"teacher_forced"}]}
J
cmake -S "$LETHE_SOURCE_DIR" -B "$work/build" -G Ninja -DLETHE_TESTS=OFF \
  -DLETHE_BENCHMARKS=OFF -DLETHE_PLUGINS="$work/mine" \
  ${LETHE_TORCH_ROOT:+-DLETHE_TORCH_ROOT="$LETHE_TORCH_ROOT"} >/dev/null
cmake --build "$work/build" -j 2 --target lethe lethe_engine lethe_catalogue \
  >"$work/log" || { tail -30 "$work/log"; exit 1; }
lethe=$work/build/lethe
holds() { "$lethe" list "$1" | grep -q "^$2 " || { echo "no $2"; exit 1; }; }
holds methods unlikelihood
holds methods npo
holds attacks first_choice_mia
holds transforms prune
holds metrics lowest_probability
holds suites mine

cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
python3 - "$data/retain.jsonl" <<'P' >rows.jsonl
import json, sys
for i, line in enumerate(open(sys.argv[1])):
    if i == 8: break
    print(json.dumps({**json.loads(line), "member": i % 2}))
P
"$lethe" train --config "$data/tiny_llama/config.json" --data rows.jsonl \
  --out model --set steps=1 --set batch=2 -q >/dev/null
"$lethe" run mine --set model.path=model --set data.forget.file=rows.jsonl \
  --set "data.retain={\"file\":\"$work/rows.jsonl\",\"role\":\"retain\"}" \
  --out run -q >/dev/null
python3 - <<'P'
import json
rows = [json.loads(line) for line in open("run/records.jsonl")]
assert all(r["status"] == "ok" for r in rows), [r["message"] for r in rows]
value = {(r["label"], tuple(r["transform"]), r["metric"]): r["value"]
         for r in rows}
assert len({(label, t) for label, t, _ in value}) == 6, value.keys()
name = "lowest_probability"
plain = value["none", (), name]
assert plain != value["unlikelihood", (), name]
assert plain != value["none", ("prune:threshold=0.02",), name]
assert 0 <= value["none", (), "auroc"] <= 1
print("1 passed, 0 failed")
P
