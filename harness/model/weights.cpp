#include "harness/model/weights.h"

#include <fmt/ranges.h>

#include "harness/model/folder.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/exponentials.h"
#include "harness/tensor/linear.h"
#include "harness/tensor/ops.h"
#include "harness/tensor/products.h"

namespace lethe {

Tensor apply(const Linear& linear, const Tensor& states) {
  const Tensor weight = linear.transposed ? linear.weight.t() : linear.weight;
  const Tensor y = linear_with_gradients(states, weight, linear.bias);
  const Lora& lora = linear.lora;
  if (!lora.up.defined()) return y;
  const Tensor low = times_weight(states.to(at::kFloat), lora.down);
  if (low.requires_grad() && !lora.bias.defined()) {
    // One product onto y: backward keeps nothing of its size.
    return at::addmm(y.to(at::kFloat), low * lora.scale, lora.up.t())
        .to(y.scalar_type());
  }
  const Tensor delta = times_weight(low, lora.up, lora.bias) * lora.scale;
  return (y.to(at::kFloat) + delta).to(y.scalar_type());
}

Tensor activate(const Tensor& states, Activation activation) {
  switch (activation) {
    case Activation::silu:
      return at::silu(states);
    case Activation::gelu:
      return at::gelu(states);
    case Activation::gelu_tanh:
      return lethe::gelu_tanh(states);
    case Activation::relu:
      return at::relu(states);
    case Activation::tanh:
      return at::tanh(states);
  }
  return states;
}

Tensor WeightSource::take(const std::string& name, const Shape& shape) {
  Tensor weight = fetch_(name, shape);
  taken_.emplace_back(name, weight);
  return weight;
}

Linear WeightSource::linear(const std::string& name, int64_t in, int64_t out,
                            bool bias) {
  Linear linear;
  linear.weight = take(name + ".weight", {out, in});
  if (bias) linear.bias = take(name + ".bias", {out});
  return linear;
}

NormWeights WeightSource::norm(const std::string& name, int64_t size,
                               bool bias) {
  NormWeights norm;
  const bool old = has(name + ".gamma") && !has(name + ".weight");
  norm.weight = take(name + (old ? ".gamma" : ".weight"), {size});
  if (bias) norm.bias = take(name + (old ? ".beta" : ".bias"), {size});
  return norm;
}

Head WeightSource::head(const DecoderConfig& config, const std::string& name,
                        const Tensor& embedding) {
  Head head;
  head.weight = config.tied_head ? embedding
                                 : take(name + ".weight",
                                        {config.vocab_size, embedding.size(1)});
  if (config.head_bias) head.bias = take(name + ".bias", {config.vocab_size});
  head.softcap = config.final_softcap;
  return head;
}

namespace {

// A copy in the compute dtype on the device, made in pieces whose pages are
// given back: of the file no more than one piece is in memory.
Tensor copied(const Tensor& stored, const Compute& compute,
              const ModelFolder& folder) {
  constexpr size_t kPiece = size_t{16} << 20;  // bytes
  const auto options = at::TensorOptions(compute.device).dtype(compute.dtype);
  Tensor copy = at::empty(stored.sizes(), options);
  if (stored.dim() == 0 || stored.nbytes() <= kPiece) {
    copy.copy_(stored);
    folder.release(stored);
    return copy;
  }
  const int64_t rows = stored.size(0);
  const auto step = std::max<int64_t>(
      1, static_cast<int64_t>(kPiece / (stored.nbytes() / rows)));
  for (int64_t row = 0; row < rows; row += step) {
    const int64_t count = std::min(step, rows - row);
    const Tensor piece = stored.narrow(0, row, count);
    copy.narrow(0, row, count).copy_(piece);
    folder.release(piece);
  }
  folder.release(stored);  // the pages at the borders of pieces
  return copy;
}

}  // namespace

WeightSource stored_weights(const ModelFolder& folder, const Compute& compute,
                            bool trainable) {
  const auto fetch = [&folder, compute, trainable](const std::string& name,
                                                   const Shape& shape) {
    const Tensor stored = folder.tensor(name);
    if (stored.sizes().vec() != shape) {
      fail_input(folder.path(),
                 fmt::format("tensor \"{}\" has shape [{}], config.json says "
                             "[{}]",
                             name, fmt::join(stored.sizes().vec(), ", "),
                             fmt::join(shape, ", ")),
                 "the weights and config.json do not belong together");
    }
    const bool as_stored =
        compute.device.is_cpu() && stored.scalar_type() == compute.dtype;
    if (as_stored && !trainable) return stored;
    Tensor weight = copied(stored, compute, folder);
    if (trainable) weight.requires_grad_(true);
    return weight;
  };
  return WeightSource(fetch, [&folder](const std::string& name) {
    return folder.contains(name);
  });
}

DecoderWeights take_decoder(
    const DecoderConfig& c, WeightSource& source, const DecoderNames& names,
    const std::function<LayerWeights(const std::string& prefix)>& layer) {
  const int64_t width = c.embedding_size > 0 ? c.embedding_size : c.hidden_size;
  DecoderWeights w;
  w.embedding = source.take(names.embedding, {c.vocab_size, width});
  if (!names.positions.empty()) {
    w.positions = source.take(
        names.positions, {c.max_positions + c.position_offset, c.hidden_size});
  }
  for (int64_t i = 0; i < c.layers; ++i) {
    w.layers.push_back(layer(fmt::format("{}{}.", names.layers, i)));
  }
  if (c.final_norm && c.norm_weights) {
    w.final_norm =
        source.norm(names.final_norm, c.hidden_size, names.norm_bias);
  }
  w.head = source.head(c, names.head, w.embedding);
  return w;
}

std::vector<Linear*> LayerWeights::linears() {
  std::vector<Linear*> all = {&qkv, &query, &key, &value, &output};
  const auto add = [&](MlpWeights& one) {
    all.insert(all.end(), {&one.gate, &one.up, &one.gate_up, &one.down});
  };
  add(mlp);
  for (MlpWeights& expert : experts) add(expert);
  std::erase_if(all, [](const Linear* l) { return !l->weight.defined(); });
  return all;
}

std::vector<Tensor*> LayerWeights::tensors() {
  std::vector<Tensor*> all;
  for (NormWeights* norm : {&attention_norm, &attention_post_norm, &mlp_norm,
                            &mlp_post_norm, &query_norm, &key_norm}) {
    all.insert(all.end(), {&norm->weight, &norm->bias});
  }
  const auto add = [&](Linear& linear) {
    all.insert(all.end(), {&linear.weight, &linear.bias});
  };
  for (Linear* linear : {&qkv, &query, &key, &value, &output}) add(*linear);
  const auto add_mlp = [&](MlpWeights& one) {
    for (Linear* linear : {&one.gate, &one.up, &one.gate_up, &one.down}) {
      add(*linear);
    }
  };
  add_mlp(mlp);
  for (MlpWeights& expert : experts) add_mlp(expert);
  all.push_back(&router);
  return all;
}

std::vector<Tensor*> DecoderWeights::tensors() {
  std::vector<Tensor*> all = {&embedding,          &positions,
                              &project_in.weight,  &project_in.bias,
                              &project_out.weight, &project_out.bias};
  for (LayerWeights& layer : layers) {
    const std::vector<Tensor*> some = layer.tensors();
    all.insert(all.end(), some.begin(), some.end());
  }
  all.insert(all.end(),
             {&final_norm.weight, &final_norm.bias, &head.weight, &head.bias});
  return all;
}

Tensor head_logits(const Head& head, const Tensor& states) {
  const Tensor logits = times_weight_float(states, head.weight, head.bias);
  if (head.softcap == 0) return logits;
  return at::tanh(logits / head.softcap) * head.softcap;
}

Tensor head_logits_as_made(const Head& head, const Tensor& states) {
  return head.softcap == 0
             ? times_weight_as_made(states, head.weight, head.bias)
             : head_logits(head, states);
}

}  // namespace lethe
