// MAUVE: how near a model's texts (Q) come to true ones (P), from features of
// both. The features of all texts are cut into buckets, and the histograms of
// both sets compared along all their mixtures R = w P + (1 - w) Q.
//
//   curve = {exp(-c KL(Q || R)), exp(-c KL(P || R))}, w in (0, 1)
//   mauve = area under the curve; mauve_star: with half a text added to every
//   bucket of both; both in [0, 1], 1: alike
//   frontier_integral = 2 mean over w of w KL(P || R) + (1 - w) KL(Q || R), in
//   [0, 1], 0: alike; _star as above
//
// Buckets: rows scaled to length 1, principal components with 0.9 of the
// variance, k-means with a bucket for ten texts of the smaller set.
// Paper: Pillutla et al. 2021, arXiv:2102.01454; star and integral: Pillutla et
// al. 2023, arXiv:2212.14578. Peer: mauve-text 0.4.0: of given histograms to
// 1e-9, of features within its own spread over seeds (mauve_parity_test.cpp).
// A text's features are a model's states of its last token, as the peer's.
// Values are means over seeds of k-means, `_sd` their standard deviation; the
// interval is Student's over the seeds: it says nothing of other texts. The
// peer has one seed; `seeds=1` is its definition.
#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <iterator>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/feature_file.h"
#include "metrics/mauve_score.h"
#include "metrics/text_pairs.h"

namespace lethe {
namespace {

constexpr const char* kFields[] = {"mauve", "mauve_star", "frontier_integral",
                                   "frontier_integral_star"};

// Of the values of the seeds, in [0, 1]: their mean with its interval, and
// their standard deviation.
std::pair<Estimate, Estimate> over_seeds(const std::vector<double>& values,
                                         int64_t n) {
  const auto seeds = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / seeds;
  if (values.size() == 1) {
    return {{mean, n, no_interval(), ""},
            no_estimate(n, "one seed has no standard deviation")};
  }
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double sd = std::sqrt(squares / (seeds - 1));
  const boost::math::students_t student(seeds - 1);
  const double half =
      boost::math::quantile(student, 0.975) * sd / std::sqrt(seeds);
  Estimate value{mean, n, no_interval(), ""};
  value.ci95 = {std::max(mean - half, 0.0), std::min(mean + half, 1.0),
                "student_seeds"};
  value.note = "the interval is of k-means seeds, not of texts";
  return {value, {sd, n, no_interval(), ""}};
}

// The states of the last token of every reference (p) and every output (q).
// REQUIRES: no text without a token.
FeaturePair last_states(const TextPairs& given, TextModel& model) {
  std::vector<std::span<const int64_t>> ids;
  for (const WeightedText& text : given.texts) ids.emplace_back(text.ids);
  const auto width = static_cast<size_t>(model.shape().hidden_size);
  std::vector<float> last(ids.size() * width);
  model.states(ids, model.shape().layers,
               [&](size_t text, std::span<const float> states) {
                 std::copy(states.end() - static_cast<long>(width),
                           states.end(),
                           last.begin() + static_cast<long>(text * width));
               });
  FeaturePair features;
  const auto add = [&](Points& to, size_t text) {
    const auto from = last.begin() + static_cast<long>(text * width);
    to.values.insert(to.values.end(), from, from + static_cast<long>(width));
    to.dimensions = width;
    ++to.count;
  };
  for (const auto& [output, reference] : given.pairs) {
    add(features.p, reference);
  }
  for (size_t item = 0; item + 1 < given.first.size(); ++item) {
    add(features.q, given.pairs[given.first[item]].first);
  }
  return features;
}

// Why the texts have no features; empty: they have.
std::string nothing_to_read(const Observations& observations,
                            const TextPairs& given) {
  if (observations.empty()) return "no items";
  for (size_t item = 0; item < observations.size(); ++item) {
    for (size_t i = given.first[item]; i < given.first[item + 1]; ++i) {
      const auto& [output, reference] = given.pairs[i];
      for (const size_t text : {output, reference}) {
        if (!given.texts[text].ids.empty()) continue;
        return fmt::format("item \"{}\" has an empty {}, which has no token",
                           printable(observations[item].id, 60),
                           text == output ? "output" : "reference");
      }
    }
  }
  return "";
}

class Mauve final : public Metric {
 public:
  explicit Mauve(const Json& json) : o_(parse<MauveOptions>(json)) {
    check_mauve_options(o_);
    if (o_.features.empty() != o_.model.empty()) return;
    fail_usage("mauve",
               o_.model.empty() ? "has neither model nor features"
                                : "has both model and features",
               "name a model folder that reads the texts, or a safetensors "
               "file with p and q, [N, D] float32 each");
  }

  // With a file of features the rows are not looked at.
  MetricNeeds needs() const override {
    return {.output = !o_.model.empty(), .text_model = o_.model};
  }
  std::string main_field() const override { return "mauve"; }
  std::vector<std::string> fields() const override {
    std::vector<std::string> all(std::begin(kFields), std::end(kFields));
    for (const char* field : kFields) all.push_back(std::string(field) + "_sd");
    return all;
  }

  std::vector<Row> items(const Observations& observations,
                         TextModel&) const override {
    return std::vector<Row>(observations.size());
  }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& /*observations*/) const override {
    return values(read_features(o_.features));
  }

  Aggregate aggregate_texts(const std::vector<Row>& /*rows*/,
                            const Observations& observations,
                            TextModel& model) const override {
    const TextPairs given = text_pairs(observations, model, nullptr);
    std::string reason = nothing_to_read(observations, given);
    if (reason.empty()) {
      FeaturePair features = last_states(given, model);
      reason = fault_of(features);
      if (reason.empty()) return values(std::move(features));
    }
    return {{"mauve",
             no_estimate(static_cast<int64_t>(observations.size()), reason)}};
  }

 private:
  // Why features that were computed have no value; empty: they have.
  std::string fault_of(const FeaturePair& features) const {
    for (const Points* points : {&features.p, &features.q}) {
      for (const float value : points->values) {
        if (!std::isfinite(value)) return "a state is not finite";
      }
    }
    const size_t texts = features.p.count + features.q.count;
    return static_cast<size_t>(o_.buckets) <= texts
               ? ""
               : fmt::format("{} buckets for {} texts", o_.buckets, texts);
  }

  // n: the texts of both sets.
  Aggregate values(FeaturePair features) const {
    const auto n = static_cast<int64_t>(features.p.count + features.q.count);
    const auto seeds = mauve_scores(std::move(features), o_);
    Aggregate found;
    Aggregate deviations;
    for (size_t field = 0; field < std::size(kFields); ++field) {
      std::vector<double> of_seeds;
      for (const MauveScores& scores : seeds) of_seeds.push_back(scores[field]);
      const auto [mean, sd] = over_seeds(of_seeds, n);
      found.emplace_back(kFields[field], mean);
      deviations.emplace_back(std::string(kFields[field]) + "_sd", sd);
    }
    found.insert(found.end(), deviations.begin(), deviations.end());
    return found;
  }

  const MauveOptions o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Mauve>(
    {.name = "mauve",
     .summary = "How near texts come to true ones, by features of both.",
     .paper = "arXiv:2102.01454",
     .options = defaults<MauveOptions>(),
     .files = {"features"},
     .models = {"model"}});

}  // namespace
}  // namespace lethe
