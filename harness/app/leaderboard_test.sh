#!/usr/bin/env bash
# Leaderboards as users ask for them: formats, columns, order, published
# figures, ranks on single items, and a page whose script is the one allowed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
. "$LETHE_SOURCE_DIR/harness/app/expect.sh"
python3 "$LETHE_SOURCE_DIR/harness/app/leaderboard_runs.py" demo

fail() { echo "FAILED: $*"; exit 1; }
# has FILE TEXT: the text is in the file.
has() { grep -qF -- "$2" "$1" || { head -40 "$1"; fail "$1 lacks $2"; }; }

"$LETHE" leaderboard demo >terminal
has terminal 'exact McNemar test on the same items'
has terminal 'sign-flip permutation test'
has terminal 'on the Pareto front of'
has terminal 'worst extraction'
has terminal 'at chance: the interval holds 0.25, what a guess gives'
has terminal 'a guess gives 0.25'
has terminal 'gradient_ascent (over-unlearned)'
[ "$(awk '{ if (length($0) > 100) n++ } END { print n + 0 }' terminal)" -eq 0 ] ||
  LC_ALL=C.UTF-8 awk 'length($0) > 100 { print; bad = 1 } END { exit bad }' terminal ||
  fail "lines are wider than 100 columns"

for format in md csv html latex json; do
  "$LETHE" leaderboard demo --format $format --out table.$format
  [ -s table.$format ] || fail "no table.$format"
done
has table.latex '\toprule'
has table.html "script-src 'sha256-"

# The policy names the script that is in the page.
python3 - table.html <<'PY' || fail "the page's script is not the one allowed"
import base64, hashlib, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
script = re.search(r"<script>(.*?)</script>", page, re.S).group(1)
digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
sys.exit(f"script-src 'sha256-{digest}'" not in page)
PY

# CSV has as many cells in every line; JSON agrees with it.
python3 - table.csv table.json <<'PY' || fail "CSV and JSON differ"
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
table = json.load(open(sys.argv[2]))
assert len(rows) == len(table["rows"]) == 14, len(rows)
key = "greedy_extraction.exact_match.exact_match.forget"
for text, row in zip(rows, table["rows"]):
    assert None not in text and None not in text.values(), text
    cell = row["cells"][key]
    assert float(text[key]) == cell["value"]
    rank = cell["rank"] or ["NA", "NA"]
    assert [text[key + ".rank_best"], text[key + ".rank_worst"]] == \
        [str(r) for r in rank], (text["name"], rank)
ranks = {r["name"]: r["rank"] for r in table["rows"]}
assert ranks["none"] is None and ranks["npo"] is not None
fronts = {r["name"]: r["front"] for r in table["rows"]}
assert fronts["none"] is None and fronts["simnpo"] == "on", fronts
worst = next(r for r in table["rows"] if r["name"] == "npo")["worst"]
assert worst["extraction"]["row"] == "npo + quantise:form=int8", worst
PY

"$LETHE" leaderboard demo --columns '*acc*' --columns 'greedy extraction EM' \
  --format csv >some
[ "$(head -1 some | tr ',' '\n' | grep -c '\.sd$')" -eq 4 ] ||
  fail "--columns kept others"  # two columns and two worst cases
"$LETHE" leaderboard demo --sort distance --format csv |
  cut -d, -f1 | sed -n '2,4p' | tr '\n' ' ' >order
has order 'retrain none '
"$LETHE" leaderboard demo --published wmdp --published muse:news,\ paper >beside
has beside 'Published, not run here: wmdp, Zephyr-7b-beta'
has beside 'arXiv:2407.06460, Table 3'
expect 2 'nothing published is named "tfou".*did you mean tofu' \
  "$LETHE" leaderboard demo --published tfou
expect 2 'no column is named "seconsd".*did you mean seconds' \
  "$LETHE" leaderboard demo --columns seconsd
expect 2 'no column is named "rnak".*did you mean rank' \
  "$LETHE" leaderboard demo --sort rnak
expect 2 'unknown format "latx".*did you mean latex' \
  "$LETHE" leaderboard demo --format latx
echo "1 passed, 0 failed"
