// GPT-Neo: GPT-2 with a local window in some layers, scores that are not
// scaled, and separate queries, keys and values without bias.
//
// Peer: transformers 5.23.0 models/gpt_neo, logits to 1e-4 of the largest.
#include "harness/model/config.h"
#include "harness/model/families/gpt2_names.h"
#include "harness/model/weights.h"

namespace lethe {
namespace {

// [[["global", "local"], 12]]: the pattern, and how often.
std::vector<std::string> attention_layers(const Json& json,
                                          const std::string& where,
                                          int64_t layers) {
  std::vector<std::string> names;
  const Json types = json.value("attention_types", Json::array());
  try {
    for (const Json& group : types) {
      const auto pattern = group.at(0).get<std::vector<std::string>>();
      const int64_t times =  // a whole number, or an exception
          group.at(1).get_ref<const Json::number_integer_t&>();
      for (int64_t i = 0; i < times && !pattern.empty(); ++i) {
        if (static_cast<int64_t>(names.size()) > layers) break;
        names.insert(names.end(), pattern.begin(), pattern.end());
      }
    }
  } catch (const Json::exception&) {
    fail_input(where, "\"attention_types\" is no list of [[types], times]",
               "write e.g. [[[\"global\", \"local\"], 6]]");
  }
  if (static_cast<int64_t>(names.size()) != layers) {
    fail_input(where,
               fmt::format("\"attention_types\" names {} layers, there are {}",
                           names.size(), layers),
               "check attention_types and num_layers");
  }
  return names;
}

std::vector<int64_t> windows(const Json& json, const std::string& where,
                             int64_t layers) {
  const int64_t window = config_size(json, "window_size", where, 256);
  std::vector<int64_t> all;
  for (const std::string& type : attention_layers(json, where, layers)) {
    if (type != "global" && type != "local") {
      fail_input(where, "attention type \"" + type + "\" is not supported",
                 "supported: global, local");
    }
    all.push_back(type == "local" ? window : 0);
  }
  return all;
}

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c =
      config_sizes(json, where, {.layers = "num_layers", .heads = "num_heads"});
  c.head_dim = config_head_dim(c, where);
  c.intermediate_size =
      config_size(json, "intermediate_size", where, 4 * c.hidden_size);
  c.max_positions = config_size(json, "max_position_embeddings", where, 2048);
  c.norm = Norm::layer;
  c.norm_eps = config_number(json, "layer_norm_epsilon", where, 1e-5);
  c.positions = Positions::learned;
  c.attention_scale = 1;
  c.windows = windows(json, where, c.layers);
  c.output_bias = c.mlp_bias = true;
  c.gated_mlp = false;
  c.activation = named_activation(
      config_string(json, "activation_function", where, "gelu_new"),
      "activation_function", where);
  c.tied_head = config_flag(json, "tie_word_embeddings", where, true);
  return c;
}

LayerWeights layer(const DecoderConfig& c, WeightSource& source,
                   const std::string& name) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  const std::string attention = name + "attn.attention.";
  LayerWeights w;
  w.attention_norm = source.norm(name + "ln_1", h, true);
  w.query = source.linear(attention + "q_proj", h, h, false);
  w.key = source.linear(attention + "k_proj", h, h, false);
  w.value = source.linear(attention + "v_proj", h, h, false);
  w.output = source.linear(attention + "out_proj", h, h, true);
  w.mlp_norm = source.norm(name + "ln_2", h, true);
  w.mlp.up = source.linear(name + "mlp.c_fc", h, inner, true);
  w.mlp.down = source.linear(name + "mlp.c_proj", inner, h, true);
  return w;
}

DecoderWeights weights(const DecoderConfig& c, WeightSource& source) {
  return take_decoder(
      c, source, gpt2_names(source),
      [&](const std::string& name) { return layer(c, source, name); });
}

[[maybe_unused]] const bool registered =
    register_family({"gpt_neo", config, weights});

}  // namespace
}  // namespace lethe
