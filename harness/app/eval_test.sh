#!/usr/bin/env bash
# eval: data that are found by name, few-shot, groups, lm-eval's spellings and
# results file, one number whatever the batches, and what is refused.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
M=$LETHE_SOURCE_DIR/suites/data/tiny_llama
"$LETHE" train --config "$M/config.json" --data "$LETHE_SOURCE_DIR/suites/data/retain.jsonl" \
  --out model --set steps=2 --set batch=2 -q >/dev/null
[ -f model/tokenizer.json ] || cp "$M"/tokenizer*.json model/

mkdir -p data/sub tasks
python3 - <<'PY'
import csv, json
rows = [{"question": f"What colour is boat {i}?", "colour": ["red", "blue", "green"][i % 3]}
        for i in range(9)]
with open("data/sub/boats_test.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["question", "colour"])
    writer.writerows([r["question"], r["colour"]] for r in rows)
with open("data/sub/boats_train.jsonl", "w") as file:
    for r in rows[:6]:
        file.write(json.dumps(dict(r, question=r["question"] + " (old)")) + "\n")
task = {"version": 1, "kind": "multiple_choice",
        "prompt": "{{question}}\nAnswer:", "choices": ["red", "blue", "green"],
        "answer": "colour", "metrics": ["acc", "acc_norm", "acc_token"]}
json.dump(dict(task, task="boats"), open("tasks/boats.json", "w"))
json.dump(dict(task, task="fleet", each={"port": {"north": ["a", "b"], "south": ["c"]}},
               data={"test": ["boats_test.csv"]}), open("tasks/fleet.json", "w"))
PY

run() { "$LETHE" eval --include-path tasks --data-dir data -q "$@"; }
run --model model --tasks boats --num-fewshot 2 --log-samples --out a --json >a.json
run --model hf --model_args pretrained=model,dtype=float32 --tasks boats \
  --num_fewshot 2 --log_samples --output_path b --batch_size 1 --json >b.json
run --model model --tasks boats --num-fewshot 2 --deterministic --log-samples \
  --out c --json >c.json
run --model model --tasks boats --num-fewshot 2 --deterministic --limit 4 \
  --log-samples --out d --json >d.json
run --model model --tasks fleet --format lm-eval --out e --json >e.json
run --model model --tasks boats,fleet_c >table.txt
python3 - <<'PY'
import json, math
lines = lambda f: [json.loads(l) for l in open(f)]
a, b, c, d = (lines(f"{x}/samples/boats.jsonl") for x in "abcd")
assert len(a) == 9 and len(d) == 4
assert all(len(r["fewshot"]) == 2 for r in a)
first = a[0]["arguments"][0][0]
assert first.count("\n\n") == 2 and first.endswith("\nAnswer:"), first
for x, y in zip(a, b):
    assert x["arguments"] == y["arguments"]
    for (p, _), (q, _) in zip(x["loglikelihoods"], y["loglikelihoods"]):
        assert abs(p - q) <= 1e-4, (p, q)
for x, y in zip(c, d):  # alone, a number depends on nothing else
    assert x["loglikelihoods"] == y["loglikelihoods"]
r = json.load(open("a.json"))["results"]["boats"]
right = sum(max(range(3), key=lambda i: s["loglikelihoods"][i][0]) == s["target"] for s in a)
assert math.isclose(r["acc"], right / 9) and r["n"] == 9 and r["num_fewshot"] == 2
assert r["data"]["split"] == "test" and r["data"]["path"].endswith("boats_test.csv")
assert r["tokens"]["computed"] < r["tokens"]["naive"]
e = json.load(open("e.json"))
assert set(e["group_subtasks"]) == {"fleet", "fleet_north"}, e["group_subtasks"]
assert e["results"]["fleet_a"]["acc,none"] == e["results"]["fleet"]["acc,none"]
assert e["results"]["fleet"]["acc_stderr,none"] > 0
assert e == json.load(open("e/results.json"))
table = open("table.txt").read()
assert "boats" in table and "acc_token" in table, table
assert max(map(len, table.splitlines())) <= 80, table
PY

# Chats: lm-eval's spellings, examples as turns or as one message.
expect 3 'has no chat template' run --model model --tasks boats --apply-chat-template
expect 2 'is for chats' run --model model --tasks boats --fewshot_as_multiturn
cp -r model chatty
cat >chatty/chat_template.jinja <<'JINJA'
{% for m in messages %}[{{ m.role }}]{{ m.content }}
{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}
JINJA
run --model chatty --tasks boats --num-fewshot 1 --apply_chat_template --log-samples \
  --system_instruction "Be brief." --out turns --json >turns.json
run --model chatty --tasks boats --num-fewshot 1 --apply_chat_template \
  --fewshot_as_multiturn false --log-samples --out block --json >block.json
python3 - <<'PY'
import json
arguments = lambda f: json.loads(open(f"{f}/samples/boats.jsonl").readline())["arguments"]
context, choice = arguments("turns")[0]
assert context.startswith("[system]Be brief.\n[user]What colour"), context
assert context.count("[user]") == 2 and context.count("[assistant]") == 2, context
assert context.endswith("\nAnswer:\n[assistant]") and choice == "red", (context, choice)
context, choice = arguments("block")[0]
assert context.count("[user]") == 1 and context.count("\n\n") == 1, context
turns = json.load(open("turns.json"))
assert turns["apply_chat_template"] and turns["fewshot_as_multiturn"] and turns["chat_date"]
assert not json.load(open("block.json"))["fewshot_as_multiturn"]
PY

expect 2 'did you mean boats' run --model model --tasks boat
expect 2 'needs data' "$LETHE" eval --model model --include-path tasks --tasks boats
expect 2 'hellaswag_val.jsonl' run --model model --tasks hellaswag
expect 2 'is not supported' run --model_args pretrained=model,parallelize=True --tasks boats
expect 2 'is no set of rules' run --model model --tasks boats --compat lmeval
expect 2 'few-shot examples are wanted' run --model model --tasks boats --num-fewshot 7
expect 2 "no whole number above 0" run --model model --tasks boats --max-length 0
echo '{"question": "a", "colour": "purple"}' >bad.jsonl
expect 3 'none of the 3 choices' run --model model --tasks boats --data-file boats=bad.jsonl
echo "eval: passed"
