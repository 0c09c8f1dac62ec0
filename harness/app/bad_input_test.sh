#!/usr/bin/env bash
# Bad input ends with one clear line and the right exit code, and never writes
# where it should not.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=$LETHE_SOURCE_DIR/suites/data
failed=0 passed=0

# expect CODE PATTERN COMMAND...: one error line that matches, that exit code.
expect() {
  local code=$1 pattern=$2 got
  shift 2
  "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
  got=$?
  if [ $got -ne "$code" ] ||
    [ "$(grep -c '^error: ' "$work/stderr")" -ne 1 ] ||
    ! grep -qE "$pattern" "$work/stderr"; then
    echo "FAILED: $* : exit $got, wanted $code and /$pattern/; stderr:"
    tail -3 "$work/stderr"
    failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
}

# A small model folder to spoil.
model=$work/model
echo '{"text":"a b c d e f g h i j k l m n o p q r s t u v w x y z"}' >"$work/one.jsonl"
"$LETHE" train --config "$data/tiny_llama/config.json" --data "$work/one.jsonl" \
  --out "$model" --set steps=1 --set batch=1 -q >/dev/null || exit 1
score() { "$LETHE" score --model "$1" --data "$work/one.jsonl"; }
spoil() { rm -rf "$work/bad"; cp -r "$model" "$work/bad"; }

expect 2 'unknown command.*did you mean' "$LETHE" scor
expect 2 'unknown option --modle.*--model' "$LETHE" score --modle x
expect 2 'data is missing|--data is missing' "$LETHE" score --model "$model"
expect 2 'no such model folder' score "$work/absent"
expect 2 'cannot open' "$LETHE" score --model "$model" --data "$work/absent.jsonl"
expect 2 'unknown device' "$LETHE" score --model "$model" --data "$work/one.jsonl" --device gpu
expect 2 'NVIDIA|CUDA' "$LETHE" score --model "$model" --data "$work/one.jsonl" --device cuda:7
expect 2 'unknown dtype|compute type' "$LETHE" score --model "$model" --data "$work/one.jsonl" --dtype float23

spoil; head -c 1000 "$model/model.safetensors" >"$work/bad/model.safetensors"
expect 3 'header says|tensors take' score "$work/bad"
spoil; printf '\xff\xff\xff\xff\xff\xff\xff\x7f{}' >"$work/bad/model.safetensors"
expect 3 'header says' score "$work/bad"
spoil; : >"$work/bad/model.safetensors"
expect 3 '0 bytes' score "$work/bad"
spoil; sed -i 's/"llama"/"lama"/' "$work/bad/config.json"
expect 3 'model_type "lama".*llama' score "$work/bad"
spoil; sed -i 's/"hidden_size": *[0-9]*/"hidden_size": 64/' "$work/bad/config.json"
expect 3 'shape' score "$work/bad"
spoil; sed -i 's/"num_attention_heads": *[0-9]*/"num_attention_heads": 0/' "$work/bad/config.json"
expect 3 'num_attention_heads' score "$work/bad"
spoil; echo '{' >"$work/bad/config.json"
expect 3 'config.json' score "$work/bad"
spoil; rm "$work/bad/config.json"
expect 2 'no config.json' score "$work/bad"
spoil; rm "$work/bad/model.safetensors"; touch "$work/bad/pytorch_model.bin"
expect 3 'pytorch_model.bin.*pickle.*safetensors' score "$work/bad"
spoil; echo '{"weight_map":{"x":"../model/model.safetensors"}}' >"$work/bad/model.safetensors.index.json"
expect 3 'plain file names' score "$work/bad"
spoil; echo 'not json' >"$work/bad/tokenizer.json"
expect 3 'tokenizer.json' score "$work/bad"
# A tokenizer with more tokens than the model has rows.
spoil; python3 - "$work/bad/tokenizer.json" <<'P'
import json, sys
t = json.load(open(sys.argv[1]))
n = len(t["model"]["vocab"]) + len(t["added_tokens"])
t["added_tokens"].append({"id": max(max(t["model"]["vocab"].values()), max(a["id"] for a in t["added_tokens"])) + 1,
  "content": "<extra>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True})
json.dump(t, open(sys.argv[1], "w"))
P
expect 3 'do not belong together' score "$work/bad"

: >"$work/empty.jsonl"
expect 3 'no rows' "$LETHE" score --model "$model" --data "$work/empty.jsonl"
echo '{"texd":"x"}' >"$work/field.jsonl"
expect 3 'field.jsonl:1.*none of text' "$LETHE" score --model "$model" --data "$work/field.jsonl"
echo '{"text":"x"' >"$work/torn.jsonl"
expect 3 'torn.jsonl:1' "$LETHE" score --model "$model" --data "$work/torn.jsonl"
echo '{"ids":[1,99999]}' >"$work/ids.jsonl"
expect 3 '99999.*vocabulary' "$LETHE" score --model "$model" --data "$work/ids.jsonl"
echo '{"ids":[1,-5]}' >"$work/ids.jsonl"
expect 3 'non-negative' "$LETHE" score --model "$model" --data "$work/ids.jsonl"

expect 2 'says nothing with --chat' "$LETHE" tokenize --model "$model" --data "$work/one.jsonl" --chat --plain-text
expect 2 'has no chat template' "$LETHE" tokenize --model "$model" --data "$work/one.jsonl" --chat

suite() { echo "$1" >"$work/suite.json"; "$LETHE" run "$work/suite.json" --out "$work/out"; }
base='"suite":"s","model":{"path":"model"},"data":{"forget":{"file":"one.jsonl","role":"forget"}}'
expect 2 'unknown key "metods".*methods' suite "{$base,\"metods\":[],\"attacks\":[{\"name\":\"loss_mia\",\"on\":\"forget\"}]}"
expect 2 'unknown name.*loss_mia' suite "{$base,\"attacks\":[{\"name\":\"los_mia\",\"on\":\"forget\"}]}"
expect 2 'no data split "forgot".*forget' suite "{$base,\"attacks\":[{\"name\":\"loss_mia\",\"on\":\"forgot\"}]}"
expect 2 'unknown key "lrr".*lr' suite "{$base,\"methods\":[{\"name\":\"npo\",\"set\":{\"lrr\":1}}],\"attacks\":[{\"name\":\"loss_mia\",\"on\":\"forget\"}]}"
expect 2 'npo.*reads data of role retain' suite "{$base,\"methods\":[{\"name\":\"npo\"}],\"attacks\":[{\"name\":\"loss_mia\",\"on\":\"forget\"}]}"
expect 2 'did you mean auroc' suite "{$base,\"attacks\":[{\"name\":\"loss_mia\",\"on\":\"forget\"}],\"metrics\":[{\"name\":\"auroc\",\"from\":\"loss_mia\",\"field\":\"auc\"}]}"
expect 2 'reference.method' suite "{$base,\"reference\":{\"method\":\"retrain\"},\"attacks\":[{\"name\":\"loss_mia\",\"on\":\"forget\"}]}"
expect 5 'neither attacks nor tasks' suite "{$base}"
expect 2 'no such suite' "$LETHE" run quickstar --out "$work/out"
expect 2 'lora_rank' "$LETHE" unlearn --method gradient_ascent --model "$model" --forget "$work/one.jsonl" --out "$work/o2" --set lora_rank=-8
expect 2 'lora_targets.*q_proj' "$LETHE" unlearn --method gradient_ascent --model "$model" --forget "$work/one.jsonl" --out "$work/o2" --set lora_rank=8 --set 'lora_targets=["q_prj"]'
expect 2 'no term "forget"' "$LETHE" train --model "$model" --data "$work/one.jsonl" --out "$work/o3" --set sam_rho=0.1
expect 2 'unknown name.*gradient_ascent' "$LETHE" unlearn --method gradient_ascend --model "$model" --forget "$work/one.jsonl" --out "$work/o2"
[ ! -e "$work/out/records.jsonl" ] || { echo "FAILED: a refused suite wrote records"; failed=$((failed + 1)); }

# A run folder belongs to one run.
good="{$base,\"attacks\":[{\"name\":\"teacher_forced\",\"on\":\"forget\"}]}"
suite "$good" >/dev/null 2>&1 || { echo "FAILED: a good suite"; failed=$((failed + 1)); }
before=$(cat "$work/out/records.jsonl")
expect 2 'belongs to another run' suite "{$base,\"seeds\":[7],\"attacks\":[{\"name\":\"teacher_forced\",\"on\":\"forget\"}]}"
[ "$before" = "$(cat "$work/out/records.jsonl")" ] || { echo "FAILED: records changed"; failed=$((failed + 1)); }
mkdir "$work/foreign"; echo x >"$work/foreign/thesis.txt"
expect 2 'something else' "$LETHE" attack teacher_forced --model "$model" --data "$work/one.jsonl" --out "$work/foreign"

# A full disk: a file size limit stands in for it.
expect 1 'cannot write|No space|File too large' bash -c "ulimit -f 64; trap '' XFSZ; '$LETHE' unlearn --method gradient_ascent --model '$model' --forget '$work/one.jsonl' --out '$work/full' --set steps=1 -q"
[ ! -e "$work/full/model.safetensors" ] || { echo "FAILED: half a model was left"; failed=$((failed + 1)); }

# The same in the middle of a run: it stops there instead of failing the other
# rows, keeps what was finished, and the same command goes on.
good="{$base,\"methods\":[{\"name\":\"none\"},{\"name\":\"gradient_ascent\",\"set\":{\"steps\":1}},{\"name\":\"gradient_ascent\",\"label\":\"longer\",\"set\":{\"steps\":2}}],\"attacks\":[{\"name\":\"teacher_forced\",\"on\":\"forget\"}]}"
echo "$good" >"$work/full.json"
expect 1 'cannot write: File too large: free disk space' bash -c "ulimit -f 64; trap '' XFSZ; '$LETHE' run '$work/full.json' --out '$work/stopped'"
finished=$(wc -l <"$work/stopped/journal.jsonl")
[ "$finished" -ge 2 ] || { echo "FAILED: $finished units kept"; failed=$((failed + 1)); }
cp "$work/stopped/journal.jsonl" "$work/kept"
if ! "$LETHE" run "$work/full.json" --out "$work/stopped" -q >/dev/null 2>&1 ||
  ! cmp -s "$work/kept" <(head -n "$finished" "$work/stopped/journal.jsonl") ||
  [ "$(grep -c '"status":"ok"' "$work/stopped/records.jsonl")" -lt 9 ]; then
  echo "FAILED: the stopped run did not go on"; failed=$((failed + 1))
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
