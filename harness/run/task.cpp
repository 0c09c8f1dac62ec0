#include "harness/run/task.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "harness/base/files.h"

namespace lethe {
namespace {

// Unicode code points: what Python's len() counts.
double characters(const std::string& text) {
  return static_cast<double>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

size_t first_largest(const std::vector<double>& values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) -
                             values.begin());
}

std::vector<std::string> choices_of(const DataRow& row, const Task& task) {
  const Json& list = require(row.fields, task.choices, row.where);
  std::vector<std::string> choices;
  for (const Json& choice : list) {
    if (!list.is_array() || !choice.is_string()) {
      fail_input(row.where, "\"" + task.choices + "\" is no list of strings",
                 "give the choices as strings");
    }
    choices.push_back(choice.get<std::string>());
  }
  if (choices.size() < 2) {
    fail_input(row.where, fmt::format("has {} choices", choices.size()),
               "give at least two");
  }
  return choices;
}

TaskItem make_item(const DataRow& row, size_t number, const Task& task) {
  TaskItem item;
  item.id = std::to_string(number);
  item.context = fill_template(task.prompt, row);
  for (const std::string& choice : choices_of(row, task)) {
    item.continuations.push_back(task.delimiter + choice);
  }
  item.answer = require_int(row.fields, task.answer, row.where);
  if (item.answer < 0 ||
      item.answer >= static_cast<int64_t>(item.continuations.size())) {
    fail_input(row.where,
               fmt::format("answer {} is outside of {} choices", item.answer,
                           item.continuations.size()),
               "answers count from 0");
  }
  return item;
}

// lm-eval's rule: enc(context + choice) from enc(context)'s length on.
Example pair_example(const TaskItem& item, size_t choice,
                     const Tokenizer& tokenizer, int64_t group) {
  Example e;
  e.id = item.id;
  e.group = group;
  e.text = item.context + item.continuations[choice];
  e.ids = tokenizer.encode(e.text);
  const std::vector<int64_t> head = tokenizer.encode(item.context);
  e.boundary_mismatch = head.size() > e.ids.size() ||
                        !std::equal(head.begin(), head.end(), e.ids.begin());
  e.score_from = std::max<int64_t>(
      1, static_cast<int64_t>(std::min(head.size(), e.ids.size())));
  return e;
}

void judge(TaskItem& item, const Task& task) {
  const bool finite =
      std::all_of(item.loglikelihoods.begin(), item.loglikelihoods.end(),
                  [](double ll) { return std::isfinite(ll); });
  if (!finite) {
    item.acc = item.acc_norm = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  std::vector<double> normalised;
  for (size_t c = 0; c < item.loglikelihoods.size(); ++c) {
    normalised.push_back(
        item.loglikelihoods[c] /
        characters(item.continuations[c].substr(task.delimiter.size())));
  }
  const auto answer = static_cast<size_t>(item.answer);
  item.acc = first_largest(item.loglikelihoods) == answer ? 1 : 0;
  item.acc_norm = first_largest(normalised) == answer ? 1 : 0;
}

}  // namespace

Task read_task(const std::string& name, const std::string& folder) {
  std::string path = resolve(folder, name);
  if (!exists(path)) path = suites_folder() + "/tasks/" + name + ".json";
  if (!exists(path)) {
    std::vector<std::string> known;
    for (const auto& entry :
         std::filesystem::directory_iterator(suites_folder() + "/tasks")) {
      known.push_back(entry.path().stem().string());
    }
    fail_usage(name, "no such task", suggest(name, known));
  }
  const Json json = parse_json_with_comments(read_file(path, 16u << 20), path);
  reject_unknown_keys(json,
                      {"task", "version", "kind", "data", "prompt", "choices",
                       "answer", "delimiter", "description"},
                      path);
  const std::string kind = require_string(json, "kind", path);
  if (kind != "multiple_choice") {
    fail_input(path, "kind \"" + kind + "\" is not supported",
               "supported: multiple_choice");
  }
  Task task;
  task.name = require_string(json, "task", path);
  task.version = require_int(json, "version", path);
  const auto beside = std::filesystem::absolute(path).parent_path();
  task.data = resolve(beside.string(), require_string(json, "data", path));
  task.prompt = require_string(json, "prompt", path);
  task.choices = require_string(json, "choices", path);
  task.answer = require_string(json, "answer", path);
  if (json.contains("delimiter")) {
    task.delimiter = require_string(json, "delimiter", path);
  }
  return task;
}

TaskResult run_task(const Target& target, const Tokenizer& tokenizer,
                    const Task& task, int64_t limit) {
  const std::vector<DataRow> rows = read_rows(task.data, limit);
  TaskResult result;
  Examples examples;
  for (size_t i = 0; i < rows.size(); ++i) {
    TaskItem item = make_item(rows[i], i, task);
    for (size_t c = 0; c < item.continuations.size(); ++c) {
      examples.push_back(
          pair_example(item, c, tokenizer, static_cast<int64_t>(i)));
      result.boundary_mismatch += examples.back().boundary_mismatch ? 1 : 0;
    }
    result.items.push_back(std::move(item));
  }
  result.data_hash = rows_hash(rows);
  result.prompt_hash = prompt_hash(examples);
  result.items_hash = items_hash(examples);
  const int64_t before = target.tokens_computed();
  const auto statistics = target.statistics(examples);
  result.tokens = target.tokens_computed() - before;
  size_t next = 0;
  for (TaskItem& item : result.items) {
    for (size_t c = 0; c < item.continuations.size(); ++c) {
      const TokenStatistics& s = *statistics[next++];
      item.loglikelihoods.push_back(s.sum_logprob());
      item.greedy.push_back(s.is_greedy());
      result.truncated += s.truncated ? 1 : 0;
    }
    judge(item, task);
    result.nonfinite += std::isfinite(item.acc) ? 0 : 1;
  }
  return result;
}

}  // namespace lethe
