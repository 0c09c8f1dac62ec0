#include "results/item_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "harness/base/files.h"
#include "harness/base/samples_name.h"
#include "harness/base/statistics.h"

namespace lethe {
namespace {

using Columns = ItemReader::Columns;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kUsualFpr = 0.01;   // of tpr_at_fpr
constexpr double kTolerance = 1e-9;  // of a value that is computed again

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Rows of several splits are told apart by them, copies by their number.
std::vector<std::string> ids_of(const std::vector<Json>& rows) {
  std::vector<std::string> ids;
  std::set<std::string> splits, used;
  for (const Json& row : rows) splits.insert(row.value("split", Json()).dump());
  for (const Json& row : rows) {
    std::string id = text_of(row.contains("id") ? row["id"] : row["doc_id"]);
    if (splits.size() > 1 && row.contains("split")) {
      id.insert(0, text_of(row["split"]) + "/");
    }
    std::string unique = id;
    for (size_t copy = 2; !used.insert(unique).second; ++copy) {
      unique = fmt::format("{}#{}", id, copy);
    }
    ids.push_back(std::move(unique));
  }
  return ids;
}

std::vector<Json> read_rows(const std::string& file) {
  std::vector<Json> rows;
  for (const std::string& line : read_lines(file)) {
    const std::string where = fmt::format("{}:{}", file, rows.size() + 1);
    rows.push_back(parse_json(line, where));
    const Json& row = rows.back();
    if (!row.is_object() || (!row.contains("id") && !row.contains("doc_id"))) {
      fail_input(where, "is no sample", "run the probes again");
    }
  }
  return rows;
}

std::string text_at(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_string() ? found->get<std::string>()
                                                  : "";
}

// The question of a task stands in the first of its arguments.
std::string prompt_of(const Json& row) {
  const auto found = row.find("arguments");
  const bool asked = found != row.end() && found->is_array() &&
                     !found->empty() && found->front().is_array() &&
                     !found->front().empty();
  return asked ? text_of(found->front().front()) : text_at(row, "prompt");
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_null()) return kNaN;
  return {};
}

Columns read_columns(const std::string& file) {
  const std::vector<Json> rows = read_rows(file);
  Columns columns;
  columns.ids = ids_of(rows);
  const bool clustered =
      !rows.empty() && std::all_of(rows.begin(), rows.end(), [](const Json& r) {
        return r.contains("cluster");
      });
  for (size_t i = 0; i < rows.size(); ++i) {
    if (clustered) columns.clusters.push_back(text_of(rows[i]["cluster"]));
    for (const auto& [key, value] : rows[i].items()) {
      const std::optional<double> number = number_of(value);
      if (!number) continue;
      auto& column = columns.numbers[key];
      column.resize(rows.size(), kNaN);
      column[i] = *number;
    }
  }
  return columns;
}

const std::vector<double>* find(const Columns& columns,
                                const std::string& name) {
  const auto found = columns.numbers.find(name);
  return found == columns.numbers.end() ? nullptr : &found->second;
}

ItemValues nothing(const std::string& reason) {
  ItemValues none;
  none.missing = reason;
  return none;
}

double of_ranking(const ItemValues& items, const Record& record) {
  std::vector<double> members, others;
  for (size_t i = 0; i < items.values.size(); ++i) {
    (items.members[i] ? members : others).push_back(items.values[i]);
  }
  if (record.metric == "auroc") return auroc(members, others);
  const Json fpr = record.metric_options.value("fpr", Json(kUsualFpr));
  if (!fpr.is_number()) return kNaN;
  return estimate_tpr_at_fpr(members, others, fpr.get<double>()).value;
}

// The value of the whole set.
double combined(const ItemValues& items, const Record& record) {
  if (items.form == ItemForm::ranking) return of_ranking(items, record);
  double over = 0, under = 0;
  for (size_t i = 0; i < items.values.size(); ++i) {
    const double weight = items.weights.empty() ? 1 : items.weights[i];
    over += weight == 0 ? 0 : items.values[i] * weight;
    under += weight;
  }
  const double ratio = over / under;
  return items.form == ItemForm::exp_ratio ? std::exp(ratio) : ratio;
}

// Whether the items give the record's value; one that is null says nothing.
bool gives(const ItemValues& items, const Record& record) {
  if (!record.finite()) return true;
  const double value = combined(items, record);
  const double scale = std::max(1.0, std::abs(record.value));
  return std::abs(value - record.value) <= kTolerance * scale;
}

// The loss of each text a token, with its tokens.
ItemValues losses(const Columns& columns, ItemForm form) {
  const auto* sums = find(columns, "sum_logprob");
  const auto* tokens = find(columns, "num_tokens");
  if (sums == nullptr || tokens == nullptr) {
    return nothing("its samples have no sum_logprob and num_tokens");
  }
  ItemValues items;
  items.form = form;
  items.weights = *tokens;
  for (size_t i = 0; i < sums->size(); ++i) {
    const double count = (*tokens)[i];
    items.values.push_back(count == 0 ? 0 : -(*sums)[i] / count);
  }
  return items;
}

ItemValues ranking(const Columns& columns) {
  const auto* scores = find(columns, "score");
  const auto* members = find(columns, "member");
  if (scores == nullptr || members == nullptr) {
    return nothing("its samples have no score and member");
  }
  ItemValues items;
  items.form = ItemForm::ranking;
  items.values = *scores;
  for (const double member : *members) items.members.push_back(member == 1);
  return items;
}

// A task's documents: -log-likelihood over words or bytes, as lm-eval's
// perplexities are made.
ItemValues task_losses(const Columns& columns, const Record& record) {
  const bool single = record.field == "perplexity";
  const auto* sums = find(columns, single ? "perplexity" : "loglikelihood");
  const auto* counts =
      find(columns, record.field == "word_perplexity" ? "words" : "bytes");
  if (sums == nullptr || (!single && counts == nullptr)) {
    return nothing("its samples have no log-likelihood with words and bytes");
  }
  ItemValues items;
  items.form =
      record.field == "bits_per_byte" ? ItemForm::ratio : ItemForm::exp_ratio;
  const double unit = record.field == "bits_per_byte" ? std::log(2.0) : 1;
  items.weights = single ? std::vector<double>(sums->size(), 1) : *counts;
  for (size_t i = 0; i < sums->size(); ++i) {
    items.values.push_back(-(*sums)[i] / items.weights[i] / unit);
  }
  return items;
}

// "rate_n100_p0.9" of `discoverable`: whether n_needed_p0.9 is at most 100. An
// item that never comes out has a chance of 0 and no other number.
ItemValues discoverable(const Columns& columns, const Record& record) {
  std::string field = record.field;
  const bool near = field.rfind("near_", 0) == 0;
  const std::string prefix = near ? "near_" : "";
  field = field.substr(prefix.size());
  const auto* chance = find(columns, near ? "p_near" : "pz");
  ItemValues items;
  const bool rate = field.rfind("rate_n", 0) == 0 || field == "rate_ever";
  const size_t end = std::min(field.find("_p"), field.size());
  const double most = rate && field != "rate_ever"
                          ? std::strtod(field.c_str() + 6, nullptr)
                          : std::numeric_limits<double>::max();
  const auto* numbers = find(
      columns, rate ? prefix + "n_needed" + field.substr(end) : record.field);
  for (size_t i = 0; chance != nullptr && i < chance->size(); ++i) {
    const double number = numbers == nullptr ? kNaN : (*numbers)[i];
    const bool never = (*chance)[i] == 0 && std::isnan(number);
    const double value = std::isnan(number) || !rate ? number : number <= most;
    items.values.push_back(never ? 0 : value);
  }
  return chance == nullptr ? nothing("its samples have no pz") : items;
}

// The column of a metric's field, as the mean or weighted by tokens, whichever
// gives the record's value; the metric's own names first.
ItemValues column_of(const Columns& columns, const Record& record) {
  const std::vector<std::string> names =
      item_columns(record.metric, record.metric_options, record.field);
  bool seen = false;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const auto* values = find(columns, *name);
    if (values == nullptr) continue;
    seen = true;
    for (const char* weight : {"", "tokens", "num_tokens"}) {
      ItemValues items;
      items.values = *values;
      const auto* weights = find(columns, weight);
      if (*weight != 0 && weights == nullptr) continue;
      if (weights != nullptr) items.weights = *weights;
      items.form = weights == nullptr ? ItemForm::mean : ItemForm::ratio;
      if (gives(items, record)) return items;
    }
  }
  return nothing(seen ? "is no mean of its items"
                      : "is of the whole set: no item has a value of its own");
}

ItemValues of_probe(const Columns& columns, const Record& record) {
  const std::string& metric = record.metric;
  if (metric == "auroc" || metric == "tpr_at_fpr") return ranking(columns);
  if (metric == "perplexity") {
    return losses(columns, record.field == "loss" ? ItemForm::ratio
                                                  : ItemForm::exp_ratio);
  }
  if (metric == "validation_loss" && record.field == "supervised") {
    return losses(columns, ItemForm::ratio);
  }
  if (metric == "discoverable") return discoverable(columns, record);
  if (metric == "recall_at_errors") {  // a column `recall` is another metric's
    return nothing("is of the whole set: it goes by the order of its items");
  }
  return column_of(columns, record);
}

ItemValues checked(ItemValues items, const Record& record) {
  if (!items.missing.empty()) {
    items.missing = record.metric_name() + ": " + items.missing;
    return items;
  }
  if (items.values.empty()) return nothing("its samples have no items");
  if (gives(items, record)) return items;
  return nothing(
      fmt::format("{}: its samples give {:.6g}, the record says "
                  "{:.6g}",
                  record.metric_name(), combined(items, record), record.value));
}

ItemValues with_ids(ItemValues items, const Columns& columns) {
  if (!items.missing.empty()) return items;
  items.ids = columns.ids;
  items.clusters = columns.clusters;
  return items;
}

}  // namespace

std::string samples_file(const std::string& folder, const Record& r) {
  const std::string name =
      r.task.empty() ? name_with_options(r.probe, r.probe_options) : r.task;
  const bool plain =
      r.cell != "." && r.cell != ".." && r.cell.find('/') == r.cell.npos;
  if (name.empty() || !plain) return "";
  for (const std::string& cell : {"/" + r.cell, std::string()}) {
    for (const std::string& split : {r.split, std::string()}) {
      std::string file = "samples" + cell;
      file += "/" + samples_name(name, r.task.empty() ? split : "");
      std::string path = folder;
      path += "/" + file;
      if (!exists(path)) continue;
      if (has_link(folder, file)) {
        fail_input(path, "is a link, or in a folder that is one",
                   "copy what it leads to into the run");
      }
      return path;
    }
  }
  return "";
}

ItemValues item_values(const std::string& run_folder, const Record& record) {
  return ItemReader(run_folder).values(record);
}

std::map<std::string, ItemText> item_texts(const std::string& run_folder,
                                           const Record& record) {
  std::map<std::string, ItemText> texts;
  const std::string file = samples_file(run_folder, record);
  if (file.empty()) return texts;
  const std::vector<Json> rows = read_rows(file);
  const std::vector<std::string> ids = ids_of(rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    texts[ids[i]] = {prompt_of(rows[i]), text_at(rows[i], "output")};
  }
  return texts;
}

ItemReader::ItemReader(std::string run_folder)
    : folder_(std::move(run_folder)) {}

const Columns& ItemReader::columns(const std::string& file) {
  const auto found = files_.find(file);
  if (found != files_.end()) return found->second;
  return files_.emplace(file, read_columns(file)).first->second;
}

ItemValues ItemReader::values(const Record& record) {
  if (record.metric.empty()) return nothing("the record has no metric");
  if (record.metric == "cost") {
    return nothing("cost is of a model, not of items");
  }
  if (!record.task.empty() && record.versions.contains("tasks")) {
    return checked(of_group(record), record);
  }
  const std::string file = samples_file(folder_, record);
  if (file.empty()) {
    return nothing(
        fmt::format("no samples of {} in {}/samples",
                    record.task.empty()
                        ? name_with_options(record.probe, record.probe_options)
                        : record.task,
                    folder_));
  }
  if (!record.task.empty()) return checked(of_task(record), record);
  const Columns& all = columns(file);
  return checked(with_ids(of_probe(all, record), all), record);
}

ItemValues ItemReader::of_task(const Record& record) {
  const Columns& all = columns(samples_file(folder_, record));
  const std::set<std::string> losses = {"perplexity", "word_perplexity",
                                        "byte_perplexity", "bits_per_byte"};
  return with_ids(losses.count(record.field) > 0 ? task_losses(all, record)
                                                 : column_of(all, record),
                  all);
}

// Its members' documents, one task after the other.
ItemValues ItemReader::of_group(const Record& record) {
  ItemValues group;
  for (const Json& task : record.versions["tasks"]) {
    Record member = record;
    member.task = member.split = text_of(task);
    member.value = kNaN;  // any column will do: the group's value is checked
    member.versions.erase("tasks");
    ItemValues items = values(member);
    if (!items.missing.empty()) return items;
    for (size_t i = 0; i < items.ids.size(); ++i) {
      group.ids.push_back(member.task + "/" + items.ids[i]);
      group.values.push_back(items.values[i]);
    }
  }
  return group;
}

}  // namespace lethe
