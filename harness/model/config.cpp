#include "harness/model/config.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/model/encoder_config.h"

namespace lethe {
namespace {

std::map<std::string, Family>& families() {
  static std::map<std::string, Family> all;
  return all;
}

// Sizes beyond any released model are a lie or an attack.
constexpr int64_t kMaxSize = int64_t{1} << 24;
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxWeights = int64_t{1} << 50;
constexpr size_t kMaxBytes = size_t{16} << 20;  // of config.json

void check_shape(const DecoderConfig& c, const std::string& where) {
  if (c.heads % c.kv_heads != 0) {
    fail_input(where,
               fmt::format("{} attention heads cannot share {} key-value heads",
                           c.heads, c.kv_heads),
               "check num_attention_heads and num_key_value_heads");
  }
  if (!(c.norm_eps > 0)) {
    fail_input(where, "norm epsilon is not positive",
               "check rms_norm_eps or layer_norm_eps");
  }
  if (c.parameters() > kMaxWeights) {
    fail_input(where,
               fmt::format("describes {} weights, at most {}", c.parameters(),
                           kMaxWeights),
               "check the sizes");
  }
  if (c.experts_per_token > c.experts) {
    fail_input(where,
               fmt::format("{} of {} experts are asked for a token",
                           c.experts_per_token, c.experts),
               "check num_experts_per_tok and num_local_experts");
  }
}

// A mixture of experts that the family does not compute is not a dense model.
void refuse_experts(const Json& json, const std::string& where,
                    const DecoderConfig& config) {
  for (const char* key : {"num_local_experts", "num_experts"}) {
    if (config.experts > 0 || !json.contains(key) || json[key].is_null()) {
      continue;
    }
    fail_input(where, fmt::format("\"{}\" is not supported here", key),
               "mixtures of experts are read from mixtral folders only");
  }
}

// One id or a list of ids; anything else is refused.
std::vector<int64_t> id_list(const Json& value, const std::string& where) {
  std::vector<int64_t> ids;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& id : list) {
    if (id.is_null()) continue;
    if (!id.is_number_integer()) {
      fail_input(where, "a special token id is " + id.dump(),
                 "it must be an integer");
    }
    ids.push_back(id.get<int64_t>());
  }
  return ids;
}

void read_special_ids(const Json& json, const std::string& where,
                      DecoderConfig& config) {
  if (json.contains("eos_token_id")) {
    for (const int64_t id : id_list(json["eos_token_id"], where)) {
      if (std::find(config.eos_ids.begin(), config.eos_ids.end(), id) ==
          config.eos_ids.end()) {
        config.eos_ids.push_back(id);
      }
    }
  }
  if (json.contains("bos_token_id")) {
    const std::vector<int64_t> ids = id_list(json["bos_token_id"], where);
    if (!ids.empty()) config.bos_id = ids.front();
  }
}

}  // namespace

void refuse_unsupported(const Json& json, const std::string& where) {
  for (const char* key : {"quantization_config", "auto_map"}) {
    if (json.contains(key) && !json[key].is_null()) {
      fail_input(
          where, fmt::format("\"{}\" is not supported", key),
          "use a plain dense checkpoint in float32, bfloat16 or float16");
    }
  }
  // Weights say their own dtype; a config that names none of these describes
  // something that is not read here.
  const std::vector<std::string> dtypes = {"float32", "bfloat16", "float16",
                                           "float64", "auto"};
  for (const char* key : {"dtype", "torch_dtype"}) {
    const std::string name = config_string(json, key, where, "auto");
    const std::string plain =
        name.rfind("torch.", 0) == 0 ? name.substr(6) : name;
    if (std::find(dtypes.begin(), dtypes.end(), plain) != dtypes.end())
      continue;
    fail_input(where, fmt::format("\"{}\" is \"{}\"", key, name),
               suggest(plain, dtypes));
  }
}

bool register_family(Family family) {
  const std::string name = family.model_type;
  return families().emplace(name, std::move(family)).second;
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const auto& [name, family] : families()) names.push_back(name);
  return names;
}

const Family& find_family(const std::string& model_type,
                          const std::string& where) {
  const auto found = families().find(model_type);
  if (found == families().end()) {
    if (is_encoder(model_type)) {
      fail_input(where, "model_type \"" + model_type + "\" is an encoder",
                 "`lethe embed` gives its hidden states; name a decoder here");
    }
    fail_input(where, "model_type \"" + model_type + "\" is not supported",
               suggest(model_type, family_names()));
  }
  return found->second;
}

int64_t DecoderConfig::parameters() const {
  using Wide = __int128;  // products of sizes of up to 24 bits each
  const Wide hidden = hidden_size;
  const Wide attention = hidden * head_dim * (2 * heads + 2 * kv_heads);
  const Wide mlp = (gated_mlp ? 3 : 2) * hidden * intermediate_size *
                       std::max<int64_t>(1, experts) +
                   experts * hidden;
  const Wide width = embedding_size > 0 ? embedding_size : hidden;
  const Wide tables =
      vocab_size * width * (tied_head ? 1 : 2) +
      (positions == Positions::learned ? max_positions * hidden : 0) +
      (embedding_size > 0 ? 2 * embedding_size * hidden : 0);
  const Wide all = layers * (attention + mlp + 2 * hidden) + tables + hidden;
  return static_cast<int64_t>(std::min<Wide>(all, int64_t{1} << 62));
}

int64_t config_size(const Json& json, const std::string& key,
                    const std::string& where, int64_t fallback) {
  const bool absent = !json.contains(key) || json[key].is_null();
  const int64_t size =
      absent && fallback > 0 ? fallback : require_int(json, key, where);
  if (size < 1 || size > kMaxSize) {
    fail_input(where, fmt::format("\"{}\" is {}", key, size),
               fmt::format("it must be from 1 to {}", kMaxSize));
  }
  return size;
}

bool config_flag(const Json& json, const std::string& key,
                 const std::string& where, bool fallback) {
  if (!json.contains(key) || json[key].is_null()) return fallback;
  if (!json[key].is_boolean()) {
    fail_input(where, fmt::format("\"{}\" is {}", key, json[key].dump()),
               "it must be true or false");
  }
  return json[key].get<bool>();
}

std::string config_string(const Json& json, const std::string& key,
                          const std::string& where,
                          const std::string& fallback) {
  const bool absent = !json.contains(key) || json[key].is_null();
  return absent ? fallback : require_string(json, key, where);
}

double config_number(const Json& json, const std::string& key,
                     const std::string& where, double fallback) {
  const bool absent = !json.contains(key) || json[key].is_null();
  const double value = absent ? fallback : require_number(json, key, where);
  if (!std::isfinite(value)) {
    fail_input(where, fmt::format("\"{}\" is not finite", key),
               "give a number");
  }
  return value;
}

DecoderConfig config_sizes(const Json& json, const std::string& where,
                           const SizeKeys& keys) {
  DecoderConfig c;
  c.vocab_size = config_size(json, "vocab_size", where);
  c.hidden_size = config_size(json, keys.hidden, where);
  c.layers = config_size(json, keys.layers, where);
  if (c.layers > kMaxLayers) {
    fail_input(where,
               fmt::format("{} layers, at most {}", c.layers, kMaxLayers),
               "check " + keys.layers);
  }
  c.heads = c.kv_heads = config_size(json, keys.heads, where);
  return c;
}

int64_t config_head_dim(const DecoderConfig& c, const std::string& where) {
  if (c.hidden_size % c.heads != 0) {
    fail_input(where,
               fmt::format("hidden size {} is no multiple of {} heads",
                           c.hidden_size, c.heads),
               "check the hidden size and the number of attention heads");
  }
  return c.hidden_size / c.heads;
}

Activation named_activation(const std::string& name, const std::string& key,
                            const std::string& where) {
  static const std::map<std::string, Activation> known = {
      {"silu", Activation::silu},
      {"swish", Activation::silu},
      {"gelu", Activation::gelu},
      {"gelu_python", Activation::gelu},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"relu", Activation::relu},
      {"tanh", Activation::tanh}};
  const auto found = known.find(name);
  if (found == known.end()) {
    std::vector<std::string> names;
    for (const auto& [other, activation] : known) names.push_back(other);
    fail_input(where, fmt::format("\"{}\" is \"{}\"", key, name),
               suggest(name, names));
  }
  return found->second;
}

Activation config_activation(const Json& json, const std::string& key,
                             const std::string& where) {
  return named_activation(require_string(json, key, where), key, where);
}

DecoderConfig config_from_json(const Json& json, const std::string& where) {
  const std::string type = require_string(json, "model_type", where);
  refuse_unsupported(json, where);
  DecoderConfig config = find_family(type, where).config(json, where);
  config.model_type = type;
  refuse_experts(json, where, config);
  check_shape(config, where);
  read_special_ids(json, where, config);
  return config;
}

Json read_config_json(const std::string& folder) {
  if (!is_folder(folder)) {
    fail_usage(folder, "no such model folder",
               "give a folder, or org/name in the Hugging Face cache");
  }
  const std::string path = folder_file(folder, "config.json");
  if (path.empty()) {
    fail_usage(folder, "holds no config.json",
               "name a model folder as Hugging Face writes it");
  }
  return read_json(path, kMaxBytes);
}

DecoderConfig read_config(const std::string& folder) {
  DecoderConfig config =
      config_from_json(read_config_json(folder), folder + "/config.json");
  const std::string generation = folder_file(folder, "generation_config.json");
  if (!generation.empty()) {
    read_special_ids(read_json(generation, kMaxBytes), generation, config);
  }
  return config;
}

}  // namespace lethe
