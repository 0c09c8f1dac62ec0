#include "harness/run/suite.h"

#include <algorithm>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/shipped.h"
#include "harness/run/suite_gates.h"
#include "harness/run/suite_keys.h"

namespace lethe {
namespace {

SplitSpec read_split(const std::string& name, const Json& json,
                     const std::string& where) {
  SplitSpec s;
  s.name = name;
  Keys keys(json, where);
  keys.need("file", s.file);
  keys.need("role", s.role);
  keys.get("validation", s.validation);
  s.train = !s.validation;
  keys.get("train", s.train);
  keys.get("where", s.where);
  keys.get("skip", s.skip);
  keys.get("limit", s.limit);
  keys.get("plain_text", s.plain_text);
  keys.get("prompt_template", s.prompt_template);
  keys.get("answer_template", s.answer_template);
  keys.get("question_field", s.question_field);
  keys.get("answer_field", s.answer_field);
  keys.done();
  if (s.answer_template.find("{answer}") == std::string::npos) {
    fail_usage(where + ".answer_template", "has no {answer}",
               "say where the answer stands");
  }
  if (!s.where.is_object()) {
    fail_usage(where + ".where", "is " + s.where.dump().substr(0, 60),
               "give {\"field\": value}");
  }
  one_of(s.role, {"forget", "retain", "holdout"}, where + ".role");
  if (s.role == "holdout") s.train = false;
  return s;
}

ModelSpec read_model(const Json& json, const std::string& where) {
  ModelSpec m;
  Keys keys(json, where);
  keys.get("path", m.path);
  keys.get("adapter", m.adapter);
  if (const Json* train = keys.raw("train"); train != nullptr) {
    Keys inner(*train, where + ".train");
    inner.need("config", m.train.config);
    inner.names("splits", m.train.splits);
    inner.get("set", m.train.set);
    inner.done();
    parse_train_options(m.train.set);
  }
  keys.done();
  if (m.path.empty() && !m.adapter.empty()) {
    fail_usage(where + ".adapter", "has no model below it",
               "set model.path to the folder it was made for");
  }
  if (m.path.empty() && m.train.config.empty()) {
    fail_usage(where, "names no model",
               "set model.path to a folder, or give model.train");
  }
  return m;
}

MethodSpec read_method(const Json& json, const std::string& where) {
  MethodSpec m;
  Keys keys(json, where);
  keys.need("name", m.name);
  keys.get("label", m.label);
  keys.get("set", m.set);
  keys.done();
  return m;
}

TransformSpec read_transform(const Json& json, const std::string& where) {
  TransformSpec t;
  Keys keys(json, where);
  keys.need("name", t.name);
  keys.get("set", t.set);
  keys.done();
  return t;
}

ProbeSpec read_probe(const Json& json, const std::string& where) {
  ProbeSpec p;
  Keys keys(json, where);
  keys.need("name", p.name);
  keys.names("on", p.on);
  keys.get("set", p.set);
  keys.done();
  if (p.on.empty()) fail_usage(where, "has no \"on\"", "name data splits");
  return p;
}

MetricSpec read_metric(const Json& json, const std::string& where) {
  MetricSpec m;
  Keys keys(json, where);
  keys.need("name", m.name);
  keys.get("field", m.field);
  keys.need("from", m.from);
  keys.names("on", m.on);
  keys.get("want", m.want);
  keys.get("target", m.target);
  keys.get("set", m.set);
  keys.done();
  if (!m.want.empty()) one_of(m.want, {"low", "high", "near"}, where + ".want");
  if (m.want == "near" && m.target.is_null()) m.target = "reference";
  return m;
}

TaskSpec read_task(const Json& json, const std::string& where) {
  TaskSpec t;
  Keys keys(json, where);
  keys.need("name", t.name);
  // -1, the task's own number, is what run.json says.
  const Json* shots = keys.raw("num_fewshot");
  if (shots != nullptr && *shots != -1) keys.get("num_fewshot", t.num_fewshot);
  keys.get("limit", t.limit);
  keys.get("data_file", t.data_file);
  keys.get("data_dir", t.data_dir);
  keys.done();
  return t;
}

template <class T, class Read>
void read_list(Keys& keys, const std::string& key, std::vector<T>& out,
               const Read& read) {
  const Json* list = keys.raw(key);
  if (list == nullptr) return;
  if (!list->is_array()) {
    fail_usage(keys.where(key), "is no list", "write [ ... ]");
  }
  for (size_t i = 0; i < list->size(); ++i) {
    out.push_back(read((*list)[i], fmt::format("{}[{}]", keys.where(key), i)));
  }
}

// After the methods, one of which it names.
void read_reference(Keys& keys, Suite& suite) {
  keys.get("reference", suite.reference);
  if (suite.reference.is_null()) return;
  const std::string where = keys.where("reference");
  std::string method;
  Keys inner(suite.reference, where);
  inner.need("method", method);
  inner.done();
  std::vector<std::string> methods;
  for (const MethodSpec& m : suite.methods) methods.push_back(m.name);
  one_of(method, methods, where + ".method (of the suite's methods)");
}

void check_names(const Suite& suite, const std::string& where) {
  const auto check_splits = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names) suite.split(name);
  };
  check_splits(suite.model.train.splits);
  for (const ProbeSpec& probe : suite.attacks) {
    check_splits(probe.on);
    for (const std::string& split : probe.on) {
      const SplitSpec& first = suite.split(probe.on.front());
      if (suite.split(split).validation == first.validation) continue;
      fail_usage(where + ": attack " + probe.name + ".on",
                 "asks " + first.name + " and " + split +
                     " together, of which one is for validation alone",
                 "ask splits with \"validation\": true apart");
    }
  }
  std::vector<std::string> probes;
  for (const ProbeSpec& probe : suite.attacks) probes.push_back(probe.name);
  for (const MetricSpec& metric : suite.metrics) {
    check_splits(metric.on);
    one_of(metric.from, probes, where + ": metric " + metric.name + ".from");
  }
  if (!suite.selection) return;
  for (const SelectionTerm* term : suite.selection->terms()) {
    check_splits(term->on);
    for (const std::string& split : term->on) {
      if (suite.split(split).validation) continue;
      fail_usage(where + ".selection",
                 "chooses by " + term->metric + " on " + split +
                     ", which the table shows too",
                 "choose on a split with \"validation\": true");
    }
  }
}

}  // namespace

const SplitSpec& Suite::split(const std::string& wanted) const {
  std::vector<std::string> names;
  for (const SplitSpec& one : data) {
    if (one.name == wanted) return one;
    names.push_back(one.name);
  }
  fail_usage("suite " + name, "has no data split \"" + wanted + "\"",
             suggest(wanted, names));
}

bool Suite::has_split(const std::string& wanted) const {
  return std::any_of(data.begin(), data.end(),
                     [&](const SplitSpec& s) { return s.name == wanted; });
}

Suite suite_from_json(const Json& json, const std::string& folder,
                      const std::string& where) {
  Suite s;
  s.folder = folder;
  Keys keys(json, where);
  keys.need("suite", s.name);
  keys.get("version", s.version);
  keys.raw("description");
  if (const Json* model = keys.raw("model"); model != nullptr) {
    s.model = read_model(*model, where + ".model");
  } else {
    fail_usage(where, "has no \"model\"", "add {\"path\": DIR}");
  }
  if (const Json* data = keys.raw("data"); data != nullptr) {
    for (const auto& [name, split] : data->items()) {
      s.data.push_back(read_split(name, split, where + ".data." + name));
    }
  }
  read_list(keys, "methods", s.methods, read_method);
  read_list(keys, "transforms", s.transforms, read_transform);
  read_list(keys, "attacks", s.attacks, read_probe);
  read_list(keys, "metrics", s.metrics, read_metric);
  read_list(keys, "tasks", s.tasks, read_task);
  keys.get("profile", s.profile);
  keys.get("seeds", s.seeds);
  read_reference(keys, s);
  if (const Json* selection = keys.raw("selection");
      selection != nullptr && !selection->is_null()) {
    s.selection = read_selection(*selection, where + ".selection");
  }
  keys.get("save_models", s.save_models);
  if (const Json* gates = keys.raw("gates");
      gates != nullptr && !gates->is_array()) {
    fail_usage(where + ".gates", "is no list",
               "write a list of gates, or of names or paths of them");
  }
  keys.done();
  if (!s.profile.empty()) {
    fail_usage(where + ".profile", "profiles are not supported yet",
               "name the options one by one");
  }
  if (s.methods.empty()) s.methods.push_back({"none", "", Json::object()});
  if (s.seeds.empty()) s.seeds = {0};
  for (const Json& seed : json.value("seeds", Json::array())) {
    if (!whole_number(seed)) {
      fail_usage(where + ".seeds", "holds " + seed.dump(),
                 "give whole numbers from 0");
    }
  }
  if (s.attacks.empty() && s.tasks.empty()) {
    fail(Fault::nothing, where, "has neither attacks nor tasks",
         "add at least one");
  }
  check_names(s, where);
  return s;
}

namespace {

// A path typed on the command line starts from where it was typed, not from the
// suite's folder.
std::string from_here(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos) return assignment;
  const std::string key = assignment.substr(0, equals);
  const std::string last = key.substr(key.rfind('.') + 1);
  const std::string value = assignment.substr(equals + 1);
  const bool names_path = last == "path" || last == "file" ||
                          last == "config" || last == "model" ||
                          last == "base" || last == "baseline";
  if (!names_path || !exists(value)) return assignment;
  return key + "=" + std::filesystem::absolute(value).string();
}

// The file of a name in the suites folders, or of a path.
std::string find_suite(const std::string& file_or_name) {
  const std::string& path = file_or_name;
  if (exists(path) && !is_folder(path)) return path;  // a folder may share it
  const std::string name =
      file_or_name + (path.find(".json") == std::string::npos ? ".json" : "");
  std::string shipped;
  std::vector<std::string> known;
  for (const std::string& folder : suite_folders()) {
    if (exists(folder + "/" + name)) shipped = folder + "/" + name;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".json") {
        known.push_back(entry.path().stem().string());
      }
    }
  }
  if (shipped.empty()) {
    fail_usage(path, "no such suite file", suggest(path, known));
  }
  return shipped;
}

struct SuiteFile {
  std::string path;
  Json json;  // with the overrides

  std::string folder() const {
    return std::filesystem::absolute(path).parent_path().string();
  }
};

SuiteFile open_suite(const std::string& file_or_name,
                     const std::vector<std::string>& sets) {
  SuiteFile file{find_suite(file_or_name), Json()};
  file.json =
      parse_json_with_comments(read_file(file.path, 16u << 20), file.path);
  for (const std::string& set : sets) set_path(file.json, from_here(set));
  return file;
}

}  // namespace

Suite read_suite(const std::string& file_or_name,
                 const std::vector<std::string>& sets) {
  const SuiteFile file = open_suite(file_or_name, sets);
  return suite_from_json(file.json, file.folder(), file.path);
}

SuiteGates suite_gates(const std::string& file_or_name,
                       const std::vector<std::string>& sets) {
  const SuiteFile file = open_suite(file_or_name, sets);
  const bool has = file.json.is_object() && file.json.contains("gates");
  return {has ? file.json["gates"] : Json::array(), file.folder(), file.path};
}

void set_path(Json& json, const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    fail_usage("--set " + assignment, "is no key=value",
               "write e.g. --set model.path=DIR");
  }
  Json* at = &json;
  std::string rest = assignment.substr(0, equals);
  while (true) {
    const size_t dot = rest.find('.');
    const std::string key = rest.substr(0, dot);
    if (at->is_array()) {
      const bool number =
          key.find_first_not_of("0123456789") == std::string::npos &&
          !key.empty() && key.size() < 7;
      if (!number || std::stoul(key) >= at->size()) {
        fail_usage(
            "--set " + assignment,
            fmt::format("\"{}\" is no place in a list of {}", key, at->size()),
            "places count from 0");
      }
      at = &(*at)[std::stoul(key)];
    } else if (at->is_object() || at->is_null()) {
      at = &(*at)[key];
    } else {
      fail_usage("--set " + assignment, "\"" + key + "\" lies inside a value",
                 "name a key of an object");
    }
    if (dot == std::string::npos) break;
    rest = rest.substr(dot + 1);
  }
  *at = parse_value(assignment.substr(equals + 1));
}

}  // namespace lethe
