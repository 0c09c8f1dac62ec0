#!/usr/bin/env bash
# Run a suite and hold it against rules, as CI does: action.yml and
# gitlab-ci.yml call this, and so do this repository's own tests.
#
#   ci_suite.sh SUITE OUT     a suite's name or file; the run folder
#   ci_suite.sh install       build the program beside this script
#   ci_suite.sh key           a hash of all that the program is built from
#
# What else it takes comes from the environment, so that nothing of a workflow
# is ever pasted into a shell:
#
#   LETHE            the program; default: build/lethe of this repository
#   LETHE_SET        a.b=value, one a line, for lethe run --set
#   LETHE_RULES      files or names of gates, one a line; empty: the suite's own
#   LETHE_BASELINE   a run folder, for rules that compare with one
#   LETHE_DEVICE     auto, cpu, cuda
#
# Beside what lethe run writes, OUT gets junit.xml, gate.sarif and gate.md where
# there are rules. On GitHub the leaderboard and the gates become the step's
# summary. The exit code is that of lethe run or, when nothing cut it short, of
# lethe gate: 0 passed, 1 a cell failed, 10 a bound is broken, 11 undecidable. A run
# that was cut short goes on where it stood when OUT is kept between jobs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lethe=${LETHE:-$root/build/lethe}

# Every file that the build reads, by name and content.
key() {
  (cd "$root" && find CMakeLists.txt CMakePresets.json dev cmake harness methods \
    metrics attacks results -type f ! -name '*.md' ! -path '*/testdata/*' \
    ! -name '*_test.sh' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
    sha256sum | cut -d' ' -f1)
}

# LETHE_CACHE_HIT=true: build/ is of these very files. A checkout makes them look
# newer than it, so they are dated back and nothing is compiled again.
install() {
  if [ "${LETHE_CACHE_HIT:-}" = true ]; then
    find "$root" \( -path "$root/build" -o -path "$root/.*" \) -prune -o \
      -type f -exec touch -d 2000-01-01 {} +
  fi
  "$root/dev" build lethe lethe_engine lethe_catalogue
}

# Options: --set for each line of LETHE_SET, and so on.
lines() {  # lines NAME OPTION: OPTION and a line of the variable NAME, repeated
  local line
  while IFS= read -r line; do
    line=${line%$'\r'}
    [ -z "${line//[[:space:]]/}" ] || options+=("$2" "$line")
  done <<<"${!1:-}"
}

summarise() {  # summarise FILE: for people, where GitHub shows it
  [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -e "$1" ] || return 0
  head -c 500000 "$1" >>"$GITHUB_STEP_SUMMARY"  # a step may write 1 MiB
  echo >>"$GITHUB_STEP_SUMMARY"
}

run() {
  local suite=$1 out=$2 code=0 gated=0
  local options=(--out "$out" --device "${LETHE_DEVICE:-auto}")
  lines LETHE_SET --set
  [ -z "${LETHE_BASELINE:-}" ] || options+=(--baseline "$LETHE_BASELINE")
  # The gates of the suite are held below, together with the others.
  "$lethe" run "$suite" "${options[@]}" || code=$?
  summarise "$out/leaderboard.md"
  case $code in 0 | 1 | 10 | 11) ;; *) return $code ;; esac
  options=(--junit "$out/junit.xml" --sarif "$out/gate.sarif"
    --markdown "$out/gate.md")
  lines LETHE_RULES --rules
  [ -z "${LETHE_BASELINE:-}" ] || options+=(--baseline "$LETHE_BASELINE")
  if [ -n "${LETHE_RULES:-}" ] || [ -e "$out/gates.json" ]; then
    "$lethe" gate "$out" "${options[@]}" || gated=$?
    [ $code -eq 10 ] || code=$((gated != 0 ? gated : code))
  fi
  if [ -n "${LETHE_RULES:-}" ]; then  # the report opens with their verdict
    options=()
    lines LETHE_RULES --rules
    [ -z "${LETHE_BASELINE:-}" ] || options+=(--baseline "$LETHE_BASELINE")
    "$lethe" report "$out" "${options[@]}" >/dev/null
  fi
  return "$code"
}

case ${1:-} in
  install | key)
    [ $# -eq 1 ] || { echo "error: ci_suite.sh $1: takes nothing more" >&2; exit 2; }
    "$1" ;;
  "" | -*)
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2 ;;
  *)
    [ $# -eq 2 ] || { echo "error: ci_suite.sh: wants SUITE OUT: see its head" >&2; exit 2; }
    code=0
    run "$1" "$2" || code=$?
    [ -z "${GITHUB_OUTPUT:-}" ] || echo "exit-code=$code" >>"$GITHUB_OUTPUT"
    exit "$code" ;;
esac
