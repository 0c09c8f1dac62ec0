// RoBERTa: BERT whose positions start behind the padding id and pass over
// padding.
//
// Paper: Liu et al. 2019, arXiv:1907.11692. Peer: transformers 5.23.0
// models/roberta, hidden states of every layer to 1e-4 of the largest.
#include "harness/model/families/bert_like.h"

namespace lethe {
namespace {

EncoderConfig config(const Json& json, const std::string& where) {
  EncoderConfig c = bert_like_config(json, where, 1e-12);
  c.token_types = config_size(json, "type_vocab_size", where, 2);
  c.padding_id = json.contains("pad_token_id")
                     ? require_int(json, "pad_token_id", where)
                     : 1;
  if (*c.padding_id < 0 || *c.padding_id >= c.position_rows) {
    fail_input(where,
               fmt::format("\"pad_token_id\" is {}, there are {} positions",
                           *c.padding_id, c.position_rows),
               "check pad_token_id and max_position_embeddings");
  }
  return c;
}

EncoderWeights weights(const EncoderConfig& c, WeightSource& source) {
  return bert_like_weights(c, source, encoder_prefix(source, "roberta."));
}

[[maybe_unused]] const bool registered =
    register_encoder({"roberta", config, weights});

}  // namespace
}  // namespace lethe
