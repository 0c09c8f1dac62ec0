#!/usr/bin/env bash
# A folder of one's own is compiled in: one method file, no change here.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/mine/methods" "$work/mine/suites"
cat >"$work/mine/methods/stand_still.cpp" <<'C'
// A method that leaves the model as it is.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"

namespace lethe {
namespace {

class StandStill final : public Method {
 public:
  explicit StandStill(const Json& json) { reject_options(json); }
  Unlearned unlearn(Context& context) const override {
    return {.folder = context.model_folder()};
  }
};

[[maybe_unused]] const bool registered = Registry<Method>::add<StandStill>(
    {.name = "stand_still", .summary = "Does nothing.", .paper = ""});

}  // namespace
}  // namespace lethe
C
echo '{"suite":"mine","description":"Mine.","model":{"path":"m"}}' >"$work/mine/suites/mine.json"
cmake -S "$LETHE_SOURCE_DIR" -B "$work/build" -G Ninja -DLETHE_TESTS=OFF \
  -DLETHE_BENCHMARKS=OFF -DLETHE_PLUGINS="$work/mine" \
  ${LETHE_TORCH_ROOT:+-DLETHE_TORCH_ROOT="$LETHE_TORCH_ROOT"} >/dev/null
cmake --build "$work/build" -j 2 --target lethe lethe_engine lethe_catalogue >/dev/null
"$work/build/lethe" list methods | grep -q '^stand_still  *Does nothing'
"$work/build/lethe" list methods | grep -q '^npo '
"$work/build/lethe" list suites | grep -q '^mine '
echo "1 passed, 0 failed"
