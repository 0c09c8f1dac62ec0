// What can be asked of a generation, and what comes back: no LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace lethe {

// When a beam search ends; as transformers' early_stopping.
enum class EarlyStopping {
  no,     // false: no running beam can win at its present length
  yes,    // true: as soon as num_beams hypotheses are finished
  never,  // "never": only when no beam could ever win
};

struct NextToken {
  int64_t id = 0;
  float logprob = 0;  // nats
};

// Decides which tokens the beams of a search may be continued with. The search
// then keeps the num_beams likeliest of all continuations of a prompt, until
// they have max_new_tokens. Called from one thread.
class BeamGuide {
 public:
  struct Beam {
    size_t prompt;                    // its number in the call
    const std::vector<int64_t>& ids;  // new tokens so far
  };
  struct Choice {
    NextToken token;
    bool ends = false;   // goes to the results as it is
    bool stays = false;  // is kept before likelier ones
  };

  virtual ~BeamGuide() = default;

  // How many of a beam's likeliest tokens are looked at first, at least one.
  virtual int64_t width() const = 0;

  // Tokens that are looked at in any case, each once.
  virtual std::vector<int64_t> also(const Beam& /*beam*/) const { return {}; }

  // The tokens that a beam is shown.
  struct Sight {
    std::vector<NextToken> tokens;  // best first; then others of also()
    bool all = false;               // the whole vocabulary
  };

  // What may follow. None, unless all was shown: more are wanted, and the
  // search asks again with twice as many.
  virtual std::optional<std::vector<Choice>> choose(
      const Beam& beam, const Sight& sight) const = 0;
};

struct GenerateOptions {
  int64_t max_new_tokens = 128;
  // Of each prompt, in place of max_new_tokens; empty: the same for all.
  std::vector<int64_t> lengths;
  int64_t num_beams = 1;
  double length_penalty = 1.0;
  EarlyStopping early_stopping = EarlyStopping::no;
  // Beam: at most num_beams. Sampling: as many are drawn. Greedy: 1.
  int64_t num_return_sequences = 1;
  // Sampling, with the warpers of transformers in its order. Every sequence has
  // a random stream of its own: seed, number of the prompt, number of the
  // sequence; so batches of any size draw the same.
  bool do_sample = false;
  double temperature = 1;
  int64_t top_k = 0;  // 0: all tokens
  double top_p = 1;
  int64_t seed = 0;
  int64_t first_number = 0;  // of the first prompt
  // Whether a sequence ends with these new tokens; not for beams.
  std::function<bool(const std::vector<int64_t>& ids)> stop;
  std::vector<int64_t> eos_ids;     // empty: never stops early
  std::vector<int64_t> banned_ids;  // never chosen; others' log-probs stay
  // A search of its own, of fixed length: eos_ids and stop are empty. Log-probs
  // are those of temperature, top_k and top_p. Every sequence that ends or is
  // still there at the end is returned, best first; maybe none.
  std::shared_ptr<const BeamGuide> guide;
  int64_t batch_tokens = 0;                      // tokens a batch; 0: chosen
  std::function<void(int64_t tokens)> progress;  // new tokens after a batch
};

struct Sequence {
  std::vector<int64_t> ids;  // new tokens only, through the first eos
  // Beam: sum of log-probs / (number of new tokens)^length_penalty, nats.
  // Guided: sum of log-probs.
  // Else: sum of the model's log-probs, before any warping.
  double score = 0;
  std::vector<float> token_logprobs;  // not of beams
  bool scored = true;  // false: only texts are shown, and score is NaN
};

struct Generation {
  std::vector<std::vector<Sequence>> sequences;  // per prompt, best first
  int64_t tokens = 0;                            // tokens that were computed
};

using Prompts = std::vector<std::vector<int64_t>>;

}  // namespace lethe
