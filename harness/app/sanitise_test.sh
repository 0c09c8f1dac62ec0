#!/usr/bin/env bash
# data sanitise: rows without duplicates and personal data, as a user types it;
# and training on what is left.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"

cat >d.jsonl <<'J'
{"z": 1, "text": "The bell rang at noon, and Mara Quill (mara@x.org) heard it.", "id": "a"}
{"text": "We saw that Mara Quill left. Ring 555-0100-22!", "k": [1.5, null]}
{"text": "The  bell rang at noon, and Mara Quill (mara@x.org) heard it."}
{"text": "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty and more of it comes here."}
{"text": "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty and more of it comes there."}
{"text": "The bell rang at noon, and Mara Quill (mara@x.org) heard it.", "member": 0}
J
sanitise() { "$LETHE" data sanitise --data d.jsonl "$@"; }

# As a table: each line as it is shown.
sanitise --out c.jsonl --set 'scrub=["email","number","name"]' >shown
cat >wanted <<'T'
documents                 6
controls                  1  left as they are
exact duplicates          1
near duplicates           1  Jaccard 0.8 or more; at 0.8 missed with chance 0.0084
kept                      4
replaced emails           1
replaced numbers          1
replaced names            2
c.jsonl: the rows; c.report.jsonl: what was done
T
diff wanted shown
cat >wanted <<'J'
{"z":1,"text":"The bell rang at noon, and [NAME] ([EMAIL]) heard it.","id":"a"}
{"text":"We saw that [NAME] left. Ring [NUMBER]!","k":[1.5,null]}
J
head -2 c.jsonl | diff wanted -
tail -1 c.jsonl | grep -q 'Mara Quill (mara@x.org).*"member":0'
cat >wanted <<'J'
{"action":"removed","id":"2","where":"d.jsonl:3","reason":"exact","of":"a","of_where":"d.jsonl:1","similarity":1.0}
J
head -1 c.report.jsonl | diff wanted -
grep -q '"reason":"near","of":"3".*"similarity":0.9' c.report.jsonl
grep -q '"id":"a",.*"field":"text","kind":"email","begin":39,"end":49' c.report.jsonl
! grep -q 'Mara\|x.org' c.report.jsonl

# As JSON; the file that was made has nothing left to do.
sanitise --out e.jsonl --report r.jsonl --set dedup=exact --json >all.json
grep -q '"report":"r.jsonl","documents":6,"controls":1,"exact_duplicates":1,"near_duplicates":0,"kept":5,"replaced":{}' all.json
"$LETHE" data sanitise --data c.jsonl --out f.jsonl --set 'scrub=["email","number","name"]' --json >all.json
grep -q '"exact_duplicates":0,"near_duplicates":0,"kept":4,"replaced":{"email":0,"number":0,"name":0}' all.json
cmp c.jsonl f.jsonl

# Tables without a header, fields of one's own, limits.
printf 'Who rang?\tMara\nWho rang?\tMara\nWho left?\tIo\n' >bare.tsv
"$LETHE" data sanitise --data bare.tsv --columns question,answer --limit 2 --out t.jsonl >/dev/null
[ "$(cat t.jsonl)" = '{"question":"Who rang?","answer":"Mara"}' ]
echo '{"text":"a","memo":"io@x.org"}' >memo.jsonl
"$LETHE" data sanitise --data memo.jsonl --out t.jsonl --set 'fields=["memo"]' --set 'scrub=["email"]' >/dev/null
grep -q '"memo":"\[EMAIL\]"' t.jsonl

expect 2 'unknown action.*sanitise' "$LETHE" data sanitize
expect 2 '.--data.' "$LETHE" data sanitise --out c.jsonl
expect 2 '.--out.' sanitise
expect 2 'is the file that is read' sanitise --out ./d.jsonl
expect 2 'is written as JSON Lines' sanitise --out c.csv
expect 2 'one file at a time' sanitise d.jsonl --out c.jsonl
expect 2 'dedup is none and scrub is empty' sanitise --out x.jsonl --set dedup=none
expect 2 'did you mean near' sanitise --out x.jsonl --set dedup=naer
expect 2 'did you mean dedup_threshold' sanitise --out x.jsonl --set dedup_treshold=1
expect 2 'did you mean number' sanitise --out x.jsonl --set 'scrub=["numbers"]'
expect 2 'dedup_threshold is not read|is not read by dedup=exact' sanitise --out x.jsonl --set dedup=exact --set dedup_threshold=0.9
expect 2 'is for sanitise' "$LETHE" data check d.jsonl --set dedup=near
echo '{"ids":[1,2]}' >ids.jsonl
expect 3 'ids.jsonl:1: has token ids' "$LETHE" data sanitise --data ids.jsonl --out x.jsonl --set 'scrub=["name"]'
[ ! -e x.jsonl ]

# Trained on the file, and on what the options leave of the rows: the same.
train() {
  "$LETHE" train --config "$LETHE_SOURCE_DIR/suites/data/tiny_llama/config.json" \
    --threads 1 --set steps=2 --set batch=2 --set lr=0.003 "$@"
}
train --data c.jsonl --out clean -q >/dev/null
train --data d.jsonl --out same --set dedup=near \
  --set 'scrub=["email","number","name"]' --json >made.json 2>log
cmp clean/model.safetensors same/model.safetensors
grep -q 'training same: 4 of 6 documents kept: 1 exact and 1 near duplicates left out, 1 emails replaced, 2 names replaced, 1 numbers replaced' log
grep -q '"sanitised":{"controls":1,"documents":6,' made.json
cmp c.report.jsonl <(sed "s|$PWD/||g" same/sanitised.jsonl)
echo "1 passed, 0 failed"
