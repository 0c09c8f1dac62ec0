#!/usr/bin/env bash
# Rules that no compiler checks. Usage: cmake/lint.sh BUILD_FOLDER
set -euo pipefail
build=${1:-build}
failed=0
complain() { echo "lint: $*" >&2; failed=1; }

mapfile -t sources < <(git ls-files '*.cpp' '*.h' '*.cc')
code=$(printf '%s\n' "${sources[@]}" | grep -vE '_(test|bench)\.' || true)

# Files stay short enough to read at one sitting.
while read -r lines file; do
  [ "$file" = total ] || [ "$lines" -le 400 ] ||
    complain "$file: $lines lines, at most 400: split it"
done < <(printf '%s\n' "${sources[@]}" | xargs wc -l)

# Functions stay at 60 lines: a signature begins at column 0 (or indented once
# in a class), ends in ") {", perhaps lines later, and the body closes at the
# same column. Rows of tables and lines of raw texts do not count.
for file in "${sources[@]}"; do
  awk -v file="$file" '
    !start && /^(  )?[A-Za-z].*\) (const )?(override )?(noexcept )?\{$/ {
      start = NR; data = 0; match($0, /^ */); indent = RLENGTH }
    !start && !head && /^(  )?[A-Za-z].*[,(]$/ {
      head = NR; match($0, /^ */); indent = RLENGTH; next }
    head && /\) (const )?(override )?(noexcept )?\{$/ { start = NR; data = 0; head = 0 }
    head && /[;{}]$/ { head = 0 }
    /R"[A-Z]+\(/ { raw = 1 }
    raw || /^ *\{.*\},?$/ { ++data }
    /\)[A-Z]+"/ { raw = 0 }
    start && !raw && /^ *\}/ { match($0, /^ */)
      if (RLENGTH == indent) {
        lines = NR - start - data
        if (lines > 60) { print file ":" start ": " lines " lines"; bad = 1 }
        start = 0 } }
    END { exit bad }' "$file" >&2 || complain "functions are longer than 60 lines"
done

# Dependencies point one way: a folder includes only what stands before it.
layers="base tensor text chat data anchors sanitise plugin stored model score generate train target judge task run fetch app"
rank() { local i=0 l; for l in $layers; do i=$((i + 1)); [ "$l" = "$1" ] && echo $i; done; return 0; }
for file in $code; do
  case $file in harness/*/*) folder=$(echo "$file" | cut -d/ -f2) ;; *) continue ;; esac
  own=$(rank "$folder")
  [ -n "$own" ] || continue
  while read -r used; do
    other=$(rank "$used")
    [ -z "$other" ] || [ "$other" -le "$own" ] ||
      complain "$file includes harness/$used, which stands above harness/$folder"
  done < <(grep -oE '#include "harness/[a-z]+/' "$file" | cut -d/ -f2 | sort -u)
done
for file in $code; do
  case $file in
    metrics/* | results/*)
      bad=$(grep -nE '#include "harness/(tensor|text|chat|data|model|score|generate|train|target|judge|run|app)/|#include "(methods|attacks)/' "$file" || true) ;;
    methods/* | attacks/*)
      bad=$(grep -nE '#include "harness/(run|app)/|#include "results/' "$file" || true) ;;
    harness/base/*)
      bad=$(grep -nE '#include <(ATen|c10|torch)/' "$file" || true) ;;
    *) bad="" ;;
  esac
  [ -z "$bad" ] || complain "$file: $bad"
done

# The slow header, unfinished words, host syncs inside loops of plugins.
for file in "${sources[@]}"; do
  ! grep -nE 'torch/torch\.h' "$file" /dev/null >&2 || complain "the slow header"
  ! grep -nE '\b(TODO|FIXME|XXX)\b' "$file" /dev/null >&2 || complain "unfinished words"
done
for header in $(git ls-files 'harness/*.h'); do
  case $header in harness/tensor/ops.h) continue ;; esac
  ! grep -nE '#include (<ATen/ATen|"harness/tensor/ops)' "$header" /dev/null >&2 ||
    complain "a header includes all operators"
done
while read -r size file; do
  [ "$size" -le 500 ] || case $file in
    suites/data/*) ;;
    *) complain "$file: $size kB, at most 500" ;;
  esac
done < <(git ls-files | xargs -r -d '\n' du -k)

# clang-tidy on what differs from the main branch's last commit.
if [ -e "$build/compile_commands.json" ] && [ "${LETHE_TIDY:-}" = 1 ]; then
  changed=$(git diff --name-only HEAD~1 -- '*.cpp' | grep -v _test || true)
  [ -z "$changed" ] || clang-tidy -p "$build" --quiet $changed || failed=1
fi
[ $failed -eq 0 ] && echo "lint: clean (${#sources[@]} files)"
exit $failed
