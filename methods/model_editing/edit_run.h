// What the methods that edit facts into a model share: their options, and one
// run of reading facts, editing and writing.
#pragma once

#include <string>
#include <vector>

#include "harness/plugin/method.h"
#include "methods/model_editing/value.h"

namespace lethe {

// Names are the peers'; the defaults ROME's.
struct EditOptions {
  std::string target = "refusal";           // or erase: lower p(answer)
  std::string answers;                      // file of refusals; empty: ours
  std::string fact_token = "subject_last";  // or last: the prompt's last token
  int64_t v_num_grad_steps = 20;            // of the search of a value, >= 1
  double v_lr = 0.5;                        // > 0
  double v_weight_decay = 0.5;              // >= 0
  double clamp_norm_factor = 4;             // largest |change| / |value|, > 0
  double kl_factor = 0.0625;                // of "{subject} is a", >= 0
  int64_t contexts = 20;          // pieces of retain texts put before, >= 0
  int64_t context_tokens = 10;    // of each, >= 1
  int64_t mom2_samples = 100000;  // retain tokens in C, >= 1
  double ridge = 1e-3;            // on C's diagonal, in its mean, >= 0
};

// Throws: usage error that begins with `method`, for values out of range.
void check_edit_options(const std::string& method, const EditOptions& options);

// One run of a method.
class EditRun {
 public:
  EditRun(std::string method, Context& context, const EditOptions& options);

  // As it was.
  std::shared_ptr<const Model> model() const { return model_; }
  const std::vector<Fact>& facts() const { return facts_; }
  const std::vector<Ids>& prefixes() const { return prefixes_; }
  // Refuses the last block, after which no token reads what was written.
  // Throws: usage error, also for one that is not there.
  void check_layer(int64_t layer) const;
  // lambda = 1: C of a block of the model as it was, its ridge on it, float64.
  Tensor moment(int64_t layer);
  // Of the fact number `i` in a model; `of_block` as in ValueOptions.
  FoundValue value(const Model& model, int64_t layer, size_t i, bool of_block);
  KeyStates states(const Model& model, int64_t layer, size_t i);

  // Writes the model to the context's out folder and what was found to
  // NOTES/facts.jsonl, a row a fact: {"id", "subject", "key_token", "target",
  // "probability_before", "probability"}.
  Unlearned write(const Model& edited);

 private:
  void write_notes() const;

  const std::string method_;
  Context& context_;
  const EditOptions& o_;
  const ModelFolder folder_;
  const std::shared_ptr<const Tokenizer> tokenizer_;
  std::shared_ptr<const Model> model_;
  std::vector<Fact> facts_;
  std::vector<Ids> prefixes_;
  std::vector<FoundValue> found_;  // by fact
  int64_t tokens_ = 0;             // run forward
};

}  // namespace lethe
