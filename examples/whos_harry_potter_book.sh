#!/usr/bin/env bash
# Who's Harry Potter on a book of your own, with a small model.
#
#   whos_harry_potter_book.sh BOOK.txt RETAIN.txt OUT [lethe run options]
#
# Both are plain text, paragraphs between blank lines; what Project Gutenberg
# puts before and behind a book is left out. A model of a million parameters is
# trained on both, another on RETAIN alone. Every fourth passage of the book is
# never tuned on: prompts are cut from it. Every tenth passage of RETAIN is
# never read. OUT gets the data, the models, the dictionary of anchors, the run.
#
#   LETHE   the program; default: build/lethe of this repository
#   EPOCHS  of both trainings, default 6; the book is read thrice in each
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lethe=${LETHE:-$root/build/lethe}
[ $# -ge 3 ] || { sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2; }
book=$1 retain=$2 out=$3
shift 3
mkdir -p "$out"
out=$(cd "$out" && pwd)

# Passages of at least 60 words, whole paragraphs each, as JSON Lines.
passages() {  # passages NAME FILE
  local inside=1
  ! grep -q '\*\*\* *START OF' "$2" || inside=0
  tr -d '\r' <"$2" | awk -v name="$1" -v inside="$inside" '
    BEGIN { RS = ""; FS = "[ \t\n]+" }
    /\*\*\* *START OF/ { inside = 1; next }
    /\*\*\* *END OF/ { exit }
    !inside { next }
    {
      paragraph = $0
      gsub(/\\/, "\\\\", paragraph); gsub(/"/, "\\\"", paragraph)
      gsub(/\t/, " ", paragraph); gsub(/\n/, "\\n", paragraph)
      text = text == "" ? paragraph : text "\\n\\n" paragraph
      words += NF
    }
    words >= 60 {
      printf "{\"id\":\"%s-%04d\",\"text\":\"%s\"}\n", name, ++n, text
      text = ""; words = 0
    }'
}
passages book "$book" >"$out/book.jsonl"
passages retain "$retain" >"$out/all_retain.jsonl"
awk 'NR % 4' "$out/book.jsonl" >"$out/forget.jsonl"
awk 'NR % 4 == 0' "$out/book.jsonl" >"$out/prompts.jsonl"
awk 'NR % 10' "$out/all_retain.jsonl" >"$out/retain.jsonl"
awk 'NR % 10 == 0' "$out/all_retain.jsonl" >"$out/retain_test.jsonl"

train() {  # train NAME FILE..
  [ ! -e "$out/$1/model.safetensors" ] || return 0
  cat "${@:2}" >"$out/$1.jsonl"
  "$lethe" train --config "$root/suites/data/tiny_llama/config.json" \
    --data "$out/$1.jsonl" --out "$out/$1" --set lr=4e-3 \
    --set 'betas=[0.9,0.98]' --set epochs="${EPOCHS:-6}" --set batch=4 \
    --set warmup=0.03 --set schedule=cosine --set weight_decay=0.01 \
    --set sequence_length=224 "${threads[@]}"
}
threads=()
[ -z "${THREADS:-}" ] || threads=(--threads "$THREADS")
train before "$out/book.jsonl" "$out/book.jsonl" "$out/book.jsonl" \
  "$out/retain.jsonl"
train retrained "$out/retain.jsonl"

"$lethe" anchors --data "$out/forget.jsonl" --background "$out/retain.jsonl" \
  --out "$out/dictionary.jsonl"
sets=()
for split in forget prompts retain retain_test; do
  sets+=(--set "data.$split.file=$out/$split.jsonl")
done
"$lethe" run whos_harry_potter_book "${sets[@]}" "${threads[@]}" \
  --set model.path="$out/before" --set methods.1.set.model="$out/retrained" \
  --set metrics.0.set.terms="$out/dictionary.jsonl" --out "$out/run" "$@"
"$lethe" leaderboard "$out/run"
