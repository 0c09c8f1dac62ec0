// An encoder with the head of a sequence classifier: logits of labels for a
// whole text, read at its first token.
//
//   logits = C act(W h + b) + c,  h the first token's last hidden state
//
// Peer: transformers 5.23.0 ..ForSequenceClassification of bert, roberta,
// xlm-roberta, camembert, distilbert and deberta-v2, logits to 1e-4 of the
// largest.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/model/encoder.h"

namespace lethe {

// What a classifier's logits stand for.
struct ClassLabels {
  std::vector<std::string> names;  // of the logits; as untrusted as the folder
  // Just one of them holds, so that softmax gives their probabilities; false:
  // each may hold or not ("multi_label_classification"), or the one logit is a
  // number ("regression").
  bool exclusive = true;

  // "clean, noise"; of many the first twenty, fit to be shown.
  std::string shown() const;
};

// By config.json's id2label and problem_type; without id2label LABEL_0 and so
// on, two unless num_labels says otherwise. At most 10,000 labels of at most
// 200 bytes. Throws: input error at `where` when id2label is not that.
ClassLabels class_labels_from_json(const Json& json, const std::string& where);

// The labels of a folder; no weight is read. Throws: input error when its
// family is no encoder's or has no such head that is known, and when the folder
// has no head or one with another number of labels.
ClassLabels read_class_labels(const ModelFolder& folder);

struct ClassHead {
  Linear dense;  // [H, H]
  Activation activation = Activation::tanh;
  Linear out;  // [labels, H]
};

class SequenceClassifier {
 public:
  // The encoder and the head of a folder in the compute dtype on the device.
  // Throws: as Encoder::load and read_class_labels.
  static std::shared_ptr<const SequenceClassifier> load(
      const ModelFolder& folder, const Compute& compute);

  // [M, labels] float32 of first tokens' last hidden states [M, H].
  Tensor logits(const Tensor& states) const;

  const ClassLabels& labels() const { return labels_; }
  const Encoder& encoder() const { return *encoder_; }

 private:
  SequenceClassifier(std::shared_ptr<const Encoder> encoder, ClassHead head,
                     ClassLabels labels)
      : encoder_(std::move(encoder)),
        head_(std::move(head)),
        labels_(std::move(labels)) {}

  std::shared_ptr<const Encoder> encoder_;
  ClassHead head_;
  ClassLabels labels_;
};

}  // namespace lethe
