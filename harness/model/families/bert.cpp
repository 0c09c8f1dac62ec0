// BERT and what has its form (MiniLM sentence encoders): learned positions and
// segments, norms behind each residual.
//
// Paper: Devlin et al. 2019, arXiv:1810.04805. Peer: transformers 5.23.0
// models/bert, hidden states of every layer to 1e-4 of the largest. The hub's
// older names (gamma, beta; with "bert.") are read too.
#include "harness/model/families/bert_like.h"

namespace lethe {
namespace {

EncoderConfig config(const Json& json, const std::string& where) {
  EncoderConfig c = bert_like_config(json, where, 1e-12);
  c.token_types = config_size(json, "type_vocab_size", where, 2);
  return c;
}

EncoderWeights weights(const EncoderConfig& c, WeightSource& source) {
  return bert_like_weights(c, source, encoder_prefix(source, "bert."));
}

[[maybe_unused]] const bool registered =
    register_encoder({"bert",
                      config,
                      weights,
                      bert_mask_head,
                      {.dense = "bert.pooler.dense", .out = "classifier"}});

}  // namespace
}  // namespace lethe
