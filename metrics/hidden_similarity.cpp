// Hidden similarity: BERTScore's matching on a decoder's own states, for where
// there is no encoder. It is not BERTScore: the states of a decoder have seen
// what stands before a token only, and any two texts reach high cosines; so
// the mean F1 of random pairs of the data's own texts is its zero.
//
//   precision, recall, f1: as bertscore.cpp, of the states after the last norm
//   above_chance = (f1 - b) / (1 - b), 1: the same text, 0: as alike as outputs
//   and references of different items are
//
// b is the mean f1 of `pairs` random pairs of an output and a reference of
// another item, drawn by `seed`, of texts that are not empty and differ.
// Paper: none; the matching is that of Zhang et al. 2020, arXiv:1904.09675.
#include <cmath>
#include <limits>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/metric.h"
#include "metrics/text_pairs.h"

namespace lethe {
namespace {

struct Options {
  std::string model;    // a decoder's folder
  int64_t pairs = 200;  // random ones, for the baseline
  int64_t seed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, model, pairs, seed)

using Pairs = std::vector<std::pair<size_t, size_t>>;

// Pairs of an output with a reference of another item, with replacement; none
// where hardly any two items have different texts.
Pairs random_pairs(const TextPairs& given, size_t count, uint64_t seed) {
  Rng rng(seed, "hidden_similarity");
  Pairs drawn;
  const auto draw = [&] { return given.pairs[rng.below(given.pairs.size())]; };
  const size_t tries = given.pairs.empty() ? 0 : 100 * count;
  for (size_t i = 0; i < tries && drawn.size() < count; ++i) {
    const auto [output, own] = draw();
    const size_t other = draw().second;
    const bool empty = given.texts[output].empty || given.texts[other].empty;
    if (other == own || other == output || empty) continue;
    drawn.emplace_back(output, other);
  }
  if (drawn.size() < count) drawn.clear();
  return drawn;
}

class HiddenSimilarity final : public Metric {
 public:
  explicit HiddenSimilarity(const Json& json) : o_(parse<Options>(json)) {
    if (o_.model.empty()) {
      fail_usage("hidden_similarity model", "is missing",
                 "name a decoder's folder: --set model=DIR");
    }
    if (o_.pairs < 1 || o_.seed < 0) {
      fail_usage("hidden_similarity",
                 fmt::format("pairs is {}, seed {}", o_.pairs, o_.seed),
                 "give at least 1 pair, and a seed from 0");
    }
  }

  MetricNeeds needs() const override {
    return {.output = true, .text_model = o_.model};
  }
  std::string main_field() const override { return "above_chance"; }
  std::vector<std::string> fields() const override {
    return {"precision", "recall", "f1", "above_chance", "baseline"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "above_chance" ? "ratio" : "fraction";
  }

  void check_model(const TextModelShape& shape) const override {
    if (!shape.encoder) return;
    fail_usage("hidden_similarity model",
               fmt::format("{} is a {}, which is an encoder", o_.model,
                           shape.model_type),
               "name a decoder's folder, or take bertscore");
  }

  // Every item has the baseline of all.
  std::vector<Row> items(const Observations& observations,
                         TextModel& model) const override {
    const TextPairs given = text_pairs(observations, model, nullptr);
    const Pairs random = random_pairs(given, static_cast<size_t>(o_.pairs),
                                      static_cast<uint64_t>(o_.seed));
    Pairs all = given.pairs;
    all.insert(all.end(), random.begin(), random.end());
    MatchOptions options;
    options.layer = model.shape().layers;
    std::vector<Match> matches = match(model, given.texts, all, options);
    double sum = 0;
    for (size_t i = given.pairs.size(); i < all.size(); ++i) {
      sum += matches[i].f1;
    }
    const double baseline = random.empty()
                                ? std::numeric_limits<double>::quiet_NaN()
                                : sum / static_cast<double>(random.size());
    matches.resize(given.pairs.size());
    std::vector<Row> rows;
    for (const Match& best : best_matches(given, matches)) {
      rows.push_back({{"precision", best.precision},
                      {"recall", best.recall},
                      {"f1", best.f1},
                      {"above_chance", (best.f1 - baseline) / (1 - baseline)},
                      {"baseline", baseline}});
    }
    return rows;
  }

  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& observations) const override {
    Aggregate means = Metric::aggregate(rows, observations);
    for (auto& [field, mean] : means) {
      if (field != "above_chance" && field != "baseline") continue;
      mean.note = fmt::format("the baseline is of {} random pairs, seed {}",
                              o_.pairs, o_.seed);
      if (field == "baseline") {
        mean.ci95 = no_interval();
        mean.n = o_.pairs;
      }
      if (std::isnan(mean.value) && !rows.empty()) {
        mean.reason += "; a baseline needs items with different texts";
      }
    }
    return means;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered =
    Registry<Metric>::add<HiddenSimilarity>(
        {.name = "hidden_similarity",
         .summary = "Tokens matched by a decoder's states, above random pairs.",
         .paper = "",
         .options = defaults<Options>(),
         .models = {"model"}});

}  // namespace
}  // namespace lethe
