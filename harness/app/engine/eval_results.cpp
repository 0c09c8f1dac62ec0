#include "harness/app/engine/eval_results.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>

#include "harness/app/output.h"
#include "harness/base/version.h"
#include "results/lm_eval.h"

namespace lethe {
namespace {

struct Group {
  std::string name;
  std::vector<const TaskResult*> members;
};

// Groups with more than one member, the widest last.
std::vector<Group> groups_of(const EvalResults& results) {
  std::vector<Group> groups;
  for (const TaskResult& task : results.tasks) {
    for (const std::string& name : task.groups) {
      auto found = std::find_if(groups.begin(), groups.end(),
                                [&](const Group& g) { return g.name == name; });
      if (found == groups.end()) found = groups.insert(found, Group{name, {}});
      found->members.push_back(&task);
    }
  }
  groups.erase(
      std::remove_if(groups.begin(), groups.end(),
                     [](const Group& g) { return g.members.size() < 2; }),
      groups.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) {
                     return a.members.size() < b.members.size();
                   });
  return groups;
}

int64_t documents(const Group& group) {
  int64_t n = 0;
  for (const TaskResult* task : group.members) {
    n += static_cast<int64_t>(task->items.size());
  }
  return n;
}

OrderedJson metrics_json(const std::vector<TaskMetric>& metrics) {
  OrderedJson json;
  for (const TaskMetric& m : metrics) {
    json[m.name] = number_json(m.estimate.value);
    json[m.name + "_stderr"] = number_json(m.stderr_value);
    json[m.name + "_ci95"] = {number_json(m.estimate.ci95.low),
                              number_json(m.estimate.ci95.high)};
    json[m.name + "_ci_method"] = m.estimate.ci95.method;
    if (!m.estimate.reason.empty()) json["reason"] = m.estimate.reason;
  }
  return json;
}

OrderedJson task_json(const TaskResult& task) {
  OrderedJson json = metrics_json(task.metrics);
  json["n"] = task.items.size();
  json["version"] = task.version;
  json["num_fewshot"] = task.num_fewshot;
  json["data"] = {{"path", task.data.path},
                  {"split", task.data.split},
                  {"schema", task.data.schema},
                  {"hash", task.data.hash},
                  {"duplicates", task.data.duplicates}};
  json["counts"] = {{"truncated", task.truncated},
                    {"boundary_mismatch", task.boundary_mismatch},
                    {"nonfinite", task.nonfinite},
                    {"fewshot_overlap", task.shots.overlaps}};
  json["tokens"] = {{"computed", task.cost.tokens},
                    {"naive", task.cost.naive_tokens},
                    {"scored", task.cost.scored_tokens}};
  return json;
}

std::vector<LmEvalMetric> lm_eval_metrics(
    const std::vector<TaskMetric>& metrics) {
  std::vector<LmEvalMetric> all;
  for (const TaskMetric& m : metrics) {
    all.push_back(
        {m.name, m.estimate.value, m.stderr_value, m.higher_is_better});
  }
  return all;
}

std::string interval_text(const Interval& ci) {
  return std::isfinite(ci.low)
             ? fmt::format("[{:.4g}, {:.4g}]", ci.low, ci.high)
             : "-";
}

void print_line(size_t width, const std::string& name, const std::string& shots,
                const std::string& metric, const std::string& value,
                const std::string& error, const std::string& interval,
                const std::string& n) {
  std::printf("%-*s %2s %-10s %9s %7s %-16s %5s\n", static_cast<int>(width),
              name.c_str(), shots.c_str(), metric.c_str(), value.c_str(),
              error.c_str(), interval.c_str(), n.c_str());
}

void print_rows(size_t width, const std::string& name, const std::string& shots,
                const std::vector<TaskMetric>& metrics, int64_t n) {
  bool first = true;
  for (const TaskMetric& m : metrics) {
    const bool known = std::isfinite(m.stderr_value);
    print_line(width, first ? name : "", first ? shots : "", m.name,
               std::isfinite(m.estimate.value)
                   ? fmt::format("{:.4g}", m.estimate.value)
                   : "null",
               known ? fmt::format("{:.3g}", m.stderr_value) : "-",
               interval_text(m.estimate.ci95), std::to_string(n));
    if (!m.estimate.reason.empty()) {
      std::printf("%-*s    %s\n", static_cast<int>(width), "",
                  m.estimate.reason.c_str());
    }
    first = false;
  }
}

// How prompts were made, where not as each task says.
void put_context(OrderedJson& json, const ContextOptions& context) {
  if (!context.system_instruction.empty()) {
    json["system_instruction"] = context.system_instruction;
  }
  if (!context.chat) return;
  json["apply_chat_template"] = true;
  json["fewshot_as_multiturn"] = context.multiturn;
  json["chat_date"] = context.date;
}

}  // namespace

OrderedJson results_json(const EvalResults& results) {
  OrderedJson json;
  json["results"] = OrderedJson::object();
  for (const TaskResult& task : results.tasks) {
    json["results"][task.name] = task_json(task);
  }
  for (const Group& group : groups_of(results)) {
    OrderedJson own = metrics_json(group_metrics(group.members));
    own["n"] = documents(group);
    json["groups"][group.name] = own;
  }
  json["model"] = {{"path", results.model}, {"hash", results.model_hash}};
  json["device"] = results.device;
  json["dtype"] = results.dtype;
  json["limit"] = results.limit;
  put_context(json, results.context);
  json["seconds"] = {{"load", results.load_seconds},
                     {"evaluate", results.seconds}};
  json["versions"] = {{"lethe", version()}};
  return json;
}

OrderedJson lm_eval_json(const EvalResults& results) {
  LmEvalResults file;
  for (const TaskResult& task : results.tasks) {
    file.tasks.push_back({task.name, task.version, task.num_fewshot,
                          static_cast<int64_t>(task.items.size()),
                          lm_eval_metrics(task.metrics)});
  }
  for (const Group& group : groups_of(results)) {
    file.groups.push_back(
        {group.name, {}, lm_eval_metrics(group_metrics(group.members))});
    for (const TaskResult* task : group.members) {
      file.groups.back().members.push_back(task->name);
    }
  }
  OrderedJson json = lm_eval_json(file);
  json["config"] = {{"model", "lethe"},
                    {"model_args", "pretrained=" + results.model},
                    {"model_dtype", results.dtype},
                    {"device", results.device},
                    {"limit", results.limit > 0 ? OrderedJson(results.limit)
                                                : OrderedJson()}};
  put_context(json, results.context);
  json["git_hash"] = git_state();
  json["date"] = std::time(nullptr);
  json["total_evaluation_time_seconds"] =
      fmt::format("{:.3f}", results.load_seconds + results.seconds);
  return json;
}

void print_table(const EvalResults& results) {
  const std::vector<Group> groups = groups_of(results);
  size_t width = 20;
  for (const TaskResult& task : results.tasks) {
    width = std::max(width, task.name.size());
  }
  print_line(width, "task", "k", "metric", "value", "stderr", "95 % interval",
             "n");
  for (const TaskResult& task : results.tasks) {
    print_rows(width, printable(task.name), std::to_string(task.num_fewshot),
               task.metrics, static_cast<int64_t>(task.items.size()));
  }
  for (const Group& group : groups) {
    print_rows(width, group.name, "", group_metrics(group.members),
               documents(group));
  }
  const ScoreCost& cost = results.cost;
  if (cost.tokens == 0) return;
  std::printf(
      "k: examples in the prompt. %ld of %ld tokens computed: what requests\n"
      "begin with in common is computed once.\n",
      static_cast<long>(cost.tokens), static_cast<long>(cost.naive_tokens));
}

}  // namespace lethe
