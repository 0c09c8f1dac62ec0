// A text before every prompt: unlearning in the model's context.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/chat/template.h"
#include "harness/target/wrapped_target.h"
#include "harness/text/tokenizer.h"

namespace lethe {

// Where a guard prompt goes, in tokens.
struct GuardPrompt {
  std::vector<int64_t> leading;  // special tokens that begin a text
  std::vector<int64_t> plain;    // of the prompt; goes behind them
  // Chats, which begin with `chat`, begin with `guarded_chat` in its place: the
  // template's head of a user's message, and the same behind a system message
  // that holds the prompt. Empty: every text is a plain one.
  std::vector<int64_t> chat, guarded_chat;
};

// Of the prompt's text for a tokenizer and a chat template. There is no chat
// form without a template, nor where the template has no system role, ignores
// it, or writes it behind the user's words.
// Plain: the prompt and a blank line.
GuardPrompt guard_prompt(const std::string& prompt, const Tokenizer& tokenizer,
                         const std::optional<ChatTemplate>& chat);

// A text behind the guard prompt.
struct GuardedText {
  ScoreItem item;             // to score in its place
  std::vector<int64_t> kept;  // of its own ids: those that fit the window
  int64_t score_from = 1;     // in `kept`
  bool truncated = false;     // some of them did not
};

// The target behind a guard prompt: what follows is conditional on it, and the
// tokens that are scored are the text's own, the same ones as without it. The
// prompt's tokens come out of the window, of which they must leave half; longer
// texts are cut from the left behind it. Its keys and values are computed once
// a batch, as any prefix that texts share. Predictions are not held against a
// base's place by place (can().drift).
class PromptGuard final : public WrappedTarget {
 public:
  // Throws: usage error when the prompt has no token or is too long.
  PromptGuard(std::shared_ptr<const Target> target, GuardPrompt prompt);

  Needs can() const override;
  std::string limits() const override;
  std::vector<std::shared_ptr<const TokenStatistics>> statistics(
      const Examples& examples) const override;
  std::vector<Likelihood> likelihoods(
      const std::vector<ScoreItem>& items) const override;
  std::vector<std::vector<float>> sampling_logprobs(
      const std::vector<ScoreItem>& items,
      const GenerateOptions& sampling) const override;
  std::vector<double> gradient_norms(
      const std::vector<ScoreItem>& items,
      const GradientNormOptions& options) const override;
  Generation generate(const Prompts& prompts,
                      const GenerateOptions& options) const override;
  int64_t window() const override { return inner().window() - longest_; }
  std::shared_ptr<const Target> with_model(
      std::shared_ptr<const Model> model) const override;

  // How the target reads an item.
  GuardedText guarded(const ScoreItem& item) const;

 private:
  std::vector<ScoreItem> guarded(const std::vector<ScoreItem>& items) const;

  GuardPrompt prompt_;
  int64_t longest_ = 0;  // tokens that it adds at most
};

}  // namespace lethe
