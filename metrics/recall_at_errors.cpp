// Recall at so many errors: guesses are walked from the most confident one on;
// counted are the examples that came out before the errors were too many.
//
//   recall = examples with a right guess that fewer than `errors` wrong ones
//            precede / examples
//   recall_all = examples with a right guess anywhere / examples
//
// Guesses are ordered by score, highest first, equal ones as given; without
// scores as given, as the benchmark's files are. Rows with the same id are
// guesses of one example, which counts once.
// Paper: none. Peer: lm-extraction-benchmark @ bb4a0d0 (score_submission.py),
// errors 100; by hand (extraction_metrics_test.cpp).
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  int64_t errors = 100;  // at least 1
  int64_t examples = 0;  // that were asked for; 0: those with a guess
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, errors, examples)

class RecallAtErrors final : public Metric {
 public:
  explicit RecallAtErrors(const Json& json) : o_(parse<Options>(json)) {
    if (o_.errors < 1) {
      fail_usage("recall_at_errors", fmt::format("errors is {}", o_.errors),
                 "give at least 1, e.g. 100");
    }
    if (o_.examples < 0) {
      fail_usage("recall_at_errors", fmt::format("examples is {}", o_.examples),
                 "0 counts those with a guess");
    }
  }

  MetricNeeds needs() const override { return {.ids = true}; }
  std::string main_field() const override { return "recall"; }
  std::vector<std::string> fields() const override {
    return {"recall", "recall_all"};
  }

  Row item(const Observation& seen) const override {
    return {{"right", seen.output_ids == seen.reference_ids}};
  }

  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& observations) const override {
    std::set<std::string> ids;
    for (const Observation& seen : observations) ids.insert(seen.id);
    const auto guessed = static_cast<int64_t>(ids.size());
    const int64_t n = o_.examples > 0 ? o_.examples : guessed;
    if (guessed > n) {
      fail_usage("recall_at_errors",
                 fmt::format("examples is {}, {} have guesses", n, guessed),
                 "give their whole number");
    }
    const std::string reason = unordered(observations);
    if (!reason.empty() || n == 0) {
      const Estimate none =
          no_estimate(n, n == 0 ? "there are no items" : reason);
      return {{"recall", none}, {"recall_all", none}};
    }
    std::set<std::string> early, solved;
    int64_t errors = 0;
    for (const size_t i : order(observations)) {
      if (rows[i].front().second == 0) {
        ++errors;
        continue;
      }
      solved.insert(observations[i].id);
      if (errors < o_.errors) early.insert(observations[i].id);
    }
    return {{"recall", share(early.size(), n)},
            {"recall_all", share(solved.size(), n)}};
  }

 private:
  static Estimate share(size_t solved, int64_t n) {
    const auto k = static_cast<int64_t>(solved);
    return {static_cast<double>(k) / static_cast<double>(n), n, wilson(k, n),
            "", ""};
  }

  static int64_t scored(const Observations& observations) {
    return std::count_if(
        observations.begin(), observations.end(),
        [](const Observation& seen) { return !std::isnan(seen.score); });
  }

  // Why the guesses have no order; empty: they have one.
  static std::string unordered(const Observations& observations) {
    const int64_t have = scored(observations);
    const auto all = static_cast<int64_t>(observations.size());
    if (have == 0 || have == all) return "";
    return fmt::format("{} of {} guesses have no score", all - have, all);
  }

  static std::vector<size_t> order(const Observations& observations) {
    std::vector<size_t> places(observations.size());
    std::iota(places.begin(), places.end(), size_t{0});
    if (scored(observations) == 0) return places;
    std::stable_sort(places.begin(), places.end(), [&](size_t a, size_t b) {
      return observations[a].score > observations[b].score;
    });
    return places;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<RecallAtErrors>(
    {.name = "recall_at_errors",
     .summary = "Examples extracted before 100 guesses were wrong.",
     .paper = "lm-extraction-benchmark",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
