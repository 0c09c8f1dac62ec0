#include "harness/run/tasks.h"

#include <chrono>
#include <cmath>
#include <map>

#include "harness/base/files.h"
#include "harness/base/recorded.h"
#include "harness/tensor/compute.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

Record metric_record(const Record& common, const TaskMetric& metric) {
  Record record = common;
  record.metric = record.field = metric.name;
  record.want = metric.higher_is_better ? "high" : "low";
  const bool bits = metric.name == "bits_per_byte";
  record.unit = metric.higher_is_better ? "fraction"
                : bits                  ? "bits"
                                        : "perplexity";
  put_estimate(record, metric.estimate);
  if (!metric.estimate.reason.empty()) record.message = metric.estimate.reason;
  return record;
}

OrderedJson sample_row(size_t number, const TaskItem& item,
                       const TaskResult& result) {
  OrderedJson row;
  row["doc_id"] = number;
  if (!item.cluster.empty()) row["cluster"] = item.cluster;
  if (item.arguments.empty()) {
    row["prompt"] = item.context;
    row["output"] = item.output;
  } else {
    row["arguments"] = OrderedJson::array();
    for (const auto& [context, continuation] : item.arguments) {
      row["arguments"].push_back({context, continuation});
    }
    const bool rolling = result.metric_names.front() == "loglikelihood";
    row["loglikelihoods"] = OrderedJson::array();
    for (const Likelihood& l : item.likelihoods) {
      const OrderedJson sum =
          std::isfinite(l.sum) ? OrderedJson(l.sum) : OrderedJson();
      row["loglikelihoods"].push_back(
          rolling ? sum : OrderedJson::array({sum, l.greedy}));
    }
  }
  if (item.answer >= 0) row["target"] = item.answer;
  if (!result.shots.chosen[number].empty()) {
    row["fewshot"] = result.shots.chosen[number];
  }
  for (size_t f = 0; f < item.values.size(); ++f) {
    row[result.metric_names[f]] = std::isfinite(item.values[f])
                                      ? OrderedJson(item.values[f])
                                      : OrderedJson();
  }
  return row;
}

// Why the task cannot be put to the target; empty when it can.
std::string lacks_for(const Target& target, const Task& task) {
  const bool answers = task.kind == TaskKind::generate;
  return lacks(target, {.token_statistics = !answers, .generate = answers});
}

// Members of the same group, in the order they came.
std::map<std::string, std::vector<const TaskResult*>> groups_of(
    const std::vector<TaskResult>& results) {
  std::map<std::string, std::vector<const TaskResult*>> groups;
  for (const TaskResult& result : results) {
    for (const std::string& group : result.groups) {
      groups[group].push_back(&result);
    }
  }
  return groups;
}

Record named(const Record& common, const std::string& task, int64_t version) {
  Record record = common;
  record.task = record.split = task;
  record.versions["task"] = version;
  return record;
}

}  // namespace

std::vector<Record> task_records(const Record& common,
                                 const TaskResult& result) {
  Record base = named(common, result.name, result.version);
  base.data_hash = result.data.hash;
  base.prompt_hash = result.prompt_hash;
  base.items_hash = result.items_hash;
  base.n_expected = static_cast<int64_t>(result.items.size());
  base.tokens = result.cost.tokens;
  base.counts = {result.truncated, result.boundary_mismatch, result.nonfinite,
                 0};
  std::vector<Record> records;
  for (const TaskMetric& metric : result.metrics) {
    records.push_back(metric_record(base, metric));
  }
  return records;
}

void write_task_samples(const std::string& path, const TaskResult& result) {
  std::string text;
  for (size_t i = 0; i < result.items.size(); ++i) {
    text += sample_row(i, result.items[i], result)
                .dump(-1, ' ', false, OrderedJson::error_handler_t::replace) +
            "\n";
  }
  write_file_atomically(path, text);
}

TaskOptions task_options(const TaskSpec& spec, const Suite& suite) {
  TaskOptions options;
  options.num_fewshot = spec.num_fewshot;
  options.limit = spec.limit;
  options.rules.max_length = 0;
  if (!spec.data_dir.empty()) {
    options.sources.folder = resolve(suite.folder, spec.data_dir);
  }
  options.sources.relative_to = suite.folder;
  if (!spec.data_file.empty())
    options.sources.files[spec.name] = spec.data_file;
  return options;
}

std::vector<Record> evaluate_task_spec(const CellContext& cell,
                                       const Target& target,
                                       const TaskSpec& spec,
                                       const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) {
    Record record =
        without_value(cell, "skipped", "tasks need the model's tokenizer");
    record.task = spec.name;
    return {record};
  }
  const TaskOptions options = task_options(spec, *cell.suite);
  std::vector<Record> records;
  std::vector<TaskResult> results;
  std::map<std::string, std::string> lacking_members;  // of groups: why
  for (const Task& task : find_tasks(spec.name, cell.suite->folder)) {
    if (const std::string lacking = lacks_for(target, task); !lacking.empty()) {
      records.push_back(without_value(cell, "skipped", lacking));
      records.back().task = task.name;
      for (const std::string& group : task.groups) {
        lacking_members.emplace(group, lacking);
      }
      continue;
    }
    const auto start = Clock::now();
    results.push_back(evaluate_task(target, *tokenizer, task, options));
    Record common = cell.base;
    common.seconds =
        std::chrono::duration<double>(Clock::now() - start).count();
    common.peak_bytes = peak_bytes();
    for (Record& record : task_records(common, results.back())) {
      records.push_back(std::move(record));
    }
    if (cell.samples.empty()) continue;
    make_folder(cell.samples);
    write_task_samples(cell.samples + "/" + task.name + ".jsonl",
                       results.back());
  }
  for (const auto& [group, members] : groups_of(results)) {
    if (const auto lacking = lacking_members.find(group);
        lacking != lacking_members.end()) {
      records.push_back(without_value(cell, "skipped", lacking->second));
      records.back().task = group;
      continue;
    }
    if (members.size() < 2) continue;
    for (const TaskMetric& metric : group_metrics(members)) {
      Record record = metric_record(
          named(cell.base, group, members.front()->version), metric);
      record.n_expected = record.n;
      for (const TaskResult* member : members) {
        record.versions["tasks"].push_back(member->name);
      }
      records.push_back(std::move(record));
    }
  }
  return records;
}

void check_task(const TaskSpec& spec, const Suite& suite) {
  const TaskOptions options = task_options(spec, suite);
  for (const Task& task : find_tasks(spec.name, suite.folder)) {
    find_split(task, task.eval_splits, options.sources, 1);
  }
}

int64_t estimated_tokens(const TaskSpec& spec, const Suite& suite,
                         const Tokenizer& tokenizer) {
  const TaskOptions options = task_options(spec, suite);
  int64_t tokens = 0;
  for (const Task& task : find_tasks(spec.name, suite.folder)) {
    const SplitData data =
        find_split(task, task.eval_splits, options.sources, spec.limit);
    for (const TaskDocument& d : make_documents(task, data)) {
      std::string text = d.prompt + d.target;
      for (const std::string& choice : d.choices) text += choice;
      tokens += static_cast<int64_t>(tokenizer.encode(text).size());
    }
  }
  return tokens;
}

}  // namespace lethe
