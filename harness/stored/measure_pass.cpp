#include "harness/stored/measure_pass.h"

#include <algorithm>
#include <cmath>

#include "harness/base/registry.h"

namespace lethe {
namespace {

// What no sample has.
void refuse_unstored(const StoredMetric& metric) {
  const MetricNeeds needs = metric.metric->needs();
  if (!needs.text_model.empty()) {
    fail_input(metric.name, "reads a text model's hidden states, no samples",
               "measure it in the suite");
  }
  if (!needs.rubric.empty()) {
    fail_input(metric.name, "counts verdicts, which samples do not hold",
               "measure it in the suite, or lethe judge --rubric " +
                   needs.rubric + " --data SAMPLES");
  }
}

// Metrics of numbers still can; others might take an absent text for none.
void refuse_redacted(const StoredMetric& metric, const Samples& samples) {
  if (!samples.redacted) return;
  const MetricNeeds needs = metric.metric->needs();
  const bool numbers =
      needs.member || needs.token_statistics || !needs.numbers.empty();
  if (numbers && !needs.output && !needs.ids) return;
  fail_input(metric.name, "the texts of this run were redacted",
             "take the run that it was made from");
}

// A metric that reads answers, or names no need, would take an absent one, of a
// probe that only scores, for an empty one.
void refuse_unanswered(const StoredMetric& metric, const Samples& samples) {
  const MetricNeeds needs = metric.metric->needs();
  const bool others = needs.token_statistics || needs.member || needs.drift ||
                      !needs.numbers.empty() || needs.reference;
  const bool answers = needs.output || needs.ids || !others;
  if (!answers || samples.rows.empty()) return;
  for (const DataRow& row : samples.rows) {
    for (const char* key : {"output", "prediction", "output_ids"}) {
      if (row.fields.contains(key)) return;
    }
  }
  fail_input(metric.name, "the samples hold no answers",
             "take it of a probe such as greedy_generation");
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The fields of single tokens that sums do not give.
std::vector<std::string> fields_left_out(const StoredMetric& metric,
                                         const Samples& samples) {
  if (!samples.sums) return {};
  const std::vector<std::string> single = metric.metric->needs().single_tokens;
  const std::vector<std::string> fields = metric.metric->fields();
  if (!single.empty() &&
      std::all_of(fields.begin(), fields.end(), [&](const std::string& field) {
        return holds(single, field);
      })) {
    fail_input(metric.name, "reads single tokens, samples hold their sums",
               "measure it in the suite");
  }
  return single;
}

}  // namespace

bool agrees(double a, double b, double tolerance, const std::string& unit) {
  if (!std::isfinite(a) || !std::isfinite(b)) {
    return std::isfinite(a) == std::isfinite(b);
  }
  double scale = std::max({1.0, std::abs(a), std::abs(b)});
  if (unit == "ratio" && a > 0) scale *= std::max(1.0, std::abs(std::log(a)));
  return std::abs(a - b) <= tolerance * scale;
}

bool reads_file(const std::string& name, const Json& options) {
  const std::vector<std::string> files =
      Registry<Metric>::find(name).info.files;
  return std::any_of(files.begin(), files.end(), [&](const auto& file) {
    const Json given = options.value(file, Json(""));
    return given.is_string() && given != "";
  });
}

StoredMetric stored_metric(const std::string& name, const Json& options) {
  const auto& entry = Registry<Metric>::find(name);
  if (reads_file(name, options)) {
    fail_usage(name, "reads a file, which no run holds",
               fmt::format("lethe metric {} --data SAMPLES --set ..", name));
  }
  StoredMetric made;
  made.name = name;
  made.metric = entry.make(options);
  for (const auto& [key, value] : options.items()) {
    if (entry.info.options[key] != value) made.options[key] = value;
  }
  return made;
}

const Samples& PassReader::read(const std::string& file) {
  const auto found = kept_.find(file);
  if (found != kept_.end()) return found->second;
  // A few passes and their references.
  constexpr size_t kMostFiles = 8;
  constexpr int64_t kMostTokens = 100'000'000;
  if (kept_.size() >= kMostFiles || tokens_ > kMostTokens) {
    kept_.clear();
    tokens_ = 0;
  }
  const Samples& read = kept_[file] = read_pass_samples(file);
  tokens_ += read.tokens;
  return read;
}

const Samples& PassReader::samples(const Pass& pass) {
  if (pass.samples.empty()) {
    fail_input(pass.name(), "the run keeps no samples of it",
               "copy the samples/ of the run beside its records");
  }
  return read(pass.samples);
}

MeasuredPass PassReader::measure(const StoredMetric& metric, const Pass& pass) {
  refuse_unstored(metric);
  Observations reference;
  const bool compares = metric.metric->needs().reference;
  if (compares && !pass.reference_samples.empty()) {
    reference = read(pass.reference_samples).observations;
  }
  const Samples& own = samples(pass);
  refuse_redacted(metric, own);
  refuse_unanswered(metric, own);
  MeasuredPass measured;
  measured.left_out = fields_left_out(metric, own);
  measured.rows = items(*metric.metric, own.observations);
  measured.values =
      lethe::measure(*metric.metric, measured.rows, own.observations,
                     reference.empty() ? nullptr : &reference);
  const auto absent = [&](const auto& value) {
    return holds(measured.left_out, value.first);
  };
  for (Row& row : measured.rows) std::erase_if(row, absent);
  std::erase_if(measured.values, absent);
  return measured;
}

}  // namespace lethe
