#include "harness/model/adapter.h"

#include <cmath>
#include <set>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/model/config.h"
#include "harness/tensor/linear.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// What PEFT puts before the path of a module.
constexpr char kPrefix[] = "base_model.model.";

// Takes `end` off the end of `name`, if it stands there.
bool strip_end(std::string& name, const std::string& end) {
  if (name.size() < end.size() ||
      name.compare(name.size() - end.size(), end.size(), end) != 0) {
    return false;
  }
  name.resize(name.size() - end.size());
  return true;
}

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  fail_input(where, what + ", which is not supported",
             "merge the adapter with PEFT (merge_and_unload) and give the "
             "merged folder");
}

// Keys that change what is computed, and that must be absent or off.
void refuse_other_forms(const Json& json, const std::string& file) {
  for (const char* key :
       {"use_dora", "use_qalora", "alora_invocation_tokens",
        "target_parameters", "trainable_token_indices", "layer_replication",
        "arrow_config", "use_bdlora", "kasa_config", "monteclora_config",
        "velora_config"}) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null() || *found == false) continue;
    if ((found->is_array() || found->is_object()) && found->empty()) continue;
    refuse(file, fmt::format("has \"{}\"", key));
  }
  const auto start = json.find("init_lora_weights");
  if (start == json.end() || !start->is_string()) return;
  // These change the base weights when the adapter is made.
  const std::string name = start->get<std::string>();
  for (const char* changes : {"pissa", "olora", "corda", "loftq", "lora_ga"}) {
    if (name.rfind(changes, 0) == 0) {
      refuse(file, "has \"init_lora_weights\": \"" + printable(name) +
                       "\", an adapter for a changed base");
    }
  }
}

// The tensor of the model that a path in the adapter names: model folders
// differ in the first component ("transformer."), PEFT has the class's own.
std::string stored_name(const std::string& path,
                        const std::map<std::string, Tensor>& stored) {
  if (stored.count(path) > 0) return path;
  const size_t dot = path.find('.');
  if (dot != std::string::npos && stored.count(path.substr(dot + 1)) > 0) {
    return path.substr(dot + 1);
  }
  return "";
}

}  // namespace

Adapter::Adapter(const std::string& folder) : path_(folder) {
  if (!is_folder(folder)) {
    fail_usage(folder, "is no folder", "give an adapter folder of PEFT");
  }
  read_config(folder + "/adapter_config.json");
  const std::string file = folder + "/adapter_model.safetensors";
  if (!exists(file) && exists(folder + "/adapter_model.bin")) {
    fail_input(folder, "holds only adapter_model.bin, a pickle",
               "save the adapter as safetensors (PEFT: save_pretrained)");
  }
  file_ = Safetensors::open(file);
  read_tensors();
}

void Adapter::read_config(const std::string& file) {
  const Json json = read_json(file, 16u << 20);
  const std::string type = config_string(json, "peft_type", file, "");
  if (type != "LORA") {
    refuse(file, "has \"peft_type\": \"" + printable(type) + "\"");
  }
  refuse_other_forms(json, file);
  root_ = config_flag(json, "use_rslora", file, false);
  alpha_ = config_number(json, "lora_alpha", file, 8);
  const Json patterns = json.value("alpha_pattern", Json::object());
  if (!patterns.is_object()) refuse(file, "has an odd \"alpha_pattern\"");
  for (const auto& [name, alpha] : patterns.items()) {
    if (name.find_first_of("\\^$*+?()[]{}|") != std::string::npos ||
        !alpha.is_number()) {
      refuse(file, "has the alpha_pattern \"" + printable(name) + "\"");
    }
    alphas_[name] = alpha.get<double>();
  }
}

void Adapter::read_tensors() {
  for (const TensorEntry& entry : file_->entries()) {
    std::string name = entry.name;
    if (name.rfind(kPrefix, 0) != 0) {
      refuse(file_->path(), "has the tensor \"" + printable(name) + "\"");
    }
    name.erase(0, sizeof(kPrefix) - 1);
    const Tensor tensor = file_->tensor(entry);
    const auto wide = [&] { return tensor.to(at::kFloat).contiguous(); };
    if (strip_end(name, ".lora_A.weight")) {
      modules_[name].down = wide();
    } else if (strip_end(name, ".lora_B.weight")) {
      modules_[name].up = wide();
    } else if (strip_end(name, ".lora_B.bias")) {
      modules_[name].bias = wide();
    } else if (strip_end(name, ".lora_embedding_A")) {
      embeddings_[name].down = wide();
    } else if (strip_end(name, ".lora_embedding_B")) {
      embeddings_[name].up = wide();
    } else if (name.find("lora_") != std::string::npos) {
      refuse(file_->path(), "has the tensor \"" + printable(entry.name) + "\"");
    } else {
      for (const std::string own :
           {".modules_to_save.default", ".base_layer"}) {
        const size_t at = name.rfind(own + ".");
        if (at != std::string::npos) name.erase(at, own.size());
      }
      whole_[name] = tensor;
    }
  }
  for (auto* all : {&modules_, &embeddings_}) {
    for (auto& [name, lora] : *all) {
      const bool fits = lora.down.defined() && lora.up.defined() &&
                        lora.down.dim() == 2 && lora.up.dim() == 2 &&
                        lora.down.size(0) == lora.up.size(1) &&
                        lora.down.size(0) > 0;
      if (!fits) {
        fail_input(file_->path(),
                   "\"" + printable(name) +
                       "\" lacks one of its two matrices, "
                       "or their ranks differ",
                   "export the adapter again");
      }
      lora.scale = scale_of(name, lora.down.size(0));
    }
  }
}

// As PEFT: a pattern is the module's path or the end of it.
double Adapter::scale_of(const std::string& module, int64_t rank) const {
  double alpha = alpha_;
  for (const auto& [name, own] : alphas_) {
    std::string rest = module;
    if (module == name || strip_end(rest, "." + name)) alpha = own;
  }
  const auto r = static_cast<double>(rank);
  return alpha / (root_ ? std::sqrt(r) : r);
}

std::string Adapter::hash() const {
  Sha256 hash;
  hash.add(
      canonical(Json{{"alpha", alpha_}, {"root", root_}, {"alphas", alphas_}}));
  std::set<std::string> names;
  for (const TensorEntry& entry : file_->entries()) names.insert(entry.name);
  for (const std::string& name : names) {
    const TensorEntry& entry = file_->entry(name);
    const Tensor tensor = file_->tensor(entry);
    hash.add(canonical(Json{name, dtype_name(entry.dtype), entry.shape}));
    hash.add({static_cast<const char*>(tensor.const_data_ptr()), entry.bytes});
  }
  return hash.hex();
}

namespace {

// Puts the parts of one adapter into a copy of a model's weights.
class Fitting {
 public:
  Fitting(DecoderWeights& weights, const Model& model, std::string where)
      : w_(weights),
        model_(model),
        where_(std::move(where)),
        embedding_(weights.embedding),
        head_(weights.head.weight) {
    for (const auto& [name, tensor] : model.parameters())
      stored_[name] = tensor;
    for (LayerWeights& layer : w_.layers) {
      for (Linear* linear : layer.linears()) {
        linears_[linear->weight.unsafeGetTensorImpl()] = linear;
      }
    }
  }

  void add(const std::string& module, const Lora& given, bool merge) {
    const Tensor& weight = named(module + ".weight");
    Lora lora = given;
    for (Tensor* part : {&lora.down, &lora.up, &lora.bias}) {
      if (part->defined()) *part = part->to(model_.device());
    }
    const auto found = linears_.find(weight.unsafeGetTensorImpl());
    if (found != linears_.end()) {
      Linear& linear = *found->second;
      check(module, lora, linear.in(), linear.out());
      if (merge) {
        merge_into(linear, lora);
      } else {
        linear.lora = lora;
      }
      return;
    }
    if (!is_head(weight) || lora.bias.defined()) refuse_module(module);
    check(module, lora, weight.size(1), weight.size(0));
    w_.head.weight = sum(w_.head.weight, at::mm(lora.up, lora.down), lora);
  }

  // An embedding's lookup gets scale (up down)^T; the head that is tied to it
  // does not.
  void add_embedding(const std::string& module, const Lora& lora, bool merge) {
    const Tensor& weight = named(module + ".weight");
    if (!weight.is_same(embedding_)) refuse_module(module);
    if (merge && model_.config().tied_head) refuse_tied();
    check(module, lora, weight.size(0), weight.size(1));
    w_.embedding = sum(
        w_.embedding, at::mm(lora.up, lora.down).t().to(weight.device()), lora);
  }

  // A tensor that the adapter brings along. Of a tied pair each side is named
  // by itself: the embedding's leaves the head alone.
  void replace(const std::string& name, const Tensor& tensor, bool merge) {
    const bool tied = model_.config().tied_head;
    const bool head = tied && stored_name(name, stored_).empty() &&
                      (name == "lm_head.weight" || name == "embed_out.weight");
    const Tensor before = head ? head_ : named(name);
    if (merge && tied && before.is_same(embedding_)) refuse_tied();
    if (head) return set(w_.head.weight, name, tensor);
    for (Tensor* own : w_.tensors()) {
      if (!own->is_same(before)) continue;
      set(*own, name, tensor);
      break;  // the embedding comes before the head
    }
  }

 private:
  [[noreturn]] void refuse_tied() const {
    fail_input(where_,
               "changes the embedding or the head of a model where both are "
               "one tensor",
               "use it with --adapter: it cannot be merged");
  }

  const Tensor& named(const std::string& path) const {
    const std::string name = stored_name(path, stored_);
    if (name.empty()) {
      fail_input(where_,
                 "adapts \"" + printable(path) + "\", which the model lacks",
                 "give the model that the adapter was made for");
    }
    return stored_.at(name);
  }

  [[noreturn]] void refuse_module(const std::string& module) const {
    refuse(where_, "adapts \"" + printable(module) + "\"");
  }

  bool is_head(const Tensor& weight) const {
    return weight.is_same(head_) && !model_.config().tied_head;
  }

  void check(const std::string& module, const Lora& lora, int64_t in,
             int64_t out) const {
    if (lora.down.size(1) == in && lora.up.size(0) == out) return;
    fail_input(where_,
               fmt::format("\"{}\" is for {} inputs and {} outputs, the "
                           "model's has {} and {}",
                           printable(module), lora.down.size(1),
                           lora.up.size(0), in, out),
               "give the model that the adapter was made for");
  }

  static Tensor sum(const Tensor& weight, const Tensor& delta,
                    const Lora& lora) {
    return (weight.to(at::kFloat) + delta.to(weight.device()) * lora.scale)
        .to(weight.scalar_type());
  }

  void merge_into(Linear& linear, const Lora& lora) const {
    const Tensor delta = at::mm(lora.up, lora.down);
    linear.weight =
        sum(linear.weight, linear.transposed ? delta.t() : delta, lora);
    if (!lora.bias.defined()) return;
    if (!linear.bias.defined()) {
      fail_input(where_, "has biases that the model's layers lack",
                 "use it with --adapter: it cannot be merged");
    }
    linear.bias = sum(linear.bias, lora.bias, lora);
  }

  void set(Tensor& own, const std::string& name, const Tensor& tensor) const {
    if (own.sizes() != tensor.sizes()) {
      fail_input(where_,
                 fmt::format("\"{}\" has another shape than the model's",
                             printable(name)),
                 "give the model that the adapter was made for");
    }
    own = tensor.to(own.options());
  }

  DecoderWeights& w_;
  const Model& model_;
  const std::string where_;
  const Tensor embedding_, head_;  // the model's own
  std::map<std::string, Tensor> stored_;
  std::map<const void*, Linear*> linears_;
};

}  // namespace

std::shared_ptr<const Model> Adapter::on(const Model& model, bool merge) const {
  return model.with_weights([&](DecoderWeights& weights) {
    // What is replaced first, then what is added to it.
    Fitting fitting(weights, model, file_->path());
    for (const auto& [name, tensor] : whole_) {
      fitting.replace(name, tensor, merge);
    }
    for (const auto& [name, lora] : modules_) fitting.add(name, lora, merge);
    for (const auto& [name, lora] : embeddings_) {
      fitting.add_embedding(name, lora, merge);
    }
  });
}

}  // namespace lethe
