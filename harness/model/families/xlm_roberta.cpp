// XLM-RoBERTa: RoBERTa over a SentencePiece vocabulary of a hundred languages.
//
// Paper: Conneau et al. 2019, arXiv:1911.02116. Peer: transformers 5.23.0
// models/xlm_roberta, hidden states of every layer to 1e-4 of the largest.
#include "harness/model/families/bert_like.h"

namespace lethe {
namespace {

[[maybe_unused]] const bool registered =
    register_encoder({"xlm-roberta", roberta_like_config, roberta_like_weights,
                      roberta_mask_head, roberta_class_head()});

}  // namespace
}  // namespace lethe
