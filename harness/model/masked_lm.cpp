#include "harness/model/masked_lm.h"

#include "harness/tensor/linear.h"
#include "harness/tensor/ops.h"

namespace lethe {

std::shared_ptr<const MaskedLm> MaskedLm::load(const ModelFolder& folder,
                                               const Compute& compute) {
  const auto encoder = Encoder::load(folder, compute);
  const EncoderConfig& config = encoder->config();
  const EncoderFamily& family =
      find_encoder(config.model_type, folder.path() + "/config.json");
  if (!family.mask_head) {
    fail_input(folder.path(),
               "the masked language model's head of model_type \"" +
                   config.model_type + "\" is not known",
               "name a folder of bert, roberta, distilbert or deberta-v2");
  }
  WeightSource source = stored_weights(folder, compute);
  MaskHead head = family.mask_head(config, source, encoder->embedding());
  if (!head.decoder.weight.defined()) {
    fail_input(folder.path(), "has no head of a masked language model",
               "name a folder that a \"..ForMaskedLM\" was saved to");
  }
  return std::shared_ptr<const MaskedLm>(
      new MaskedLm(encoder, std::move(head)));
}

Tensor MaskedLm::logits(const Tensor& states) const {
  const Tensor mixed =
      activate(apply(head_.transform, states), head_.activation);
  const Tensor normed =
      at::layer_norm(mixed, {mixed.size(-1)}, head_.norm.weight,
                     head_.norm.bias, encoder_->config().norm_eps);
  return times_weight_float(normed, head_.decoder.weight, head_.decoder.bias);
}

}  // namespace lethe
