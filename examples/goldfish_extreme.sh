#!/usr/bin/env bash
# The goldfish loss against the standard loss, on articles of your own.
#
#   goldfish_extreme.sh ARTICLES OUT [lethe run options]
#
# ARTICLES is JSON Lines with a text a row, or a text file in WikiText's form:
# " = Title = " begins an article. The first 128 tokens of the first 100 articles
# are read 100 times, the passages of tokens 257 to 384 are the retain set. OUT
# gets the data, the run and the paired comparisons of neighbours:
# standard > k=32 > k=8 > k=4 > k=3.
#
#   LETHE      the program; default: build/lethe of this repository
#   ARTICLES_N how many articles, default 100
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lethe=${LETHE:-$root/build/lethe}
[ $# -ge 2 ] || { sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2; }
articles=$1 out=$2
shift 2
mkdir -p "$out/model"
out=$(cd "$out" && pwd)

# Half a million parameters: the quickstart's tokenizer, 3 layers of 96.
cp "$root"/suites/data/tiny_llama/tokenizer*.json "$out/model"
sed -e 's/"hidden_size": .*/"hidden_size": 96,/' \
  -e 's/"head_dim": .*/"head_dim": 24,/' \
  -e 's/"intermediate_size": .*/"intermediate_size": 256,/' \
  "$root/suites/data/tiny_llama/config.json" >"$out/model/config.json"

case $articles in
  *.jsonl) cp "$articles" "$out/articles.jsonl" ;;
  *) awk '
      function flush() { if (text != "") printf "{\"text\":\"%s\"}\n", text }
      /^ = [^=]* = *$/ { flush(); text = ""; next }
      { sub(/^ +/, ""); sub(/ +$/, "") }
      $0 != "" && !/^=/ {
        gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, " ")
        text = text == "" ? $0 : text "\\n" $0
      }
      END { flush() }' "$articles" >"$out/articles.jsonl" ;;
esac

"$lethe" tokenize --model "$out/model" --data "$out/articles.jsonl" -q \
  --no-special-tokens >"$out/tokens.jsonl"

# passages FIRST FILE: 128 ids of every article from place FIRST on.
passages() {
  awk -v first="$1" -v most="${ARTICLES_N:-100}" '
    made < most && match($0, /"ids":\[[0-9,]*\]/) {
      n = split(substr($0, RSTART + 7, RLENGTH - 8), ids, ",")
      if (n < 384) next
      row = ids[first]
      for (i = first + 1; i < first + 128; ++i) row = row "," ids[i]
      printf "{\"id\":\"article-%03d\",\"ids\":[%s]}\n", ++made, row
    }' "$out/tokens.jsonl" >"$2"
}
passages 1 "$out/forget.jsonl"
passages 257 "$out/retain.jsonl"

"$lethe" run goldfish_extreme --set data.forget.file="$out/forget.jsonl" \
  --set data.retain.file="$out/retain.jsonl" \
  --set model.train.config="$out/model/config.json" --out "$out/run" "$@"

for pair in standard,k=32 k=32,k=8 k=8,k=4 k=4,k=3; do
  for measure in '*.exact_match.*' '*.rouge_l.*'; do
    "$lethe" compare "$out/run" --rows "$pair" --metric "$measure"
  done
done
