// BLEU: the geometric mean of how many of the output's runs of 1 to 4 words
// stand in the reference, cut where the output is shorter; in [0, 1].
//
//   bleu = min(1, exp(1 - r / c)) exp(mean over n = 1..4 of log p_n), with c
//   words of the output, r of the reference, p_n = shared runs of n / runs of n
//   bleu: from counts summed over all items; sentence_bleu: mean of the items';
//   approximate = 1 if the item's is above 0.75
//
// Paper: Papineni et al. 2002, "BLEU: a method for automatic evaluation of
// machine translation"; approximate: Ippolito et al. 2023, arXiv:2210.17546.
// Peer: sacrebleu 2.6.0 / 100, to 1e-12 (texts_parity_test.cpp): tokens "13a",
// case kept, the k-th order without a match counts 1 / 2^k; an item averages
// the orders that it is long enough for, a set of which no item has four words
// scores 0. Several references: counts of the one with most, the nearest
// length. The interval of `bleu` resamples items.
#include <algorithm>
#include <array>
#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/mteval_words.h"
#include "metrics/words.h"

namespace lethe {
namespace {

constexpr size_t kOrders = 4;
constexpr double kApproximate = 0.75;

// Words of the output, words of the reference, then shared and all runs of
// each order: what can be added up over items.
constexpr size_t kGot = 0, kWanted = 1, kShared = 2, kAll = kShared + kOrders;
using Counts = std::vector<double>;

// The length next to `got`; of two as near the shorter one.
size_t nearest_length(const std::vector<Words>& wanted, size_t got) {
  const auto distance = [got](const Words& list) {
    const size_t n = list.size();
    return std::pair(n > got ? n - got : got - n, n);
  };
  return std::min_element(wanted.begin(), wanted.end(),
                          [&](const Words& a, const Words& b) {
                            return distance(a) < distance(b);
                          })
      ->size();
}

Counts count(const Observation& seen) {
  const Words got = mteval_words(seen.output);
  std::vector<Words> wanted;
  for (const std::string& reference : seen.references) {
    wanted.push_back(mteval_words(reference));
  }
  const auto shared = shared_runs(got, wanted, kOrders);
  Counts counts(kAll + kOrders);
  counts[kGot] = static_cast<double>(got.size());
  counts[kWanted] = static_cast<double>(nearest_length(wanted, got.size()));
  for (size_t i = 0; i < kOrders; ++i) {
    counts[kShared + i] = static_cast<double>(shared[i]);
    counts[kAll + i] = std::max(0.0, counts[kGot] - static_cast<double>(i));
  }
  return counts;
}

// Over the first `orders` orders.
double bleu(const Counts& counts, size_t orders) {
  if (counts[kShared] == 0 || counts[kAll + orders - 1] == 0) return 0;
  double halved = 1;
  double sum = 0;
  for (size_t i = 0; i < orders; ++i) {
    const double shared = counts[kShared + i];
    sum += std::log((shared > 0 ? shared : halved /= 2) / counts[kAll + i]);
  }
  const double shortness = std::min(0.0, 1 - counts[kWanted] / counts[kGot]);
  return std::exp(shortness + sum / static_cast<double>(orders));
}

double corpus_bleu(const Counts& counts) { return bleu(counts, kOrders); }

double sentence_bleu(const Counts& counts) {
  const auto words = static_cast<size_t>(counts[kGot]);
  return bleu(counts, std::clamp<size_t>(words, 1, kOrders));
}

class Bleu final : public Metric {
 public:
  explicit Bleu(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.output = true}; }
  std::string main_field() const override { return "bleu"; }
  std::vector<std::string> fields() const override {
    return {"bleu", "sentence_bleu", "approximate"};
  }

  Row item(const Observation& seen) const override {
    const double value = sentence_bleu(count(seen));
    return {{"sentence_bleu", value}, {"approximate", value > kApproximate}};
  }

  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& observations) const override {
    Aggregate set = Metric::aggregate(rows, observations);
    if (rows.empty()) return set;
    std::vector<Counts> counts;
    for (const Observation& seen : observations) counts.push_back(count(seen));
    set.insert(set.begin(), {"bleu", estimate_of_sums(counts, corpus_bleu)});
    return set;
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Bleu>(
    {.name = "bleu",
     .summary = "BLEU of the set and of each item, as sacreBLEU's.",
     .paper = "Papineni et al. 2002"});

}  // namespace
}  // namespace lethe
