#include "harness/task/task.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/base/files.h"
#include "harness/base/names.h"
#include "harness/base/shipped.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFormKeys = {
    "prompt", "choices", "contexts", "answer",  "labels",
    "target", "targets", "text",     "counted", "keep"};

std::vector<std::string> texts_of(const Json& value, const std::string& where) {
  std::vector<std::string> texts;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& text : list) {
    if (!text.is_string()) {
      fail_input(where, text.dump() + " is no text", "write texts");
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

// The value of `key` as the text of an expression: numbers and lists of texts
// stand for themselves.
std::string expression_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class FormReader {
 public:
  FormReader(const Json& json, const std::string& where)
      : json_(json), where_(where) {}

  TaskForm read() const {
    TaskForm form;
    form.schema = json_.value("schema", "");
    if (json_.contains("has")) form.has = texts_of(json_["has"], where_);
    form.prompt = text("prompt");
    form.choices = expression("choices");
    form.contexts = expression("contexts");
    form.answer = expression("answer");
    form.labels = expression("labels");
    form.target = text("target");
    form.targets = expression("targets");
    form.text = text("text");
    form.counted = text("counted");
    form.keep = expression("keep");
    return form;
  }

 private:
  std::optional<DocumentTemplate> text(const std::string& key) const {
    if (!json_.contains(key)) return std::nullopt;
    return DocumentTemplate::parse(require_string(json_, key, where_),
                                   where_ + ": " + key);
  }
  std::optional<DocumentExpression> expression(const std::string& key) const {
    if (!json_.contains(key)) return std::nullopt;
    return DocumentExpression::parse(expression_text(json_[key]),
                                     where_ + ": " + key);
  }

  const Json& json_;
  const std::string& where_;
};

std::vector<TaskForm> read_forms(const Json& json, const std::string& where) {
  Json usual = Json::object();
  for (const std::string& key : kFormKeys) {
    if (json.contains(key)) usual[key] = json[key];
  }
  std::vector<TaskForm> forms;
  const Json list = json.value("forms", Json::array({Json::object()}));
  if (!list.is_array() || list.empty()) {
    fail_input(where, "\"forms\" is no list", "give at least one form");
  }
  for (const Json& own : list) {
    std::vector<std::string> known = kFormKeys;
    known.insert(known.end(), {"schema", "has"});
    reject_unknown_keys(own, known, where + ": forms");
    Json form = usual;
    form.update(own);
    forms.push_back(FormReader(form, where).read());
  }
  return forms;
}

bool require_flag(const Json& object, const std::string& key,
                  const std::string& where) {
  if (object[key].is_boolean()) return object[key];
  fail_input(where, "\"" + key + "\" is " + object[key].dump(),
             "write true or false");
}

FewshotRule read_fewshot(const Json& json, const std::string& where) {
  FewshotRule rule;
  rule.splits = {"train", "validation", "test"};
  if (!json.contains("fewshot")) return rule;
  const Json& own = json["fewshot"];
  reject_unknown_keys(
      own, {"count", "fixed", "sampler", "splits", "leave_out", "delimiter"},
      where);
  if (own.contains("count")) rule.count = require_int(own, "count", where);
  rule.fixed = own.value("fixed", false);
  const std::string sampler = own.value("sampler", "random");
  if (sampler != "random" && sampler != "first") {
    fail_input(where, "sampler \"" + sampler + "\" is not supported",
               suggest(sampler, {"random", "first"}));
  }
  rule.first = sampler == "first";
  if (own.contains("splits")) rule.splits = texts_of(own["splits"], where);
  if (own.contains("leave_out")) {
    rule.leave_out = require_flag(own, "leave_out", where);
  }
  rule.delimiter = own.value("delimiter", rule.delimiter);
  if (rule.count < 0 || rule.count > 1000) {
    fail_input(where, fmt::format("{} few-shot examples", rule.count),
               "at most 1000");
  }
  return rule;
}

MatchRule read_match(const Json& json, const std::string& where) {
  MatchRule rule;
  if (!json.contains("match")) return rule;
  const Json& own = json["match"];
  reject_unknown_keys(own,
                      {"until", "max_new_tokens", "ignore_case",
                       "ignore_punctuation", "strip", "ignore", "extract"},
                      where);
  if (own.contains("until")) rule.until = texts_of(own["until"], where);
  rule.max_new_tokens = own.value("max_new_tokens", rule.max_new_tokens);
  rule.ignore_case = own.value("ignore_case", false);
  rule.ignore_punctuation = own.value("ignore_punctuation", false);
  if (own.contains("strip")) rule.strip = require_flag(own, "strip", where);
  if (own.contains("ignore")) rule.ignore = texts_of(own["ignore"], where);
  for (const Json& one : own.value("extract", Json::array())) {
    reject_unknown_keys(one, {"name", "regex", "pick"}, where);
    rule.extract.push_back({require_string(one, "name", where),
                            require_string(one, "regex", where),
                            one.value("pick", "first") == "last"});
  }
  return rule;
}

TaskKind kind_of(const std::string& name, const std::string& where) {
  const std::vector<std::string> known = {"multiple_choice", "loglikelihood",
                                          "rolling", "generate"};
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    fail_input(where, "kind \"" + name + "\" is not supported",
               suggest(name, known));
  }
  return static_cast<TaskKind>(found - known.begin());
}

void check_form(const TaskForm& form, TaskKind kind, const std::string& where) {
  const auto want = [&](bool there, const char* key) {
    if (there) return;
    fail_input(where, fmt::format("has no \"{}\"", key), "the kind needs it");
  };
  switch (kind) {
    case TaskKind::multiple_choice:
      want(form.answer.has_value(), "answer");
      want(form.choices || form.contexts, "choices");
      want(form.contexts ? form.target.has_value() : form.prompt.has_value(),
           form.contexts ? "target" : "prompt");
      break;
    case TaskKind::loglikelihood:
      want(form.prompt.has_value(), "prompt");
      want(form.target.has_value(), "target");
      break;
    case TaskKind::rolling:
      want(form.text.has_value(), "text");
      break;
    case TaskKind::generate:
      want(form.prompt.has_value(), "prompt");
      want(form.targets.has_value(), "targets");
      break;
  }
}

std::vector<std::string> usual_metrics(const Task& task) {
  switch (task.kind) {
    case TaskKind::multiple_choice:
      return {"acc", "acc_norm"};
    case TaskKind::loglikelihood:
      return {"perplexity", "acc"};
    case TaskKind::rolling:
      return {"word_perplexity", "byte_perplexity", "bits_per_byte"};
    case TaskKind::generate:
      break;
  }
  return {"exact_match"};
}

void check_metrics(const Task& task, const std::string& where) {
  const bool choice = task.kind == TaskKind::multiple_choice;
  std::vector<std::string> known = usual_metrics(task);
  if (choice) {
    known.insert(known.end(),
                 {"acc_bytes", "acc_token", "acc_mutual_info", "exact_match"});
  }
  for (const std::string& name : task.metrics) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      fail_input(where, "metric \"" + name + "\" does not fit the kind",
                 suggest(name, known));
    }
  }
}

std::map<std::string, std::vector<std::string>> read_files(
    const Json& json, const std::string& where) {
  std::map<std::string, std::vector<std::string>> files;
  if (!json.is_object()) {
    fail_input(where, "names no splits", "write {\"test\": [\"FILE\"]}");
  }
  for (const auto& [split, names] : json.items()) {
    files[split] = texts_of(names, where);
  }
  return files;
}

Task read_one(const Json& json, const std::string& path) {
  Task task;
  task.file = path;
  task.name = require_string(json, "task", path);
  task.version = require_int(json, "version", path);
  task.kind = kind_of(require_string(json, "kind", path), path);
  if (json.contains("instruction")) {
    task.instruction = DocumentTemplate::parse(
        require_string(json, "instruction", path), path + ": instruction");
  }
  task.delimiter = json.value("delimiter", task.delimiter);
  task.fewshot = read_fewshot(json, path);
  if (task.kind == TaskKind::rolling) task.fewshot.fixed = true;
  task.match = read_match(json, path);
  task.forms = read_forms(json, path);
  for (const TaskForm& form : task.forms) check_form(form, task.kind, path);
  task.metrics = json.contains("metrics") ? texts_of(json["metrics"], path)
                                          : usual_metrics(task);
  check_metrics(task, path);
  if (json.contains("cluster")) {
    task.cluster = require_string(json, "cluster", path);
    task.cluster_of = DocumentExpression::parse(task.cluster, path);
  }
  if (json.contains("data") && json["data"].is_string()) {
    const auto beside = fs::absolute(path).parent_path();
    task.own_data = resolve(beside.string(), json["data"].get<std::string>());
  } else if (json.contains("data")) {
    task.files = read_files(json["data"], path);
  }
  if (json.contains("labels_beside")) {
    task.label_files = read_files(json["labels_beside"], path);
  }
  task.eval_splits = json.contains("eval")
                         ? texts_of(json["eval"], path)
                         : std::vector<std::string>{"test", "validation"};
  task.page_start = json.value("page_start", "");
  if (json.contains("columns")) task.columns = texts_of(json["columns"], path);
  return task;
}

void replace_all(std::string& text, const std::string& from,
                 const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// The task of one value of "each": {"subject": {"stem": ["anatomy", ...]}}.
Task member(const Task& family, const std::string& variable,
            const std::string& group, const std::string& value) {
  Task task = family;
  task.name = family.name + "_" + value;
  if (!group.empty()) task.groups.push_back(family.name + "_" + group);
  task.groups.push_back(family.name);
  task.variables[variable] = value;
  for (auto* files : {&task.files, &task.label_files}) {
    for (auto& [split, names] : *files) {
      for (std::string& name : names) {
        replace_all(name, "{" + variable + "}", value);
      }
    }
  }
  return task;
}

std::vector<Task> expand(const Task& family, const Json& each,
                         const std::string& path) {
  if (!each.is_object() || each.size() != 1 ||
      !each.begin().value().is_object()) {
    fail_input(path, "\"each\" is not as it must be",
               "write {\"subject\": {\"GROUP\": [\"anatomy\"]}}");
  }
  std::vector<Task> tasks;
  for (const auto& [group, values] : each.begin().value().items()) {
    for (const std::string& value : texts_of(values, path)) {
      tasks.push_back(member(family, each.begin().key(), group, value));
    }
  }
  return tasks;
}

// Of the suites folder; those of `more` come first.
std::vector<std::string> task_files(const std::string& more) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& folder) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".json") {
        found.push_back(entry.path().string());
      }
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  };
  if (!more.empty() && !is_folder(more)) {
    fail_usage(more, "is no folder", "check --include-path");
  }
  if (!more.empty()) add(more);
  for (const std::string& folder : suite_folders()) {
    if (is_folder(folder + "/tasks")) add(folder + "/tasks");
  }
  return files;
}

bool is_called(const Task& task, const std::string& name) {
  return task.name == name || std::find(task.groups.begin(), task.groups.end(),
                                        name) != task.groups.end();
}

}  // namespace

std::vector<Task> read_task_file(const std::string& path) {
  return parse_tasks(read_file(path, 16u << 20), path);
}

std::vector<Task> parse_tasks(const std::string& text,
                              const std::string& path) {
  const Json json = parse_json_with_comments(text, path);
  std::vector<std::string> known = kFormKeys;
  known.insert(known.end(),
               {"task", "version", "description", "kind", "each", "instruction",
                "delimiter", "fewshot", "match", "metrics", "cluster", "data",
                "labels_beside", "eval", "columns", "page_start", "forms"});
  reject_unknown_keys(json, known, path);
  const Task task = read_one(json, path);
  if (!json.contains("each")) return {task};
  return expand(task, json["each"], path);
}

std::vector<Task> find_tasks(const std::string& name, const std::string& folder,
                             const std::string& more) {
  const std::string path = resolve(folder, name);
  if (exists(path) && !is_folder(path)) return read_task_file(path);
  std::vector<Task> found;
  for (const std::string& file : task_files(more)) {
    for (Task& task : read_task_file(file)) {
      if (is_called(task, name)) found.push_back(std::move(task));
    }
    if (!found.empty()) return found;  // a name belongs to one file
  }
  const std::vector<std::string> names = task_names(more);
  const bool near = !near_names(name, names).empty();
  fail_usage(name, "no such task",
             near ? suggest(name, names) : "see `lethe list tasks`");
}

std::vector<Task> all_tasks(const std::string& more) {
  std::vector<Task> all;
  for (const std::string& file : task_files(more)) {
    for (Task& task : read_task_file(file)) all.push_back(std::move(task));
  }
  return all;
}

std::vector<std::string> task_names(const std::string& more) {
  std::set<std::string> names;
  for (const Task& task : all_tasks(more)) {
    names.insert(task.name);
    names.insert(task.groups.begin(), task.groups.end());
  }
  return {names.begin(), names.end()};
}

}  // namespace lethe
