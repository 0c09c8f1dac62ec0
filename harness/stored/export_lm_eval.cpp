// lm-eval 0.4: results.json and samples, as its evaluation_tracker writes them.
#include <algorithm>
#include <cmath>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/stored/export_run.h"
#include "results/item_values.h"
#include "results/lm_eval.h"

namespace lethe {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// sd / sqrt(n) of a mean; NaN of another value.
double standard_error(const ItemValues& items) {
  const size_t n = items.values.size();
  if (!items.missing.empty() || items.form != ItemForm::mean || n < 2) {
    return kNaN;
  }
  double sum = 0, squares = 0;
  for (const double value : items.values) sum += value;
  const double mean = sum / static_cast<double>(n);
  for (const double value : items.values) {
    squares += (value - mean) * (value - mean);
  }
  return std::sqrt(squares / static_cast<double>(n - 1)) /
         std::sqrt(static_cast<double>(n));
}

int64_t version_of(const Record& r) {
  const Json version = r.versions.value("task", Json(1));
  return version.is_number_integer() ? version.get<int64_t>() : 1;
}

class Row {
 public:
  Row(const StoredRun& run, const RunRow& row, const ExportOptions& options)
      : run_(run), row_(row), o_(options), items_(run.folder) {}

  ExportedRow write() {
    collect();
    ExportedRow exported{row_.name, row_.folder, {}, 0, left_out_};
    if (file_.tasks.empty() && file_.groups.empty()) return exported;
    const std::string folder = o_.out + "/" + row_.folder;
    make_folder(folder);
    for (LmEvalTask& task : file_.tasks) {
      exported.metrics += static_cast<int64_t>(task.metrics.size());
      const std::string samples = samples_of(task);
      if (samples.empty()) continue;
      const std::string name =
          o_.redactor == nullptr ? task.name : plain_name(task.name);
      exported.files.push_back("samples_" + name + "_lethe.jsonl");
      write_file_atomically(path_inside(folder, exported.files.back()),
                            samples);
    }
    OrderedJson json = lm_eval_json(file_);
    const Record& r = *row_.records.front();
    json["config"] = {{"model", "lethe"},
                      {"model_args", o_.shown(r).label},
                      {"model_dtype", r.dtype},
                      {"device", r.device}};
    json["model_name"] = o_.shown(r).label;
    json["model_sha"] = r.model_hash;
    json["git_hash"] = r.versions.value("git", Json());
    exported.files.push_back("results_lethe.json");
    write_file_atomically(
        folder + "/results_lethe.json",
        json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
    return exported;
  }

 private:
  void collect() {
    for (const Record* r : row_.records) {
      if (r->task.empty()) {
        if (r->metric == "cost") continue;
        const Record own = o_.shown(*r);
        left_out_.push_back(fmt::format(
            "{} on {}", name_with_options(own.probe, own.probe_options),
            own.split));
        continue;
      }
      LmEvalMetric metric{o_.shown(*r).field, r->value,
                          standard_error(items_.values(*r)), r->want != "low"};
      if (metric.name != r->field) columns_[metric.name] = r->field;
      if (r->versions.contains("tasks")) {
        add_group(*r, std::move(metric));
      } else {
        add_task(*r, std::move(metric));
      }
    }
    left_out_.erase(std::unique(left_out_.begin(), left_out_.end()),
                    left_out_.end());
  }

  void add_task(const Record& r, LmEvalMetric metric) {
    const std::string name = o_.shown(r).task;
    auto found = std::find_if(file_.tasks.begin(), file_.tasks.end(),
                              [&](const auto& t) { return t.name == name; });
    if (found == file_.tasks.end()) {
      found = file_.tasks.insert(found,
                                 {name, version_of(r), -1, r.n_expected, {}});
      files_[name] = samples_file(run_.folder, r);
    }
    found->metrics.push_back(std::move(metric));
  }

  void add_group(const Record& r, LmEvalMetric metric) {
    metric.stderr_value = kNaN;  // pooled there, from errors of its own kind
    const std::string name = o_.shown(r).task;
    auto found = std::find_if(file_.groups.begin(), file_.groups.end(),
                              [&](const auto& g) { return g.name == name; });
    if (found == file_.groups.end()) {
      found = file_.groups.insert(found, {name, {}, {}});
      Record member = r;
      for (const Json& task : r.versions["tasks"]) {
        if (!task.is_string()) continue;
        member.task = task.get<std::string>();
        found->members.push_back(o_.shown(member).task);
      }
    }
    found->metrics.push_back(std::move(metric));
  }

  std::string shown(const Json& text) const {
    return o_.shown(text.is_string() ? text.get<std::string>() : text.dump());
  }

  // As lm-eval's sanitize_list: every number and truth value is a text.
  OrderedJson as_texts(const Json& value) const {
    if (value.is_array()) {
      OrderedJson all = OrderedJson::array();
      for (const Json& one : value) all.push_back(as_texts(one));
      return all;
    }
    if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
    if (value.is_null()) return "nan";
    return value.is_string() ? shown(value) : value.dump();
  }

  // A redacted sample's value as it may be shown: a number, or a mark.
  OrderedJson number_or_mark(const Json& value) const {
    const bool plain =
        value.is_number() || value.is_boolean() || value.is_null();
    return plain || o_.redactor == nullptr ? OrderedJson(value)
                                           : OrderedJson(shown(value));
  }

  // The task's samples in lm-eval's form; its shots are counted on the way.
  std::string samples_of(LmEvalTask& task) {
    if (files_[task.name].empty()) return "";
    std::string text;
    int64_t number = 0;
    for (const DataRow& row : read_rows(files_[task.name])) {
      const Json& f = row.fields;
      const Json shots = f.value("fewshot", Json::array());
      if (shots.is_array()) {  // else redacted, and their number not known
        task.num_fewshot =
            std::max(task.num_fewshot, static_cast<int64_t>(shots.size()));
      }
      text += sample_of(f, number++, task)
                  .dump(-1, ' ', false, OrderedJson::error_handler_t::replace) +
              "\n";
    }
    return text;
  }

  OrderedJson sample_of(const Json& f, int64_t number,
                        const LmEvalTask& task) const {
    OrderedJson row;
    row["doc_id"] = number_or_mark(f.value("doc_id", Json(number)));
    row["doc"] = OrderedJson::object();
    row["target"] = shown(f.value("target", Json("")));
    OrderedJson arguments = OrderedJson::object();
    const Json asked = f.value("arguments", Json());
    const auto put = [&](const Json& pair) {
      OrderedJson one = OrderedJson::object();
      for (size_t i = 0; i < pair.size(); ++i) {
        one[fmt::format("arg_{}", i)] = shown(pair[i]);
      }
      arguments[fmt::format("gen_args_{}", arguments.size())] = one;
    };
    if (asked.is_array()) {
      for (const Json& pair : asked) {
        put(pair.is_array() ? pair : Json::array({pair}));
      }
    } else {
      put(Json::array({f.value("prompt", Json(""))}));
    }
    row["arguments"] = arguments;
    OrderedJson answers = OrderedJson::array();
    if (f.contains("loglikelihoods")) {
      for (const Json& one : f["loglikelihoods"]) {
        answers.push_back(as_texts(one));
      }
    } else {
      answers.push_back(shown(f.value("output", Json(""))));
    }
    row["resps"] = OrderedJson::array();
    for (const OrderedJson& one : answers) {
      row["resps"].push_back(OrderedJson::array({one}));
    }
    row["filtered_resps"] = answers;
    row["filter"] = "none";
    row["metrics"] = OrderedJson::array();
    for (const LmEvalMetric& metric : task.metrics) {
      const auto column = columns_.find(metric.name);
      const auto value =
          f.find(column == columns_.end() ? metric.name : column->second);
      if (value == f.end()) continue;
      row["metrics"].push_back(metric.name);
      row[metric.name] = number_or_mark(*value);
    }
    row["doc_hash"] = sha256(row["doc"].dump());
    row["prompt_hash"] = sha256(row["arguments"].dump());
    return row;
  }

  const StoredRun& run_;
  const RunRow& row_;
  const ExportOptions& o_;
  ItemReader items_;
  LmEvalResults file_;
  std::map<std::string, std::string> files_;    // of samples, by task
  std::map<std::string, std::string> columns_;  // by a metric's shown name
  std::vector<std::string> left_out_;
};

}  // namespace

std::vector<ExportedRow> export_lm_eval(const StoredRun& run,
                                        const ExportOptions& options) {
  make_empty_folder(options.out);
  std::vector<ExportedRow> exported;
  bool any = false;
  for (const RunRow& row : rows_of(run, options.redactor)) {
    exported.push_back(Row(run, row, options).write());
    any = any || !exported.back().files.empty();
  }
  if (!any) {
    fail(Fault::nothing, run.folder, "has no values of tasks",
         "lm-eval's files hold tasks: --format open-unlearning has the rest");
  }
  return exported;
}

}  // namespace lethe
