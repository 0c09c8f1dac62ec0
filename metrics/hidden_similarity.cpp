// Hidden similarity: BERTScore's matching on a decoder's own states, for where
// there is no encoder. It is not BERTScore: the states of a decoder have seen
// what stands before a token only, and any two texts reach high cosines; so
// the mean F1 of random pairs of the data's own texts is its zero.
//
//   precision, recall, f1: as bertscore.cpp, of the states after the last norm
//   above_chance = (f1 - b) / (1 - b), 1: the same text, 0: as alike as outputs
//   and references of different items are
//
// b is the mean f1 of `pairs` random pairs of an output and another item, the
// best over that item's references as of the item's own; drawn by `seed`, of
// texts that are not empty and items that share no text.
// Paper: none; the matching is that of Zhang et al. 2020, arXiv:1904.09675.
#include <algorithm>
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

using Texts = std::vector<size_t>;  // numbers of TextPairs::texts

// An output and the references of another item.
struct Chance {
  size_t output;
  Texts references;
};

bool share_one(const Texts& a, const Texts& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

// Pairs of an output with the references of another item, with replacement;
// none where hardly any two items have different texts. Items that share a
// reference ask for the same, which is no chance.
std::vector<Chance> random_pairs(const TextPairs& given, size_t count,
                                 uint64_t seed) {
  Rng rng(seed, "hidden_similarity");
  const size_t items = given.first.size() - 1;
  const auto references = [&](size_t item) {
    Texts all;
    for (size_t i = given.first[item]; i < given.first[item + 1]; ++i) {
      const size_t text = given.pairs[i].second;
      if (!given.texts[text].empty) all.push_back(text);
    }
    return all;
  };
  std::vector<Chance> drawn;
  const size_t tries = items == 0 ? 0 : 100 * count;
  for (size_t i = 0; i < tries && drawn.size() < count; ++i) {
    const size_t own = rng.below(items), other = rng.below(items);
    if (own == other) continue;
    const size_t output = given.pairs[given.first[own]].first;
    Texts theirs = references(other);
    Texts ours = references(own);
    ours.push_back(output);
    if (given.texts[output].empty || theirs.empty()) continue;
    if (!share_one(ours, theirs)) drawn.push_back({output, std::move(theirs)});
  }
  if (drawn.size() < count) drawn.clear();
  return drawn;
}

// Appends the pairs of all, each as an item of `given`.
void append(const std::vector<Chance>& drawn, TextPairs& given) {
  for (const Chance& one : drawn) {
    for (const size_t text : one.references) {
      given.pairs.emplace_back(one.output, text);
    }
    given.first.push_back(given.pairs.size());
  }
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
    TextPairs given = text_pairs(observations, model, nullptr);
    const std::vector<Chance> random = random_pairs(
        given, static_cast<size_t>(o_.pairs), static_cast<uint64_t>(o_.seed));
    append(random, given);
    MatchOptions options;
    options.layer = model.shape().layers;
    std::vector<Match> best =
        best_matches(given, match(model, given.texts, given.pairs, options));
    double sum = 0;
    for (size_t i = observations.size(); i < best.size(); ++i) {
      sum += best[i].f1;
    }
    const double baseline = random.empty()
                                ? std::numeric_limits<double>::quiet_NaN()
                                : sum / static_cast<double>(random.size());
    best.resize(observations.size());
    std::vector<Row> rows;
    for (const Match& own : best) {
      rows.push_back({{"precision", own.precision},
                      {"recall", own.recall},
                      {"f1", own.f1},
                      {"above_chance", (own.f1 - baseline) / (1 - baseline)},
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
