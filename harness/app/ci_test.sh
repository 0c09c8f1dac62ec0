#!/usr/bin/env bash
# What action.yml and examples/gitlab-ci.yml run: a suite, its gates, the summary
# and the exit code.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
source "$LETHE_SOURCE_DIR/harness/app/tiny_suite.sh"
fail() { echo "FAILED: $*"; tail -n 20 out err 2>/dev/null; exit 1; }
ci() {  # ci CODE SUITE OUT: run as a step of GitHub's, with that exit code
  local wanted=$1 code=0
  shift
  : >summary
  : >outputs
  GITHUB_STEP_SUMMARY=$work/summary GITHUB_OUTPUT=$work/outputs \
    bash "$LETHE_SOURCE_DIR/examples/ci_suite.sh" "$@" >out 2>err || code=$?
  [ $code -eq "$wanted" ] || fail "$*: exit code $code, not $wanted"
  [ "$(cat outputs)" = "exit-code=$wanted" ] || fail "outputs: $(cat outputs)"
}
export LETHE LETHE_DEVICE=cpu
tiny_suite suite.json
rules() {  # rules FILE MAX: the extraction of a model that learnt nothing is 0
  echo '{"gate": "ci", "rules": [{"metric": "greedy_extraction.exact_match*",
    "row": "none", "max": '"$2"', "ci": "point"}]}' >"$1"
}
rules pass.json 1
rules fail.json -1

# Without rules: the table alone.
LETHE_SET=$'methods=[{"name":"none"}]\ntransforms=[]\r\n\n' ci 0 suite.json plain
grep -q '^| none ' summary || fail "no leaderboard in the summary"
[ ! -e plain/junit.xml ] || fail "a verdict without rules"
[ "$(python3 -c 'import json; print(len(json.load(open("plain/run.json"))["cells"]))')" = 1 ] ||
  fail "LETHE_SET did not arrive"

# With them: every report, and the verdict as exit code; the run is not repeated.
LETHE_RULES=pass.json ci 0 suite.json run
for file in junit.xml gate.sarif gate.md leaderboard.md report.html events.jsonl; do
  [ -s "run/$file" ] || fail "no $file"
done
python3 -c 'import xml.dom.minidom as x; x.parse("run/junit.xml")' || fail "junit.xml"
python3 -c 'import json; assert json.load(open("run/gate.sarif"))["version"] == "2.1.0"' ||
  fail "gate.sarif"
grep -q '^| none ' summary || fail "no leaderboard in the summary"
grep -q ci summary || fail "no gate in the summary"
LETHE_RULES=fail.json ci 10 suite.json run
LETHE_RULES=$'pass.json\nfail.json' ci 10 suite.json run
LETHE_RULES=pass.json LETHE_BASELINE=plain ci 0 suite.json run
LETHE_RULES=absent.json ci 2 suite.json run
ci 2 absent.json run2
grep -q '^error: ' err || fail "no error line"

# The gates of the suite itself.
python3 - <<'P'
import json
suite = json.load(open("suite.json"))
suite["gates"] = [json.load(open("fail.json"))]
json.dump(suite, open("gated.json", "w"))
P
ci 10 gated.json gated
[ -s gated/junit.xml ] || fail "no junit.xml of the suite's own gates"

# The key of the cache names the sources and nothing else.
key=$(bash "$LETHE_SOURCE_DIR/examples/ci_suite.sh" key)
[ "${#key}" -eq 64 ] && [ "$key" = "$(bash "$LETHE_SOURCE_DIR/examples/ci_suite.sh" key)" ] ||
  fail "the key: $key"
code=0
bash "$LETHE_SOURCE_DIR/examples/ci_suite.sh" >out 2>err || code=$?
[ $code -eq 2 ] && grep -q 'ci_suite.sh SUITE OUT' err || fail "no usage"
echo "1 passed, 0 failed"
