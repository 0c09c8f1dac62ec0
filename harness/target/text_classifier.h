// A sequence classifier's folder: texts in, logits of its labels out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/model/sequence_classifier.h"
#include "harness/text/tokenizer.h"

namespace lethe {

struct TextClassifierOptions {
  Compute compute;
  int64_t batch_tokens = 0;  // tokens a batch; 0: chosen for the device
  bool progress = true;
};

class TextClassifier {
 public:
  // Throws: as SequenceClassifier::load; usage error when the folder has no
  // tokenizer; input error when its window has no room for a text.
  TextClassifier(const std::string& folder,
                 const TextClassifierOptions& options);

  // A text between the tokenizer's special tokens; of an empty one these alone.
  // Special strings in it stay text.
  struct Row {
    std::vector<int64_t> ids;
    // It was longer than the window (or model_max_length, if less) and keeps
    // its first tokens; its last ones where the tokenizer's truncation_side is
    // "left".
    bool truncated = false;
  };
  // Throws: input error at `where` when it has no token at all.
  Row row(const std::string& text, const std::string& where) const;

  // [labels] of every row of ids, in order; equal rows are computed once.
  std::vector<std::vector<float>> logits(
      const std::vector<std::vector<int64_t>>& rows) const;

  const ClassLabels& labels() const { return model_->labels(); }
  const std::string& folder() const { return folder_.path(); }

 private:
  const TextClassifierOptions o_;
  const ModelFolder folder_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::shared_ptr<const SequenceClassifier> model_;
  int64_t window_ = 0;  // 0: any number of tokens
  bool keep_end_ = false;
  std::vector<int64_t> leading_, trailing_;
};

}  // namespace lethe
