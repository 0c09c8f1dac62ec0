#!/usr/bin/env bash
# The pages as a reader opens them: headless Chromium over reports, leaderboards
# and a stress report, with hostile text of a model in all of them. Screenshots
# go to LETHE_SCREENSHOTS where it is set.
set -eu
python=/usr/bin/python3  # Debian's, which has python3-selenium
skip() { echo "skipped: $1: ./dev browser installs it"; exit 77; }
command -v chromium >/dev/null || skip "no chromium"
command -v chromedriver >/dev/null || skip "no chromium-driver"
"$python" -c 'import selenium' 2>/dev/null || skip "no python3-selenium"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pages=$LETHE_SOURCE_DIR/results/browser
data=$LETHE_SOURCE_DIR/suites/data
cd "$work"

"$python" "$pages/make_run.py" plain
"$python" "$pages/make_run.py" hostile --hostile
for run in plain hostile; do
  "$LETHE" report "$run" --html "report-$run.html" --plots "plots-$run" \
    >/dev/null
  "$LETHE" leaderboard "$run" --format html --out "board-$run.html"
done

# A stress report is of a model: a small one that read hostile rows.
"$python" - "$pages" "$data" <<'P'
import json, sys
sys.path.insert(0, sys.argv[1])
from make_run import HOSTILE
rows = [json.loads(line) for line in open(sys.argv[2] + "/forget.jsonl")][:8]
others = [json.loads(line) for line in open(sys.argv[2] + "/holdout.jsonl")][:8]
with open("data.jsonl", "w") as data, open("train.jsonl", "w") as train:
    for member, part in ((1, rows), (0, others)):
        for row, evil in zip(part, HOSTILE):
            text = f"{evil} {row['text'][:120]} {evil}"
            line = {"id": evil, "text": text, "member": member}
            data.write(json.dumps(line) + "\n")
            if member:
                train.write(json.dumps(line) + "\n")
P
"$LETHE" train --config "$data/tiny_llama/config.json" --data train.jsonl \
  --out model --set epochs=12 --set batch=4 --set lr=0.003 -q >/dev/null
"$LETHE" stress --model model --data data.jsonl --out stress -q \
  --set prefix_tokens=8 --set suffix_tokens=4 --set num_beams=4 >/dev/null
"$LETHE" report stress --html report-stress.html >/dev/null

"$python" "$pages/check_pages.py" report-plain=report-plain.html \
  report-hostile=report-hostile.html board-plain=board-plain.html \
  board-hostile=board-hostile.html stress-hostile=stress/report.html \
  report-stress=report-stress.html --svg plots-hostile \
  ${LETHE_SCREENSHOTS:+--shots "$LETHE_SCREENSHOTS"}
