// A decoder described by data: one structure instead of a class per family.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

enum class Norm { rms, layer };
enum class Positions { rotary, learned };
enum class Activation { silu, gelu, gelu_tanh, relu };

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
  double norm_eps = 1e-5;
  Positions positions = Positions::rotary;
  double rope_theta = 10000;
  bool gated_mlp = true;  // act(gate x) * up x, else act(up x)
  Activation activation = Activation::silu;
  bool tied_head = false;        // the head is the embedding
  double attention_scale = 0;    // of the scores; 0: 1 / sqrt(head_dim)
  bool scale_by_layer = false;   // scores of layer l also divided by l + 1
  std::vector<int64_t> eos_ids;  // config.json and generation_config.json
  std::optional<int64_t> bos_id;

  int64_t parameters() const;  // number of weights, heads tied counted once
};

// config.json and generation_config.json of a model folder.
// Throws: usage error if the folder or config.json is absent; input error that
// names the key for an unknown model_type (with near names), sizes that do not
// fit each other or are out of range, and features that are not supported.
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
Activation config_activation(const Json& json, const std::string& key,
                             const std::string& where);

}  // namespace lethe
