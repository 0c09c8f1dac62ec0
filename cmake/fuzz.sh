#!/usr/bin/env bash
# Runs the fuzz targets one after another and prints a table; exit code 1 and
# the path of the input when one has a finding.
# Usage: cmake/fuzz.sh BUILD_FOLDER [SECONDS] [TARGET]
set -euo pipefail
build=$1
seconds=${2:-60}
chosen=${3:-}
root=.cache/fuzz
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
  echo "error: ./dev fuzz: $seconds is no number of seconds: ./dev fuzz 60" >&2
  exit 2
}

# Test data that other tests have anyway.
more_seeds() {
  case $1 in
    tokenizer) echo harness/text/testdata/*/tokenizer.json ;;
    sentencepiece) echo harness/text/testdata/vocab_files/*.model ;;
    safetensors_header) echo harness/model/testdata/*.safetensors ;;
    torch_file) echo harness/model/testdata/*.bin ;;
  esac
}

# Files of a target's seeds, copied under names of their own.
collect_seeds() {
  local target=$1 folder=$2 data=$3 file
  rm -rf "$folder"
  mkdir -p "$folder"
  for file in "$data/$target"/* $(more_seeds "$target"); do
    [ ! -f "$file" ] || cp "$file" "$folder/${file//\//_}"
  done
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$root/findings" "$root/logs"
table='%-20s %10s %8s %8s %9s\n'
row() { printf "$table" "$@"; }
number() { { grep -oE "$1 *[0-9]+" "$2" || echo 0; } | grep -oE '[0-9]+$' | tail -1; }

row target runs corpus seconds findings
ran=0 failed=()
for source in harness/*/*_fuzz.cc; do
  target=$(basename "$source" _fuzz.cc)
  [ -z "$chosen" ] || [ "$chosen" = "$target" ] || continue
  ran=$((ran + 1))
  data=$(dirname "$source")/testdata/fuzz
  corpus=$root/$target seeds=$root/seeds/$target log=$root/logs/$target
  mkdir -p "$corpus"
  collect_seeds "$target" "$seeds" "$data"
  options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024
    -malloc_limit_mb=512 -print_final_stats=1
    -artifact_prefix="$root/findings/$target-")
  [ ! -f "$data/$target.dict" ] || options+=(-dict="$data/$target.dict")
  start=$SECONDS code=0
  TMPDIR=$scratch "$build/${target}_fuzz" "${options[@]}" "$corpus" "$seeds" \
    >"$log" 2>&1 || code=$?
  found=0
  if [ $code -ne 0 ]; then
    found=1
    failed+=("$target: exit code $code: $(grep -oE "$root/findings/[^ ]+" "$log" |
      tail -1 || true): see $log")
  fi
  row "$target" "$(number number_of_executed_units: "$log")" \
    "$(find "$corpus" -type f | wc -l)" $((SECONDS - start)) $found
done
if [ $ran -eq 0 ]; then
  names=$(basename -s _fuzz.cc -a harness/*/*_fuzz.cc | tr '\n' ' ')
  echo "error: ./dev fuzz: no target \"$chosen\": one of $names" >&2
  exit 2
fi
if [ ${#failed[@]} -gt 0 ]; then
  printf 'fuzz: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "fuzz: ok"
