#!/usr/bin/env bash
# Extraction as a user types it: what is drawn, what is refused, guesses.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
data=$LETHE_SOURCE_DIR/suites/data
head -n 2 "$data/forget.jsonl" >data.jsonl
"$LETHE" train --config "$data/tiny_llama/config.json" --data data.jsonl \
  --out model --set steps=1 -q >/dev/null
attack() { "$LETHE" attack "$@" --model model --data data.jsonl -q; }

# --seed reaches the draws; --set seed wins.
draws() {
  local out=$1
  shift
  attack sampling_extraction --set suffix_tokens=6 --set top_k=0 --out "$out" \
    "$@" >/dev/null
  grep -o '"output_ids":[^]]*' "$out"/samples/*
}
draws one --seed 1 >one.txt
draws two --seed 2 >two.txt
draws set --seed 2 --set seed=1 >set.txt
[ "$(sed 's/.*output_ids//' one.txt)" != "$(sed 's/.*output_ids//' two.txt)" ]
[ "$(sed 's/.*output_ids//' one.txt)" = "$(sed 's/.*output_ids//' set.txt)" ]

# Wrong numbers are refused before any work.
for name in greedy beam sampling discoverable near_verbatim goldfish_beam; do
  for key in prefix_tokens suffix_tokens; do
    expect 2 "${name}_extraction: .*$key (is )?-1.*: give numbers of tokens" \
      attack "${name}_extraction" --set $key=-1 --out no
  done
done
for name in sampling discoverable near_verbatim; do
  expect 2 'temperature: is 0' attack "${name}_extraction" \
    --set temperature=0 --out no
  expect 2 'top_k: is -1' attack "${name}_extraction" --set top_k=-1 --out no
  expect 2 'top_p: is 1.5' attack "${name}_extraction" --set top_p=1.5 --out no
done
[ ! -e no ]

# An end of text that the tokenizer appends is no part of a suffix.
cp -r model ending
python3 - <<'P'
import json
name = "ending/tokenizer_config.json"
config = json.load(open(name))
config.update(add_eos_token=True, add_bos_token=True)
json.dump(config, open(name, "w"))
P
suffixes() {
  "$LETHE" attack greedy_extraction --model "$1" --data data.jsonl -q \
    --out "suffixes-$1" >/dev/null
  grep -o '"reference":"[^"]*"' "suffixes-$1"/samples/*
}
ends() { "$LETHE" tokenize --model "$1" --data data.jsonl | grep -c '"<|eos|>"\]'; }
[ "$(ends ending)" -eq 2 ]
[ "$(suffixes model)" = "$(suffixes ending)" ]

# Nor of a prompt: the completion is scored from its first token on.
echo '{"prompt": "The old", "completion": " harbour"}' >pair.jsonl
for folder in model ending; do
  "$LETHE" score --model $folder --data pair.jsonl |
    grep -o '"score_from":[0-9]*' >from-$folder
done
cmp from-model from-ending

# Texts that are too short are counted.
(cat data.jsonl; echo '{"text": "a"}') >short.jsonl
"$LETHE" attack greedy_extraction --model model --data short.jsonl -q --json \
  --set suffix_tokens=6 --out short | grep -q '"greedy_extraction":{"status":"ok","skipped":1,'

# Guesses that nobody could make are no success.
expect 5 'no text has both a prefix and a suffix' \
  attack greedy_extraction --set prefix_tokens=9999 --guesses --out none
attack greedy_extraction --set suffix_tokens=6 --guesses --out some >/dev/null
[ "$(wc -l <some/guesses/*.csv)" -eq 3 ]
echo "1 passed, 0 failed"
