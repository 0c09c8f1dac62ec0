// open-unlearning's and tofu's items as samples, their values as records.
#include <algorithm>
#include <cmath>
#include <set>

#include "harness/base/hash.h"
#include "harness/base/recorded.h"
#include "harness/base/registry.h"
#include "harness/base/samples_name.h"
#include "harness/base/statistics.h"
#include "harness/data/stored_outputs.h"
#include "harness/stored/import_run.h"
#include "harness/stored/measure_pass.h"
#include "harness/stored/peer_names.h"

namespace lethe {
namespace {

constexpr double kTolerance = 1e-9;

const std::set<std::string> kSets = {"forget", "retain", "real_authors",
                                     "world_facts"};

double number_or_nan(const Json& value) {
  return value.is_number() ? value.get<double>()
                           : std::numeric_limits<double>::quiet_NaN();
}

std::string id_of(const Json& row) {
  const Json id = row.value("id", Json(""));
  return id.is_string() ? id.get<std::string>() : id.dump();
}

// The part whose items a measure is made of; null: there are none.
const ResultPart* part_of(const PeerResults& results, const std::string& name) {
  for (const ResultPart& part : results.parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

std::vector<Json> fields_of(const ResultPart& part) {
  std::vector<Json> rows;
  for (const DataRow& row : part.rows) rows.push_back(row.fields);
  return rows;
}

// Samples once a file.
void put_samples(ImportedRow& row, const std::string& probe,
                 const std::string& split, std::vector<Json> rows) {
  const std::string name = samples_name(probe, split);
  for (const auto& [known, unused] : row.samples) {
    if (known == name) return;
  }
  row.samples.emplace_back(name, std::move(rows));
}

// What two files must share to be compared: the items, and what was asked.
void put_hashes(Record& r, const std::vector<Json>& rows) {
  Sha256 items, texts;
  for (const Json& row : rows) {
    items.add(id_of(row) + "\n");
    texts.add(row.value("prompt", Json()).dump() +
              row.value("reference", Json()).dump() + "\n");
  }
  r.items_hash = items.hex();
  r.data_hash = texts.hex();
  r.n = r.n_expected = static_cast<int64_t>(rows.size());
}

// The interval of a mean of this column, if that is what the value is.
void put_interval(Record& r, const std::vector<Json>& rows,
                  const std::string& column) {
  std::vector<double> values;
  for (const Json& row : rows) {
    if (!row.contains(column)) return;
    values.push_back(number_or_nan(row[column]));
  }
  const Estimate mean = estimate_mean(values);
  if (!(std::abs(mean.value - r.value) <= kTolerance)) return;
  put_interval(r, mean.ci95);
}

void put_attack(Record& r, const ResultPart& part) {
  std::vector<double> members, others;
  for (const Observation& seen : stored_outputs(part.rows)) {
    if (!seen.member) return;
    (*seen.member ? members : others).push_back(seen.score);
  }
  const Estimate area = estimate_auroc(members, others);
  if (!(std::abs(area.value - r.value) <= kTolerance)) return;
  put_interval(r, area.ci95);
}

// The interval of our metric, if it gives the value of these items.
void put_measured(Record& r, const std::vector<DataRow>& rows) {
  if (r.ci_method != "none" || !Registry<Metric>::contains(r.metric)) return;
  Aggregate found;
  try {
    const StoredMetric own = stored_metric(r.metric, r.metric_options);
    if (!own.metric->needs().text_model.empty()) return;
    const Observations seen = stored_outputs(rows);
    found = measure(*own.metric, items(*own.metric, seen), seen, nullptr);
  } catch (const Error& error) {  // the rows or options lack what it reads
    if (error.fault() != Fault::input && error.fault() != Fault::usage) throw;
  }
  for (const auto& [field, estimate] : found) {
    if (field != r.field) continue;
    if (!(std::abs(estimate.value - r.value) <= kTolerance)) continue;
    r.n = estimate.n;
    put_interval(r, estimate.ci95);
  }
}

Record record_of(const Record& base, const PeerMeasure& measure, double value) {
  Record r = base;
  r.probe = measure.probe;
  r.metric = measure.metric;
  r.metric_options = measure.options;
  r.field = measure.field;
  r.split = measure.split;
  r.role = measure.role;
  r.want = measure.want;
  if (r.want == "near") r.target = "reference";
  r.unit = "fraction";
  r.value = value;
  if (!r.finite()) r.message += "; the file has no value";
  return r;
}

// A metric that has no name of ours: the probe `imported`, its items under its
// own name.
PeerMeasure unknown(const std::string& name) {
  PeerMeasure m;
  m.probe = "imported";
  m.metric = m.field = name;
  m.split = name;
  m.role = name.rfind("forget", 0) == 0   ? "forget"
           : name.rfind("retain", 0) == 0 ? "retain"
                                          : "";
  return m;
}

// What a metric's items count is under the metric's name: `score` of one with
// one number of its own, ROUGE's recall, a probability.
std::vector<Json> renamed(std::vector<Json> rows, const std::string& name) {
  const std::pair<const char*, const char*> counted[] = {
      {"ROUGE", "rouge"}, {"Prob", "probability"}};
  for (Json& row : rows) {
    if (row.contains("score")) {
      row[name] = row["score"];
      row.erase("score");
    }
    for (const auto& [end, column] : counted) {
      if (name.ends_with(end) && row.contains(column)) row[name] = row[column];
    }
  }
  return rows;
}

// A set's items lie where rescore looks for each of the two probes.
void add_set_record(Record r, const ResultPart& part, ImportedRow& row) {
  std::vector<Json> rows = fields_of(part);
  std::string column = r.field;
  if (r.metric == "rouge_l") {
    for (Json& one : rows) {
      if (one.contains("rouge")) one["recall"] = one["rouge"];
    }
  }
  put_hashes(r, rows);
  put_interval(r, rows, column);
  put_measured(r, part.rows);
  put_samples(row, r.probe, r.split, std::move(rows));
  row.records.push_back(std::move(r));
}

void add_metric(const std::string& name, double value,
                const PeerResults& results, const Record& base,
                ImportedRow& row) {
  const auto measure = measure_of_peer(name);
  Record r = record_of(base, measure ? *measure : unknown(name), value);
  const ResultPart* set = part_of(results, r.split);
  const ResultPart* own = part_of(results, name);
  if (measure && set != nullptr) {
    add_set_record(std::move(r), *set, row);
    return;
  }
  if (own == nullptr) {
    // PrivLeak is of the attack's items.
    const ResultPart* attacked = part_of(results, peer_attack(r.probe));
    if (attacked != nullptr) put_hashes(r, fields_of(*attacked));
    row.records.push_back(std::move(r));
    return;
  }
  const bool attack = !attack_of_peer(name).empty();
  std::vector<Json> rows =
      attack ? fields_of(*own) : renamed(fields_of(*own), name);
  put_hashes(r, rows);
  if (attack) {
    put_attack(r, *own);
  } else {
    put_interval(r, rows, name);
  }
  put_samples(row, r.probe, r.split, std::move(rows));
  row.records.push_back(std::move(r));
}

// A metric of ours on a part that no value of the file speaks for.
void add_measured(const std::string& metric, const ResultPart& part,
                  const PeerMeasure& place, const Record& base,
                  ImportedRow& row) {
  const StoredMetric own = stored_metric(metric, Json::object());
  const Observations seen = stored_outputs(part.rows);
  const std::vector<Row> rows = items(*own.metric, seen);
  for (const auto& [field, estimate] :
       measure(*own.metric, rows, seen, nullptr)) {
    PeerMeasure named = place;
    named.metric = metric;
    named.field = field;
    Record r = record_of(base, named, estimate.value);
    const std::vector<Json> fields = fields_of(part);
    put_hashes(r, fields);
    r.n = estimate.n;
    put_interval(r, estimate.ci95);
    put_samples(row, r.probe, r.split, fields);
    row.records.push_back(std::move(r));
  }
}

}  // namespace

void add_open_unlearning(const Json& file, const PeerResults& results,
                         const Record& base, ImportedRow& row) {
  for (const auto& [name, metric] : file.items()) {
    if (!metric.is_object() || !metric.contains("agg_value")) continue;
    // Of choices the normalised probability is TOFU's.
    if (!name.ends_with("_normalised") && file.contains(name + "_normalised")) {
      continue;
    }
    add_metric(name, number_or_nan(metric["agg_value"]), results, base, row);
  }
  const ResultPart* utility = part_of(results, "utility");
  if (utility != nullptr && !file.contains("model_utility")) {
    add_measured("model_utility", *utility, *measure_of_peer("model_utility"),
                 base, row);
  }
}

void add_tofu(const PeerResults& results, const Record& base,
              ImportedRow& row) {
  for (const ResultPart& part : results.parts) {
    if (part.name == "utility") {
      add_measured("model_utility", part, *measure_of_peer("model_utility"),
                   base, row);
      continue;
    }
    const std::string prefix = peer_prefix(part.name);
    const std::vector<Json> rows = fields_of(part);
    for (const char* kind : {"_Q_A_Prob", "_Q_A_ROUGE"}) {
      const auto measure = measure_of_peer(prefix + kind);
      if (!measure) continue;
      const char* column =
          measure->metric == "rouge_l" ? "rouge" : "probability";
      double sum = 0;
      for (const Json& one : rows) {
        sum += number_or_nan(one.value(column, Json()));
      }
      add_set_record(
          record_of(base, *measure, sum / static_cast<double>(rows.size())),
          part, row);
    }
  }
}

void add_summary(const PeerResults& results, const Record& base,
                 ImportedRow& row) {
  for (const DataRow& one : results.parts.front().rows) {
    const std::string name = one.fields["metric"];
    const double value = number_or_nan(one.fields["value"]);
    const size_t slash = name.find('/');
    const auto measure = measure_of_peer(name);
    Record r = record_of(base, measure ? *measure : unknown(name), value);
    if (!measure && slash != name.npos) {  // lm-eval's among them
      r.probe = r.role = "";
      r.task = r.split = name.substr(0, slash);
      r.metric = r.field = name.substr(slash + 1);
    }
    row.records.push_back(std::move(r));
  }
}

}  // namespace lethe
