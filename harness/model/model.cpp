#include "harness/model/model.h"

#include "harness/base/rng.h"
#include "harness/model/attention.h"
#include "harness/model/recompute.h"
#include "harness/tensor/linear.h"
#include "harness/tensor/ops.h"

namespace lethe {
Model::Model(DecoderConfig config, const Compute& compute, WeightSource source)
    : config_(std::move(config)), compute_(compute) {
  weights_ = find_family(config_.model_type, "config").weights(config_, source);
  parameters_ = source.taken();
  if (config_.positions == Positions::rotary) {
    frequencies_ = rope_frequencies(config_.rope).to(compute_.device);
  }
}

std::shared_ptr<Model> Model::load(const ModelFolder& folder,
                                   const Compute& compute, bool trainable) {
  std::shared_ptr<Model> model(
      new Model(read_config(folder.path()), compute,
                stored_weights(folder, compute, trainable)));
  if (!trainable && compute.device.is_cpu()) {
    model->lay_out_for_products(folder);
  }
  return model;
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
    const bool ones =
        shape.size() == 1 && !bias && config.rms_weight != RmsWeight::plus_one;
    if (ones) weight.fill_(1.0);
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

namespace {

// The same weight [in, out] with the inputs of an output side by side. A copy
// is changed where it is: the heap keeps no hole of its size.
Tensor laid_out(const Tensor& weight, bool mapped) {
  const Tensor rows = weight.t().contiguous();
  if (mapped) return rows.t();
  const Tensor own = weight.view({-1});
  own.copy_(rows.view({-1}));
  return own.view(rows.sizes()).t();
}

}  // namespace

// GPT-2's transposed weights, as products read them; one at a time, so that no
// second copy of the model exists.
void Model::lay_out_for_products(const ModelFolder& folder) {
  std::map<const void*, Linear*> transposed;
  for (LayerWeights& layer : weights_.layers) {
    for (Linear* linear : layer.linears()) {
      if (!linear->transposed) continue;
      transposed[linear->weight.unsafeGetTensorImpl()] = linear;
    }
  }
  for (auto& [name, tensor] : parameters_) {
    const auto found = transposed.find(tensor.unsafeGetTensorImpl());
    if (found == transposed.end()) continue;
    const Tensor stored = folder.tensor(name);
    const bool mapped = stored.const_data_ptr() == tensor.const_data_ptr();
    tensor = found->second->weight = laid_out(tensor, mapped);
    folder.release(stored);
  }
}

void Model::change_weights(const std::function<void(DecoderWeights&)>& change) {
  const at::NoGradGuard guard;
  std::vector<Tensor> before;
  for (const Tensor* tensor : weights_.tensors()) before.push_back(*tensor);
  change(weights_);
  const std::vector<Tensor*> after = weights_.tensors();
  std::map<const void*, Tensor> changed;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].defined() && !after[i]->is_same(before[i])) {
      changed.emplace(before[i].unsafeGetTensorImpl(), *after[i]);
    }
  }
  for (auto& [name, tensor] : parameters_) {
    const auto found = changed.find(tensor.unsafeGetTensorImpl());
    if (found != changed.end()) tensor = found->second;
  }
}

std::shared_ptr<const Model> Model::with_weights(
    const std::function<void(DecoderWeights&)>& change) const {
  std::shared_ptr<Model> changed(new Model(*this));
  changed->change_weights(change);
  return changed;
}

std::shared_ptr<const Model> Model::with_linear_weights(
    const std::function<Tensor(const Linear&)>& change) const {
  return with_weights([&](DecoderWeights& weights) {
    for (LayerWeights& layer : weights.layers) {
      for (Linear* linear : layer.linears()) linear->weight = change(*linear);
    }
  });
}

Tensor Model::norm(const Tensor& states, const NormWeights& weights) const {
  const int64_t size = states.size(-1);
  if (config_.norm == Norm::layer) {
    return at::layer_norm(states, {size}, weights.weight, weights.bias,
                          config_.norm_eps);
  }
  const Tensor wide = states.to(at::kFloat);
  const Tensor scale =
      at::rsqrt((wide * wide).mean(-1, true) + config_.norm_eps);
  switch (config_.rms_weight) {
    case RmsWeight::after_cast:
      return (wide * scale).to(states.scalar_type()) * weights.weight;
    case RmsWeight::before_cast:
      return (wide * scale * weights.weight.to(at::kFloat))
          .to(states.scalar_type());
    case RmsWeight::plus_one:
      return (wide * scale * (1 + weights.weight.to(at::kFloat)))
          .to(states.scalar_type());
  }
  return states;
}

Model::Projected Model::project(const Tensor& states,
                                const LayerWeights& w) const {
  const int64_t n = states.size(0), d = config_.head_dim;
  const int64_t heads = config_.heads, kv_heads = config_.kv_heads;
  if (config_.qkv == QkvLayout::per_head) {
    const Tensor all = apply(w.qkv, states).view({n, heads, 3, d});
    return {all.select(2, 0), all.select(2, 1), all.select(2, 2)};
  }
  Tensor query, key, value;
  if (config_.qkv == QkvLayout::concatenated) {
    const std::vector<Tensor> parts =
        apply(w.qkv, states)
            .split_with_sizes({heads * d, kv_heads * d, kv_heads * d}, -1);
    query = parts[0], key = parts[1], value = parts[2];
  } else {
    query = apply(w.query, states);
    key = apply(w.key, states);
    value = apply(w.value, states);
  }
  if (config_.query_norm == QueryNorm::whole) {
    query = norm(query, w.query_norm);
    key = norm(key, w.key_norm);
  }
  if (const double c = config_.clip_qkv; c > 0) {
    query = query.clamp(-c, c);
    key = key.clamp(-c, c);
    value = value.clamp(-c, c);
  }
  query = query.reshape({n, heads, d});
  key = key.reshape({n, kv_heads, d});
  if (config_.query_norm == QueryNorm::head) {
    query = norm(query, w.query_norm);
    key = norm(key, w.key_norm);
  }
  return {query, key, value.reshape({n, kv_heads, d})};
}

namespace {

// What the layer is asked of [N, ...]: of the last one the wanted rows only.
Tensor asked(const Ragged& rows, bool last, const Tensor& of_all) {
  return last && rows.wanted.defined() ? of_all.index_select(0, rows.wanted)
                                       : of_all;
}

}  // namespace

Tensor Model::attention(const Ragged& rows, const Tensor& states, int64_t layer,
                        const Tensor& turns, Cache* cache) const {
  const LayerWeights& w = weights_.layers[layer];
  Projected p = project(states, w);
  if (turns.defined()) {
    p.query = rotate(p.query, turns);
    p.key = rotate(p.key, turns);
  }
  double scale = config_.attention_scale > 0
                     ? config_.attention_scale
                     : 1.0 / std::sqrt(static_cast<double>(config_.head_dim));
  if (config_.scale_by_layer) scale /= static_cast<double>(layer + 1);
  if (cache != nullptr) cache->store(rows, layer, p.key, p.value);
  const bool last = layer + 1 == config_.layers;
  if (last && rows.wanted.defined() && rows.wanted.size(0) == 0) {
    return states.narrow(0, 0, 0);
  }
  const AttentionInput input{p.query,
                             p.key,
                             p.value,
                             scale,
                             config_.window(layer),
                             config_.attention_softcap};
  return apply(w.output, asked(rows, last, attend(rows, input, cache, layer)));
}

// What the down projection is given.
Tensor Model::mlp_keys(const Tensor& states, const MlpWeights& w) const {
  if (config_.fused_gate) {
    const std::vector<Tensor> parts = apply(w.gate_up, states).chunk(2, -1);
    return activate(parts[0], config_.activation) * parts[1];
  }
  const Tensor up = apply(w.up, states);
  if (!config_.gated_mlp) return activate(up, config_.activation);
  return activate(apply(w.gate, states), config_.activation) * up;
}

Tensor Model::mlp(const Tensor& states, const MlpWeights& w) const {
  return apply(w.down, mlp_keys(states, w));
}

// Each token goes through its likeliest experts, weighted by their renormalised
// probabilities (Mixtral, arXiv:2401.04088, section 2.1).
Tensor Model::experts(const Tensor& states, const LayerWeights& w) const {
  const Tensor probs =
      at::softmax(at::linear(states, w.router), -1, at::kFloat);
  const auto [best, chosen] = probs.topk(config_.experts_per_token, -1);
  const Tensor shares = (best / best.sum(-1, true)).to(states.scalar_type());
  Tensor mixed = at::zeros_like(states);
  for (int64_t e = 0; e < config_.experts; ++e) {
    const Tensor places = chosen.eq(e).nonzero();  // [m, 2]: token, rank
    if (places.size(0) == 0) continue;
    const Tensor token = places.select(1, 0), rank = places.select(1, 1);
    const Tensor share = shares.index({token, rank}).unsqueeze(1);
    const Tensor out = mlp(states.index_select(0, token), w.experts[e]) * share;
    mixed = mixed.index_add(0, token, out);
  }
  return mixed;
}

Model::Halfway Model::attended(const Ragged& rows, const Tensor& states,
                               int64_t layer, const Tensor& turns,
                               Cache* cache) const {
  const LayerWeights& w = weights_.layers[layer];
  const NormPlace place = config_.norm_place;
  const bool before = place == NormPlace::before || place == NormPlace::both;
  const bool after = place == NormPlace::after || place == NormPlace::both;
  const bool last = layer + 1 == config_.layers;
  const Tensor own = asked(rows, last, states);
  Tensor x = before || config_.parallel_blocks ? norm(states, w.attention_norm)
                                               : states;
  const Tensor y = attention(rows, x, layer, turns, cache);
  if (config_.parallel_blocks) {
    return {own + y,
            config_.one_norm ? asked(rows, last, x) : norm(own, w.mlp_norm)};
  }
  Tensor mixed = own + (after ? norm(y, w.attention_post_norm) : y);
  if (place == NormPlace::after_residual) mixed = norm(mixed, w.attention_norm);
  return {mixed, before ? norm(mixed, w.mlp_norm) : mixed};
}

Tensor Model::joined(int64_t layer, const Tensor& stream,
                     const Tensor& outputs) const {
  const LayerWeights& w = weights_.layers[layer];
  const NormPlace place = config_.norm_place;
  if (config_.parallel_blocks) return stream + outputs;
  const bool after = place == NormPlace::after || place == NormPlace::both;
  const Tensor all =
      stream + (after ? norm(outputs, w.mlp_post_norm) : outputs);
  return place == NormPlace::after_residual ? norm(all, w.mlp_norm) : all;
}

Tensor Model::block(const Ragged& rows, const Tensor& states, int64_t layer,
                    const Tensor& turns, Cache* cache) const {
  const LayerWeights& w = weights_.layers[layer];
  const Halfway half = attended(rows, states, layer, turns, cache);
  return joined(
      layer, half.stream,
      config_.experts > 0 ? experts(half.input, w) : mlp(half.input, w.mlp));
}

Tensor Model::embed(const Ragged& rows) const {
  Tensor states = at::embedding(weights_.embedding, rows.ids);
  if (config_.embedding_scale != 1) {
    states =
        states * at::scalar_tensor(config_.embedding_scale, states.options());
  }
  if (weights_.project_in.weight.defined()) {
    states = apply(weights_.project_in, states);
  }
  if (!weights_.positions.defined()) return states;
  const int64_t offset = config_.position_offset;
  return states +
         at::embedding(weights_.positions,
                       offset == 0 ? rows.positions : rows.positions + offset);
}

Tensor Model::turns_of(const Ragged& rows) const {
  return frequencies_.defined()
             ? rotation(config_.rope, frequencies_, rows.positions)
             : Tensor();
}

Tensor Model::blocks(const Ragged& rows, int64_t layers, Cache* cache) const {
  Tensor states = embed(rows);
  const Tensor turns = turns_of(rows);
  const bool again =
      recompute_blocks_ && cache == nullptr && at::GradMode::is_enabled();
  for (int64_t layer = 0; layer < layers; ++layer) {
    states = again ? recomputed(states, {this, layer},
                                [this, rows, layer, turns](const Tensor& x) {
                                  return block(rows, x, layer, turns, nullptr);
                                })
                   : block(rows, states, layer, turns, cache);
  }
  return states;
}

Tensor Model::states_after(const Ragged& rows, int64_t layers) const {
  const Tensor states = blocks(rows, layers, nullptr);
  const bool all = !rows.wanted.defined() || layers == config_.layers;
  return all ? states : states.index_select(0, rows.wanted);
}

Tensor Model::finished(const Tensor& states) const {
  const Tensor last =
      config_.final_norm ? norm(states, weights_.final_norm) : states;
  return weights_.project_out.weight.defined()
             ? apply(weights_.project_out, last)
             : last;
}

Tensor Model::hidden(const Ragged& rows, Cache* cache) const {
  const Tensor states = blocks(rows, config_.layers, cache);
  if (cache != nullptr) cache->advance(rows);
  return finished(states);
}

Tensor Model::head(const Tensor& states) const {
  return head_logits(weights_.head, states);
}

Tensor logits(const Model& model, const Ragged& rows) {
  return model.head(model.hidden(rows));
}

}  // namespace lethe
