// Gemma: Llama with norms by 1 + w, scaled embeddings and a tied head.
//
// Paper: Gemma Team 2024, arXiv:2403.08295. Peer: transformers 5.23.0
// models/gemma, logits to 1e-4 of the largest; "gelu" in old folders means the
// tanh form, as there.
#include <cmath>

#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.kv_heads = 16;
  d.head_dim = 256;
  d.max_positions = 8192;
  d.activation = "gelu_pytorch_tanh";
  d.tied_head = true;
  DecoderConfig c = llama_like_config(json, where, d);
  if (c.activation == Activation::gelu) c.activation = Activation::gelu_tanh;
  read_attention_bias(json, where, c);
  refuse_bidirectional(json, where);
  c.rms_weight = RmsWeight::plus_one;
  c.embedding_scale = std::sqrt(static_cast<double>(c.hidden_size));
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"gemma", config, llama_like_weights});

}  // namespace
}  // namespace lethe
