#include "harness/train/selection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/base/error.h"
#include "harness/base/log.h"
#include "harness/tensor/ops.h"
#include "harness/train/lora.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

// The number of the block that a weight is of, -1 for none: the first part of
// its name that is a number.
int64_t layer_of(const std::string& name) {
  size_t begin = 0;
  while (begin < name.size()) {
    const size_t end = std::min(name.find('.', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    if (!part.empty() &&
        part.find_first_not_of("0123456789") == std::string::npos) {
      return std::stoll(part);
    }
    begin = end + 1;
  }
  return -1;
}

// A name without its last part: weight and bias are one module.
std::string module_of(const std::string& name) {
  return name.substr(0, name.rfind('.'));
}

bool has_part(const std::string& name, const std::string& part) {
  return ("." + name + ".").find("." + part + ".") != std::string::npos;
}

// Names of the parts of a block, for near names.
std::vector<std::string> known_modules(const Model& model) {
  std::set<std::string> found;
  for (const auto& [name, tensor] : model.parameters()) {
    const std::string module = module_of(name);
    found.insert(module.substr(module.rfind('.') + 1));
  }
  return {found.begin(), found.end()};
}

// The value below which `percentile` of 100 of the numbers lie.
double percentile_of(std::vector<double> numbers, double percentile) {
  const double place = percentile / 100 * static_cast<double>(numbers.size());
  const auto n = std::min(numbers.size() - 1, static_cast<size_t>(place));
  std::nth_element(numbers.begin(), numbers.begin() + n, numbers.end());
  return numbers[n];
}

void clear_gradients(const NamedTensors& parameters) {
  for (const auto& [name, weight] : parameters) {
    Tensor(weight).mutable_grad().reset();
  }
}

// Gradients of the mean NLL over all rows, left in the weights.
void add_gradients(const Model& model, const TrainingSet& data,
                   const TrainOptions& o) {
  std::vector<int64_t> keys(static_cast<size_t>(data.size()));
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<int64_t>(i);
  Progress progress("saliency", "rows", data.size());
  int64_t done = 0;
  for (const Batch& batch : make_step(data, keys, o.batch, model.device())) {
    mean_nll(model, batch).backward();
    progress.set(done += batch.rows.rows());
  }
}

}  // namespace

bool is_selected(const std::string& name, const TrainOptions& o) {
  const auto& layers = o.train_layers;
  const bool in_layer =
      layers.empty() ||
      std::find(layers.begin(), layers.end(), layer_of(name)) != layers.end();
  const bool in_module =
      o.train_modules.empty() ||
      std::any_of(o.train_modules.begin(), o.train_modules.end(),
                  [&](const auto& part) { return has_part(name, part); });
  return in_layer && in_module;
}

void select_trainable(Model& model, const TrainOptions& o) {
  if (o.train_layers.empty() && o.train_modules.empty()) return;
  for (const int64_t layer : o.train_layers) {
    if (layer < model.config().layers) continue;
    fail_usage("train_layers",
               fmt::format("{} is no layer of {} (from 0)", layer,
                           model.config().layers),
               "give numbers below that");
  }
  const auto& all = model.parameters();
  for (const std::string& part : o.train_modules) {
    if (std::none_of(all.begin(), all.end(), [&](const auto& one) {
          return has_part(one.first, part);
        })) {
      fail_usage("train_modules", "\"" + part + "\" is in no weight's name",
                 suggest(part, known_modules(model)));
    }
  }
  bool any = false;
  for (const auto& [name, tensor] : all) {
    const bool selected = is_selected(name, o);
    Tensor(tensor).requires_grad_(selected);
    any = any || selected;
  }
  if (!any) {
    fail_usage("train_layers", "leaves no weight with train_modules",
               "give layers that have such modules");
  }
}

NamedTensors trained_parameters(const Model& model) {
  NamedTensors found;
  for (const auto& one : model.parameters()) {
    if (one.second.requires_grad()) found.push_back(one);
  }
  for (const auto& one : lora_parameters(model)) {
    if (one.second.requires_grad()) found.push_back(one);
  }
  return found;
}

Saliency::Saliency(Model& model, const TrainingSet& data,
                   const TrainOptions& o) {
  if (o.saliency_percentile == 0) return;
  add_gradients(model, data, o);
  const at::NoGradGuard no_gradients;
  if (o.saliency_unit == "module") {
    keep_modules(model, o.saliency_percentile);
  } else {
    keep_weights(model, o.saliency_percentile);
  }
  clear_gradients(trained_parameters(model));
}

void Saliency::keep_modules(Model& model, double percentile) {
  const NamedTensors all = trained_parameters(model);
  std::map<std::string, double> squares;
  for (const auto& [name, weight] : all) {
    if (!weight.grad().defined()) continue;
    const double norm =
        at::linalg_vector_norm(weight.grad().to(at::kFloat)).item<double>();
    squares[module_of(name)] += norm * norm;
  }
  std::vector<double> numbers;
  for (const auto& [module, square] : squares) numbers.push_back(square);
  const double least = percentile_of(numbers, percentile);
  for (const auto& [name, weight] : all) {
    const bool kept = squares[module_of(name)] >= least;
    if (kept) {
      kept_ += weight.numel();
      continue;
    }
    Tensor(weight).mutable_grad().reset();
    Tensor(weight).requires_grad_(false);
  }
}

// The threshold is that of a sample of the weights: every n-th, up to four
// million.
void Saliency::keep_weights(Model& model, double percentile) {
  const NamedTensors all = trained_parameters(model);
  int64_t total = 0;
  for (const auto& [name, weight] : all) total += weight.numel();
  const int64_t every = 1 + total / (int64_t{1} << 22);
  std::vector<double> numbers;
  for (const auto& [name, weight] : all) {
    if (!weight.grad().defined()) continue;
    const Tensor flat = weight.grad().abs().to(at::kFloat).flatten();
    const Tensor some = flat.slice(0, 0, flat.numel(), every).cpu();
    const auto* data = some.contiguous().const_data_ptr<float>();
    numbers.insert(numbers.end(), data, data + some.numel());
  }
  const double least = percentile_of(numbers, percentile);
  for (const auto& [name, weight] : all) {
    if (!weight.grad().defined()) continue;
    const Tensor mask = weight.grad().abs().to(at::kFloat) >= least;
    kept_ += mask.sum().item<int64_t>();
    masks_.emplace_back(name, mask);
    parameters_.push_back(weight);
  }
}

void Saliency::mask_gradients() const {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < masks_.size(); ++i) {
    const Tensor& gradient = parameters_[i].grad();
    if (gradient.defined()) gradient.mul_(masks_[i].second);
  }
}

}  // namespace lethe
