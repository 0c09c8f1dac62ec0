#include "harness/model/model.h"

#include <fmt/ranges.h>

#include "harness/base/rng.h"
#include "harness/model/attention.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

Tensor activate(const Tensor& states, Activation activation) {
  switch (activation) {
    case Activation::silu:
      return at::silu(states);
    case Activation::gelu:
      return at::gelu(states);
    case Activation::gelu_tanh:
      return at::gelu(states, "tanh");
    case Activation::relu:
      return at::relu(states);
  }
  return states;
}

// cos and sin of position * theta^(-2i/D), [positions, D].
Tensor rotation_table(const DecoderConfig& config, at::Device device) {
  const Tensor even =
      at::arange(0, config.head_dim, 2, at::TensorOptions(at::kFloat));
  const Tensor inverse =
      1.0 / at::pow(config.rope_theta, even / double(config.head_dim));
  const Tensor place =
      at::arange(config.max_positions, at::TensorOptions(at::kFloat));
  const Tensor angle = at::outer(place, inverse);
  return at::cat({angle.cos(), angle.sin()}, -1).to(device);
}

// Rotates the halves of each head; `rotation` is [N, D].
Tensor rotate(const Tensor& heads, const Tensor& rotation) {
  const int64_t half = heads.size(2) / 2;
  const Tensor turn = rotation.to(heads.scalar_type()).unsqueeze(1);
  const Tensor cosine = turn.narrow(2, 0, half),
               sine = turn.narrow(2, half, half);
  const Tensor a = heads.narrow(2, 0, half), b = heads.narrow(2, half, half);
  return at::cat({a * cosine - b * sine, b * cosine + a * sine}, -1);
}

}  // namespace

Tensor apply(const Linear& linear, const Tensor& states) {
  const Tensor weight = linear.transposed ? linear.weight.t() : linear.weight;
  return linear.bias.defined() ? at::linear(states, weight, linear.bias)
                               : at::linear(states, weight);
}

Model::Model(DecoderConfig config, const Compute& compute, WeightSource source)
    : config_(std::move(config)), compute_(compute) {
  weights_ = find_family(config_.model_type, "config").weights(config_, source);
  parameters_ = source.taken();
  if (config_.positions == Positions::rotary) {
    rotations_ = rotation_table(config_, compute_.device);
  }
}

std::shared_ptr<Model> Model::load(const ModelFolder& folder,
                                   const Compute& compute, bool trainable) {
  const auto fetch = [&](const std::string& name, const Shape& shape) {
    const Tensor stored = folder.tensor(name);
    if (stored.sizes().vec() != shape) {
      fail_input(folder.path(),
                 fmt::format("tensor \"{}\" has shape [{}], config.json says "
                             "[{}]",
                             name, fmt::join(stored.sizes().vec(), ", "),
                             fmt::join(shape, ", ")),
                 "the weights and config.json do not belong together");
    }
    Tensor weight = stored.to(compute.device, compute.dtype);
    if (trainable) {
      if (weight.is_alias_of(stored)) weight = weight.clone();
      weight.requires_grad_(true);
    }
    return weight;
  };
  WeightSource source(
      fetch, [&](const std::string& name) { return folder.contains(name); });
  return std::shared_ptr<Model>(
      new Model(folder.config(), compute, std::move(source)));
}

std::shared_ptr<Model> Model::create(const Json& config_json,
                                     const Compute& compute, uint64_t seed) {
  const DecoderConfig config = config_from_json(config_json, "config.json");
  const double range =
      config_number(config_json, "initializer_range", "config.json", 0.02);
  const auto fetch = [&](const std::string& name, const Shape& shape) {
    Tensor weight = at::zeros(shape, at::TensorOptions(at::kFloat));
    const bool bias =
        name.size() > 5 && name.substr(name.size() - 5) == ".bias";
    if (shape.size() == 1 && !bias) weight.fill_(1.0);
    if (shape.size() > 1) {
      Rng rng(seed, "init:" + name);
      auto* data = weight.mutable_data_ptr<float>();
      for (int64_t i = 0; i < weight.numel(); ++i) {
        data[i] = static_cast<float>(range * rng.normal());
      }
    }
    return weight.to(compute.device, compute.dtype).requires_grad_(true);
  };
  // Fresh models are named as transformers names them.
  WeightSource source(fetch, [](const std::string&) { return false; });
  return std::shared_ptr<Model>(new Model(config, compute, std::move(source)));
}

std::shared_ptr<const Model> Model::with_linear_weights(
    const std::function<Tensor(const Linear&)>& change) const {
  const at::NoGradGuard guard;
  std::shared_ptr<Model> changed(new Model(*this));
  for (LayerWeights& w : changed->weights_.layers) {
    for (Linear* linear : {&w.qkv, &w.query, &w.key, &w.value, &w.output,
                           &w.gate, &w.up, &w.down}) {
      if (!linear->weight.defined()) continue;
      const Tensor before = linear->weight;
      linear->weight = change(*linear);
      for (auto& [name, tensor] : changed->parameters_) {
        if (tensor.is_same(before)) tensor = linear->weight;
      }
    }
  }
  return changed;
}

Tensor Model::norm(const Tensor& states, const NormWeights& weights) const {
  if (config_.norm == Norm::layer) {
    return at::layer_norm(states, {config_.hidden_size}, weights.weight,
                          weights.bias, config_.norm_eps);
  }
  const Tensor wide = states.to(at::kFloat);
  const Tensor scale =
      at::rsqrt((wide * wide).mean(-1, true) + config_.norm_eps);
  return (wide * scale).to(states.scalar_type()) * weights.weight;
}

Tensor Model::attention(const Ragged& rows, const Tensor& states, int64_t layer,
                        const Tensor& rotation, Cache* cache) const {
  const LayerWeights& w = weights_.layers[layer];
  const int64_t n = states.size(0), d = config_.head_dim;
  Tensor query, key, value;
  if (w.qkv.weight.defined()) {
    const std::vector<Tensor> parts = apply(w.qkv, states).chunk(3, -1);
    query = parts[0];
    key = parts[1];
    value = parts[2];
  } else {
    query = apply(w.query, states);
    key = apply(w.key, states);
    value = apply(w.value, states);
  }
  query = query.reshape({n, config_.heads, d});
  key = key.reshape({n, config_.kv_heads, d});
  value = value.reshape({n, config_.kv_heads, d});
  if (rotation.defined()) {
    query = rotate(query, rotation);
    key = rotate(key, rotation);
  }
  double scale = config_.attention_scale > 0
                     ? config_.attention_scale
                     : 1.0 / std::sqrt(static_cast<double>(d));
  if (config_.scale_by_layer) scale /= static_cast<double>(layer + 1);
  if (cache != nullptr) cache->store(rows, layer, key, value);
  return apply(w.output,
               attend(rows, {query, key, value, scale}, cache, layer));
}

Tensor Model::mlp(const Tensor& states, const LayerWeights& w) const {
  const Tensor up = apply(w.up, states);
  if (!config_.gated_mlp) {
    return apply(w.down, activate(up, config_.activation));
  }
  return apply(w.down,
               activate(apply(w.gate, states), config_.activation) * up);
}

Tensor Model::hidden(const Ragged& rows, Cache* cache) const {
  Tensor states = at::embedding(weights_.embedding, rows.ids);
  if (weights_.positions.defined()) {
    states = states + at::embedding(weights_.positions, rows.positions);
  }
  const Tensor rotation = rotations_.defined()
                              ? rotations_.index_select(0, rows.positions)
                              : Tensor();
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    const LayerWeights& w = weights_.layers[layer];
    states = states + attention(rows, norm(states, w.attention_norm), layer,
                                rotation, cache);
    states = states + mlp(norm(states, w.mlp_norm), w);
  }
  if (cache != nullptr) cache->advance(rows);
  return norm(states, weights_.final_norm);
}

Tensor Model::head(const Tensor& states) const {
  return at::linear(states, weights_.head).to(at::kFloat);
}

Tensor logits(const Model& model, const Ragged& rows) {
  return model.head(model.hidden(rows));
}

}  // namespace lethe
