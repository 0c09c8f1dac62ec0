#!/usr/bin/env bash
# task import: an lm-eval task file as a user converts it, and refusals.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"
own=$LETHE_SOURCE_DIR/harness/task/testdata/lm_eval
import() { "$LETHE" task import "$@"; }

# To a file, to a folder, to stdout: the same bytes.
import "$own/quiz.yaml" --out made/quiz.json >shown 2>notes
grep -qx 'made/quiz.json: quiz, multiple_choice' shown
grep -q '^note: .*quiz.yaml: tag, should_decontaminate: left out' notes
import "$own/quiz.yaml" --out folder/ --json 2>notes >shown
cmp made/quiz.json folder/quiz.json
import "$own/quiz.yaml" 2>notes | cmp - made/quiz.json
python3 - <<'P'
import json
shown = json.load(open("shown"))
assert (shown["task"], shown["file"]) == ("quiz", "folder/quiz.json"), shown
P

expect 2 'absent.yaml: .*cannot open|absent.yaml: ' import absent.yaml
expect 2 'unknown action.*import' "$LETHE" task imprt "$own/quiz.yaml"
expect 2 'it takes 2' import
expect 2 'unknown option --output' import "$own/quiz.yaml" --output x
expect 3 'outside.yaml:1: include: ../shared_yaml lies outside the folder' \
  import "$own/sub/outside.yaml"

printf 'task: t\nprocess_docs: !function os.system\n' >code.yaml
expect 3 'code.yaml:2: process_docs: is code \(!function os.system\)' \
  import code.yaml
printf 'task: t\ndataset_path: d\ntest_split: test\nrepeats: 4\n' >repeats.yaml
expect 3 'repeats.yaml:4: repeats: is 4' import repeats.yaml
printf 'group: g\ntask: [a, b]\n' >group.yaml
expect 3 'group.yaml:2: task: is a list: a group of tasks' import group.yaml
printf 'task: t\ninclude: /etc/passwd\n' >absolute.yaml
expect 3 'absolute.yaml:2: include: /etc/passwd lies outside' \
  import absolute.yaml
ln -s /etc/passwd link_yaml
printf 'task: t\ninclude: link_yaml\n' >link.yaml
expect 3 'link.yaml:2: include: link_yaml lies outside' import link.yaml
printf 'task: t\ninclude: circle.yaml\n' >circle.yaml
expect 3 'circle.yaml:2: include: circle.yaml is included twice' \
  import circle.yaml
{
  echo 'a0: &a0 [x,x,x,x,x,x,x,x,x]'
  for i in 1 2 3 4 5 6 7 8 9; do
    p=$((i - 1))
    echo "a$i: &a$i [*a$p,*a$p,*a$p,*a$p,*a$p,*a$p,*a$p,*a$p,*a$p]"
  done
} >bomb.yaml
expect 3 'bomb.yaml:[0-9]+: has more than 20000 values' import bomb.yaml
printf '[%.0s' $(seq 5000) >deep.yaml
expect 3 'deep.yaml:1: is nested deeper than 64' import deep.yaml
head -c 300000 /dev/zero | tr '\0' 'x' >long.yaml
expect 3 'long.yaml: ' import long.yaml
printf 'task: "a/../../b"\ndataset_path: d\ntest_split: t\n' >name.yaml
expect 3 'name.yaml:1: task: "a/../../b" is no name' import name.yaml
# Nothing is written where something is refused.
expect 3 'is code' import code.yaml --out refused.json
[ ! -e refused.json ]

# What was made is a task: here on documents of its own.
if [ -n "${LETHE_FIXTURES:-}" ]; then
  mkdir -p data/quiz
  for split in train test; do
    for i in 0 1 2; do
      echo "{\"question\": \"$split $i\", \"options\": [\"a\", \"b\", \"c\"]," \
        "\"digits\": \"$i\"}"
    done >data/quiz/$split.jsonl
  done
  "$LETHE" eval --model "$LETHE_FIXTURES/models/gpt2" --tasks made/quiz.json \
    --data-dir data --json >result
  grep -q '"quiz"' result
fi
echo "1 passed, 0 failed"
