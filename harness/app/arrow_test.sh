#!/usr/bin/env bash
# Parquet and Arrow files as a user reads them: data check, the engine's
# commands, tasks in the layouts of Hugging Face; and how they are refused where
# pyarrow's libraries are not. Skips what needs those.
set -euo pipefail
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"
files=$LETHE_SOURCE_DIR/harness/data/arrow/testdata
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
M=$LETHE_SOURCE_DIR/suites/data/tiny_llama

# Without the module: a cure, and everything else works.
without() { LETHE_ARROW_MODULE=$work/absent.so "$@"; }
printf '{"text": "The tide came in."}\n' >a.jsonl
cp "$files/boats.arrow" "$files/boats.feather" .
cp "$files/boats/data/test-00000-of-00002.parquet" boats.parquet
cure='no .*absent.so\): run ./dev arrow, or convert it: python3 -c "import'
expect 2 "boats.parquet: .*$cure pandas; pandas.read_parquet\('boats.parquet'\).to_json" \
  without "$LETHE" data check boats.parquet
expect 2 "boats.feather: .*$cure pandas; pandas.read_feather" \
  without "$LETHE" data check boats.feather
expect 2 "boats.arrow: .*$cure datasets; datasets.Dataset.from_file" \
  without "$LETHE" tokenize --model "$M" --data boats.arrow
expect 2 'absent.parquet: cannot open' without "$LETHE" data check absent.parquet
without "$LETHE" data check a.jsonl >/dev/null
echo "no library" >broken.so
expect 2 'do not load \(.*broken.so.*run ./dev arrow' \
  env LETHE_ARROW_MODULE="$work/broken.so" "$LETHE" data check boats.parquet

if [ ! -e "$(dirname "$(realpath "$LETHE")")/liblethe_arrow.so" ]; then
  echo "skipped: this build is without pyarrow's libraries: ./dev arrow"
  exit 77
fi

# The rows are those of the same data as JSON Lines.
"$LETHE" data check boats.arrow boats.feather "$files/boats.jsonl" --json >all.json
python3 - <<'P'
import json
stream, feather, lines = json.load(open("all.json"))["files"]
assert (stream["format"], feather["format"]) == ("Arrow stream", "Arrow file")
assert stream["fields"] == feather["fields"] == lines["fields"], stream
assert stream["rows"] == lines["rows"] == 7
P
printf '{"task": "boats", "version": 1, "kind": "multiple_choice",
"prompt": "{{question}}\\nAnswer:", "choices": "choices.text", "answer": "answer"}' >boats.json
"$LETHE" train --config "$M/config.json" --data a.jsonl --out model \
  --set steps=1 --set batch=1 -q >/dev/null
[ -f model/tokenizer.json ] || cp "$M"/tokenizer*.json model/
run() { "$LETHE" eval --model model --tasks boats.json --deterministic \
  --log-samples --json -q "$@"; }
run --data-file "boats=$files/boats.jsonl" --out lines >lines.json
run --data-dir "$files" --out parts >parts.json
run --data-file boats=boats.arrow --out stream >stream.json
python3 - <<'P'
import json
a, b, c = (open(f"{x}/samples/boats.jsonl").read() for x in ("lines", "parts", "stream"))
assert len(a.splitlines()) == 7 and a == b == c
lines, parts = (json.load(open(f"{x}.json"))["results"]["boats"] for x in ("lines", "parts"))
assert lines["acc"] == parts["acc"] and parts["n"] == 7
P

# A part that is missing, two subsets, a file that is cut off.
mkdir -p one/boats/data two/boats/north two/boats/south
cp "$files/boats/data/test-00001-of-00002.parquet" one/boats/data
expect 3 'test-00001-of-00002.parquet: is one of 2 parts, and test-00000' \
  run --data-dir one --out x
cp boats.parquet two/boats/north/test-00000-of-00001.parquet
cp boats.parquet two/boats/south/test-00000-of-00001.parquet
expect 2 'boats/north/test.* could be meant, and boats/south/test.* --data-file' \
  run --data-dir two --out x
head -c 2000 boats.parquet >cut.parquet
expect 3 'cut.parquet: cannot be read: .*get it again' "$LETHE" data check cut.parquet
expect 2 'columns are named' "$LETHE" data check boats.parquet --columns a,b
echo "arrow: passed"
