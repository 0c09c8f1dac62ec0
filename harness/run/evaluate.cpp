#include "harness/run/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>

#include "harness/base/files.h"
#include "harness/base/recorded.h"
#include "harness/base/registry.h"
#include "harness/base/samples_name.h"
#include "harness/base/zlib_size.h"
#include "harness/data/rows.h"
#include "harness/data/stored_outputs.h"
#include "harness/model/model.h"
#include "harness/plugin/metric.h"
#include "harness/run/located.h"
#include "harness/tensor/compute.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

bool same_set(const std::vector<std::string>& a,
              const std::vector<std::string>& b) {
  return joined(a) == joined(b);
}

Json differing(const Json& given, const Json& defaults) {
  Json options = Json::object();
  for (const auto& [key, value] : given.items()) {
    if (!defaults.contains(key) || defaults[key] != value) options[key] = value;
  }
  return options;
}

void put(Record& record, const Estimate& estimate) {
  put_estimate(record, estimate);
  if (!estimate.note.empty()) record.message = estimate.note;
  if (!estimate.reason.empty()) record.message = estimate.reason;
}

int64_t nonfinite(const std::vector<Row>& rows) {
  int64_t count = 0;
  for (const Row& row : rows) {
    for (const auto& [field, value] : row) {
      if (!std::isfinite(value)) {
        ++count;
        break;
      }
    }
  }
  return count;
}

// One probe's work: what it saw and what it took.
struct Asked {
  Observations observations;
  Examples examples;
  double seconds = 0;
  int64_t tokens = 0;
};

// Suffixes that no model can give are no failed extractions.
void check_ids(const Target& target, const Examples& examples) {
  if (target.model() == nullptr) return;
  const int64_t vocabulary = target.model()->config().vocab_size;
  for (const Example& e : examples) {
    for (const int64_t id : e.ids) {
      if (id < vocabulary) continue;
      fail_input(fmt::format("item \"{}\"", e.id),
                 fmt::format("token id {} is not below the model's vocabulary "
                             "of {}",
                             id, vocabulary),
                 "give ids of this model's tokenizer, or text");
    }
  }
}

Asked ask(const Probe& probe, const Target& target, Examples examples) {
  Asked asked;
  asked.examples = std::move(examples);
  check_ids(target, asked.examples);
  const auto start = Clock::now();
  const int64_t before = target.tokens_computed();
  asked.observations = probe.ask(target, asked.examples);
  asked.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  asked.tokens = target.tokens_computed() - before;
  return asked;
}

// `scores`: the probe scores its rows; one that is not finite is null then.
OrderedJson sample_row(const Observation& o, bool scores) {
  OrderedJson row;
  row["id"] = o.id;
  if (!o.split.empty()) row["split"] = o.split;
  if (o.member) row["member"] = *o.member ? 1 : 0;
  if (o.diverged) row["diverged"] = true;
  if (scores) {
    row["score"] =
        std::isfinite(o.score) ? OrderedJson(o.score) : OrderedJson();
  }
  for (const auto& [name, values] : o.numbers) {
    row[name] =
        values.size() == 1 ? OrderedJson(values.front()) : OrderedJson(values);
  }
  if (!o.prompt_ids.empty()) row["prompt_ids"] = o.prompt_ids;
  if (!o.output_ids.empty()) row["output_ids"] = o.output_ids;
  if (!o.reference_ids.empty()) row["reference_ids"] = o.reference_ids;
  if (!o.output.empty() || !o.references.empty()) {
    if (!o.prompt.empty()) row["prompt"] = o.prompt;
    // An empty answer is one, but not of a probe that only scores.
    if (!o.output.empty() || !o.statistics) row["output"] = o.output;
    if (o.references.size() == 1) row["reference"] = o.reference();
    if (o.references.size() > 1) row["reference"] = o.references;
  }
  if (o.statistics) {
    row["num_tokens"] = o.statistics->count();
    row["sum_logprob"] = o.statistics->sum_logprob();
  }
  return row;
}

void write_samples(const std::string& path,
                   const std::vector<OrderedJson>& rows) {
  std::string text;
  for (const OrderedJson& row : rows) {
    text += row.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
    text += "\n";
  }
  write_file_atomically(path, text);
}

Record probe_record(const CellContext& cell, const ProbeSpec& spec,
                    const Asked& asked, const SuiteData& data) {
  Record record = cell.base;
  record.probe = spec.name;
  record.probe_options =
      differing(spec.set, Registry<Probe>::find(spec.name).info.options);
  record.split = joined(spec.on);
  record.role = cell.suite->split(spec.on.front()).role;
  record.validation = cell.suite->split(spec.on.front()).validation;
  record.data_hash = data.hash(spec.on);
  record.prompt_hash = prompt_hash(asked.examples);
  record.items_hash = items_hash(asked.examples);
  record.n_expected = static_cast<int64_t>(asked.examples.size());
  record.seconds = asked.seconds;
  record.tokens = asked.tokens;
  record.peak_bytes = peak_bytes();
  record.counts.skipped =
      record.n_expected - static_cast<int64_t>(asked.observations.size());
  for (const Example& e : asked.examples) {
    record.counts.boundary_mismatch += e.boundary_mismatch ? 1 : 0;
  }
  for (const Observation& o : asked.observations) {
    const bool cut = (o.statistics && o.statistics->truncated) ||
                     (o.drift && o.drift->truncated) ||
                     o.numbers.contains("truncated");
    record.counts.truncated += cut ? 1 : 0;
  }
  if (spec.name == "zlib_mia") record.versions["zlib"] = zlib_build();
  return record;
}

// What one probe saw of a model, and of the reference model where there is one.
struct Seen {
  const Observations& observations;
  std::string reference_file;  // its samples; may be absent
  const Target& target;
  std::string folder;  // what the options' paths start from
};

// Samples are read back, so that a resumed run compares with the same numbers.
Aggregate values_of(const Metric& metric, const std::vector<Row>& rows,
                    const Observations& observations, const Seen& seen,
                    TextModel* model) {
  if (!metric.needs().reference || !exists(seen.reference_file)) {
    return measure(metric, rows, observations, nullptr, model);
  }
  const Observations reference = stored_outputs(read_rows(seen.reference_file));
  return measure(metric, rows, observations, &reference, model);
}

// A probe's rows of samples, and the fields that its metrics gave them.
struct Samples {
  std::vector<OrderedJson> rows;
  std::set<std::string> fields;

  // Under the first of item_columns() that no other metric has.
  void add(const std::string& metric, const Json& options,
           const std::vector<Row>& values) {
    const std::set<std::string> taken = fields;
    for (size_t i = 0; i < values.size(); ++i) {
      for (const auto& [field, value] : values[i]) {
        const std::string name =
            item_column(item_columns(metric, options, field), taken);
        fields.insert(name);
        rows[i][name] = value;
      }
    }
  }
};

// The records of one metric; adds its per-item fields to the samples.
std::vector<Record> records_of(const CellContext& cell, const Record& common,
                               const MetricSpec& spec, const Seen& seen,
                               Samples& samples) {
  const auto& entry = Registry<Metric>::find(spec.name);
  const auto metric = entry.make(located(spec, *cell.suite));
  Observations with_verdicts;
  JudgedBy judged;
  if (!metric->needs().rubric.empty()) {
    with_verdicts = seen.observations;
    judged =
        cell.judges->judge(*metric, seen.target, seen.folder, with_verdicts);
  }
  const Observations& observations =
      judged.judge.empty() ? seen.observations : with_verdicts;
  TextModel* model = cell.text_models->of(*metric);
  const int64_t cut = model == nullptr ? 0 : model->cut();
  const std::vector<Row> rows = items(*metric, observations, model);
  samples.add(spec.name, differing(spec.set, entry.info.options), rows);
  std::vector<Record> records;
  for (const auto& [field, estimate] :
       values_of(*metric, rows, observations, seen, model)) {
    if (!spec.field.empty() && field != spec.field) continue;
    Record record = common;
    record.metric = spec.name;
    record.metric_options = differing(spec.set, entry.info.options);
    record.field = field;
    record.want = spec.want;
    record.target = spec.target;
    record.unit = metric->unit_of(field);
    record.counts.nonfinite = nonfinite(rows);
    if (!judged.judge.empty()) {
      record.versions["rubric"] = judged.rubric;
      record.versions["judge"] = judged.judge;
    }
    record.counts.truncated += judged.truncated;
    if (model != nullptr) record.counts.truncated = model->cut() - cut;
    put(record, estimate);
    records.push_back(std::move(record));
  }
  if (records.empty()) {
    fail_usage("metric " + spec.name, "has no field \"" + spec.field + "\"",
               "leave \"field\" out to see all");
  }
  return records;
}

// A metric that needs more than was seen is skipped with the reason; the other
// metrics of the probe are not lost.
std::vector<Record> measure_or_skip(const CellContext& cell,
                                    const Record& common,
                                    const MetricSpec& spec, const Seen& seen,
                                    Samples& samples) {
  try {
    return records_of(cell, common, spec, seen, samples);
  } catch (const Error& error) {
    if (error.fault() != Fault::input) throw;
    Record skipped = common;
    skipped.metric = spec.name;
    skipped.field = spec.field.empty() ? spec.name : spec.field;
    skipped.status = "skipped";
    skipped.message = error.what();
    return {skipped};
  }
}

}  // namespace

std::string lacks(const Target& target, const Needs& needs) {
  const Needs can = target.can();
  const auto because = [&](const char* reason) {
    const std::string own = target.limits();
    return own.empty() ? std::string(reason) : own;
  };
  if ((needs.token_statistics && !can.token_statistics) ||
      (needs.generate && !can.generate) ||
      (needs.gradients && !can.gradients) || (needs.drift && !can.drift)) {
    return because("the target cannot do what the probe needs");
  }
  if (needs.tokenizer && !can.tokenizer) {
    return "the model folder has no tokenizer to read other texts with";
  }
  if (needs.base && target.base() == nullptr) {
    return "no base model to compare with: name it with --reference";
  }
  return "";
}

std::vector<MetricSpec> metrics_of(const Suite& suite, const ProbeSpec& spec) {
  std::vector<MetricSpec> chosen;
  bool named = false;
  for (const MetricSpec& metric : suite.metrics) {
    if (metric.from != spec.name) continue;
    named = true;
    if (metric.on.empty() || same_set(metric.on, spec.on)) {
      chosen.push_back(metric);
    }
  }
  if (named) return chosen;
  const auto probe = Registry<Probe>::make(spec.name, spec.set);
  for (const std::string& name : probe->metrics()) {
    MetricSpec metric;
    metric.name = name;
    metric.from = spec.name;
    chosen.push_back(metric);
  }
  return chosen;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : "+") + name;
  return all;
}

std::string probe_name(const ProbeSpec& spec) {
  return name_with_options(
      spec.name,
      differing(spec.set, Registry<Probe>::find(spec.name).info.options));
}

std::string asked_name(const ProbeSpec& spec) {
  return fmt::format("{} on {}", probe_name(spec), joined(spec.on));
}

OrderedJson judges_of(const Suite& suite) {
  OrderedJson judges = OrderedJson::object();
  for (const ProbeSpec& spec : suite.attacks) {
    for (const MetricSpec& metric : metrics_of(suite, spec)) {
      const auto made =
          Registry<Metric>::make(metric.name, located(metric, suite));
      const OrderedJson hashes = verdict_hashes(*made, suite.folder);
      if (hashes.empty()) continue;
      judges[asked_name(spec)][name_with_options(metric.name, metric.set)] =
          hashes;
    }
  }
  return judges;
}

Record without_value(const CellContext& cell, const std::string& status,
                     const std::string& message) {
  Record record = cell.base;
  record.status = status;
  record.message = message;
  return record;
}

std::vector<Record> evaluate_probe(const CellContext& cell,
                                   const Target& target, const ProbeSpec& spec,
                                   const SuiteData& data,
                                   const Tokenizer* tokenizer) {
  const auto probe =
      Registry<Probe>::make(spec.name, located(spec, *cell.suite));
  if (const std::string lacking = lacks(target, probe->needs());
      !lacking.empty()) {
    Record record = without_value(cell, "skipped", lacking);
    record.probe = spec.name;
    record.validation = cell.suite->split(spec.on.front()).validation;
    return {record};
  }
  const Asked asked = ask(*probe, target, data.examples(spec.on, tokenizer));
  const Record common = probe_record(cell, spec, asked, data);
  const bool scores =
      std::any_of(asked.observations.begin(), asked.observations.end(),
                  [](const Observation& o) { return std::isfinite(o.score); });
  Samples samples;
  for (const Observation& o : asked.observations) {
    samples.rows.push_back(sample_row(o, scores));
  }
  const std::string file =
      "/" + samples_name(probe_name(spec),
                         cell.suite->data.size() > 1 ? joined(spec.on) : "");
  make_folder(cell.samples);
  if (cell.reference_samples == cell.samples) {  // it is its own reference
    write_samples(cell.samples + file, samples.rows);
  }
  const Seen seen{
      asked.observations,
      cell.reference_samples.empty() ? "" : cell.reference_samples + file,
      target, cell.suite->folder};
  std::vector<Record> records;
  for (const MetricSpec& metric : metrics_of(*cell.suite, spec)) {
    for (Record& record :
         measure_or_skip(cell, common, metric, seen, samples)) {
      records.push_back(std::move(record));
    }
  }
  write_samples(cell.samples + file, samples.rows);
  return records;
}

}  // namespace lethe
