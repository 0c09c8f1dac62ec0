#!/usr/bin/env bash
# anchors: a dictionary, its correction and a translation, as a user types it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"

cat >story.txt <<'T'
Mr. Abel Quinlan lived in Pitch Lane. People knew that Quinlan was kind, and
that Abel
Quinlan’s door was open.

In Pitch Lane, he met Odile Verrin, and Odile Verrin saw Quinlan. QUINLAN!
T
cat >plain.jsonl <<'J'
{"text": "People lived in the lane, and the door was open. He met them there."}
{"question": "Who was kind?", "answer": "People knew that he was kind."}
J

# The table, and the file with the same rows.
"$LETHE" anchors --data story.txt --background plain.jsonl --out a.jsonl >shown 2>log
grep -q '^Quinlan  *[A-Z][a-z]*  *person  *5$' shown
grep -q 'small letters need 600000' log
grep -q '^{"anchor":"Quinlan","generic":"[A-Z][a-z]*","kind":"person","count":5,"score":[0-9.]*,"use":true}$' a.jsonl
grep -q '"anchor":"Pitch Lane","generic":"[A-Z][a-z]* Lane","kind":"place"' a.jsonl
"$LETHE" anchors --data story.txt --background plain.jsonl --out b.jsonl >/dev/null 2>&1
cmp a.jsonl b.jsonl
"$LETHE" anchors --data story.txt --background plain.jsonl --seed 1 --out b.jsonl >/dev/null 2>&1
! cmp -s a.jsonl b.jsonl
"$LETHE" anchors --data story.txt --json 2>log | grep -q '"note":"no background'

# What people corrected wins, and what follows from it.
echo '{"anchor":"Quinlan","generic":"Carter","comment":"shorter"}' >mine.jsonl
echo '{"anchor":"Pitch Lane","use":false}' >>mine.jsonl
"$LETHE" anchors --data story.txt --background plain.jsonl --dictionary mine.jsonl --out c.jsonl >/dev/null 2>&1
grep -q '"anchor":"Quinlan","generic":"Carter".*"comment":"shorter"' c.jsonl
grep -q '"anchor":"Abel Quinlan","generic":"[A-Z][a-z]* Carter"' c.jsonl
grep -q '"anchor":"Pitch Lane".*"use":false' c.jsonl

# Paragraphs are the rows of a translated book.
"$LETHE" anchors --data story.txt --dictionary c.jsonl --translate --out t.jsonl >shown
grep -q '^t.jsonl: 2 texts, 7 anchors replaced, 4 of them repeated$' shown
[ "$(wc -l <t.jsonl)" -eq 2 ]
grep -q 'Carter’s door was open' t.jsonl
grep -q '^{"id":"1",.*In Pitch Lane, he met .*CARTER!","anchors":\[{"begin"' t.jsonl
"$LETHE" anchors --data story.txt --dictionary c.jsonl --translate --limit 1 >shown
[ "$(wc -l <shown)" -eq 1 ]

# By a model: questions for it, and what it answers.
"$LETHE" anchors --data story.txt --ask --out questions.jsonl >shown
grep -q '^questions.jsonl: 1 questions$' shown
grep -q '^{"id":"passage-1","prompt":".*Odile Verrin saw.*"messages":\[{"role":"user"' questions.jsonl
cat >answers.jsonl <<'J'
{"id":"passage-1","sequences":[{"ids":[1],"text":"{\"Quinlan\": \"Carter\", \"Moriarty\": \"Reed\"} I hope"}]}
{"text":"- Pitch Lane -> Mill Lane"}
{"text":"I do not know."}
J
"$LETHE" anchors --data story.txt --answers answers.jsonl --out d.jsonl >shown 2>log
grep -q '1 of 3 answers cannot be read' log
grep -q '^Quinlan  *Carter  *thing  *5$' shown
grep -q '^{"anchor":"Pitch Lane","generic":"Mill Lane","kind":"thing","count":2' d.jsonl
! grep -q Moriarty d.jsonl
"$LETHE" anchors --data story.txt --answers answers.jsonl --json 2>/dev/null | grep -q '"answers":3,"unreadable":1,"absent":1,"unfit":0'
"$LETHE" anchors --data story.txt --answers answers.jsonl --dictionary mine.jsonl --out d.jsonl >shown 2>&1
grep -q '"anchor":"Pitch Lane".*"use":false' d.jsonl
echo '{"id":"x"}' >bad.jsonl
expect 3 'bad.jsonl:1.*no answer' "$LETHE" anchors --data story.txt --answers bad.jsonl
expect 2 'set.*--answers' "$LETHE" anchors --data story.txt --answers answers.jsonl --set min_count=1
expect 2 'translate.*--ask' "$LETHE" anchors --data story.txt --ask --translate

expect 2 'data' "$LETHE" anchors --dictionary c.jsonl --translate
expect 2 'dictionary' "$LETHE" anchors --data story.txt --translate
expect 2 'background.*--translate' "$LETHE" anchors --data story.txt --dictionary c.jsonl --translate --background plain.jsonl
expect 2 'min_coun.*min_count' "$LETHE" anchors --data story.txt --set min_coun=2
expect 2 'min_count' "$LETHE" anchors --data story.txt --set min_count=0
echo '{"anchor":"Quinlan"}' >bad.jsonl
expect 3 'bad.jsonl:1.*generic' "$LETHE" anchors --data story.txt --dictionary bad.jsonl --translate
echo '{"ids":[1]}' >ids.jsonl
expect 3 'ids.jsonl:1.*no text' "$LETHE" anchors --data ids.jsonl
echo '{"text":"nothing to see"}' >none.jsonl
"$LETHE" anchors --data none.jsonl >/dev/null 2>&1 && exit 1 || [ $? -eq 5 ]
echo "1 passed, 0 failed"
