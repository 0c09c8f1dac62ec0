#include "harness/task/lm_eval_keys.h"

#include <algorithm>
#include <map>

#include "harness/base/error.h"
#include "harness/base/names.h"

namespace lethe {
namespace {

using Kind = YamlNode::Kind;

// Keys that change no number: names of tables, and what is looked for in
// training data.
const std::vector<std::string> kWithoutEffect = {
    "tag",         "group",
    "group_alias", "task_alias",
    "metadata",    "should_decontaminate",
    "recipe",      "doc_to_decontamination_query"};

const std::vector<std::string> kRead = {
    "task",           "dataset_path",     "dataset_name",
    "dataset_kwargs", "training_split",   "validation_split",
    "test_split",     "fewshot_split",    "output_type",
    "doc_to_text",    "doc_to_target",    "doc_to_choice",
    "description",    "target_delimiter", "fewshot_delimiter",
    "fewshot_config", "num_fewshot",      "generation_kwargs",
    "filter_list",    "metric_list",      "repeats"};

const std::map<std::string, std::string> kRefused = {
    {"process_docs", "write what it makes into the data, and leave it out"},
    {"process_results", "use a metric of metric_list"},
    {"custom_dataset", "write the documents into a file"},
    {"class", "write a task of keys"},
    {"task_list", "write a file for each task"},
    {"aggregate_metric_list", "import each of its tasks"},
    {"doc_to_image", "images are not read"},
    {"doc_to_audio", "sounds are not read"},
    {"unsafe_code", "code of a model is not run"},
    {"use_prompt", "write the prompt in doc_to_text"},
    {"gen_prefix", "write it at the end of doc_to_text"}};

// The first value of `node` that is code; nullptr when none is.
const YamlNode* code_in(const YamlNode& node) {
  if (node.is(Kind::tagged)) return &node;
  for (const YamlNode& item : node.items) {
    if (const YamlNode* found = code_in(item)) return found;
  }
  for (const auto& [key, value] : node.entries) {
    if (const YamlNode* found = code_in(value)) return found;
  }
  return nullptr;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> known_names() {
  std::vector<std::string> names = kRead;
  names.insert(names.end(), kWithoutEffect.begin(), kWithoutEffect.end());
  for (const auto& [name, cure] : kRefused) names.push_back(name);
  return names;
}

void refuse_group(const LmEvalKeys& keys) {
  const YamlNode* task = keys.map().find("task");
  if (task != nullptr && task->is(Kind::list)) {
    keys.refuse("task", "is a list: a group of tasks",
                "import each of them, and give eval --tasks a,b");
  }
  if (task != nullptr) return;
  if (keys.map().find("group") != nullptr) {
    keys.refuse("group", "is a group without a task",
                "import each of its tasks, and give eval --tasks a,b");
  }
  fail_input(keys.map().where, "task: is missing",
             "is it a file that others include? import one of those");
}

}  // namespace

LmEvalKeys::LmEvalKeys(const YamlNode& map, std::string prefix)
    : map_(map), prefix_(std::move(prefix)) {
  if (map.is(Kind::map)) return;
  if (!prefix_.empty()) prefix_.pop_back();
  fail_input(map.where + ": " + prefix_, "is " + map.shown(), "write a map");
}

const YamlNode* LmEvalKeys::find(const std::string& key) const {
  const YamlNode* found = raw(key);
  return found == nullptr || found->is(Kind::null) ? nullptr : found;
}

std::string LmEvalKeys::where(const std::string& key) const {
  const YamlNode* found = raw(key);
  return (found == nullptr ? map_.where : found->where) + ": " + prefix_ +
         printable(key, 60);
}

void LmEvalKeys::refuse(const std::string& key, const std::string& what,
                        const std::string& cure) const {
  fail_input(where(key), what, cure);
}

std::string LmEvalKeys::text(const std::string& key,
                             const std::string& otherwise) const {
  const YamlNode* value = raw(key);
  if (value == nullptr) return otherwise;
  if (value->is(Kind::text)) return value->text;
  refuse(key, "is " + value->shown(), "write a text");
}

int64_t LmEvalKeys::integer(const std::string& key, int64_t otherwise) const {
  const YamlNode* value = raw(key);
  if (value == nullptr) return otherwise;
  if (value->is(Kind::integer)) return value->integer;
  refuse(key, "is " + value->shown(), "write a whole number");
}

bool LmEvalKeys::flag(const std::string& key, bool otherwise) const {
  const YamlNode* value = raw(key);
  if (value == nullptr) return otherwise;
  if (value->is(Kind::boolean)) return value->integer != 0;
  refuse(key, "is " + value->shown(), "write true or false");
}

std::vector<std::string> LmEvalKeys::texts(const std::string& key) const {
  const YamlNode* value = find(key);
  if (value == nullptr) return {};
  if (!value->is(Kind::list)) return {text(key, "")};
  std::vector<std::string> all;
  for (const YamlNode& item : value->items) {
    if (!item.is(Kind::text)) {
      fail_input(item.where + ": " + prefix_ + key, "has " + item.shown(),
                 "write texts");
    }
    all.push_back(item.text);
  }
  return all;
}

void LmEvalKeys::only(const std::vector<std::string>& known) const {
  for (const auto& [key, value] : map_.entries) {
    if (!has(known, key)) refuse(key, "is not read", suggest(key, known));
  }
}

void refuse_lm_eval_keys(const LmEvalKeys& keys) {
  refuse_group(keys);
  for (const auto& [key, value] : keys.map().entries) {
    if (has(kWithoutEffect, key) || value.is(Kind::null)) continue;
    if (const YamlNode* code = code_in(value)) {
      const auto cure = kRefused.find(key);
      keys.refuse(
          key, "is code (" + code->shown() + ")",
          cure == kRefused.end() ? "write it without code" : cure->second);
    }
    if (key == "unsafe_code" && !keys.flag(key, false)) continue;
    if (kRefused.count(key) > 0) {
      keys.refuse(key, "is not read", kRefused.at(key));
    }
    if (!has(kRead, key)) {
      keys.refuse(key, "is no key of a task", suggest(key, known_names()));
    }
  }
}

}  // namespace lethe
