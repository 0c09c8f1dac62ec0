#!/usr/bin/env bash
# Every command that makes or reads a model, as a user types it: the numbers are
# recomputed here from the logits that `score --logits` writes.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 4 "$data/retain.jsonl" >some.jsonl
cat >texts.jsonl <<'J'
{"id":"a","text":"The ferry left before the bell had stopped.","note":"kept"}
{"id":"b","prompt":"The ferry left","completion":" before the bell."}
J
echo '{"id":"p","text":"The ferry left"}' >prompt.jsonl

"$LETHE" train --config "$data/tiny_llama/config.json" --data some.jsonl \
  --eval-data some.jsonl --out model --set steps=4 --set batch=2 \
  --set lr=0.003 --set eval_every=2 -q >/dev/null
"$LETHE" train --model model --data some.jsonl --out more --set steps=1 \
  --dtype float32 -q >/dev/null
for method in finetune gradient_ascent gradient_difference kl_minimisation npo; do
  "$LETHE" unlearn --method $method --model model --forget some.jsonl \
    --retain some.jsonl --out "un_$method" --set steps=1 --set batch=2 \
    --set lr=0.001 -q >/dev/null
done
"$LETHE" score --model model --data texts.jsonl --statistics \
  --logits logits.safetensors >scored.jsonl
"$LETHE" score --model model --data texts.jsonl --dtype bfloat16 >half.jsonl
"$LETHE" generate --model model --data prompt.jsonl --max-new-tokens 5 \
  --eos-token-id none >greedy.jsonl
"$LETHE" generate --model model --data prompt.jsonl --max-new-tokens 5 \
  --eos-token-id none --num-beams 4 --num-return-sequences 3 >beams.jsonl
draw() {
  "$LETHE" generate --model model --data texts.jsonl --max-new-tokens 5 \
    --eos-token-id none --do-sample --top-k 0 --num-return-sequences 3 "$@"
}
draw --seed 7 >drawn.jsonl
draw --seed 7 --batch-size 1 >drawn_alone.jsonl
draw --seed 8 >drawn_other.jsonl
"$LETHE" score --model model --data prompt.jsonl --logits prompt.safetensors \
  >/dev/null
"$LETHE" tokenize --model model --data prompt.jsonl >tokens.jsonl
# One text as two editions print it, and what masks leave out of both.
cat >editions.jsonl <<'J'
{"text":"The old ferry - the one with the green lamp - left the quay before the bell of the church had stopped."}
{"text":"The old\u00a0FER\u00adRY \u2014 the  one with the green lamp \u2013 left the quay before the bell of the church had stopped."}
J
mask() { "$LETHE" tokenize --model model --data editions.jsonl --goldfish "$@"; }
mask k=2,h=3 >mask_published.jsonl
mask k=2,h=3,normalise=unicode+case+dashes+whitespace >mask_plain.jsonl
mask k=2,h=3,hash=minhash,shingle=2 >mask_minhash.jsonl
mask k=2,h=3 --no-special-tokens >mask_bare.jsonl
expect 2 'unknown key "j"' mask k=2,j=3
expect 2 'gives no value' mask k
expect 2 'shingle: is not read by hash=product' mask shingle=2
expect 2 'normalise: "spaces" is unknown' mask normalise=case+spaces
expect 2 'says nothing with --decode' mask k=2 --decode
"$LETHE" train --model model --data some.jsonl --out gaps --set steps=2 \
  --set loss=goldfish --set k=2 --set h=3 --set 'normalise=["case"]' \
  --set hash=minhash --set shingle=2 --set goldfish_to=1 -q >/dev/null
train_refused() {
  expect 2 "$1" "$LETHE" train --model model --data some.jsonl --out unused \
    "${@:2}"
}
train_refused 'normalise: is not read by mask=static' --set loss=goldfish \
  --set mask=static --set 'normalise=["case"]'
train_refused 'goldfish_from: is the goldfish loss' --set goldfish_from=2
expect 3 'goldfish_on: is flagged' "$LETHE" train --model model \
  --data some.jsonl --out unused --set loss=goldfish \
  --set goldfish_on=flagged
"$LETHE" tokenize --model model --data tokens.jsonl --decode \
  --skip-special-tokens >decoded.jsonl
printf '%s' "{% for m in messages %}{{ m.role }}: {{ m.content }};{% endfor %}" \
  >model/chat_template.jinja
echo '{"id":"c","messages":[{"role":"user","content":"The ferry"}]}' >chat.jsonl
"$LETHE" tokenize --model model --data chat.jsonl --chat >chatted.jsonl
echo '{"text":"user: The ferry;"}' >chat_text.jsonl
"$LETHE" tokenize --model model --data chat_text.jsonl --no-special-tokens \
  >chat_text_ids.jsonl
"$LETHE" eval --model model --tasks quickstart_quiz --limit 12 --log-samples \
  --out evaluated --json >eval.json
"$LETHE" model check model >/dev/null

# The data that an external trainer reads are put away, nothing else.
mkdir copied.lethe-data
echo kept >copied.lethe-data/note
"$LETHE" unlearn --method command --model model --forget some.jsonl \
  --retain some.jsonl --out copied -q >/dev/null \
  --set run='test -s {forget} && test -s {retain} && cp -r {model} {out}'
[ -e copied/config.json ] && [ "$(ls copied.lethe-data)" = note ]

# Drift from a base model; without one the probe is skipped, and says so.
"$LETHE" attack drift --model un_npo --reference model --data some.jsonl \
  --out drift -q --json >drift.json
"$LETHE" attack drift --model model --reference model --data some.jsonl \
  --out nodrift -q --json >nodrift.json
"$LETHE" attack drift --model model --data some.jsonl --out alone -q \
  --json >alone.json 2>/dev/null
expect 2 'none of the chosen probes' "$LETHE" attack loss_mia --model model \
  --reference model --data some.jsonl --out unused -q
python3 - <<'P'
import json
record = [json.loads(l) for l in open("drift/records.jsonl")][0]
assert record["reference_hash"] and record["reference_hash"] != record["model_hash"]
moved = json.load(open("drift.json"))["attacks"]["drift"]["metrics"]
assert moved["kl"]["value"] > 0 and moved["kl"]["ci95"][0] > 0, moved
assert moved["top1_agreement"]["value"] <= 1 and moved["kl"]["n"] > 0
same = json.load(open("nodrift.json"))["attacks"]["drift"]["metrics"]
assert same["kl"]["value"] == 0 and same["top1_agreement"]["value"] == 1, same
alone = json.load(open("alone.json"))["attacks"]["drift"]
assert alone["status"] == "skipped" and "--reference" in alone["message"], alone
P

# A model that an option names: its samples have a name of their own.
"$LETHE" attack reference_mia --set model="$PWD/model" --model un_npo \
  --data some.jsonl --out beside -q --json >beside.json
ls beside/samples | grep -q '^reference_mia:model=.*-[0-9a-f]\{12\}\.jsonl$'
expect 2 'no/such' "$LETHE" attack reference_mia --set model=no/such \
  --model model --data some.jsonl --out nowhere -q

# An external trainer, here one that copies the model; a path with spaces and
# quotes stays one path.
mkdir "it's a {out} folder"
cat >"it's a {out} folder/suite.json" <<'J'
{"suite":"external","model":{"path":"../model"},
 "data":{"forget":{"file":"../some.jsonl","role":"forget"},
         "retain":{"file":"../some.jsonl","role":"retain"}},
 "methods":[{"name":"none"},
            {"name":"command","label":"copier","set":{"run":"cp -r {model} {out} && cat {forget} {retain} > lines.txt"}},
            {"name":"command","label":"breaker","set":{"run":"echo {out}; exit 3"}},
            {"name":"checkpoint","label":"other","set":{"model":"../un_npo"}}],
 "attacks":[{"name":"teacher_forced","on":"forget"}]}
J
set +e
(cd "it's a {out} folder" && "$LETHE" run suite.json --out run -q \
  >table.txt 2>err.txt)
echo $? >code.txt
set -e

python3 - <<'P'
import json, math, struct

def lines(path):
    return [json.loads(line) for line in open(path)]

def tensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        body = f.read()
    out = {}
    for name, t in header.items():
        if name == "__metadata__":
            continue
        a, b = t["data_offsets"]
        flat = struct.unpack(f"<{(b - a) // 4}f", body[a:b])
        rows, width = t["shape"]
        out[name] = [flat[i * width:(i + 1) * width] for i in range(rows)]
    return out

def log_softmax(row):
    top = max(row)
    norm = top + math.log(sum(math.exp(x - top) for x in row))
    return [x - norm for x in row]

def near(a, b, tolerance=2e-4):
    assert abs(a - b) <= tolerance * max(1, abs(b)), (a, b)

# score: every statistic from the logits themselves.
logits = tensors("logits.safetensors")
for i, row in enumerate(lines("scored.jsonl")):
    ids, start = row["ids"], row["score_from"]
    assert len(row["token_logprobs"]) == len(ids) - start == row["num_tokens"]
    for k, token in enumerate(ids[start:]):
        lp = log_softmax(logits[f"row_{i}"][start + k - 1])
        near(row["token_logprobs"][k], lp[token])
        assert row["rank"][k] == sum(x > lp[token] for x in lp)
        assert lp[row["argmax_ids"][k]] == max(lp)
        p = [math.exp(x) for x in lp]
        mean = sum(a * b for a, b in zip(p, lp))
        near(row["entropy"][k], -mean)
        near(row["mu"][k], mean)
        near(row["sigma"][k],
             math.sqrt(sum(a * (b - mean) ** 2 for a, b in zip(p, lp))), 2e-3)
    near(row["sum_logprob"], sum(row["token_logprobs"]), 1e-5)
    assert row["is_greedy"] == (row["argmax_ids"] == ids[start:])
scored, half = lines("scored.jsonl"), lines("half.jsonl")
assert scored[0]["note"] == "kept"
assert 0 < scored[1]["score_from"] < len(scored[1]["ids"])
for a, b in zip(scored, half):
    assert a["ids"] == b["ids"] and a["sum_logprob"] != b["sum_logprob"]
    near(b["sum_logprob"], a["sum_logprob"], 0.02)

# generate: greedy is the argmax, beams are ordered and no worse.
greedy = lines("greedy.jsonl")[0]["sequences"]
last = tensors("prompt.safetensors")["row_0"][-1]
assert len(greedy) == 1 and len(greedy[0]["ids"]) == 5
assert last[greedy[0]["ids"][0]] == max(last)
beams = lines("beams.jsonl")[0]["sequences"]
scores = [b["score"] for b in beams]
assert len(beams) == 3 and scores == sorted(scores, reverse=True), scores
assert len({tuple(b["ids"]) for b in beams}) == 3

# Drawn: the same for any batch size, another for another seed.
def draws(path):
    return [s["ids"] for row in lines(path) for s in row["sequences"]]

drawn = draws("drawn.jsonl")
assert len(drawn) == 6 and all(len(ids) == 5 for ids in drawn)
assert drawn == draws("drawn_alone.jsonl") != draws("drawn_other.jsonl")

# tokenize and back.
assert lines("decoded.jsonl")[0]["text"] == "The ferry left"

# Masks: one entry an id, the first never; those of the plain form leave the
# same words of both editions out, the published one does not.
def left_out(name):
    rows = []
    for row in lines(f"mask_{name}.jsonl"):
        assert len(row["dropped"]) == len(row["ids"]), row
        rows.append((row["tokens"], row["dropped"]))
    return rows


def words_left_out(tokens, dropped):
    """Numbers of the words, as two editions have them, with a token left out;
    a no-break space is "Âł", in one token or two."""
    word, words, blank = 0, set(), True
    for i, (token, out) in enumerate(zip(tokens, dropped)):
        begins = token[0] == "Ġ" or "".join(tokens[i:i + 2])[:2] == "Âł"
        word += begins and not blank
        blank = begins and token in ("Ġ", "Âł", "Â") or blank and token == "ł"
        if out:
            words.add(word)
    return words


for name in "published", "plain", "minhash":
    for tokens, dropped in left_out(name):
        assert tokens[0] == "<|bos|>" and dropped[0] == 0
        assert set(dropped) == {0, 1}, (name, dropped)
one, other = [words_left_out(*row) for row in left_out("plain")]
assert one == other and len(one) > 5, (one, other)
one, other = [words_left_out(*row) for row in left_out("published")]
assert one != other, one
assert left_out("minhash") != left_out("published")
for (_, with_bos), (_, bare) in zip(left_out("published"), left_out("bare")):
    assert with_bos[1:] == bare
steps = lines("gaps/train_log.jsonl")
assert "dropped_nll" in steps[0] and "dropped_nll" not in steps[1], steps
assert steps[0]["supervised_tokens"] < steps[0]["tokens"]
assert steps[1]["supervised_tokens"] == steps[1]["tokens"]

# A chat is its template's text; the template writes the special tokens.
chat = lines("chatted.jsonl")[0]
assert chat["text"] == "user: The ferry;", chat
assert chat["ids"] == lines("chat_text_ids.jsonl")[0]["ids"], chat

# eval: accuracy is that of the samples.
result = json.load(open("eval.json"))["results"]["quickstart_quiz"]
samples = lines("evaluated/samples/quickstart_quiz.jsonl")
assert len(samples) == result["n"] == 12
right = 0
for s in samples:
    ll = [x[0] for x in s["loglikelihoods"]]
    assert len(ll) == len(s["arguments"]) >= 2
    right += ll.index(max(ll)) == s["target"]
near(result["acc"], right / 12, 1e-12)

# train and unlearn: the log has its fields, and the losses move.
log = lines("model/train_log.jsonl")
assert [r["step"] for r in log] == [1, 2, 3, 4]
for key in ("loss", "terms", "grad_norm", "lr", "tokens", "supervised_tokens",
            "seconds", "peak_bytes"):
    assert key in log[0], key
assert log[-1]["loss"] < log[0]["loss"]
terms = {"finetune": ["retain"], "gradient_ascent": ["forget"],
         "gradient_difference": ["forget", "retain"],
         "kl_minimisation": ["forget", "kl"], "npo": ["forget", "retain"]}
before = open("model/model.safetensors", "rb").read()
for method, names in terms.items():
    log = lines(f"un_{method}/train_log.jsonl")
    assert len(log) == 1 and sorted(log[0]["terms"]) == names, log
    after = open(f"un_{method}/model.safetensors", "rb").read()
    assert len(after) == len(before) and after != before, method

# command and checkpoint in a suite.
folder = "it's a {out} folder"
rows = lines(folder + "/run/records.jsonl")
value = {r["label"]: r["value"] for r in rows
         if r["metric"] == "perplexity" and r["field"] == "perplexity"}
assert value["copier"] == value["none"] != value["other"], value
failed = [r for r in rows if r["label"] == "breaker"]
assert [r["status"] for r in failed] == ["failed"], failed
assert "ended with 3" in failed[0]["message"], failed
assert open("code.txt").read().strip() == "1"  # a cell failed
cost = {r["field"]: r["value"] for r in rows
        if r["label"] == "copier" and r["metric"] == "cost"}
assert cost["peak_bytes"] > 0 and cost["seconds"] > 0, cost
print("1 passed, 0 failed")
P
