// ROUGE-L of texts of 100 words, pairs a second. The peer's time for the like:
// python harness/oracle/metrics.py --time
#include <benchmark/benchmark.h>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

// A text of `count` words out of 200 that look like English ones.
std::string text(Rng& stream, int count) {
  static constexpr const char* kEndings[] = {"", "s", "ing", "ation", "ness"};
  std::string words;
  for (int i = 0; i < count; ++i) {
    const uint64_t root = stream.below(40);
    words += static_cast<char>('a' + root % 20);
    words += root < 20 ? "orem" : "ander";
    words += kEndings[stream.below(5)];
    words += i % 12 == 11 ? ". " : " ";
  }
  return words;
}

void rouge_l(benchmark::State& state) {
  constexpr int kWords = 100;
  Rng stream(0, "rouge_l_bench");
  Observations pairs(64);
  for (Observation& pair : pairs) {
    pair.output = text(stream, kWords);
    pair.references = {text(stream, kWords)};
  }
  const auto metric =
      Registry<Metric>::make("rouge_l", {{"stemmer", state.range(0) == 1}});
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(metric->item(pairs[next++ % pairs.size()]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(rouge_l)->ArgName("stemmer")->Arg(0)->Arg(1);

}  // namespace
}  // namespace lethe
