// The resolved form of a suite: every setting with its default.
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/method.h"
#include "harness/run/suite.h"
#include "harness/run/suite_keys.h"

namespace lethe {
namespace {

// Keys that came later than a run's folder are left out where they say nothing,
// so that the folder still belongs to its suite.
Json split_json(const SplitSpec& s) {
  Json json = {{"file", s.file},
               {"role", s.role},
               {"train", s.train},
               {"limit", s.limit},
               {"plain_text", s.plain_text},
               {"prompt_template", s.prompt_template},
               {"answer_template", s.answer_template},
               {"question_field", s.question_field},
               {"answer_field", s.answer_field}};
  if (s.validation) json["validation"] = true;
  if (!s.where.empty()) json["where"] = s.where;
  if (s.skip > 0) json["skip"] = s.skip;
  return json;
}

Json with_defaults(Json defaults, const Json& given) {
  defaults.update(given);
  return defaults;
}

Json model_json(const ModelSpec& m) {
  if (!m.adapter.empty()) return {{"path", m.path}, {"adapter", m.adapter}};
  if (!m.path.empty()) return {{"path", m.path}};
  return {{"train",
           {{"config", m.train.config},
            {"splits", m.train.splits},
            {"set", with_defaults(defaults<TrainOptions>(), m.train.set)}}}};
}

Json metric_json(const MetricSpec& m) {
  return {{"name", m.name}, {"field", m.field}, {"from", m.from},
          {"on", m.on},     {"want", m.want},   {"target", m.target},
          {"set", m.set}};
}

}  // namespace

Json resolved(const Suite& s) {
  Json json = {{"suite", s.name},
               {"version", s.version},
               {"model", model_json(s.model)},
               {"seeds", s.seeds},
               {"profile", s.profile},
               {"reference", s.reference},
               {"save_models", s.save_models}};
  if (s.selection) json["selection"] = to_json(*s.selection);
  for (const SplitSpec& split : s.data) {
    json["data"][split.name] = split_json(split);
  }
  for (const MethodSpec& m : s.methods) {
    Json all = defaults<TrainOptions>();
    all.update(Registry<Method>::find(m.name).info.options);
    json["methods"].push_back({{"name", m.name},
                               {"label", m.label},
                               {"set", with_defaults(all, m.set)}});
  }
  for (const TransformSpec& t : s.transforms) {
    const auto& entry = Registry<Transform>::find(t.name);
    json["transforms"].push_back(
        {{"name", t.name}, {"set", with_defaults(entry.info.options, t.set)}});
  }
  for (const ProbeSpec& p : s.attacks) {
    const auto& entry = Registry<Probe>::find(p.name);
    json["attacks"].push_back(
        {{"name", p.name},
         {"on", p.on},
         {"set", with_defaults(entry.info.options, p.set)}});
  }
  for (const MetricSpec& m : s.metrics) {
    json["metrics"].push_back(metric_json(m));
  }
  for (const TaskSpec& t : s.tasks) {
    json["tasks"].push_back({{"name", t.name},
                             {"num_fewshot", t.num_fewshot},
                             {"limit", t.limit},
                             {"data_file", t.data_file},
                             {"data_dir", t.data_dir}});
  }
  return json;
}

}  // namespace lethe
