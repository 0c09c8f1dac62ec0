// What the families that grew out of Llama share: names of keys and tensors.
#pragma once

#include "harness/model/config.h"
#include "harness/model/weights.h"

namespace lethe {

// What a family assumes where config.json says nothing.
struct LlamaDefaults {
  int64_t kv_heads = 0;  // 0: as many as heads
  int64_t head_dim = 0;  // 0: hidden_size / heads
  int64_t max_positions = 2048;
  double norm_eps = 1e-6;
  std::string activation = "silu";
  std::string activation_key = "hidden_act";
  bool tied_head = false;
  RopeDefaults rope;
};

// Sizes, positions, activation and head; the family adds what is its own.
DecoderConfig llama_like_config(const Json& json, const std::string& where,
                                const LlamaDefaults& defaults = {});

// "model.layers.<i>." and "lm_head", with the norms, biases and experts that
// the configuration has.
DecoderWeights llama_like_weights(const DecoderConfig& config,
                                  WeightSource& source);

// The same "sliding_window" in every layer: absent means the fallback (0: all
// tokens), null none.
std::vector<int64_t> same_windows(const Json& json, const std::string& where,
                                  int64_t layers, int64_t fallback);

// Qwen's: from layer max_window_layers up, and only with use_sliding_window.
std::vector<int64_t> upper_windows(const Json& json, const std::string& where,
                                   int64_t layers);

// Gemma's encoders set use_bidirectional_attention; refused by name.
void refuse_bidirectional(const Json& json, const std::string& where);

// "attention_bias": of queries, keys, values and the output.
void read_attention_bias(const Json& json, const std::string& where,
                         DecoderConfig& config);

// Tokens that each layer sees: `window` in the layers that config.json's
// layer_types call sliding_attention; without them where `slides` says so.
std::vector<int64_t> layer_windows(const Json& json, const std::string& where,
                                   int64_t layers, int64_t window,
                                   const std::function<bool(int64_t)>& slides);

// The value of "sliding_window": absent means the fallback, null none (0).
int64_t sliding_window(const Json& json, const std::string& where,
                       int64_t fallback);

}  // namespace lethe
