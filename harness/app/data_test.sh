#!/usr/bin/env bash
# data check: what files of every format hold, and refusals, as a user types it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"

cat >a.jsonl <<'J'
{"id": 1, "question": "Who rang the bell?", "answer": "Mara"}
{"id": 1, "question": "Who heard it?", "answer": ""}
{"id": 2, "question": "Who rang the bell?"}
{"id": 2, "question": "Who rang the bell?"}
J
printf 'question,answer\n"Who rang, and why?",Mara\n' >a.csv
printf 'Who rang?\tMara\nWho left?\tIo\n' >bare.tsv
printf 'The tide came in.\n\nIt went out.\n' >a.txt
gzip -k a.jsonl a.csv

# In words: each line as it is shown.
"$LETHE" data check a.jsonl >shown
cat >wanted <<T
path            a.jsonl
format          JSON Lines
rows            4
bytes           $(wc -c <a.jsonl)
sha256          $(sha256sum a.jsonl | cut -d' ' -f1)
duplicate rows  1
duplicate ids   2
fits tasks      gsm8k (release and Hugging Face)

field     types       missing     empty
id        integer 4         0         0
question  string 4          0         0
answer    string 2          2         1
T
diff wanted shown

# As JSON: the same, of several files, plain and compressed.
"$LETHE" data check a.jsonl a.jsonl.gz a.csv a.csv.gz a.txt --json >all.json
"$LETHE" data check bare.tsv --columns question,answer --limit 1 --json >bare.json
python3 - <<'P'
import gzip, hashlib, json, os
one, packed, table, packed_table, text = json.load(open("all.json"))["files"]
for file in (one, packed, table, packed_table, text):
    data = open(file["path"], "rb").read()
    assert file["bytes"] == len(data), file
    assert file["sha256"] == hashlib.sha256(data).hexdigest(), file
same = ("rows", "fields", "duplicate_rows", "duplicate_ids")
assert all(one[k] == packed[k] for k in same), packed
assert all(table[k] == packed_table[k] for k in same), packed_table
assert [f["format"] for f in (one, packed, table, packed_table, text)] == [
    "JSON Lines", "JSON Lines, gzip", "CSV", "CSV, gzip", "text"]
assert (one["rows"], one["duplicate_rows"], one["duplicate_ids"]) == (4, 1, 2)
assert one["fits"] == ["gsm8k (release and Hugging Face)"], one["fits"]
assert "lambada_openai (text)" in text["fits"], text["fits"]
assert one["fields"][2] == {"name": "answer", "types": {"string": 2},
                            "missing": 2, "empty": 1}, one
assert [f["name"] for f in table["fields"]] == ["question", "answer"], table
assert table["duplicate_ids"] is None and text["rows"] == 3
assert text["fields"] == [{"name": "text", "types": {"string": 3},
                           "missing": 0, "empty": 1}], text
(bare,) = json.load(open("bare.json"))["files"]
assert bare["format"] == "TSV" and bare["rows"] == 1, bare
assert [f["name"] for f in bare["fields"]] == ["question", "answer"], bare
P

check() { "$LETHE" data check "$@"; }
expect 2 'absent.csv: cannot open' check absent.csv
expect 2 'it takes 2' check
expect 2 'unknown action.*check' "$LETHE" data chekc a.jsonl
expect 2 'a.parquet: cannot open' check a.parquet
expect 2 'a.xlsx: is no .jsonl.*JSON Lines' check a.xlsx
expect 2 'a.jsonl: columns are named' check a.jsonl --columns a,b
expect 2 'unknown option --colums.*--columns' check a.csv --colums a,b
expect 3 'bare.tsv:1: 2 fields for 3 columns' check bare.tsv --columns a,b,c
: >empty.jsonl
expect 3 'empty.jsonl: holds no rows' check empty.jsonl
printf '{"id": 1}\n{"id": 2, "que' >cut.jsonl
expect 3 'cut.jsonl:2: the last line ends before' check cut.jsonl
printf 'a,b\n1,"2\n' >open.csv
expect 3 'open.csv:2: a quoted field that is never closed' check open.csv
printf 'a,b\n1,\xff\n' >latin.csv
expect 3 'latin.csv:2: is not valid UTF-8.*iconv' check latin.csv
head -c 40 a.jsonl.gz >cut.jsonl.gz
expect 3 'cut.jsonl.gz: the gzip data end too early' check cut.jsonl.gz
# stdout is whole JSON or nothing.
expect 3 'latin.csv' check a.csv latin.csv --json
[ ! -s stdout ]

# 30 MB in 30 kB.
head -c 30000000 /dev/zero | gzip -9 >bomb.jsonl.gz
expect 3 'bomb.jsonl.gz:1: holds a zero byte' check bomb.jsonl.gz
mkfifo pipe.csv
expect 2 'pipe.csv: is not a regular file' check pipe.csv

# What is checked is what other commands read.
printf 'id,prediction,reference\n1,the bell,the bell rang\n' | gzip >pairs.csv.gz
"$LETHE" metric rouge_l --data pairs.csv.gz | grep -q '"recall":0.66'

# Results of another harness, packed or not, straight or as rows.
peer=$LETHE_SOURCE_DIR/harness/data/testdata/peer_results
gzip -c "$peer/TOFU_EVAL.json" >packed_EVAL.json.gz
"$LETHE" metric model_utility --data packed_EVAL.json.gz 2>stderr | tail -1 |
  grep -q '"model_utility":{"value":0.442020954007'
grep -q 'part utility, 33 rows' stderr
"$LETHE" import "$peer/TOFU_EVAL.json" --out rows | grep -q '^mia_loss  *24  '
"$LETHE" metric auroc --data rows/mia_loss.jsonl | grep -q '"value":0.57638888'
expect 2 'did you mean mia_loss' "$LETHE" metric auroc \
  --data "$peer/TOFU_EVAL.json" --part mia_los
expect 3 'none of its parts .* has what tpr_at_fpr reads' "$LETHE" metric \
  tpr_at_fpr --data "$peer/eval_log_aggregated.json"
echo '[{"id": 1}]' >pairs.json
expect 3 'is no open-unlearning .*no tofu .*no lm-eval' "$LETHE" import pairs.json
echo "1 passed, 0 failed"
