#include "harness/train/memory.h"

#include <algorithm>

#include "harness/tensor/ops.h"
#include "harness/train/head_loss.h"
#include "harness/train/lora.h"
#include "harness/train/optimiser.h"
#include "harness/train/private_options.h"
#include "harness/train/selection.h"

namespace lethe {
namespace {

int64_t numbers(const Shape& shape) {
  int64_t all = 1;
  for (const int64_t size : shape) all *= size;
  return all;
}

// What is trained.
struct Trained {
  std::vector<Shape> shapes;
  at::ScalarType dtype;
  bool head = true;  // the head's weight among them
};

Trained trained(const DecoderConfig& config, const Compute& compute,
                const TrainOptions& o) {
  const auto stored = stored_shapes(config);
  Trained found{{}, compute.dtype, false};
  if (o.lora_rank > 0) {
    found.dtype = at::kFloat;
    for (const auto& [name, shape] : stored) {
      if (!has_lora(name, shape, o)) continue;
      found.shapes.push_back({o.lora_rank, shape[1]});
      found.shapes.push_back({shape[0], o.lora_rank});
    }
    return found;
  }
  const int64_t head = config.tied_head ? 0 : -1;  // the first weight, or last
  for (const auto& one : stored) {
    if (!is_selected(one.first, o)) continue;
    found.shapes.push_back(one.second);
    const auto& of_head = head == 0 ? stored.front() : stored.back();
    found.head = found.head || one.first == of_head.first;
  }
  return found;
}

int64_t activations(const DecoderConfig& c, const Compute& compute,
                    const TrainOptions& o, const LargestPass& pass) {
  const auto e = static_cast<int64_t>(c10::elementSize(compute.dtype));
  const int64_t block = block_bytes(c, compute.dtype, o.lora_rank > 0);
  const int64_t passing =  // gradients on their way through a block
      e * (2 * c.intermediate_size + 4 * c.hidden_size);
  const int64_t kept = o.activation_checkpointing
                           ? c.layers * c.hidden_size * e + block
                           : c.layers * block;
  return pass.tokens * (kept + passing + 2 * c.hidden_size * e);
}

int64_t head_bytes(const DecoderConfig& c, const Compute& compute,
                   const Trained& own, const LargestPass& pass) {
  const auto e = static_cast<int64_t>(c10::elementSize(compute.dtype));
  const int64_t rows = std::min(head_loss_chunk(c.vocab_size), pass.supervised);
  const int64_t logits = rows * c.vocab_size * 4;
  // Of the head: formed with the logits, they wait for the embedding's.
  const int64_t gradients = own.head ? c.vocab_size * c.hidden_size * e : 0;
  return logits * (pass.distributions ? 4 : 1) + gradients +
         2 * pass.supervised * c.hidden_size * e;
}

}  // namespace

std::vector<std::pair<std::string, Shape>> stored_shapes(
    const DecoderConfig& config) {
  std::vector<std::pair<std::string, Shape>> found;
  WeightSource source(
      [&](const std::string& name, const Shape& shape) {
        found.emplace_back(name, shape);
        return at::empty(shape, at::TensorOptions(at::kMeta));
      },
      [](const std::string&) { return false; });
  find_family(config.model_type, "config").weights(config, source);
  return found;
}

// Float32 unless said: the input of each norm is the residual stream itself.
int64_t block_bytes(const DecoderConfig& c, at::ScalarType dtype, bool lora) {
  const auto e = static_cast<int64_t>(c10::elementSize(dtype));
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  const int64_t queries = c.heads * c.head_dim, keys = c.kv_heads * c.head_dim;
  const bool both = c.norm_place == NormPlace::both;
  const int64_t norms = (both ? 4 : 2);
  // RMS: the scaled states and the result; below float32 the widened input too.
  const int64_t norm =
      c.norm == Norm::layer ? h * e : h * (2 * e + (e < 4 ? 4 : 0));
  const int64_t attention = (2 * queries + 2 * keys) * e;
  const int64_t share = std::max<int64_t>(1, c.experts_per_token);
  const int64_t mlp = (c.gated_mlp ? 4 : 2) * inner * e * share;
  // Each adapted layer keeps its input in float32.
  const int64_t adapters =
      lora && e < 4 ? 4 * (3 * h + queries + 2 * h + inner) : 0;
  return norms * norm + attention + mlp + 2 * h * e + adapters;
}

TrainMemory training_memory(const DecoderConfig& config, const Compute& compute,
                            const TrainOptions& o, const LargestPass& pass) {
  const auto e = static_cast<int64_t>(c10::elementSize(compute.dtype));
  const Trained own = trained(config, compute, o);
  TrainMemory memory;
  int64_t own_bytes = 0;
  for (const auto& [name, shape] : stored_shapes(config)) {
    memory.weights += numbers(shape) * e;
  }
  for (const Shape& shape : own.shapes) {
    own_bytes +=
        numbers(shape) * static_cast<int64_t>(c10::elementSize(own.dtype));
  }
  if (o.lora_rank > 0) memory.weights += own_bytes;
  const OptimiserBytes state = optimiser_bytes(own.shapes, own.dtype, o);
  memory.optimiser = state.moments + state.masters;
  memory.gradients =
      o.fused_step && pass.terms == 1 ? state.gradients : own_bytes;
  memory.activations = activations(config, compute, o, pass);
  // One backward pass for all terms: what each needs waits for it.
  if (o.fused_step) memory.activations *= pass.terms;
  memory.head = head_bytes(config, compute, own, pass);
  if (pass.terms == 1 && !o.fused_step) {
    // Activations go as gradients come: never both at their fullest.
    const int64_t less = std::min(memory.activations, memory.gradients);
    memory.gradients -= less;
  }
  if (pass.kept_states > 0) {
    const int64_t states = pass.kept_states * config.hidden_size * e;
    if (compute.device.is_cpu()) {  // where they are kept in any case
      memory.original = std::min(states, o.original_bytes);
    }
    if (own.head) memory.original += config.vocab_size * config.hidden_size * e;
  }
  if (o.sam_rho > 0 || o.rs_sigma > 0) memory.smoothing = own_bytes;
  if (is_private(o)) {  // float32
    memory.private_sum =
        own_bytes / static_cast<int64_t>(c10::elementSize(own.dtype)) * 4;
  }
  return memory;
}

}  // namespace lethe
