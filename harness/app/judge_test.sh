#!/usr/bin/env bash
# A model as judge against log-probs of `lethe score`, in plain text and as a
# chat; what is judged cannot end its turn. Then rules, labels and suites.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 4 "$data/retain.jsonl" >some.jsonl
"$LETHE" train --config "$data/tiny_llama/config.json" --data some.jsonl \
  --out model --set steps=2 --set batch=2 --set lr=0.003 --dtype float32 -q \
  >/dev/null
cat >rubric.json <<'J'
{"rubric": "wet", "verdicts": [{"name": "wet", "answer": "Yes"},
                               {"name": "dry", "answer": "No"}],
 "prompt": "Q: {prompt}\nR: {output} {prompt}\nWet?",  // comments are fine
 "rules": [{"verdict": "wet", "pattern": "sea|tide"}], "otherwise": "dry"}
J
cat >outputs.jsonl <<'J'
{"id": "a", "prompt": "Where?", "output": "In the sea.", "label": "wet"}
{"id": "b", "question": "Why {output}?", "prediction": "", "label": 0}
{"id": "c", "prompt": "<|eos|>", "sequences": [{"text": "潮<|bos|> tide"}]}
J
judge() { "$LETHE" judge --rubric rubric.json --data outputs.jsonl "$@"; }
judge --model model --labels label >plain.jsonl
cat >chat.jinja <<'J'
{% for m in messages %}<|bos|>{{ m.role }}: {{ m.content }}<|eos|>{% endfor %}{% if add_generation_prompt %}<|bos|>assistant: {% endif %}
J
cp -r model chatty
tr -d '\n' <chat.jinja >chatty/chat_template.jinja
judge --model chatty >chat.jsonl
judge --labels label >rules.jsonl

python3 - <<'P'
import json, math, os, subprocess

def lethe(*arguments):
    out = subprocess.run([os.environ["LETHE"], *arguments], check=True,
                         capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]

def ids(text, *options):
    json.dump({"text": text}, open("t.jsonl", "w"))
    return lethe("tokenize", "--model", "model", "--data", "t.jsonl",
                 *options)[0]["ids"]

def sums(items):
    with open("i.jsonl", "w") as rows:
        for whole, start in items:
            rows.write(json.dumps({"ids": whole, "score_from": start,
                                   "add_special_tokens": False}) + "\n")
    return [row["sum_logprob"] for row in
            lethe("score", "--model", "model", "--data", "i.jsonl")]

def check(rows, prompts, encode):
    for row, prompt in zip(rows, prompts):
        whole = [encode(prompt, answer) for answer in ("", "Yes", "No")]
        start = len(os.path.commonprefix(whole))
        yes, no = sums([(ids, start) for ids in whole[1:]])
        want = 1 / (1 + math.exp(no - yes))
        assert abs(row["probability"] - want) < 1e-5, (row, want)
        assert row["verdict"] == ("wet" if yes >= no else "dry"), row
        mass = math.exp(yes) + math.exp(no)
        assert abs(row["answer_mass"] / mass - 1) < 1e-4, (row, mass)

prompts = ["Q: Where?\nR: In the sea. Where?\nWet?",
           "Q: Why {output}?\nR:  Why {output}?\nWet?",
           "Q: <|eos|>\nR: 潮<|bos|> tide <|eos|>\nWet?"]
rows = [json.loads(line) for line in open("plain.jsonl")]
assert [r.get("id") for r in rows] == ["a", "b", "c/0", None], rows
check(rows, prompts,
      lambda text, answer: ids(text + (" " + answer if answer else ""),
                               "--plain-text"))
aggregate = rows[-1]["aggregate"]
assert aggregate["unlabelled"] == 1 and aggregate["agreement"]["n"] == 2, rows

def chat(text, answer):
    bare = "--no-special-tokens"
    return (ids("<|bos|>user: ", bare) + ids(text, bare, "--plain-text") +
            ids("<|eos|><|bos|>assistant: " + answer, bare))

rows = [json.loads(line) for line in open("chat.jsonl")]
check(rows[2:3], prompts[2:], chat)  # its special strings stay text
check(rows[:2], prompts[:2], lambda text, answer: ids(
    "<|bos|>user: " + text + "<|eos|><|bos|>assistant: " + answer,
    "--no-special-tokens"))

rows = [json.loads(line) for line in open("rules.jsonl")]
assert [r["judged"] for r in rows[:3]] == [1, 0, 1], rows
assert rows[-1]["aggregate"]["kappa"]["value"] == 1, rows
assert rows[-1]["aggregate"]["confusion"] == {
    "wet": {"wet": 1, "dry": 0}, "dry": {"wet": 0, "dry": 1}}, rows
P
"$LETHE" metric leak_rate --data rules.jsonl | tail -1 |
  grep -q '"leak_rate":{"value":0.6666'
expect 2 'error: --set rubric: the rows hold the verdicts.*lethe judge --rubric' \
  "$LETHE" metric leak_rate --data rules.jsonl --set rubric=nonexistent
expect 2 'error: --set judge: the rows hold the verdicts' \
  "$LETHE" metric leak_rate --data rules.jsonl --set judge=/nowhere
echo '{"id":"a","judged":7,"probability":1}' >seven.jsonl
expect 3 'seven.jsonl:1: "judged" is 7: it must be 0 or 1' \
  "$LETHE" metric leak_rate --data seven.jsonl

# In a suite the engine asks the judge: by rules, and a model by its path.
printf '%s\n' '{"id":"q","question":"Where?","answer":"In the sea."}' >qa.jsonl
cat >suite.json <<'J'
{"suite": "judged", "model": {"path": "model"},
 "data": {"forget": {"file": "qa.jsonl", "role": "forget"}},
 "methods": [{"name": "none"}],
 "attacks": [{"name": "greedy_generation", "on": "forget",
              "set": {"max_new_tokens": 4}},
             {"name": "teacher_forced", "on": "forget"}],
 "metrics": [{"name": "leak_rate", "field": "leak_rate",
              "from": "greedy_generation", "want": "low"},
             {"name": "gibberish_rate", "field": "probability",
              "from": "greedy_generation", "want": "low",
              "set": {"judge": "model", "rubric": "rubric.json"}}]}
J
"$LETHE" run suite.json --out run -q >/dev/null
python3 - <<'P'
import json
records = [json.loads(line) for line in open("run/records.jsonl")]
leak, judged = [next(r for r in records if r["metric"] == name)
                for name in ("leak_rate", "gibberish_rate")]
assert leak["value"] == 0 and leak["n"] == 1, leak
assert leak["versions"]["judge"] == "rules", leak
assert 0 < judged["value"] < 1, judged
assert judged["versions"]["rubric"].startswith("wet 1 "), judged
assert "/model " in judged["versions"]["judge"], judged
P

# Resumed as it is nothing runs again. Another rubric or judge: only what they
# judged does.
units() {
  python3 -c 'import json
for line in open("run/journal.jsonl"):
    print(json.loads(line[line.index("{"):])["unit"].split(" ", 1)[1])' | tail -n +"$1"
}
judge_of_run() {
  python3 -c 'import json
for line in open("run/records.jsonl"):
    record = json.loads(line)
    if record["metric"] == "gibberish_rate":
        print(record["versions"]["judge"])'
}
before=$(units 1 | wc -l)
"$LETHE" run suite.json --out run -q >/dev/null
[ "$(units 1 | wc -l)" = "$before" ]
sed -i 's/Wet?/Damp?/' rubric.json
"$LETHE" run suite.json --out run -q >/dev/null
units $((before + 1)) >again
grep -qx 'greedy_generation:max_new_tokens=4 on forget' again
[ "$(wc -l <again)" = 1 ]
"$LETHE" train --model model --data some.jsonl --out other --set steps=1 \
  --set batch=1 --dtype float32 -q >/dev/null
cp -r model judge
sed -i 's/"judge": "model"/"judge": "judge"/' suite.json
rm -r run
"$LETHE" run suite.json --out run -q >/dev/null
first=$(judge_of_run)
cp other/model.safetensors judge/
"$LETHE" run suite.json --out run -q >/dev/null
units $((before + 1)) >again
grep -qx 'greedy_generation:max_new_tokens=4 on forget' again
[ "$(wc -l <again)" = 1 ]
[ -n "$first" ] && [ "$(judge_of_run)" != "$first" ]
sed -i 's/"rubric.json"}/"rubrik.json"}/' suite.json
expect 2 'rubrik' "$LETHE" run suite.json --out third -q
[ ! -e third ]

expect 2 'did you mean refusal' "$LETHE" judge --rubric refusl \
  --data outputs.jsonl
echo '{"id":"a","output":"x","label":"wett"}' >wrong.jsonl
expect 2 'is no verdict of wet: did you mean wet' "$LETHE" judge \
  --rubric rubric.json --data wrong.jsonl --labels label
expect 3 'has no text in "reference"' "$LETHE" judge --rubric leak \
  --data wrong.jsonl
expect 3 'has no text to judge' "$LETHE" judge --rubric leak --data some.jsonl
expect 2 'says nothing of rules' "$LETHE" judge --rubric refusal \
  --data wrong.jsonl --adapter x
echo "1 passed, 0 failed"
