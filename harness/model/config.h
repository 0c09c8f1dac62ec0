// A decoder described by data: one structure instead of a class per family.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/model/rope.h"

namespace lethe {

enum class Norm { rms, layer };

// Where an RMS norm's weight w meets the normalised x; all three are the same
// in float32 but for the 1.
enum class RmsWeight {
  after_cast,   // w * (x in the compute dtype)
  before_cast,  // (w * x in float32) in the compute dtype
  plus_one,     // ((1 + w) * x in float32) in the compute dtype
};

// Where a block's norms stand; f is attention or MLP.
enum class NormPlace {
  before,          // x + f(norm(x))
  after,           // x + norm(f(x))
  both,            // x + norm'(f(norm(x)))
  after_residual,  // norm(x + f(x))
};

// Norms of queries and keys before they are rotated.
enum class QueryNorm { none, head, whole };

// How one product for query, key and value lays them out.
enum class QkvLayout {
  apart,         // three products
  concatenated,  // all queries, all keys, all values
  per_head,      // query, key and value of head 0, of head 1, ...
};

enum class Positions { rotary, learned };
enum class Activation { silu, gelu, gelu_tanh, relu, tanh };

struct DecoderConfig {
  std::string model_type;
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;  // heads % kv_heads == 0
  int64_t head_dim = 0;
  int64_t intermediate_size = 0;
  int64_t max_positions = 0;  // the model's window in tokens

  Norm norm = Norm::rms;
  RmsWeight rms_weight = RmsWeight::after_cast;
  bool norm_weights = true;  // false: norms without weight and bias
  double norm_eps = 1e-5;
  NormPlace norm_place = NormPlace::before;
  bool final_norm = true;
  bool parallel_blocks = false;  // x + attention(norm(x)) + mlp(norm'(x))
  bool one_norm = false;         // parallel: norm' is norm

  Positions positions = Positions::rotary;
  Rope rope;
  int64_t position_offset = 0;  // learned: row of position 0

  QkvLayout qkv = QkvLayout::apart;
  bool qkv_bias = false;
  bool output_bias = false;
  QueryNorm query_norm = QueryNorm::none;
  double clip_qkv = 0;           // queries, keys, values within +-; 0: off
  double attention_scale = 0;    // of the scores; 0: 1 / sqrt(head_dim)
  bool scale_by_layer = false;   // scores of layer l also divided by l + 1
  double attention_softcap = 0;  // scores are c tanh(s / c); 0: off
  std::vector<int64_t> windows;  // tokens that a layer sees; 0: all. Empty: all

  bool gated_mlp = true;    // act(gate x) * up x, else act(up x)
  bool fused_gate = false;  // gate and up are one product
  bool mlp_bias = false;
  Activation activation = Activation::silu;
  int64_t experts = 0;  // 0: one MLP
  int64_t experts_per_token = 0;

  double embedding_scale = 1;  // in the compute dtype
  int64_t embedding_size = 0;  // projected to hidden_size; 0: the same
  bool tied_head = false;      // the head is the embedding
  bool head_bias = false;
  double final_softcap = 0;  // logits are c tanh(z / c); 0: off

  std::vector<int64_t> eos_ids;  // config.json and generation_config.json
  std::optional<int64_t> bos_id;

  int64_t window(int64_t layer) const {  // 0: all tokens
    return windows.empty() ? 0 : windows[static_cast<size_t>(layer)];
  }
  int64_t parameters() const;  // weights, tied heads once; <= 2^50 when read
};

// config.json of a model folder, whatever the family.
// Throws: usage error if the folder or config.json is absent; input error if it
// is malformed.
Json read_config_json(const std::string& folder);

// config.json and generation_config.json of a decoder's folder.
// Throws: as read_config_json; input error that names the key for a model_type
// that is no decoder's (with near names), sizes that do not fit each other or
// are out of range, and features that are not supported.
DecoderConfig read_config(const std::string& folder);

// As read_config for a config.json alone.
DecoderConfig config_from_json(const Json& json, const std::string& where);

class WeightSource;
struct DecoderWeights;

// How a model family spells its configuration and names its weights; one file
// each in model/families/.
struct Family {
  std::string model_type;  // as in config.json
  std::function<DecoderConfig(const Json&, const std::string& where)> config;
  std::function<DecoderWeights(const DecoderConfig&, WeightSource&)> weights;
};

bool register_family(Family family);
// Throws: input error with near names.
const Family& find_family(const std::string& model_type,
                          const std::string& where);
std::vector<std::string> family_names();

// Throws: input error for what no family computes: quantised checkpoints, code
// that lies in the folder.
void refuse_unsupported(const Json& json, const std::string& where);

// Helpers for families: the value of a key with checks of type and range;
// absent and null mean the fallback.
int64_t config_size(const Json& json, const std::string& key,
                    const std::string& where, int64_t fallback = 0);
bool config_flag(const Json& json, const std::string& key,
                 const std::string& where, bool fallback);
std::string config_string(const Json& json, const std::string& key,
                          const std::string& where,
                          const std::string& fallback);
double config_number(const Json& json, const std::string& key,
                     const std::string& where, double fallback);
// What families call the numbers that all of them have.
struct SizeKeys {
  std::string hidden = "hidden_size";
  std::string layers = "num_hidden_layers";
  std::string heads = "num_attention_heads";
};
// A configuration with vocab_size, hidden_size, layers and heads; as many
// key-value heads.
DecoderConfig config_sizes(const Json& json, const std::string& where,
                           const SizeKeys& keys = {});
// hidden_size / heads. Throws: input error when that is no whole number.
int64_t config_head_dim(const DecoderConfig& config, const std::string& where);
// Throws: input error with near names.
Activation named_activation(const std::string& name, const std::string& key,
                            const std::string& where);
Activation config_activation(const Json& json, const std::string& key,
                             const std::string& where);

}  // namespace lethe
