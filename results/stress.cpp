#include "results/stress.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "harness/base/files.h"
#include "harness/base/one_sided_tests.h"
#include "harness/base/record.h"
#include "harness/base/samples_name.h"

namespace lethe {
namespace {

// Of a probe that scores rows with and without membership.
std::optional<StressTest> score_test(const Scores& scores) {
  if (scores.members.empty() || scores.others.empty()) return std::nullopt;
  StressTest test;
  test.measure = "auroc";
  test.test = "mann_whitney";
  test.value = estimate_auroc(scores.members, scores.others);
  test.p = mann_whitney_greater(scores.members, scores.others);
  return test;
}

struct Hits {
  int64_t count = 0, n = 0;
};

Estimate rate_of(const Hits& hits) {
  return {static_cast<double>(hits.count) / static_cast<double>(hits.n), hits.n,
          clopper_pearson(hits.count, hits.n), "", ""};
}

// Of a probe that reproduces texts.
std::optional<StressTest> exact_test(const std::vector<Sample>& samples,
                                     double null_rate) {
  Hits own, others;
  bool labelled = true;
  int64_t diverged = 0;
  for (const Sample& one : samples) {
    diverged += one.diverged ? 1 : 0;
    if (!one.exact) continue;
    labelled = labelled && one.member.has_value();
    Hits& hits = one.member.value_or(true) ? own : others;
    ++hits.n;
    hits.count += *one.exact ? 1 : 0;
  }
  if (own.n == 0 && diverged == 0) return std::nullopt;
  StressTest test;
  test.measure = "exact_match";
  if (diverged > 0) {
    const auto n = static_cast<int64_t>(samples.size());
    test.test = "none";
    test.p = std::numeric_limits<double>::quiet_NaN();
    test.value = no_estimate(
        n, fmt::format("{} of {} answers are of log-probs that are not finite",
                       diverged, n));
    return test;
  }
  test.value = rate_of(own);
  if (labelled && others.n > 0) {
    test.test = "fisher";
    test.p = fisher_greater(own.count, own.n, others.count, others.n);
  } else {
    test.test = "binomial";
    test.p = binomial_at_least(own.count, own.n, null_rate);
  }
  return test;
}

// The rows that some probe reproduced, in the order in which they were seen.
class Leaks {
 public:
  explicit Leaks(StressReport& report) : report_(report) {}

  void add(const std::string& probe, const std::vector<Sample>& samples) {
    for (const Sample& one : samples) {
      if (!one.exact) continue;
      if (one.member == false) {
        if (*one.exact) others_.insert(one.id);
        continue;
      }
      looked_.insert(one.id);
      if (!*one.exact) continue;
      const auto [place, fresh] =
          places_.emplace(one.id, report_.leaked.size());
      if (fresh) report_.leaked.push_back({one.id, {}, one.prompt, one.output});
      report_.leaked[place->second].probes.push_back(probe);
    }
    report_.rows = static_cast<int64_t>(looked_.size());
    report_.reproduced_others = static_cast<int64_t>(others_.size());
  }

 private:
  StressReport& report_;
  std::map<std::string, size_t> places_;
  std::set<std::string> looked_, others_;
};

void take_probe(const Record& record, const std::string& run, Leaks& leaks,
                StressReport& report) {
  const std::string probe =
      name_with_options(record.probe, record.probe_options);
  report.costs.push_back({probe, record.seconds, record.tokens});
  report.seconds += record.seconds;
  report.tokens += record.tokens;
  const std::string file = run + "/samples/" + samples_name(probe, "");
  const std::vector<Sample> samples = read_samples(file);
  RocCurve curve = roc_curve(probe, file, samples);
  for (std::optional<StressTest> test :
       {score_test(curve.scores),
        exact_test(samples, report.options.null_rate)}) {
    if (!test) continue;
    test->probe = probe;
    (curve.blind() ? report.blind : report.tests).push_back(*std::move(test));
  }
  leaks.add(record.probe, samples);
  // An extraction's scores only order its guesses.
  if (record.metric == "auroc") report.curves.push_back(std::move(curve));
}

// Holm's correction over one family of tests.
void adjust(std::vector<StressTest>& tests) {
  std::vector<double> p;
  for (const StressTest& test : tests) p.push_back(test.p);
  const std::vector<double> adjusted = holm(p);
  for (size_t i = 0; i < p.size(); ++i) tests[i].adjusted = adjusted[i];
}

// The smallest adjusted p first, of equal ones the highest value; then NaN and
// what is no evidence.
void sort_tests(StressReport& report) {
  const auto rank = [](double p) { return std::isnan(p) ? 2 : p; };
  std::stable_sort(report.tests.begin(), report.tests.end(),
                   [&](const StressTest& a, const StressTest& b) {
                     if (report.evidence(a) != report.evidence(b)) {
                       return report.evidence(a);
                     }
                     if (rank(a.adjusted) != rank(b.adjusted)) {
                       return rank(a.adjusted) < rank(b.adjusted);
                     }
                     if (rank(a.p) != rank(b.p)) return rank(a.p) < rank(b.p);
                     return a.value.value > b.value.value;
                   });
}

}  // namespace

double StressReport::blind_auroc() const {
  double highest = std::numeric_limits<double>::quiet_NaN();
  for (const StressTest& test : blind) {
    if (test.adjusted <= options.alpha) {
      highest = std::fmax(highest, test.value.value);
    }
  }
  return highest;
}

bool StressReport::evidence(const StressTest& test) const {
  return test.measure != "auroc" || !flawed() ||
         test.value.ci95.low > blind_auroc();
}

int64_t StressReport::significant_count() const {
  return std::count_if(tests.begin(), tests.end(), [&](const StressTest& test) {
    return significant(test);
  });
}

StressReport stress_report(const std::string& run, const StressOptions& options,
                           const std::vector<SkippedProbe>& skipped) {
  StressReport report;
  report.options = options;
  report.skipped = skipped;
  Leaks leaks(report);
  std::set<std::string> seen;
  for (const Record& record : read_records(run)) {
    report.label = record.label;
    report.peak_bytes = std::max(report.peak_bytes, record.peak_bytes);
    report.device_peak_bytes =
        std::max(report.device_peak_bytes, record.device_peak_bytes);
    if (record.probe.empty()) continue;
    const std::string probe =
        name_with_options(record.probe, record.probe_options);
    // A skipped metric has a name of its own; the probe itself was asked.
    const bool unasked = record.status != "ok" && record.metric.empty();
    if (!seen.insert(probe).second) continue;
    if (unasked) {
      report.skipped.push_back(
          {probe, record.message, record.status == "failed"});
    } else {
      take_probe(record, run, leaks, report);
    }
  }
  adjust(report.tests);
  adjust(report.blind);
  sort_tests(report);
  std::stable_sort(report.costs.begin(), report.costs.end(),
                   [](const ProbeCost& a, const ProbeCost& b) {
                     return a.seconds > b.seconds;
                   });
  return report;
}

}  // namespace lethe
