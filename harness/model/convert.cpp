#include "harness/model/convert.h"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/log.h"
#include "harness/base/mapped_file.h"
#include "harness/model/config.h"
#include "harness/model/folder.h"
#include "harness/model/torch_file.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSingle = "pytorch_model.bin";
constexpr const char* kIndex = "pytorch_model.bin.index.json";
constexpr size_t kMostGrowth = 4;  // bytes written for a byte read
constexpr size_t kPiece = size_t{4} << 20;
constexpr int64_t kMega = 1'000'000;  // progress counts these

// One weight file.
struct Shard {
  explicit Shard(const std::string& path)
      : file(path), tensors(read_torch_file(file.bytes(), path)) {}

  MappedFile file;
  std::vector<TorchTensor> tensors;
};
using Shards = std::deque<Shard>;  // none of them moves

// The plain names of the weight files of `from`, sorted.
std::vector<std::string> weight_files(const std::string& from) {
  const std::string index = folder_file(from, kIndex);
  if (index.empty()) {
    if (folder_file(from, kSingle).empty()) {
      fail_usage(from, std::string("holds no ") + kSingle,
                 "name a folder that does");
    }
    return {kSingle};
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : read_weight_map(index)) {
    if (folder_file(from, file).empty()) {
      fail_input(index, "names " + file + ", which is missing",
                 "download the folder again");
    }
    names.insert(file);
  }
  return {names.begin(), names.end()};
}

void check_index(const std::string& from, const Shards& shards) {
  const std::string index = folder_file(from, kIndex);
  if (index.empty()) return;
  std::map<std::string, std::string> held;
  for (const Shard& shard : shards) {
    const std::string file = fs::path(shard.file.path()).filename();
    for (const TorchTensor& tensor : shard.tensors) {
      if (!held.emplace(tensor.name, file).second) {
        fail_input(index, "tensor \"" + tensor.name + "\" stands in two files",
                   "download the folder again");
      }
    }
  }
  for (const auto& [tensor, file] : read_weight_map(index)) {
    const auto found = held.find(tensor);
    if (found == held.end() || found->second != file) {
      fail_input(
          index,
          "says that " + tensor + " is in " + file + ", which does not hold it",
          "download the folder again");
    }
  }
}

// Whether the configuration ties the head to the embedding: by its own word,
// else by what its family does without one.
bool ties_head(const std::string& from) {
  const Json json = read_config_json(from);
  const std::string where = from + "/config.json";
  if (json.is_object() && json.contains("tie_word_embeddings")) {
    return config_flag(json, "tie_word_embeddings", where, false);
  }
  const std::string type = config_string(json, "model_type", where, "");
  const std::vector<std::string> known = family_names();
  return std::find(known.begin(), known.end(), type) != known.end() &&
         find_family(type, where).config(json, where).tied_head;
}

// Leaves out a head that is the same view as another tensor of its shard.
void drop_tied_heads(Shards* shards, Conversion* out) {
  const auto is_head = [](const TorchTensor& tensor) {
    return tensor.name == "lm_head.weight" || tensor.name == "embed_out.weight";
  };
  for (Shard& shard : *shards) {
    std::set<std::string> drop;
    for (const TorchTensor& head : shard.tensors) {
      const bool tied =
          is_head(head) &&
          std::any_of(shard.tensors.begin(), shard.tensors.end(),
                      [&](const TorchTensor& other) {
                        return !is_head(other) && other.same_view(head);
                      });
      if (tied) drop.insert(head.name);
    }
    std::erase_if(shard.tensors, [&](const TorchTensor& tensor) {
      return drop.contains(tensor.name);
    });
    out->dropped.insert(out->dropped.end(), drop.begin(), drop.end());
  }
}

void check_growth(const Shards& shards, const std::string& from) {
  for (const Shard& shard : shards) {
    size_t bytes = 0;
    for (const TorchTensor& tensor : shard.tensors) {
      bytes = std::min(bytes + tensor.bytes, SIZE_MAX / 2);
    }
    if (bytes > kMostGrowth * shard.file.bytes().size()) {
      fail_input(shard.file.path(),
                 fmt::format("{} bytes of tensors share {} bytes of file",
                             bytes, shard.file.bytes().size()),
                 "save them as tensors of their own");
    }
  }
  if (shards.empty()) fail_input(from, "names no weight file", "export again");
}

// The bytes of a storage against the archive's CRC, once a storage.
void check_storage(const Shard& shard, const TorchTensor& tensor,
                   std::set<const char*>* checked) {
  if (tensor.storage_crc == 0 ||
      !checked->insert(tensor.storage.data()).second) {
    return;
  }
  uLong crc = 0;
  for (size_t at = 0; at < tensor.storage.size(); at += kPiece) {
    const std::string_view piece = tensor.storage.substr(at, kPiece);
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(piece.data()),
                  piece.size());
    shard.file.release(piece);
  }
  if (crc != tensor.storage_crc) {
    fail_input(shard.file.path() + ": " + printable(tensor.name),
               fmt::format("its bytes have CRC {:08x}, the archive says {:08x}",
                           crc, tensor.storage_crc),
               "download the file again");
  }
}

void write_shard(const Shard& shard, const std::string& path,
                 Progress* progress, Conversion* out) {
  std::vector<StoredTensor> stored;
  for (const TorchTensor& tensor : shard.tensors) {
    stored.push_back({tensor.name, tensor.dtype, tensor.sizes, tensor.bytes});
  }
  std::set<const char*> checked;
  write_safetensors(path, stored, [&](const PutBytes& put) {
    for (size_t i = 0; i < shard.tensors.size(); ++i) {
      const TorchTensor& tensor = shard.tensors[i];
      check_storage(shard, tensor, &checked);
      write_elements(tensor, [&](std::string_view piece) {
        put(i, piece);
        shard.file.release(piece);
        out->bytes += piece.size();
        progress->set(static_cast<int64_t>(out->bytes) / kMega);
      });
      shard.file.release(tensor.storage);
      ++out->tensors;
    }
  });
  Safetensors::open(path);  // what was written is a file that loads
}

// The weights of all shards, in `to`.
void write_weights(Shards& shards, const std::string& to, Conversion* out) {
  size_t total = 0;
  for (Shard& shard : shards) {
    // Wide elements first: then all of them are aligned.
    std::stable_sort(shard.tensors.begin(), shard.tensors.end(),
                     [](const TorchTensor& a, const TorchTensor& b) {
                       return a.element_bytes > b.element_bytes;
                     });
    for (const TorchTensor& tensor : shard.tensors) total += tensor.bytes;
  }
  Progress progress("converting", "MB", static_cast<int64_t>(total) / kMega);
  Json map = Json::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name =
        shards.size() == 1 ? "model.safetensors"
                           : fmt::format("model-{:05}-of-{:05}.safetensors",
                                         i + 1, shards.size());
    write_shard(shards[i], to + "/" + name, &progress, out);
    out->files.push_back(name);
    for (const TorchTensor& tensor : shards[i].tensors) map[tensor.name] = name;
  }
  if (shards.size() == 1) return;
  const OrderedJson index = {{"metadata", {{"total_size", total}}},
                             {"weight_map", map}};
  const std::string name = "model.safetensors.index.json";
  write_file_atomically(to + "/" + name, index.dump(2) + "\n");
  out->files.push_back(name);  // last: a folder without it does not load
}

void refuse_existing(const std::string& from, const std::string& to) {
  for (const char* name :
       {"model.safetensors", "model.safetensors.index.json"}) {
    if (exists(from + "/" + name)) {
      fail_usage(from, std::string("holds ") + name + " already",
                 "use the folder as it is");
    }
  }
  if (to.empty()) return;
  if (exists(to) && (!is_folder(to) || !fs::is_empty(to))) {
    fail_usage(to, "is there already", "choose another --out");
  }
}

// Where the result grows: held by one process, gone when this object is.
class Partial {
 public:
  explicit Partial(const std::string& path) : path_(own(path)), lock_(path) {
    for (const auto& left : fs::directory_iterator(path_)) {
      if (left.path().filename() != "lock") fs::remove_all(left.path());
    }
  }
  ~Partial() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  const std::string& path() const { return path_; }

  // The whole folder as `to`.
  void become(const std::string& to) const {
    fs::remove(path_ + "/lock");
    if (std::rename(path_.c_str(), to.c_str()) != 0) fail_write(to);
  }

  // Its files in `folder`, in this order.
  void move_into(const std::string& folder,
                 const std::vector<std::string>& files) const {
    for (const std::string& name : files) {
      const std::string path = folder + "/" + name;
      if (exists(path)) fail_usage(path, "is there already", "move it away");
      if (std::rename((path_ + "/" + name).c_str(), path.c_str()) != 0) {
        fail_write(path, "rename into place");
      }
    }
  }

 private:
  // A folder that an interrupted conversion left behind is known by its lock.
  static const std::string& own(const std::string& path) {
    const bool foreign =
        fs::is_symlink(path) ||
        (exists(path) && (!is_folder(path) ||
                          (!fs::is_empty(path) && !exists(path + "/lock"))));
    if (foreign) fail_usage(path, "is in the way", "move it away");
    make_folder(path);
    return path;
  }

  const std::string path_;
  const FolderLock lock_;
};

}  // namespace

Conversion convert_folder(const std::string& from, const std::string& given) {
  std::string to;
  if (!given.empty()) to = (fs::absolute(given) / "").lexically_normal();
  if (!to.empty()) to.pop_back();  // the separator at its end
  refuse_existing(from, to);
  Conversion out;
  out.folder = to.empty() ? from : to;
  Shards shards;
  const bool tied = ties_head(from);
  for (const std::string& name : weight_files(from)) {
    shards.emplace_back(folder_file(from, name));
  }
  check_index(from, shards);
  if (tied) drop_tied_heads(&shards, &out);
  check_growth(shards, from);

  const Partial partial(to.empty() ? from + "/convert.partial"
                                   : to + ".partial");
  write_weights(shards, partial.path(), &out);
  if (to.empty()) {
    partial.move_into(from, out.files);
    return out;
  }
  copy_companions(from, partial.path());
  write_file_atomically(partial.path() + "/config.json",
                        read_file(folder_file(from, "config.json")));
  partial.become(to);
  return out;
}

}  // namespace lethe
