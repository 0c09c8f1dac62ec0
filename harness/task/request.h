// Texts of a task as ids to score, by lm-eval's rules of tokenisation
// (api/model.py and models/huggingface.py at 4e7e0d4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/plugin/scoring.h"
#include "harness/text/tokenizer.h"

namespace lethe {

// lm_eval: the continuation is enc(context + continuation) from
// enc(context)'s length on, which loses or shifts tokens where a merge crosses
// the boundary; a rolling text that begins with the tokenizer's own BOS gets
// another one before it, and the first is scored.
// strict: the continuation is what follows the tokens in common; one BOS.
enum class Compat { lm_eval, strict };

struct EncodingRules {
  Compat compat = Compat::lm_eval;
  std::optional<bool> add_bos_token;  // unset: as the tokenizer does
  int64_t max_length = 2048;          // tokens that the model reads at once
};

// One text to score.
struct EncodedRequest {
  ScoreItem item;
  bool boundary_mismatch = false;  // enc(context) is no prefix of the whole
  bool truncated = false;          // cut from the left
  bool too_long = false;           // what is scored does not fit
};

class RequestEncoder {
 public:
  // Throws: input error when the tokenizer has neither BOS nor EOS.
  RequestEncoder(const Tokenizer& tokenizer, const EncodingRules& rules);

  // White space at the context's end goes over to the continuation. An empty
  // context is the BOS, else the EOS.
  EncodedRequest pair(const std::string& context,
                      const std::string& continuation);

  // A whole text, every token scored once: windows of at most max_length
  // tokens, each with one token of context but the last, which is extended to
  // the left.
  std::vector<EncodedRequest> windows(const std::string& text) const;

  // A prompt to continue, cut from the left to leave room for the answer.
  std::vector<int64_t> prompt(const std::string& text, int64_t room) const;

 private:
  std::vector<int64_t> encode(const std::string& text) const;

  const Tokenizer& tokenizer_;
  const EncodingRules rules_;
  int64_t prefix_ = 0;  // BOS, else EOS
  std::string prefix_text_;
  std::string context_;  // the last one, and its ids
  std::vector<int64_t> context_ids_;
};

}  // namespace lethe
