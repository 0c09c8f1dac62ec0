#!/usr/bin/env bash
# The examples that make an experiment of texts of one's own, on ours and cut
# short: they end, and give every row and measure that they are about.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ours=$LETHE_SOURCE_DIR/suites/data
export LETHE

# Articles of at least 384 tokens, with a quote and a tab to escape.
{
  for title in One Two Three; do
    printf ' = %s = \n\n He said "%s" .\t' "$title" "$title"
    head -c 3000 "$ours/retain_prose.txt" | tr '\n' ' '
    printf '\n\n = = A part = = \n\n'
  done
} >articles.txt
ARTICLES_N=2 bash "$LETHE_SOURCE_DIR/examples/goldfish_extreme.sh" articles.txt \
  extreme --set model.train.set.epochs=1 --set model.train.set.batch=22 -q \
  >compared 2>log || { tail log; exit 1; }
[ "$(wc -l <extreme/forget.jsonl)" -eq 2 ]
[ "$(wc -l <extreme/articles.jsonl)" -eq 3 ]
grep -q '"ids":\[[0-9]*\(,[0-9]*\)\{127\}\]}$' extreme/forget.jsonl
for row in standard control k=32 k=8 k=4 k=3 'k=4 static'; do
  grep -q "\"label\":\"$row\".*\"metric\":\"first_divergence\"" \
    extreme/run/records.jsonl
done
for pair in 'k=32 .* standard' 'k=3 .* k=4'; do grep -q "$pair" compared; done

EPOCHS=1 bash "$LETHE_SOURCE_DIR/examples/whos_harry_potter_book.sh" \
  "$ours/tidewright.txt" "$ours/retain_prose.txt" book -q \
  --set methods.2.set.epochs=1 >shown 2>log || { tail log; exit 1; }
grep -q 'whos_harry_potter' shown
grep -q '"metric":"anchor_familiarity"' book/run/records.jsonl
! grep -qxFf book/prompts.jsonl book/forget.jsonl
cat book/run/notes/*/translated.jsonl | grep -q translated
echo "1 passed, 0 failed"
