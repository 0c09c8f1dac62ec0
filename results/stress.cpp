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

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What a row of samples says.
struct Sample {
  std::string id, prompt, output;
  std::optional<bool> member;
  double score = kNaN;  // or how likely the suffix is
  bool has_score = false;
  std::optional<bool> exact;
};

double number_or_nan(const Json& value) {
  return value.is_number() ? value.get<double>() : kNaN;
}

// JSON has no -inf: the logarithm of a chance of 0 is null. It ranks below all.
double score_of(const Json& row, const char* key, const char* chance) {
  const bool never = row[key].is_null() && row.contains(chance) &&
                     number_or_nan(row[chance]) == 0;
  return never ? std::numeric_limits<double>::lowest()
               : number_or_nan(row[key]);
}

std::string text_or_none(const Json& row, const std::string& key) {
  return row.contains(key) && row[key].is_string() ? row[key] : Json("");
}

Sample sample_of(const Json& row) {
  Sample one;
  one.id =
      row["id"].is_string() ? row["id"].get<std::string>() : row["id"].dump();
  one.prompt = text_or_none(row, "prompt");
  one.output = text_or_none(row, "output");
  if (row.contains("member")) one.member = number_or_nan(row["member"]) == 1;
  for (const auto& [key, chance] :
       {std::pair("log_pz", "pz"), std::pair("log_p_near", "p_near"),
        std::pair("score", "")}) {
    if (!row.contains(key)) continue;
    one.score = score_of(row, key, chance);
    one.has_score = true;
  }
  if (row.contains("exact_match") && row["exact_match"].is_number()) {
    one.exact = row["exact_match"].get<double>() == 1;
  }
  return one;
}

std::vector<Sample> read_samples(const std::string& file) {
  std::vector<Sample> all;
  if (!exists(file)) return all;
  size_t number = 0;
  for (const std::string& line : read_lines(file)) {
    const std::string where = fmt::format("{}:{}", file, ++number);
    const Json row = parse_json(line, where);
    if (!row.is_object() || !row.contains("id")) {
      fail_input(where, "is no sample", "run the attacks again");
    }
    all.push_back(sample_of(row));
  }
  return all;
}

// Of a probe that scores rows with and without membership.
std::optional<StressTest> score_test(const std::vector<Sample>& samples) {
  std::vector<double> members, others;
  for (const Sample& one : samples) {
    if (!one.has_score || !one.member) continue;
    (*one.member ? members : others).push_back(one.score);
  }
  if (members.empty() || others.empty()) return std::nullopt;
  StressTest test;
  test.measure = "auroc";
  test.test = "mann_whitney";
  test.value = estimate_auroc(members, others);
  test.p = mann_whitney_greater(members, others);
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
  for (const Sample& one : samples) {
    if (!one.exact) continue;
    labelled = labelled && one.member.has_value();
    Hits& hits = one.member.value_or(true) ? own : others;
    ++hits.n;
    hits.count += *one.exact ? 1 : 0;
  }
  if (own.n == 0) return std::nullopt;
  StressTest test;
  test.measure = "exact_match";
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

bool is_blind(const StressReport& report, const std::string& probe) {
  return std::count(report.options.blind.begin(), report.options.blind.end(),
                    probe) > 0;
}

void take_probe(const Record& record, const std::string& run, Leaks& leaks,
                StressReport& report) {
  const std::string probe =
      name_with_options(record.probe, record.probe_options);
  report.costs.push_back({probe, record.seconds, record.tokens});
  report.seconds += record.seconds;
  report.tokens += record.tokens;
  const std::vector<Sample> samples =
      read_samples(run + "/samples/" + samples_name(probe, ""));
  for (std::optional<StressTest> test :
       {score_test(samples), exact_test(samples, report.options.null_rate)}) {
    if (!test) continue;
    test->probe = probe;
    (is_blind(report, record.probe) ? report.blind : report.tests)
        .push_back(*std::move(test));
  }
  leaks.add(record.probe, samples);
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

bool StressReport::flawed() const {
  return std::any_of(blind.begin(), blind.end(), [&](const StressTest& test) {
    return test.adjusted <= options.alpha;
  });
}

bool StressReport::evidence(const StressTest& test) const {
  return test.measure != "auroc" || !flawed();
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
