// lm-eval's results as records of tasks, its samples as ours.
#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/stored/import_run.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr double kNormal = 1.959963984540054;  // of a two-sided 95 % interval

int64_t whole(const Json& value, int64_t fallback) {
  return value.is_number_integer() ? value.get<int64_t>() : fallback;
}

std::string unit_of(const std::string& metric) {
  if (metric == "bits_per_byte") return "bits";
  return metric.find("perplexity") != metric.npos ? "perplexity" : "fraction";
}

Record record_of(const Record& base, const Json& row) {
  Record r = base;
  r.task = r.split = row["task"];
  r.metric = r.field = row["metric"];
  r.unit = unit_of(r.metric);
  if (row["value"].is_number()) r.value = row["value"];
  if (!r.finite()) r.message += "; the file has no value";
  r.n = whole(row["n"], 0);
  r.n_expected = whole(row["n_expected"], r.n);
  if (row["higher_is_better"].is_boolean()) {
    r.want = row["higher_is_better"].get<bool>() ? "high" : "low";
  }
  if (row["stderr"].is_number() && r.finite()) {
    const double half = kNormal * row["stderr"].get<double>();
    r.ci_low = r.value - half;
    r.ci_high = r.value + half;
    r.ci_method = "normal_of_stderr";
  }
  if (!row["version"].is_null()) r.versions["task"] = row["version"];
  if (!row["num_fewshot"].is_null()) {
    r.versions["num_fewshot"] = row["num_fewshot"];
  }
  if (row.contains("tasks")) r.versions["tasks"] = row["tasks"];
  return r;
}

// results_2026-01-31T10.json's samples of a task lie beside it as
// samples_TASK_2026-01-31T10.jsonl. Empty: there are none.
std::string samples_beside(const std::string& file, const std::string& task) {
  const fs::path path(file);
  const std::string stem = path.stem().string();
  const std::string date = stem.rfind("results", 0) == 0 ? stem.substr(7) : "";
  if (task.find('/') != task.npos) return "";
  const fs::path beside =
      path.parent_path() / ("samples_" + task + date + ".jsonl");
  return exists(beside.string()) ? beside.string() : "";
}

// A number or truth value that lm-eval wrote as a text, or as it is.
Json number_of(const Json& value) {
  if (!value.is_string()) return value;
  const std::string text = value.get<std::string>();
  if (text == "True" || text == "False") return text == "True";
  const Json number = parse_value(text);
  return number.is_number() ? number : Json();
}

// [[["-1.5", "False"]], ..] -> [[-1.5, false], ..]; null when it is no
// likelihoods but texts.
Json likelihoods(const Json& answers) {
  Json all = Json::array();
  for (const Json& answer : answers) {
    const Json& one =
        answer.is_array() && answer.size() == 1 ? answer.front() : answer;
    if (!one.is_array()) {
      if (number_of(one).is_null()) return {};
      all.push_back(number_of(one));
      continue;
    }
    Json pair = Json::array();
    for (const Json& part : one) pair.push_back(number_of(part));
    all.push_back(pair);
  }
  return all;
}

Json pairs_of(const Json& arguments) {
  Json pairs = Json::array();
  for (const Json& one : arguments) {
    Json pair = Json::array();
    for (const Json& part : one) {
      if (part.is_string()) pair.push_back(part);
    }
    pairs.push_back(pair);
  }
  return pairs;
}

Json sample_of(const DataRow& row) {
  const Json& f = row.fields;
  if (!f.contains("doc_id")) {
    fail_input(row.where, "has no \"doc_id\"", "it is not what lm-eval writes");
  }
  Json own = {{"doc_id", f["doc_id"]}};
  const Json arguments = f.value("arguments", Json::array());
  const Json answers =
      f.contains("resps") ? f["resps"] : f.value("filtered_resps", Json());
  const Json pairs =
      arguments.is_structured() ? pairs_of(arguments) : Json::array();
  const Json found = answers.is_array() ? likelihoods(answers) : Json();
  if (found.is_null()) {
    if (!pairs.empty() && !pairs[0].empty()) own["prompt"] = pairs[0][0];
    Json text = answers;
    while (text.is_array() && !text.empty()) text = Json(text.front());
    if (text.is_string()) own["output"] = text;
  } else {
    own["arguments"] = pairs;
    own["loglikelihoods"] = found;
  }
  if (f.contains("target")) own["target"] = f["target"];
  const Json metrics = f.value("metrics", Json());
  for (const Json& name : metrics.is_array() ? metrics : Json::array()) {
    if (name.is_string() && f.contains(name.get<std::string>())) {
      own[name.get<std::string>()] = f[name.get<std::string>()];
    }
  }
  for (const char* name : {"acc", "acc_norm", "exact_match", "perplexity"}) {
    if (f.contains(name) && f[name].is_number()) own[name] = f[name];
  }
  return own;
}

}  // namespace

void add_lm_eval(const PeerResults& results, const Record& base,
                 ImportedRow& row) {
  std::string last;
  for (const DataRow& one : results.parts.front().rows) {
    row.records.push_back(record_of(base, one.fields));
    Record& r = row.records.back();
    if (r.versions.contains("tasks")) continue;
    const std::string file = samples_beside(row.file, r.task);
    if (file.empty()) continue;
    if (r.task != last) {
      last = r.task;
      std::vector<Json> rows;
      for (const DataRow& sample : read_rows(file)) {
        rows.push_back(sample_of(sample));
      }
      row.samples.emplace_back(r.task + ".jsonl", std::move(rows));
    }
    Sha256 items;
    for (const Json& sample : row.samples.back().second) {
      items.add(sample["doc_id"].dump() + "\n");
    }
    r.items_hash = items.hex();
    if (r.n == 0) {
      r.n = r.n_expected =
          static_cast<int64_t>(row.samples.back().second.size());
    }
  }
}

}  // namespace lethe
