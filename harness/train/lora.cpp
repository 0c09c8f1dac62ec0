#include "harness/train/lora.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/base/rng.h"
#include "harness/tensor/ops.h"
#include "harness/train/selection.h"

namespace lethe {
namespace {

// The paths of the linear layers by their weights:
// "model.layers.0.mlp.up_proj".
std::map<const void*, std::string> module_paths(const Model& model) {
  std::map<const void*, std::string> paths;
  for (const auto& [name, tensor] : model.parameters()) {
    const std::string end = ".weight";
    if (name.size() <= end.size() ||
        name.compare(name.size() - end.size(), end.size(), end) != 0) {
      continue;
    }
    paths[tensor.unsafeGetTensorImpl()] =
        name.substr(0, name.size() - end.size());
  }
  return paths;
}

// "up_proj" of "model.layers.0.mlp.up_proj".
std::string last_part(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

// As PEFT: the whole path, or the end of it.
bool names(const std::string& target, const std::string& path) {
  if (target == path) return true;
  const std::string end = "." + target;
  return path.size() > end.size() &&
         path.compare(path.size() - end.size(), end.size(), end) == 0;
}

bool is_targeted(const std::vector<std::string>& targets,
                 const std::string& path) {
  return std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
    return target == "all-linear" || names(target, path);
  });
}

double scale_of(const TrainOptions& o) {
  const double alpha =
      o.lora_alpha > 0 ? o.lora_alpha : 2 * static_cast<double>(o.lora_rank);
  return alpha / static_cast<double>(o.lora_rank);
}

// PEFT's kaiming_uniform_(a = sqrt 5) of A: uniform within 1 / sqrt(in).
Tensor fresh_down(const std::string& path, int64_t in, const TrainOptions& o) {
  Rng rng(static_cast<uint64_t>(o.seed), "lora:" + path);
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  const Tensor down = at::empty({o.lora_rank, in}, at::kFloat);
  auto* data = down.mutable_data_ptr<float>();
  for (int64_t i = 0; i < down.numel(); ++i) {
    data[i] = static_cast<float>(bound * (2 * rng.uniform() - 1));
  }
  return down;
}

void check_targets(const std::vector<std::string>& targets,
                   const std::set<std::string>& paths) {
  std::vector<std::string> known = {"all-linear"};
  for (const std::string& path : paths) {
    const std::string last = last_part(path);
    if (std::find(known.begin(), known.end(), last) == known.end()) {
      known.push_back(last);
    }
  }
  for (const std::string& target : targets) {
    const bool found =
        target == "all-linear" ||
        std::any_of(paths.begin(), paths.end(),
                    [&](const auto& path) { return names(target, path); });
    if (!found) {
      fail_usage("lora_targets", "\"" + target + "\" names no linear layer",
                 suggest(target, known));
    }
  }
}

// Every linear layer of a model's blocks with its path.
void for_linears(DecoderWeights& weights,
                 const std::map<const void*, std::string>& paths,
                 const std::function<void(Linear&, const std::string&)>& work) {
  for (LayerWeights& layer : weights.layers) {
    for (Linear* linear : layer.linears()) {
      const auto found = paths.find(linear->weight.unsafeGetTensorImpl());
      if (found != paths.end()) work(*linear, found->second);
    }
  }
}

// Paths as transformers has them: GPT-2's files may lack the first part.
std::string peft_path(const std::string& path) {
  return path.rfind("h.", 0) == 0 ? "transformer." + path : path;
}

}  // namespace

std::shared_ptr<Model> with_lora(const Model& base, const TrainOptions& o) {
  const auto paths = module_paths(base);
  std::set<std::string> all;
  const auto changed = base.with_weights([&](DecoderWeights& weights) {
    for_linears(weights, paths,
                [&](Linear&, const std::string& path) { all.insert(path); });
    check_targets(o.lora_targets, all);
    for_linears(weights, paths, [&](Linear& linear, const std::string& path) {
      if (!is_targeted(o.lora_targets, path) || !is_selected(path, o)) return;
      Lora& lora = linear.lora;
      lora.down = fresh_down(path, linear.in(), o)
                      .to(base.device())
                      .requires_grad_(true);
      lora.up = at::zeros({linear.out(), o.lora_rank},
                          lora.down.options().requires_grad(false))
                    .requires_grad_(true);
      lora.scale = scale_of(o);
    });
  });
  return std::const_pointer_cast<Model>(changed);  // nobody else has it
}

// A block's matrices have a number in their name; of those only the router of
// experts is no linear layer.
bool has_lora(const std::string& name, const Shape& shape,
              const TrainOptions& o) {
  const std::string end = ".weight";
  if (shape.size() != 2 || name.size() <= end.size() ||
      name.find_first_of("0123456789") == std::string::npos) {
    return false;
  }
  const std::string path = name.substr(0, name.size() - end.size());
  return is_targeted(o.lora_targets, path) && is_selected(path, o);
}

NamedTensors lora_parameters(const Model& model) {
  const auto paths = module_paths(model);
  NamedTensors found;
  DecoderWeights weights = model.weights();  // shares the tensors
  for_linears(weights, paths, [&](Linear& linear, const std::string& path) {
    if (!linear.lora.up.defined()) return;
    found.emplace_back(path + ".lora_A.weight", linear.lora.down);
    found.emplace_back(path + ".lora_B.weight", linear.lora.up);
  });
  return found;
}

std::shared_ptr<const Model> merged(const Model& model) {
  return model.with_linear_weights([](const Linear& linear) -> Tensor {
    const Lora& lora = linear.lora;
    if (!lora.up.defined()) return linear.weight;
    const Tensor delta = at::mm(lora.up, lora.down);
    return (linear.weight.to(at::kFloat) +
            (linear.transposed ? delta.t() : delta) * lora.scale)
        .to(linear.weight.scalar_type())
        .cpu();
  });
}

void save_adapter(const Model& model, const TrainOptions& o,
                  const std::string& base, const std::string& out) {
  make_folder(out);
  NamedTensors tensors;
  std::set<std::string> modules;
  for (const auto& [name, tensor] : lora_parameters(model)) {
    const std::string path = peft_path(name);
    tensors.emplace_back("base_model.model." + path, tensor.detach().cpu());
    modules.insert(last_part(path.substr(0, path.find(".lora_"))));
  }
  write_safetensors(out + "/adapter_model.safetensors", tensors);
  bool transposed = false;
  DecoderWeights weights = model.weights();
  for_linears(weights, module_paths(model),
              [&](Linear& linear, const std::string&) {
                transposed = transposed || linear.transposed;
              });
  const OrderedJson config = {
      {"peft_type", "LORA"},
      {"task_type", "CAUSAL_LM"},
      {"base_model_name_or_path", base},
      {"r", o.lora_rank},
      {"lora_alpha", scale_of(o) * static_cast<double>(o.lora_rank)},
      {"lora_dropout", 0.0},
      {"bias", "none"},
      {"fan_in_fan_out", transposed},
      {"target_modules", modules},
      {"inference_mode", true}};
  write_file_atomically(out + "/adapter_config.json", config.dump(2) + "\n");
}

}  // namespace lethe
