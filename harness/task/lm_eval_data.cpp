#include "harness/task/lm_eval_data.h"

#include <algorithm>
#include <cctype>

#include "harness/base/error.h"

namespace lethe {
namespace {

using Kind = YamlNode::Kind;

std::string split_name(const LmEvalKeys& keys, const std::string& key) {
  if (keys.find(key) == nullptr) return "";
  const std::string name = keys.text(key, "");
  const bool plain =
      !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
               c == '-' || c == '.';
      });
  if (plain) return name;
  keys.refuse(key, "\"" + printable(name, 60) + "\" is no name of a split",
              "write the part that is meant into a file");
}

std::string last_part(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// The file with its folder, which is what of a path can be found elsewhere: a
// bare test.jsonl might be another task's.
std::string pattern_of(const std::string& path, const std::string& where) {
  const std::string file = last_part(path);
  if (file.empty() || path.find_first_of("*?[]{}\\") != std::string::npos) {
    fail_input(where,
               "\"" + printable(path, 80) + "\" is not the path of one file",
               "name one file");
  }
  const size_t before = path.size() - file.size();
  const std::string folder =
      before == 0 ? "" : last_part(path.substr(0, before - 1));
  const bool named = !folder.empty() && folder != "." && folder != "..";
  return named ? folder + "/" + file : file;
}

// data_files: a path (all of it is "train"), or paths by split.
OrderedJson named_files(const LmEvalKeys& kwargs) {
  OrderedJson files = OrderedJson::object();
  const YamlNode& given = *kwargs.find("data_files");
  const std::string where = kwargs.where("data_files");
  const auto add = [&](const std::string& split, const YamlNode& value) {
    const bool list = value.is(Kind::list);
    const bool one = list && value.items.size() == 1;
    const YamlNode& path = one ? value.items.front() : value;
    if (!path.is(Kind::text)) {
      fail_input(value.where + ": dataset_kwargs.data_files",
                 "has " + std::string(list ? "several files" : path.shown()) +
                     " for " + printable(split, 40),
                 "join them in one file");
    }
    files[split] = {pattern_of(path.text, where)};
  };
  if (!given.is(Kind::map)) {
    add("train", given);
  } else {
    for (const auto& [split, value] : given.entries) add(split, value);
  }
  return files;
}

bool local(const std::string& path) {
  return path == "json" || path == "csv" || path == "text";
}

}  // namespace

LmEvalSplits lm_eval_splits(const LmEvalKeys& keys) {
  LmEvalSplits splits;
  const std::string test = split_name(keys, "test_split");
  const std::string validation = split_name(keys, "validation_split");
  const std::string training = split_name(keys, "training_split");
  std::string fewshot = split_name(keys, "fewshot_split");
  if (const YamlNode* own = keys.find("fewshot_config")) {
    const LmEvalKeys config(*own, "fewshot_config.");
    if (config.map().find("split") != nullptr) {
      fewshot = split_name(config, "split");
    }
  }
  splits.evaluated = test.empty() ? validation : test;
  if (splits.evaluated.empty()) {
    keys.refuse("test_split", "and validation_split are missing", "name one");
  }
  splits.leave_out = fewshot == test;
  splits.fewshot = !fewshot.empty()      ? fewshot
                   : !training.empty()   ? training
                   : !validation.empty() ? validation
                                         : test;
  return splits;
}

bool lm_eval_has_table(const LmEvalKeys& keys, const OrderedJson& data) {
  if (keys.text("dataset_path", "") == "csv") return true;
  for (const auto& patterns : data) {
    for (const std::string name : patterns) {
      for (const char* end : {".csv", ".tsv", ".csv.gz", ".tsv.gz"}) {
        if (name.ends_with(end)) return true;
      }
    }
  }
  return false;
}

OrderedJson lm_eval_data(const LmEvalKeys& keys, const LmEvalSplits& splits) {
  const std::string path = keys.text("dataset_path", "");
  if (path.empty()) {
    keys.refuse("dataset_path", "is missing", "name a dataset, json or csv");
  }
  OrderedJson files = OrderedJson::object();
  if (const YamlNode* kwargs = keys.find("dataset_kwargs")) {
    const LmEvalKeys own(*kwargs, "dataset_kwargs.");
    for (const char* key : {"data_dir", "revision"}) {
      if (own.find(key) == nullptr) continue;
      own.refuse(key, "chooses which rows are read",
                 "name the files in data_files, and leave it out");
    }
    own.only({"data_files", "data_dir", "trust_remote_code", "revision"});
    if (own.find("data_files") != nullptr) files = named_files(own);
  }
  if (path == "parquet" || path == "arrow" || path == "webdataset") {
    keys.refuse("dataset_path", "is " + path,
                "convert the files to JSON Lines");
  }
  if (local(path) && files.empty()) {
    keys.refuse("dataset_path", "is " + path + " without data_files",
                "name them in dataset_kwargs");
  }
  OrderedJson data = OrderedJson::object();
  for (const std::string& split : {splits.evaluated, splits.fewshot}) {
    if (data.contains(split)) continue;
    if (!files.empty() && !files.contains(split)) {
      keys.refuse("dataset_kwargs", "data_files has no file for " + split,
                  "name one");
    }
    if (!files.empty()) {
      data[split] = files[split];
      continue;
    }
    std::string stem = last_part(path), folders = stem;
    if (keys.find("dataset_name") != nullptr) {
      const std::string name = keys.text("dataset_name", "");
      stem += "__" + name;
      folders += "/" + name;
    }
    data[split] = {stem + "__" + split + ".jsonl",
                   folders + "/" + split + ".jsonl"};
  }
  return data;
}

std::string lm_eval_dataset(const LmEvalKeys& keys) {
  std::string shown = printable(keys.text("dataset_path", ""), 120);
  if (keys.find("dataset_name") != nullptr) {
    shown += ", " + printable(keys.text("dataset_name", ""), 80);
  }
  return shown;
}

}  // namespace lethe
