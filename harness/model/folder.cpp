#include "harness/model/folder.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/hash.h"
#include "harness/model/config.h"
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
  if (const auto cache = environment("XDG_CACHE_HOME"); !cache.empty()) {
    return cache + "/huggingface/hub";
  }
  return environment("HOME") + "/.cache/huggingface/hub";
}

bool repository_name(const std::string& name) {
  return std::count(name.begin(), name.end(), '/') == 1 && name[0] != '.' &&
         name[0] != '/' && name.back() != '/' &&
         name.find("..") == std::string::npos;
}

bool commit_name(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_';
         });
}

// The commit that a branch or tag of a cached repository stands at, which is
// the name of a folder in snapshots/; a commit stands for itself. Empty: the
// cache does not hold it.
std::string cached_revision(const std::string& repository,
                            const std::string& wanted) {
  const std::string reference = folder_file(repository + "/refs", wanted);
  if (reference.empty()) return wanted == "main" ? "" : wanted;
  std::string revision = read_file(reference, 4096);
  while (!revision.empty() && std::isspace(revision.back()) != 0) {
    revision.pop_back();
  }
  if (!commit_name(revision)) {
    fail_input(reference, "holds \"" + printable(revision) + "\", no commit",
               "download the model again");
  }
  return revision;
}

// Files beside the weights that belong to a model and are copied as they are.
constexpr const char* kCompanions[] = {"generation_config.json",
                                       "tokenizer.json",
                                       "tokenizer_config.json",
                                       "special_tokens_map.json",
                                       "vocab.json",
                                       "merges.txt",
                                       "vocab.txt",
                                       "tokenizer.model",
                                       "spiece.model",
                                       "sentencepiece.bpe.model",
                                       "added_tokens.json",
                                       "chat_template.jinja"};

void copy_file_of(const std::string& from, const std::string& name,
                  const std::string& to) {
  const std::string path = folder_file(from, name);
  if (!path.empty()) write_file_atomically(to + "/" + name, read_file(path));
}

}  // namespace

void copy_companions(const std::string& from, const std::string& to) {
  for (const char* name : kCompanions) copy_file_of(from, name, to);
  const std::string more = folder_inside(from, "chat_templates");
  if (more.empty()) return;
  make_folder(to + "/chat_templates");
  for (const auto& entry : std::filesystem::directory_iterator(more)) {
    if (entry.path().extension() != ".jinja") continue;
    copy_file_of(more, entry.path().filename().string(),
                 to + "/chat_templates");
  }
}

std::string find_model(const std::string& given) {
  if (given.empty()) fail_usage("--model", "is empty", "name a model folder");
  if (is_folder(given)) return given;
  const size_t at = given.find('@');
  const std::string name = given.substr(0, at);
  if (!repository_name(name)) {
    fail_usage(given, "no such model folder",
               "give a folder, or org/name in the Hugging Face cache");
  }
  const std::string wanted =
      at == std::string::npos ? "main" : given.substr(at + 1);
  if (wanted.empty() || wanted[0] == '.' || wanted.find('/') != wanted.npos) {
    fail_usage(given, "no such revision", "name a branch, a tag or a commit");
  }
  const size_t slash = name.find('/');
  const std::string repository = hub_cache() + "/models--" +
                                 name.substr(0, slash) + "--" +
                                 name.substr(slash + 1);
  const std::string revision = cached_revision(repository, wanted);
  const std::string folder =
      revision.empty() ? ""
                       : folder_inside(repository + "/snapshots", revision);
  if (folder.empty()) {
    fail_usage(given,
               "is no folder and not in the Hugging Face cache " + hub_cache(),
               "download it first, or name a folder");
  }
  return folder;
}

ModelFolder::ModelFolder(const std::string& path) : path_(path) {
  config_json_ = read_config_json(path);
  const std::string index = folder_file(path, "model.safetensors.index.json");
  const std::string single = folder_file(path, "model.safetensors");
  if (!index.empty()) {
    open_index(index);
  } else if (!single.empty()) {
    files_.push_back(Safetensors::open(single));
  } else {
    const bool pickled = exists(path + "/pytorch_model.bin") ||
                         exists(path + "/pytorch_model.bin.index.json");
    fail_input(path,
               pickled ? "holds only pytorch_model.bin, a pickle"
                       : "holds no model.safetensors",
               pickled ? "make safetensors of it: lethe model convert " + path
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

std::map<std::string, std::string> read_weight_map(
    const std::string& index_path) {
  const Json index = read_json(index_path);
  const Json& map = require(index, "weight_map", index_path);
  if (!map.is_object()) {
    fail_input(index_path, "weight_map is no object", "export it again");
  }
  std::map<std::string, std::string> files;
  for (const auto& [tensor, file] : map.items()) {
    if (!file.is_string()) {
      fail_input(index_path, "weight_map names no file for " + tensor,
                 "export it again");
    }
    files[tensor] = file.get<std::string>();
  }
  return files;
}

void ModelFolder::open_index(const std::string& index_path) {
  const auto map = read_weight_map(index_path);
  std::set<std::string> names;
  for (const auto& [tensor, file] : map) names.insert(file);
  std::map<std::string, std::shared_ptr<const Safetensors>> opened;
  for (const auto& name : names) {
    const std::string path = folder_file(path_, name);
    if (path.empty()) {
      fail_input(index_path, "names " + name + ", which is missing",
                 "download the folder again");
    }
    opened[name] = Safetensors::open(path);
    files_.push_back(opened[name]);
  }
  for (const auto& [tensor, file] : map) {
    if (!opened[file]->contains(tensor)) {
      fail_input(
          index_path,
          "says that " + tensor + " is in " + file + ", which does not hold it",
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
  const std::string_view part(static_cast<const char*>(view.const_data_ptr()),
                              view.nbytes());
  for (const auto& file : files_) file->release(part);
}

void ModelFolder::read(
    const std::string& name,
    const std::function<void(std::string_view)>& take) const {
  constexpr size_t kPiece = size_t{4} << 20;
  const Safetensors& file = *files_[file_of_.at(name)];
  std::string_view bytes = file.bytes(file.entry(name));
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    take(piece);
    file.release(piece);
    bytes.remove_prefix(piece.size());
  }
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
    hash.add(canonical(Json{name, dtype_name(entry.dtype), entry.shape}));
    read(name, [&](std::string_view piece) { hash.add(piece); });
  }
  return hash_ = hash.hex();
}

}  // namespace lethe
