// A model folder as a target.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "harness/base/log.h"
#include "harness/model/model.h"
#include "harness/plugin/attack.h"
#include "harness/score/score.h"
#include "harness/target/opened_models.h"
#include "harness/text/tokenizer.h"

namespace lethe {

struct TargetOptions {
  int64_t batch_tokens = 0;  // 0: chosen for the device
  bool progress = true;
  bool deterministic = false;  // each text is scored by itself
  // Tokens that are read at once; 0: the model's window.
  int64_t max_length = 0;
  // Gives the target's base when a probe asks for it; it may give null.
  std::function<std::shared_ptr<const Target>()> base;
  // Where open() and mask_filler() keep what they load; null: they do not.
  std::shared_ptr<OpenedModels> opened;
};

// Scores and generations of one model, also of several networks that answer as
// one (model/ensemble.h): tokens count once a network. Token statistics are
// kept by ids, so that all probes and tasks share one pass; they live and die
// with the target, so no two models ever share a score.
class ModelTarget final : public Target {
 public:
  // `tokenizer` may be null: then only ids can be scored. Throws: usage error
  // when max_length is beyond the window of a model whose positions end there.
  ModelTarget(std::shared_ptr<const Model> model,
              std::shared_ptr<const Tokenizer> tokenizer,
              const TargetOptions& options);

  Needs can() const override;
  std::string limits() const override;
  std::vector<std::shared_ptr<const TokenStatistics>> statistics(
      const Examples& examples) const override;
  std::vector<Likelihood> likelihoods(
      const std::vector<ScoreItem>& items) const override;
  std::vector<std::shared_ptr<const TokenDrift>> drift(
      const std::vector<ScoreItem>& items, const Target& base) const override;
  std::vector<std::vector<float>> sampling_logprobs(
      const std::vector<ScoreItem>& items,
      const GenerateOptions& sampling) const override;
  std::vector<double> gradient_norms(
      const std::vector<ScoreItem>& items,
      const GradientNormOptions& options) const override;
  Generation generate(const Prompts& prompts,
                      const GenerateOptions& options) const override;
  std::vector<int64_t> encode(const std::string& text,
                              bool plain_text) const override;
  std::string decode(const std::vector<int64_t>& ids) const override;
  std::vector<int64_t> eos_ids() const override;
  std::vector<int64_t> special_ids() const override;
  int64_t window() const override;
  std::shared_ptr<const Model> model() const override { return model_; }
  std::shared_ptr<const Target> base() const override {
    return options_.base ? options_.base() : nullptr;
  }
  std::shared_ptr<const Target> open(const std::string& folder) const override;
  std::shared_ptr<const MaskFiller> mask_filler(
      const std::string& folder) const override;
  std::shared_ptr<const Target> with_model(
      std::shared_ptr<const Model> model) const override;
  int64_t tokens_computed() const override { return tokens_; }
  ScoreCost scoring_cost() const override { return cost_; }

  const Tokenizer* tokenizer() const { return tokenizer_.get(); }

 private:
  // `progress` must outlive the scoring.
  ScoreOptions score_options(int64_t tokens,
                             std::optional<Progress>& progress) const;
  void count(const ScoreCost& cost) const;

  using Key = std::pair<std::vector<int64_t>, int64_t>;  // ids, score_from

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  TargetOptions options_;
  mutable std::map<Key, std::shared_ptr<const TokenStatistics>> statistics_;
  // By a hash of ids and score_from: tasks have many long texts.
  mutable std::unordered_map<std::string, Likelihood> likelihoods_;
  mutable int64_t tokens_ = 0;
  mutable ScoreCost cost_;
};

// A folder with its tokenizer, loaded for attacks, with a LoRA adapter on top
// when `adapter` names its folder. Throws: input error when the
// tokenizer has more tokens than the model's embedding has rows.
struct LoadedModel {
  std::shared_ptr<ModelFolder> folder;
  std::shared_ptr<const Tokenizer> tokenizer;  // null when there is none
  std::shared_ptr<const ModelTarget> target;
};
LoadedModel load_target(const std::string& folder, const Compute& compute,
                        const TargetOptions& options,
                        const std::string& adapter = "");

// What a folder with an adapter on top is; without one the folder's own hash.
std::string model_hash(const ModelFolder& folder, const std::string& adapter);

// The folder's tokenizer, null when it has none. Throws: input error when it
// does not fit the model.
std::shared_ptr<const Tokenizer> load_tokenizer(const ModelFolder& folder);

}  // namespace lethe
