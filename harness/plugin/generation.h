// What can be asked of a generation, and what comes back: no LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace lethe {

// When a beam search ends; as transformers' early_stopping.
enum class EarlyStopping {
  no,     // false: no running beam can win at its present length
  yes,    // true: as soon as num_beams hypotheses are finished
  never,  // "never": only when no beam could ever win
};

struct GenerateOptions {
  int64_t max_new_tokens = 128;
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
  std::vector<int64_t> eos_ids;                  // empty: never stops early
  int64_t batch_tokens = 0;                      // tokens a batch; 0: chosen
  std::function<void(int64_t tokens)> progress;  // new tokens after a batch
};

struct Sequence {
  std::vector<int64_t> ids;  // new tokens only, through the first eos
  // Beam: sum of log-probs / (number of new tokens)^length_penalty, nats.
  // Else: sum of the model's log-probs, before any warping.
  double score = 0;
  std::vector<float> token_logprobs;  // not of beams
};

struct Generation {
  std::vector<std::vector<Sequence>> sequences;  // per prompt, best first
  int64_t tokens = 0;                            // tokens that were computed
};

using Prompts = std::vector<std::vector<int64_t>>;

}  // namespace lethe
