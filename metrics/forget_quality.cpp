// Forget quality: could the model's truth ratios (or any score) have come from
// a model that was never trained on the data? The p-value of the two-sample
// Kolmogorov-Smirnov test against such a model's: high is good.
//
//   d = max_x |F_model(x) - F_reference(x)|, p = P(distance >= d)
//   cliffs_delta = P(model's above reference's) - P(below), in [-1, 1]
//
// Paper: Maini et al. 2024, arXiv:2401.06121, section 2.2. Peer: scipy 1.17.1's
// exact ks_2samp on open-unlearning's truth ratios (two_sample_test.cpp).
// p falls with the number of items whatever the distance: read d beside it.
// Samples without overlap give the smallest p there is for their sizes, and
// tell no more than that: the note says so. Rows may have `score` in place of
// answer_nll and perturbed_nll.
//
// d's interval inverts the bound of Dvoretzky, Kiefer and Wolfowitz with
// Massart's constant for both samples: it holds for any sizes and is wide.
// Resamples would not do: they add ties and noise, which raise a small d.
#include <algorithm>
#include <cmath>

#include "harness/base/registry.h"
#include "harness/base/two_sample.h"
#include "harness/plugin/metric.h"
#include "metrics/truth.h"

namespace lethe {
namespace {

const char* const kSeparated =
    "fully separated: every item of one model lies above all of the other's, "
    "p is the smallest there is for these sizes";

bool usable(const std::vector<double>& values) {
  return !values.empty() &&
         std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

// P(sup |F_n - F| > e) <= 2 exp(-2 n e^2), half of the 5 % for each sample.
Interval distance_interval(double d, const std::vector<double>& a,
                           const std::vector<double>& b) {
  const auto m = static_cast<double>(a.size());
  const auto n = static_cast<double>(b.size());
  const double half =
      std::sqrt(std::log(4 / 0.05) / 2) * (1 / std::sqrt(m) + 1 / std::sqrt(n));
  return {std::max(0.0, d - half), std::min(1.0, d + half), "dkw"};
}

class ForgetQuality final : public Metric {
 public:
  explicit ForgetQuality(const Json& json) : o_(parse<TruthOptions>(json)) {
    check(o_, "forget_quality");
  }

  MetricNeeds needs() const override { return {.reference = true}; }
  std::string main_field() const override { return "p"; }
  std::vector<std::string> fields() const override {
    return {"p", "log10_p", "d", "cliffs_delta"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "log10_p" ? "log10" : unit();
  }

  Row item(const Observation& seen) const override {
    return {{"statistic", statistic(seen)}};
  }

  Aggregate compare(const std::vector<Row>& rows, const Observations& seen,
                    const Observations& reference) const override {
    std::vector<double> own, others;
    for (const Row& row : rows) own.push_back(row.front().second);
    for (const Observation& one : reference) others.push_back(statistic(one));
    const auto n = static_cast<int64_t>(own.size() + others.size());
    if (!usable(own) || !usable(others)) {
      const Estimate none = no_estimate(
          n, own.empty() || others.empty() ? "one of the samples is empty"
                                           : "some truth ratio is not finite");
      Aggregate all;
      for (const std::string& field : fields()) all.emplace_back(field, none);
      return all;
    }
    Aggregate all = values(own, others);
    std::string note = epsilon_note(seen, o_.epsilon);
    if (note.empty()) note = epsilon_note(reference, o_.epsilon);
    for (auto& [field, value] : all) {
      value.note += (value.note.empty() || note.empty() ? "" : "; ") + note;
    }
    return all;
  }

 private:
  double statistic(const Observation& seen) const {
    const bool answers = seen.numbers.count("answer_nll") > 0 &&
                         seen.numbers.count("perturbed_nll") > 0 &&
                         !seen.numbers.at("perturbed_nll").empty();
    if (answers) return truth_of(seen, o_).ratio(o_.epsilon);
    if (std::isfinite(seen.score)) return seen.score;
    fail_input(fmt::format("item \"{}\"", seen.id),
               "has neither answer_nll with perturbed_nll nor a score",
               "take the metric from teacher_forced on rows with perturbed "
               "answers, or from a membership probe");
  }

  static Aggregate values(const std::vector<double>& own,
                          const std::vector<double>& others) {
    const auto n = static_cast<int64_t>(own.size() + others.size());
    const KolmogorovSmirnov test = kolmogorov_smirnov(own, others);
    Estimate p = no_estimate(n, "");  // a p-value has no interval
    p.note = test.d == 1 ? kSeparated : "";
    if (!test.exact) p.note = "the limit for large samples";
    Estimate log10_p = p;
    p.value = std::pow(10, test.log10_p);
    log10_p.value = test.log10_p;
    Estimate d{test.d, n, distance_interval(test.d, own, others), "", p.note};
    return {{"p", p},
            {"log10_p", log10_p},
            {"d", d},
            {"cliffs_delta", estimate_cliffs_delta(own, others)}};
  }

  const TruthOptions o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<ForgetQuality>(
    {.name = "forget_quality",
     .summary = "p-value: the truth ratios are those of a retrained model.",
     .paper = "arXiv:2401.06121",
     .options = defaults<TruthOptions>()});

}  // namespace
}  // namespace lethe
