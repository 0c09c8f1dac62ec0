// RoBERTa: BERT whose positions start behind the padding id and pass over
// padding.
//
// Paper: Liu et al. 2019, arXiv:1907.11692. Peer: transformers 5.23.0
// models/roberta, hidden states of every layer to 1e-4 of the largest.
#include "harness/model/families/bert_like.h"

namespace lethe {
namespace {

[[maybe_unused]] const bool registered =
    register_encoder({"roberta", roberta_like_config, roberta_like_weights,
                      roberta_mask_head, roberta_class_head()});

}  // namespace
}  // namespace lethe
