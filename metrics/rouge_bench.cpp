// ROUGE of texts of 100 words, pairs a second; sequences of 2,000 tokens. The
// peer's time for the like: python harness/oracle/metrics.py --time
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

void rouge(benchmark::State& state, const char* name) {
  constexpr int kWords = 100;
  Rng stream(0, "rouge_bench");
  Observations pairs(64);
  for (Observation& pair : pairs) {
    pair.output = text(stream, kWords);
    pair.references = {text(stream, kWords)};
  }
  const auto metric =
      Registry<Metric>::make(name, {{"stemmer", state.range(0) == 1}});
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(metric->item(pairs[next++ % pairs.size()]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(rouge, 1, "rouge_1")->ArgName("stemmer")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(rouge, 2, "rouge_2")->ArgName("stemmer")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(rouge, l, "rouge_l")->ArgName("stemmer")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(rouge, lsum, "rouge_lsum")
    ->ArgName("stemmer")
    ->Arg(0)
    ->Arg(1);

// Token ids of a text of 2,000 and of an output that shares parts of it.
void sequence_metric(benchmark::State& state, const char* name) {
  Rng stream(0, "sequence_bench");
  Observation pair;
  for (int i = 0; i < 2000; ++i) {
    pair.reference_ids.push_back(static_cast<int64_t>(stream.below(1000)));
    const bool same = stream.below(10) > 0;
    pair.output_ids.push_back(same ? pair.reference_ids.back()
                                   : static_cast<int64_t>(stream.below(1000)));
  }
  const auto metric = Registry<Metric>::make(name, Json::object());
  for (auto _ : state) benchmark::DoNotOptimize(metric->item(pair));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(sequence_metric, edit, "edit_similarity");
BENCHMARK_CAPTURE(sequence_metric, run, "longest_common_substring");

}  // namespace
}  // namespace lethe
