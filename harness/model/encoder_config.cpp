#include "harness/model/encoder_config.h"

#include <map>

namespace lethe {
namespace {

std::map<std::string, EncoderFamily>& encoders() {
  static std::map<std::string, EncoderFamily> all;
  return all;
}

void refuse_flag(const Json& json, const char* key, const std::string& where) {
  if (config_flag(json, key, where, false)) {
    fail_input(where, fmt::format("\"{}\": true is not supported", key),
               "use a checkpoint that is an encoder only");
  }
}

void check_shape(const EncoderConfig& c, const std::string& where) {
  if (!(c.norm_eps > 0)) {
    fail_input(where, "norm epsilon is not positive", "check layer_norm_eps");
  }
  if (c.position_rows > 0 && c.window() < 1) {
    fail_input(where,
               fmt::format("{} positions leave none behind padding id {}",
                           c.position_rows, c.padding_id.value_or(0)),
               "check max_position_embeddings and pad_token_id");
  }
}

}  // namespace

bool register_encoder(EncoderFamily family) {
  const std::string name = family.model_type;
  return encoders().emplace(name, std::move(family)).second;
}

bool is_encoder(const std::string& model_type) {
  return encoders().count(model_type) > 0;
}

std::vector<std::string> encoder_names() {
  std::vector<std::string> names;
  for (const auto& [name, family] : encoders()) names.push_back(name);
  return names;
}

const EncoderFamily& find_encoder(const std::string& model_type,
                                  const std::string& where) {
  const auto found = encoders().find(model_type);
  if (found != encoders().end()) return found->second;
  const std::vector<std::string> decoders = family_names();
  if (std::find(decoders.begin(), decoders.end(), model_type) !=
      decoders.end()) {
    fail_input(where, "model_type \"" + model_type + "\" is a decoder",
               "name a folder of an encoder");
  }
  fail_input(where, "model_type \"" + model_type + "\" is not supported",
             suggest(model_type, encoder_names()));
}

EncoderConfig encoder_sizes(const Json& json, const std::string& where,
                            const SizeKeys& keys) {
  const DecoderConfig sizes = config_sizes(json, where, keys);
  config_head_dim(sizes, where);  // whole, or refused
  for (const char* key :
       {"is_decoder", "add_cross_attention", "is_encoder_decoder"}) {
    refuse_flag(json, key, where);
  }
  const std::string positions =
      config_string(json, "position_embedding_type", where, "absolute");
  if (positions != "absolute") {
    fail_input(
        where,
        "\"position_embedding_type\": \"" + positions + "\" is not supported",
        "supported: absolute");
  }
  if (json.contains("pruned_heads") && !json["pruned_heads"].empty()) {
    fail_input(where, "\"pruned_heads\" is not supported",
               "use a checkpoint with all heads");
  }
  EncoderConfig c;
  c.vocab_size = sizes.vocab_size;
  c.hidden_size = sizes.hidden_size;
  c.layers = sizes.layers;
  c.heads = sizes.heads;
  c.tied_head = config_flag(json, "tie_word_embeddings", where, true);
  return c;
}

EncoderConfig encoder_config_from_json(const Json& json,
                                       const std::string& where) {
  const std::string type = require_string(json, "model_type", where);
  refuse_unsupported(json, where);
  EncoderConfig config = find_encoder(type, where).config(json, where);
  config.model_type = type;
  check_shape(config, where);
  return config;
}

EncoderConfig read_encoder_config(const std::string& folder) {
  return encoder_config_from_json(read_config_json(folder),
                                  folder + "/config.json");
}

}  // namespace lethe
