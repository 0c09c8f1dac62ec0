#!/usr/bin/env bash
# Commands that need no model never open LibTorch, and start at once.
set -u
failed=0
check="data check $LETHE_SOURCE_DIR/suites/data/retain.jsonl"
for arguments in "--help" "$check" "verify --help" "import $LETHE_SOURCE_DIR/harness/data/testdata/peer_results/TOFU_EVAL.json" "run --help" "list methods" "list metrics" "describe npo" "list suites"; do
  # The libraries that the dynamic loader opens, from the loader itself.
  # shellcheck disable=SC2086
  if LD_DEBUG=files "$LETHE" $arguments 2>&1 >/dev/null | grep -q 'libtorch\|lethe_engine\|libcurl\|libarchive'; then
    echo "FAILED: lethe $arguments opens LibTorch or libcurl"
    failed=1
  fi
done
if LD_DEBUG=files "$LETHE" fetch --list 2>&1 >/dev/null | grep -q 'libtorch\|lethe_engine'; then
  echo "FAILED: lethe fetch opens LibTorch"
  failed=1
fi
ldd "$LETHE" | grep -q libtorch && { echo "FAILED: lethe links LibTorch"; failed=1; }
# What the registries hold: a new plugin file appears here by itself.
count() { "$LETHE" list "$1" | wc -l; }
files() { grep -rl "Registry<$2>::add" --include='*.cpp' "$LETHE_SOURCE_DIR/$1" | wc -l; }
check() {
  [ "$(count "$1")" -eq "$(files "$2" "$3")" ] || {
    echo "FAILED: $1: $(count "$1") registered, $(files "$2" "$3") files"; failed=1; }
}
check methods methods Method
check attacks attacks Probe
check transforms attacks Transform
check metrics metrics Metric
for name in none retrain finetune checkpoint command gradient_ascent gradient_difference kl_minimisation npo \
  teacher_forced greedy_generation loss_mia zlib_mia greedy_extraction beam_extraction quantise \
  rouge_l exact_match probability perplexity auroc tpr_at_fpr; do
  "$LETHE" describe "$name" | grep -q "^$name (" || { echo "FAILED: describe $name"; failed=1; }
done
# Every command has help with an example.
for command in $("$LETHE" --help | awk '/^  [a-z]/ {print $1}'); do
  "$LETHE" "$command" --help | grep -q '^example: lethe ' || { echo "FAILED: $command --help"; failed=1; }
done
[ $failed -eq 0 ] && echo "1 passed, 0 failed"
exit $failed
