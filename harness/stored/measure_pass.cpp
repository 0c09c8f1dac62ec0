#include "harness/stored/measure_pass.h"

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

}  // namespace

StoredMetric stored_metric(const std::string& name, const Json& options) {
  const auto& entry = Registry<Metric>::find(name);
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
  if (kept_.size() > 8) kept_.clear();  // a few passes and their references
  return kept_[file] = read_pass_samples(file);
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
  MeasuredPass measured;
  measured.rows = items(*metric.metric, own.observations);
  measured.values =
      lethe::measure(*metric.metric, measured.rows, own.observations,
                     reference.empty() ? nullptr : &reference);
  return measured;
}

}  // namespace lethe
