// Fluency of what a model wrote: the entropy of its pairs and triples of
// neighbouring words, weighted 2/3 and 4/3. A text that repeats itself has
// little.
//
//   entropy_n = -sum over runs r of n words of f(r) log2 f(r) [bits], f the
//   share of all runs
//   fluency = (2/3 entropy_2 + 4/3 entropy_3) / 2 [bits]
//
// Paper: Zhang et al. 2018, arXiv:1809.05972 (entropy of runs); the weights:
// Meng et al. 2022 (ROME), arXiv:2202.05262, as in RWKU, arXiv:2406.10890.
// Peer: ROME's n_gram_entropy, the definition. Its words are nltk's
// word_tokenize, which takes contractions apart ("do", "n't"); these are
// mteval-v13a's, as in bleu.cpp: equal where there are none. A text without
// runs of n words has entropy_n 0, as there.
#include <algorithm>
#include <cmath>
#include <map>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/mteval_words.h"
#include "metrics/numbering.h"

namespace lethe {
namespace {

// Of runs of n words given as numbers, bits.
double entropy(const std::vector<uint32_t>& words, size_t n) {
  if (words.size() < n) return 0;
  std::map<std::vector<uint32_t>, double> counts;
  const size_t runs = words.size() - n + 1;
  for (size_t i = 0; i < runs; ++i) {
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
    ++counts[{begin, begin + static_cast<std::ptrdiff_t>(n)}];
  }
  double sum = 0;
  for (const auto& [run, count] : counts) {
    const double share = count / static_cast<double>(runs);
    sum -= share * std::log2(share);
  }
  return std::max(sum, 0.0);  // not -0
}

class Fluency final : public Metric {
 public:
  explicit Fluency(const Json& json) { reject_options(json); }

  // The output alone: no right answer is asked for.
  MetricNeeds needs() const override { return {}; }
  std::string main_field() const override { return "fluency"; }
  std::vector<std::string> fields() const override {
    return {"fluency", "entropy_2", "entropy_3"};
  }
  std::string unit() const override { return "bits"; }

  Row item(const Observation& seen) const override {
    const auto texts = mteval_words(seen.output);
    Numbering<std::string_view> numbers;
    const auto words = numbers.of_all(texts);
    const double pairs = entropy(words, 2);
    const double triples = entropy(words, 3);
    return {{"fluency", (pairs * 2 / 3 + triples * 4 / 3) / 2},
            {"entropy_2", pairs},
            {"entropy_3", triples}};
  }

  // Means; bits that all are 0 or 1 are no shares of a Wilson interval.
  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& /*observations*/) const override {
    Aggregate means;
    for (size_t field = 0; field < fields().size(); ++field) {
      std::vector<double> bits;
      for (const Row& row : rows) bits.push_back(row[field].second);
      means.emplace_back(
          fields()[field],
          estimate_ratio(bits, std::vector<double>(bits.size(), 1)));
    }
    return means;
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Fluency>(
    {.name = "fluency",
     .summary = "Entropy of an output's pairs and triples of words, in bits.",
     .paper = "arXiv:2202.05262"});

}  // namespace
}  // namespace lethe
