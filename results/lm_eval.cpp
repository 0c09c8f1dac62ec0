#include "results/lm_eval.h"

namespace lethe {
namespace {

OrderedJson number(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

void put(OrderedJson& json, const std::string& name,
         const std::vector<LmEvalMetric>& metrics) {
  OrderedJson task, higher;
  task["alias"] = name;
  for (const LmEvalMetric& m : metrics) {
    task[m.name + ",none"] = number(m.value);
    task[m.name + "_stderr,none"] = std::isfinite(m.stderr_value)
                                        ? OrderedJson(m.stderr_value)
                                        : OrderedJson("N/A");
    higher[m.name] = m.higher_is_better;
  }
  json["results"][name] = task;
  json["higher_is_better"][name] = higher;
}

}  // namespace

OrderedJson lm_eval_json(const LmEvalResults& results) {
  OrderedJson json;
  json["results"] = OrderedJson::object();
  for (const LmEvalTask& task : results.tasks) {
    put(json, task.name, task.metrics);
    json["versions"][task.name] = task.version;
    json["n-samples"][task.name] = {{"original", task.n},
                                    {"effective", task.n}};
    OrderedJson config = {{"task", task.name}};
    if (task.num_fewshot >= 0) {
      json["n-shot"][task.name] = task.num_fewshot;
      config["num_fewshot"] = task.num_fewshot;
    }
    json["configs"][task.name] = config;
  }
  for (const LmEvalGroup& group : results.groups) {
    put(json, group.name, group.metrics);
    const OrderedJson own = json["results"][group.name];
    json["groups"][group.name] = own;
    json["group_subtasks"][group.name] = group.members;
  }
  return json;
}

}  // namespace lethe
