#include "harness/run/variants.h"

#include <algorithm>
#include <map>

#include "harness/base/hash.h"
#include "harness/base/record.h"
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/method.h"
#include "harness/plugin/metric.h"
#include "harness/train/private_options.h"

namespace lethe {
namespace {

bool varies(const Json& value, const Json& standard) {
  return value.is_array() &&
         (!standard.is_array() || (!value.empty() && value[0].is_array()));
}

// The method's options and the training options that all methods share.
struct KnownOptions {
  Json own;
  Json train;
  Json all;
};

KnownOptions known_options(const std::string& method) {
  KnownOptions known;
  known.own = Registry<Method>::find(method).info.options;
  known.train = defaults<TrainOptions>();
  known.all = known.train;
  known.all.update(known.own);
  return known;
}

// What is unlearned is the forget data as they are.
void refuse_sanitising(const TrainOptions& train, const std::string& method) {
  const bool scrubs = !train.scrub.empty();
  if (!scrubs && train.dedup == "none") return;
  fail_usage("method " + method,
             fmt::format("{} would change what is to be forgotten",
                         scrubs ? "scrub" : "dedup"),
             "give it where a model is trained: model.train.set, retrain, "
             "goldfish, lethe train");
}

void refuse_privacy(const TrainOptions& train, const std::string& method) {
  if (!is_private(train)) return;
  fail_usage("method " + method,
             "has terms of its own, and dp_noise or dp_epsilon is of plain or "
             "goldfish training",
             "give it to retrain, goldfish, model.train.set or lethe train");
}

Variant make_variant(const MethodSpec& spec, const Json& set,
                     const KnownOptions& known) {
  check_options(set, known.all, spec.name);
  Variant v;
  v.method = spec.name;
  Json varied = Json::object();
  for (const auto& [key, value] : set.items()) {
    (known.own.contains(key) ? v.own : v.train)[key] = value;
    if (value != known.all[key]) v.differing[key] = value;
    if (varies(spec.set[key], known.all[key])) varied[key] = value;
  }
  v.entry = spec.label.empty() ? spec.name : spec.label;
  v.label = name_with_options(v.entry, varied);
  const TrainOptions train = parse_train_options(v.train);
  const auto method = Registry<Method>::make(spec.name, v.own);  // checks
  if (!method->uses().from_start) {
    refuse_sanitising(train, spec.name);
    refuse_privacy(train, spec.name);
  }
  return v;
}

}  // namespace

std::vector<Json> grid(const Json& set, const Json& defaults) {
  std::vector<Json> all = {Json::object()};
  for (const auto& [key, value] : set.items()) {
    const Json standard = defaults.contains(key) ? defaults[key] : Json();
    const Json values = varies(value, standard) ? value : Json::array({value});
    std::vector<Json> next;
    for (const Json& partial : all) {
      for (const Json& one : values) {
        next.push_back(partial);
        next.back()[key] = one;
      }
    }
    all = std::move(next);
  }
  return all;
}

namespace {

std::vector<ProbeSpec> expand_probes(const Suite& suite) {
  std::vector<ProbeSpec> all;
  for (const ProbeSpec& spec : suite.attacks) {
    const auto& entry = Registry<Probe>::find(spec.name);
    for (const Json& set : grid(spec.set, entry.info.options)) {
      entry.make(set);  // its own checks
      all.push_back(spec);
      all.back().set = set;
    }
  }
  return all;
}

std::vector<MetricSpec> expand_metrics(const Suite& suite) {
  std::vector<MetricSpec> all;
  for (const MetricSpec& spec : suite.metrics) {
    const auto& entry = Registry<Metric>::find(spec.name);
    for (const Json& set : grid(spec.set, entry.info.options)) {
      const std::vector<std::string> fields = entry.make(set)->fields();
      const bool known =
          spec.field.empty() || fields.empty() ||
          std::find(fields.begin(), fields.end(), spec.field) != fields.end();
      if (!known) {
        fail_usage("metric " + spec.name, "has no field \"" + spec.field + "\"",
                   suggest(spec.field, fields));
      }
      all.push_back(spec);
      all.back().set = set;
    }
  }
  return all;
}

}  // namespace

std::string Variant::id() const {
  const Json parts = {{"method", method}, {"own", own}, {"train", train}};
  return short_hash(canonical(parts) + label);
}

bool is_reference(const Suite& suite, const Variant& variant) {
  return suite.reference.is_object() &&
         suite.reference.value("method", "") == variant.method;
}

std::vector<Variant> expand(const Suite& suite) {
  std::vector<Variant> all;
  std::map<std::string, std::string> labels;
  for (const int64_t seed : suite.seeds) {
    for (const MethodSpec& spec : suite.methods) {
      const KnownOptions known = known_options(spec.name);
      for (const Json& set : grid(spec.set, known.all)) {
        Variant v = make_variant(spec, set, known);
        v.seed = seed;
        v.train["seed"] = v.train.value("seed", int64_t{0}) + seed;
        const std::string key = v.label + "/" + std::to_string(seed);
        if (!labels.emplace(key, spec.name).second) {
          fail_usage("suite " + suite.name,
                     "two rows are called \"" + v.label + "\"",
                     "give one of them a \"label\"");
        }
        all.push_back(std::move(v));
      }
    }
  }
  return all;
}

Json Chain::names() const {
  Json all = Json::array();
  for (const Json& step : steps) {
    const auto& entry = Registry<Transform>::find(step["name"]);
    Json differing = Json::object();
    for (const auto& [key, value] : step["set"].items()) {
      if (value != entry.info.options[key]) differing[key] = value;
    }
    all.push_back(name_with_options(step["name"], differing));
  }
  return all;
}

std::string Chain::name() const {
  std::string all;
  for (const Json& step : names()) {
    all += (all.empty() ? "" : " + ") + step.get<std::string>();
  }
  return all;
}

std::vector<Chain> expand_transforms(const Suite& suite) {
  std::vector<Chain> all(1);
  for (const TransformSpec& spec : suite.transforms) {
    const auto& entry = Registry<Transform>::find(spec.name);
    for (const Json& set : grid(spec.set, entry.info.options)) {
      entry.make(set);  // its own checks
      all.push_back({Json::array({{{"name", spec.name}, {"set", set}}})});
    }
  }
  return all;
}

std::string cell_hash(const std::string& suite_hash, const Variant& variant,
                      const Chain& chain) {
  return short_hash(
      canonical(Json{suite_hash, variant.id(), variant.seed, chain.steps}));
}

Suite lay_out(const Suite& suite) {
  Suite all = suite;
  all.attacks = expand_probes(suite);
  all.metrics = expand_metrics(suite);
  return all;
}

}  // namespace lethe
