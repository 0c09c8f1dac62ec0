// Writing model folders that transformers loads.
#include <map>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/model/model.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr size_t kShardBytes = 5'000'000'000;  // as save_pretrained

void write_shards(const std::vector<NamedTensors>& shards, size_t total,
                  const std::string& out) {
  OrderedJson map = OrderedJson::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name =
        fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    write_safetensors(out + "/" + name, shards[i]);
    for (const auto& [tensor, data] : shards[i]) map[tensor] = name;
  }
  OrderedJson index;
  index["metadata"] = {{"total_size", total}};
  index["weight_map"] = map;
  write_file_atomically(out + "/model.safetensors.index.json", index.dump(2));
}

void write_weights(const NamedTensors& tensors, const std::string& out) {
  std::vector<NamedTensors> shards(1);
  size_t total = 0, filled = 0;
  for (const auto& [name, tensor] : tensors) {
    if (filled > 0 && filled + tensor.nbytes() > kShardBytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().emplace_back(name, tensor);
    filled += tensor.nbytes();
    total += tensor.nbytes();
  }
  if (shards.size() == 1) {
    write_safetensors(out + "/model.safetensors", shards.front());
  } else {
    write_shards(shards, total, out);
  }
}

}  // namespace

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
  NamedTensors tensors;
  for (const TensorEntry& entry : source.entries()) {
    const auto found = trained.find(entry.name);
    tensors.emplace_back(
        entry.name, found == trained.end()
                        ? source.tensor(entry.name)
                        : found->second.detach().to(at::kCPU, entry.dtype));
  }
  write_weights(tensors, out);
  copy_companions(source.path(), out);
  write_file_atomically(out + "/config.json",
                        read_file(folder_file(source.path(), "config.json")));
}

void save_new_model(const Model& model, const Json& config,
                    const std::string& tokenizer_folder,
                    const std::string& out) {
  make_folder(out);
  const std::string dtype = config_string(
      config, "dtype", "config.json",
      config_string(config, "torch_dtype", "config.json", "float32"));
  NamedTensors tensors;
  for (const auto& [name, tensor] : model.parameters()) {
    tensors.emplace_back(name,
                         tensor.detach().to(at::kCPU, dtype_from_name(dtype)));
  }
  write_weights(tensors, out);
  if (!tokenizer_folder.empty()) copy_companions(tokenizer_folder, out);
  write_file_atomically(out + "/config.json", config.dump(2) + "\n");
}

}  // namespace lethe
