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
  int64_t num_return_sequences = 1;              // at most num_beams
  std::vector<int64_t> eos_ids;                  // empty: never stops early
  int64_t batch_tokens = 0;                      // tokens a batch; 0: chosen
  std::function<void(int64_t tokens)> progress;  // new tokens after a batch
};

struct Sequence {
  std::vector<int64_t> ids;  // new tokens only, through the first eos
  // Beam: sum of log-probs / (number of new tokens)^length_penalty, nats.
  // Greedy: sum of the log-probs.
  double score = 0;
  std::vector<float> token_logprobs;  // greedy only
};

struct Generation {
  std::vector<std::vector<Sequence>> sequences;  // per prompt, best first
  int64_t tokens = 0;                            // tokens that were computed
};

using Prompts = std::vector<std::vector<int64_t>>;

}  // namespace lethe
