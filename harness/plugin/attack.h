// Attacks: a Probe asks a Target and yields observations; a Transform makes a
// Target into another. A suite crosses them; the identity is the baseline.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/observation.h"
#include "harness/data/examples.h"
#include "harness/plugin/generation.h"
#include "harness/plugin/mask_filler.h"
#include "harness/plugin/scoring.h"

namespace lethe {

class Model;

// What a probe asks of a target, and what a target can do.
struct Needs {
  bool token_statistics = false;
  bool generate = false;
  bool gradients = false;
  bool base = false;       // the model that the target was made of
  bool tokenizer = false;  // to read texts that are not the examples'
  bool drift = false;      // predictions held against the base's
};

// Whatever is attacked: a model folder, a pipeline, an endpoint.
class Target {
 public:
  virtual ~Target() = default;

  virtual Needs can() const = 0;

  // Why it cannot do more than can() says, in a sentence; empty: a model folder
  // can do it all.
  virtual std::string limits() const { return ""; }

  // Token statistics of every example, in order: one shared pass, computed once
  // a target and text however many probes ask.
  virtual std::vector<std::shared_ptr<const TokenStatistics>> statistics(
      const Examples& examples) const = 0;

  // What the scored tokens of every item add up to, in order; each item is
  // computed once a target, what items begin with in common once a call.
  virtual std::vector<Likelihood> likelihoods(
      const std::vector<ScoreItem>& items) const = 0;

  // How far the predictions on every item are from the base's, in order.
  // Throws: usage error when the two cannot be compared.
  virtual std::vector<std::shared_ptr<const TokenDrift>> drift(
      const std::vector<ScoreItem>& items, const Target& base) const = 0;

  // Log-probs of the scored tokens of every item under the distribution that
  // one draw is from (temperature, top_k, top_p of `sampling`, in
  // transformers' order), in order, nats; -inf for a token that is never drawn.
  virtual std::vector<std::vector<float>> sampling_logprobs(
      const std::vector<ScoreItem>& items,
      const GenerateOptions& sampling) const = 0;

  // The norm of the gradient of every item's mean NLL in all weights, in order;
  // NaN where nothing is scored. Only where can().gradients.
  virtual std::vector<double> gradient_norms(
      const std::vector<ScoreItem>& items,
      const GradientNormOptions& options) const = 0;

  virtual Generation generate(const Prompts& prompts,
                              const GenerateOptions& options) const = 0;

  // Ids of a text with the tokenizer's own specials; plain_text: special
  // strings in it stay text. Throws: usage error when there is no tokenizer.
  virtual std::vector<int64_t> encode(const std::string& text,
                                      bool plain_text) const = 0;

  // Text of ids without special tokens; empty when there is no tokenizer.
  virtual std::string decode(const std::vector<int64_t>& ids) const = 0;

  // The ids that end a generation; none that the model cannot give.
  virtual std::vector<int64_t> eos_ids() const = 0;

  // The ids that are no text: special tokens, what ends a generation, and rows
  // of the vocabulary that no token has.
  virtual std::vector<int64_t> special_ids() const { return eos_ids(); }

  // The model's window in tokens.
  virtual int64_t window() const = 0;

  // The weights, for transforms that change them; null where there are none.
  virtual std::shared_ptr<const Model> model() const { return nullptr; }

  // The target as it was before any method; null where none is known.
  virtual std::shared_ptr<const Target> base() const { return nullptr; }

  // Another model's folder, loaded for the same device and dtype. A run keeps
  // the last one. Throws: what loading throws.
  virtual std::shared_ptr<const Target> open(
      const std::string& folder) const = 0;

  // A masked language model's folder, likewise.
  virtual std::shared_ptr<const MaskFiller> mask_filler(
      const std::string& folder) const;

  // The target with other weights. Throws: usage error where there are none.
  virtual std::shared_ptr<const Target> with_model(
      std::shared_ptr<const Model> model) const = 0;

  // Tokens that the model computed so far, for the cost of a probe.
  virtual int64_t tokens_computed() const = 0;

  // What scoring took so far, and the tokens it would have taken without
  // sharing.
  virtual ScoreCost scoring_cost() const = 0;
};

class Probe {
 public:
  virtual ~Probe() = default;

  virtual Needs needs() const = 0;

  // One observation an example, in order. An example that the probe cannot use
  // (shorter than prefix and suffix) is left out; the engine counts it.
  virtual Observations ask(const Target& target,
                           const Examples& examples) const = 0;

  // The metrics that the probe's observations are made for, first the headline.
  virtual std::vector<std::string> metrics() const = 0;

  // Whether the probe looks at the data alone: a baseline that is asked beside
  // every probe of the same headline metric, which should do better. Its name
  // begins with "blind_".
  virtual bool blind() const { return false; }
};

class Transform {
 public:
  virtual ~Transform() = default;

  // Throws: usage error when the target cannot be transformed so.
  virtual std::shared_ptr<const Target> apply(
      std::shared_ptr<const Target> target) const = 0;
};

// The fields that every observation takes from its example.
Observation observe(const Example& example);

}  // namespace lethe
