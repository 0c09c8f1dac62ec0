#!/usr/bin/env bash
# lethe report as a user types it: the page, the plots, and what is refused.
set -eu
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 "$LETHE_SOURCE_DIR/results/browser/make_run.py" run --items 8

[ "$("$LETHE" report run)" = run/report.html ]
grep -q '<h2 id="verdict-head">Verdict</h2>' run/report.html
for part in values curves roc chances rouge relearning samples costs settings; do
  grep -q "<section id=\"$part\"" run/report.html || { echo "no $part"; exit 1; }
done

"$LETHE" report run --html page.html --plots plots --json >written.json
cmp page.html run/report.html
python3 - <<'P'
import json, os
from xml.etree import ElementTree
written = json.load(open("written.json"))
assert written["html"] == "page.html", written
assert sorted(os.listdir("plots")) == sorted(
    os.path.basename(p) for p in written["plots"])
assert len(written["plots"]) == open("page.html").read().count("<svg ")
for plot in written["plots"]:
    root = ElementTree.parse(plot).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg", plot
    texts = [c.text for c in root if c.tag.endswith(("title", "desc"))]
    assert len(texts) == 2 and all(texts), plot
P
rm -r plots
"$LETHE" report run --plots plots >files
[ "$(wc -l <files)" = "$(ls plots | wc -l)" ] && ! grep -q html files

# A run that is still going: its journal alone.
mkdir going
echo '{"status":"running"}' >going/run.json
: >going/journal.jsonl
"$LETHE" report going --html going.html >/dev/null
grep -q 'not finished' going.html

mkdir none
expect 2 "^error: none" "$LETHE" report none
[ ! -e none/report.html ]
# The verdict of rules given by hand, in place of the run's own.
cat >rules.json <<'J'
{"gate": "mine", "rules": [{"name": "mine", "metric": "*", "min": -1e9}]}
J
"$LETHE" report run --rules rules.json --html ruled.html >/dev/null
grep -q 'mine' ruled.html
expect 2 "rules" "$LETHE" report run --baseline run --html ruled.html
echo '{' >run/gate.json
expect 3 "^error: run/gate.json" "$LETHE" report run --html other.html
[ ! -e other.html ]
expect 2 "plots" "$LETHE" report run --plot plots
echo "passed"
