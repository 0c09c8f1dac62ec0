#include "harness/model/folder.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string hub_cache() {
  if (const auto cache = environment("HF_HUB_CACHE"); !cache.empty()) {
    return cache;
  }
  if (const auto home = environment("HF_HOME"); !home.empty()) {
    return home + "/hub";
  }
  return environment("HOME") + "/.cache/huggingface/hub";
}

bool repository_name(const std::string& name) {
  return std::count(name.begin(), name.end(), '/') == 1 && name[0] != '.' &&
         name[0] != '/' && name.find("..") == std::string::npos;
}

}  // namespace

std::string find_model(const std::string& name) {
  if (name.empty()) fail_usage("--model", "is empty", "name a model folder");
  if (is_folder(name) || !repository_name(name)) {
    if (!is_folder(name)) {
      fail_usage(name, "no such model folder", "check --model");
    }
    return name;
  }
  const size_t slash = name.find('/');
  const std::string repository = hub_cache() + "/models--" +
                                 name.substr(0, slash) + "--" +
                                 name.substr(slash + 1);
  const std::string reference = repository + "/refs/main";
  if (!exists(reference)) {
    fail_usage(name,
               "is no folder and not in the Hugging Face cache " + hub_cache(),
               "download it first, or name a folder");
  }
  std::string revision = read_file(reference, 4096);
  while (!revision.empty() && std::isspace(revision.back()) != 0) {
    revision.pop_back();
  }
  return path_inside(repository + "/snapshots", revision);
}

ModelFolder::ModelFolder(const std::string& path) : path_(path) {
  config_ = read_config(path);
  config_json_ = read_json(path + "/config.json", 16u << 20);
  const std::string index = path + "/model.safetensors.index.json";
  const std::string single = path + "/model.safetensors";
  if (exists(index)) {
    open_index(index);
  } else if (exists(single)) {
    files_.push_back(Safetensors::open(single));
  } else {
    const bool pickled = exists(path + "/pytorch_model.bin") ||
                         exists(path + "/pytorch_model.bin.index.json");
    fail_input(path,
               pickled ? "holds only pytorch_model.bin, a pickle"
                       : "holds no model.safetensors",
               pickled ? "save it as safetensors (transformers: "
                         "save_pretrained)"
                       : "save the model as safetensors");
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    for (const TensorEntry& entry : files_[i]->entries()) {
      if (!file_of_.emplace(entry.name, i).second) {
        fail_input(files_[i]->path(),
                   "tensor \"" + entry.name + "\" stands in two files",
                   "export the model again");
      }
    }
  }
}

void ModelFolder::open_index(const std::string& index_path) {
  const Json index = read_json(index_path);
  const Json& map = require(index, "weight_map", index_path);
  if (!map.is_object()) {
    fail_input(index_path, "weight_map is no object", "export it again");
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : map.items()) {
    if (!file.is_string()) {
      fail_input(index_path, "weight_map names no file for " + tensor,
                 "export it again");
    }
    names.insert(file.get<std::string>());
  }
  std::map<std::string, std::shared_ptr<const Safetensors>> opened;
  for (const auto& name : names) {
    const std::string path = path_inside(path_, name);
    if (!exists(path)) {
      fail_input(index_path, "names " + name + ", which is missing",
                 "download the folder again");
    }
    opened[name] = Safetensors::open(path);
    files_.push_back(opened[name]);
  }
  for (const auto& [tensor, file] : map.items()) {
    if (!opened[file.get<std::string>()]->contains(tensor)) {
      fail_input(index_path,
                 "says that " + tensor + " is in " + file.get<std::string>() +
                     ", which does not hold it",
                 "export it again");
    }
  }
}

bool ModelFolder::contains(const std::string& name) const {
  return file_of_.count(name) > 0;
}

Tensor ModelFolder::tensor(const std::string& name) const {
  const auto found = file_of_.find(name);
  if (found == file_of_.end()) {
    fail_input(path_, "has no tensor \"" + name + "\"",
               "check model_type and the sizes in config.json");
  }
  return files_[found->second]->tensor(name);
}

void ModelFolder::release(const Tensor& view) const {
  for (const auto& file : files_) file->release(view);
}

std::vector<TensorEntry> ModelFolder::entries() const {
  std::vector<TensorEntry> all;
  for (const auto& [name, file] : file_of_) {
    all.push_back(files_[file]->entry(name));
  }
  return all;
}

at::ScalarType ModelFolder::stored_dtype() const {
  std::map<at::ScalarType, size_t> bytes;
  for (const TensorEntry& entry : entries()) bytes[entry.dtype] += entry.bytes;
  const auto most = std::max_element(
      bytes.begin(), bytes.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == bytes.end() ? at::kFloat : most->first;
}

std::string ModelFolder::hash() const {
  if (!hash_.empty()) return hash_;
  Sha256 hash;
  hash.add(canonical(config_json_));
  for (const auto& [name, file] : file_of_) {
    const TensorEntry& entry = files_[file]->entry(name);
    const Tensor tensor = files_[file]->tensor(entry);
    hash.add(canonical(Json{name, dtype_name(entry.dtype), entry.shape}));
    hash.add({static_cast<const char*>(tensor.const_data_ptr()), entry.bytes});
    release(tensor);
  }
  return hash_ = hash.hex();
}

}  // namespace lethe
