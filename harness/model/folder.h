// A model folder as Hugging Face writes it: config.json, safetensors in one
// file or several with an index, a tokenizer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/model/safetensors.h"

namespace lethe {

class ModelFolder {
 public:
  // Reads config.json and maps and checks every weight file; no weight is
  // touched. Throws: usage error if something is absent, input error if a file
  // is refused (also pytorch_model.bin, which is never unpickled).
  explicit ModelFolder(const std::string& path);

  const std::string& path() const { return path_; }
  const Json& config_json() const { return config_json_; }

  bool contains(const std::string& name) const;
  // Read-only view in the stored dtype. Throws: input error if absent.
  Tensor tensor(const std::string& name) const;
  // Gives the memory of a view's pages back until they are read again; does
  // nothing for a tensor that is no view of this folder's files.
  void release(const Tensor& view) const;
  // Hands the tensor's bytes to `take` in pieces of some MB, whole elements
  // each, and gives the memory of what was read back.
  void read(const std::string& name,
            const std::function<void(std::string_view)>& take) const;
  // Every stored tensor, by name.
  std::vector<TensorEntry> entries() const;
  // The dtype that most of the weights are stored in.
  at::ScalarType stored_dtype() const;

  // SHA-256 over names, dtypes, shapes and bytes in the order of the names, and
  // the configuration: equal for the same weights however they are sharded.
  std::string hash() const;

 private:
  void open_index(const std::string& index_path);

  std::string path_;
  Json config_json_;
  std::vector<std::shared_ptr<const Safetensors>> files_;
  std::map<std::string, size_t> file_of_;
  mutable std::string hash_;
};

// Tensor names to the plain names of their files, as an index such as
// model.safetensors.index.json gives them. Throws: input error.
std::map<std::string, std::string> read_weight_map(
    const std::string& index_path);

// Copies the files beside the weights that belong to a model, config.json
// excepted: tokenizer, generation config, chat templates.
// Throws: input error if one is refused, WriteError.
void copy_companions(const std::string& from, const std::string& to);

// `--model`: a folder, or org/name[@revision] in the local Hugging Face cache
// (HF_HUB_CACHE, HF_HOME), by refs/main or the branch, tag or commit given. No
// network. Throws: usage error that names where it looked; input error when
// the cache holds what no commit is called, or links where it should not.
std::string find_model(const std::string& name_or_folder);

}  // namespace lethe
