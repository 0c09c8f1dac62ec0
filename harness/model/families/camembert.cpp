// CamemBERT: RoBERTa over a French SentencePiece vocabulary.
//
// Paper: Martin et al. 2019, arXiv:1911.03894. Peer: transformers 5.23.0
// models/camembert, hidden states of every layer to 1e-4 of the largest.
#include "harness/model/families/bert_like.h"

namespace lethe {
namespace {

[[maybe_unused]] const bool registered =
    register_encoder({"camembert", roberta_like_config, roberta_like_weights,
                      roberta_mask_head, roberta_class_head()});

}  // namespace
}  // namespace lethe
