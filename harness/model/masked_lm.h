// An encoder with the head of a masked language model: logits over the
// vocabulary of a token's last hidden state.
//
//   logits = norm(act(W h + b)) E^T + c,  E the decoder, mostly the embedding
#pragma once

#include <memory>

#include "harness/model/encoder.h"

namespace lethe {

// All undefined where a folder has no such head.
struct MaskHead {
  Linear transform;  // [E, H]
  Activation activation = Activation::gelu;
  NormWeights norm;  // of E; its epsilon is the encoder's
  Linear decoder;    // [V, E] and [V]
};

class MaskedLm {
 public:
  // The encoder and the head of a folder in the compute dtype on the device.
  // Throws: as Encoder::load; input error when the family's head is not known
  // or the folder has none.
  static std::shared_ptr<const MaskedLm> load(const ModelFolder& folder,
                                              const Compute& compute);

  // [M, V] float32 of last hidden states [M, H].
  Tensor logits(const Tensor& states) const;

  const Encoder& encoder() const { return *encoder_; }

 private:
  MaskedLm(std::shared_ptr<const Encoder> encoder, MaskHead head)
      : encoder_(std::move(encoder)), head_(std::move(head)) {}

  std::shared_ptr<const Encoder> encoder_;
  MaskHead head_;
};

}  // namespace lethe
