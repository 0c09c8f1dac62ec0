#include "harness/plugin/metric.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "harness/base/bootstrap.h"

namespace lethe {
namespace {

// The names of all fields, in the order in which they appear.
std::vector<std::string> field_names(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    for (const auto& [name, value] : row) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

// The values of one field, fewer than rows where some lack it.
std::vector<double> column(const std::vector<Row>& rows,
                           const std::string& name) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const Row& row : rows) {
    const auto field =
        std::find_if(row.begin(), row.end(),
                     [&](const auto& pair) { return pair.first == name; });
    if (field != row.end()) values.push_back(field->second);
  }
  return values;
}

[[noreturn]] void fail_missing(const Observation& seen, const std::string& what,
                               const char* probe) {
  fail_input(fmt::format("item \"{}\"", seen.id),
             fmt::format("has no {}, which the metric reads", what),
             fmt::format("take the metric from a probe such as {}", probe));
}

void check_needs(const MetricNeeds& needs, const Observation& seen) {
  if (needs.token_statistics && !seen.statistics) {
    fail_missing(seen, "token statistics", "teacher_forced");
  }
  if (needs.drift && !seen.drift) {
    fail_missing(seen, "comparison with a base model", "drift");
  }
  // An empty output is an answer, unless the probe only scored.
  const bool scored =
      seen.statistics && seen.output.empty() && seen.output_ids.empty();
  if ((needs.output || needs.ids) && scored) {
    fail_missing(seen, "answer", "greedy_generation");
  }
  if (needs.output && seen.references.empty()) {
    fail_missing(seen, "reference", "greedy_generation");
  }
  // A NaN score goes on: it makes the value NaN with a reason.
  if (needs.member && !seen.member) {
    fail_missing(seen, "member label", "loss_mia on labelled data");
  }
  if (needs.ids && seen.reference_ids.empty()) {
    fail_missing(seen, "reference_ids", "greedy_extraction");
  }
  for (const std::string& name : needs.numbers) {
    const auto found = seen.numbers.find(name);
    if (found == seen.numbers.end() || found->second.empty()) {
      fail_missing(seen, name,
                   "the one that measures it, or give it in the rows");
    }
  }
}

// What a model without finite log-probs answered is no answer, and the rest
// would be of another set than the record names.
Aggregate of_answers(Aggregate all, const Observations& observations) {
  const auto bad =
      std::count_if(observations.begin(), observations.end(),
                    [](const Observation& seen) { return seen.diverged; });
  if (bad == 0) return all;
  const auto n = static_cast<int64_t>(observations.size());
  for (auto& [name, value] : all) {
    value = no_estimate(
        n, fmt::format("{} of {} answers are of log-probs that are not finite",
                       bad, n));
  }
  return all;
}

}  // namespace

Aggregate Metric::aggregate(const std::vector<Row>& rows,
                            const Observations&) const {
  if (rows.empty()) return {{main_field(), no_estimate(0, "no items")}};
  const std::vector<std::string> names = field_names(rows);
  std::vector<std::vector<double>> whole;  // columns that no row lacks
  Aggregate means;
  for (const std::string& name : names) {
    std::vector<double> values = column(rows, name);
    const size_t missing = rows.size() - values.size();
    if (missing == 0) {
      whole.push_back(std::move(values));
      means.emplace_back(name, Estimate());
      continue;
    }
    // A mean of the rest would be of another set than the record names.
    means.emplace_back(
        name, no_estimate(static_cast<int64_t>(rows.size()),
                          fmt::format("{} of {} items have no {}", missing,
                                      rows.size(), name)));
  }
  const std::vector<Estimate> found = estimate_means(whole);
  auto next = found.begin();
  for (auto& [name, mean] : means) {
    if (mean.reason.empty()) mean = *next++;
  }
  return means;
}

void check_needs(const Metric& metric, const Observations& observations) {
  const MetricNeeds needs = metric.needs();
  for (const Observation& seen : observations) check_needs(needs, seen);
}

std::vector<Row> items(const Metric& metric, const Observations& observations,
                       TextModel* model) {
  const MetricNeeds needs = metric.needs();
  if (!needs.text_model.empty()) {
    check_needs(metric, observations);
    metric.check_model(model->shape());
    return metric.items(observations, *model);
  }
  std::vector<Row> rows;
  rows.reserve(observations.size());
  for (const Observation& seen : observations) {
    check_needs(needs, seen);
    rows.push_back(metric.item(seen));
    if (!seen.diverged) continue;
    for (auto& [field, value] : rows.back()) {
      value = std::numeric_limits<double>::quiet_NaN();
    }
  }
  return rows;
}

Aggregate measure(const Metric& metric, const std::vector<Row>& rows,
                  const Observations& observations,
                  const Observations* reference, TextModel* model) {
  const MetricNeeds needs = metric.needs();
  if (!needs.text_model.empty()) {
    return of_answers(metric.aggregate_texts(rows, observations, *model),
                      observations);
  }
  if (!needs.reference) {
    return of_answers(metric.aggregate(rows, observations), observations);
  }
  if (reference == nullptr) {
    fail_input(
        "reference", "is missing: the metric compares with one",
        "name what such a model gave: --reference F, or \"reference\" in "
        "the suite");
  }
  for (const Observation& seen : *reference) check_needs(needs, seen);
  return of_answers(metric.compare(rows, observations, *reference),
                    observations);
}

}  // namespace lethe
