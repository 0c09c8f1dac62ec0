// Writing model folders that transformers loads.
#include <map>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/model/changed.h"
#include "harness/model/model.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr size_t kShardBytes = 5'000'000'000;  // as save_pretrained

// Gives the tensor of an entry.
using ValueOf = std::function<Tensor(const TensorEntry&)>;

void write_shard(const std::vector<TensorEntry>& entries, const ValueOf& value,
                 const std::string& path) {
  std::vector<StoredTensor> stored;
  for (const TensorEntry& e : entries) {
    stored.push_back({e.name, stored_name(e.dtype), e.shape, e.bytes});
  }
  write_safetensors(path, stored, [&](const PutBytes& put) {
    for (size_t i = 0; i < entries.size(); ++i) {
      const Tensor own = value(entries[i])
                             .detach()
                             .to(at::kCPU, entries[i].dtype)
                             .contiguous();
      put(i, {static_cast<const char*>(own.const_data_ptr()), own.nbytes()});
    }
  });
}

// One tensor at a time is converted and held.
void write_weights(const std::vector<TensorEntry>& entries,
                   const ValueOf& value, const std::string& out) {
  std::vector<std::vector<TensorEntry>> shards(1);
  size_t total = 0, filled = 0;
  for (const TensorEntry& entry : entries) {
    if (filled > 0 && filled + entry.bytes > kShardBytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(entry);
    filled += entry.bytes;
    total += entry.bytes;
  }
  if (shards.size() == 1) {
    write_shard(shards.front(), value, out + "/model.safetensors");
    return;
  }
  OrderedJson map = OrderedJson::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name =
        fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    write_shard(shards[i], value, out + "/" + name);
    for (const TensorEntry& entry : shards[i]) map[entry.name] = name;
  }
  OrderedJson index;
  index["metadata"] = {{"total_size", total}};
  index["weight_map"] = map;
  write_file_atomically(out + "/model.safetensors.index.json", index.dump(2));
}

// The folder of `source` with other weights.
void write_folder(const ModelFolder& source, const ValueOf& value,
                  const std::string& out) {
  write_weights(source.entries(), value, out);
  copy_companions(source.path(), out);
  write_file_atomically(out + "/config.json",
                        read_file(folder_file(source.path(), "config.json")));
}

}  // namespace

void save_changed(
    const ModelFolder& source,
    const std::function<Tensor(const std::string&, const Tensor&)>& change,
    const std::string& out) {
  make_folder(out);
  write_folder(
      source,
      [&](const TensorEntry& entry) {
        const Tensor stored = source.tensor(entry.name);
        const Tensor changed = change(entry.name, stored);
        if (changed.sizes() != stored.sizes()) {
          fail_runtime(entry.name, "got another shape", "keep its shape");
        }
        // Pages of a view that is handed on are still to be written.
        if (!changed.is_same(stored)) source.release(stored);
        return changed;
      },
      out);
}

void save_model(const Model& model, const ModelFolder& source,
                const std::string& out) {
  make_folder(out);
  std::map<std::string, Tensor> trained;
  for (const auto& [name, tensor] : model.parameters()) trained[name] = tensor;
  if (model.config().tied_head) {
    for (const char* name : {"lm_head.weight", "embed_out.weight"}) {
      trained[name] = model.head_weights().weight;
    }
  }
  write_folder(
      source,
      [&](const TensorEntry& entry) {
        const auto found = trained.find(entry.name);
        return found == trained.end() ? source.tensor(entry.name)
                                      : found->second;
      },
      out);
}

void save_new_model(const Model& model, const Json& config,
                    const std::string& tokenizer_folder,
                    const std::string& out) {
  make_folder(out);
  const std::string dtype = config_string(
      config, "dtype", "config.json",
      config_string(config, "torch_dtype", "config.json", "float32"));
  const at::ScalarType type = dtype_from_name(dtype);
  std::map<std::string, Tensor> weights;
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : model.parameters()) {
    weights[name] = tensor;
    entries.push_back(
        {name, type, tensor.sizes().vec(), 0,
         static_cast<size_t>(tensor.numel()) * c10::elementSize(type)});
  }
  write_weights(
      entries, [&](const TensorEntry& entry) { return weights.at(entry.name); },
      out);
  if (!tokenizer_folder.empty()) copy_companions(tokenizer_folder, out);
  write_file_atomically(out + "/config.json", config.dump(2) + "\n");
}

}  // namespace lethe
