// What a probe saw of one text: the only thing metrics read.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lethe {

// Facts about the scored tokens of one text, from one teacher-forced pass.
// Every vector has one entry a scored token; float32 whatever the model's
// dtype; natural logarithms.
struct TokenStatistics {
  std::vector<int64_t> ids;     // [T] the whole text
  int64_t score_from = 1;       // ids[score_from..] are scored
  std::vector<float> logprobs;  // [T - score_from], nats
  std::vector<int64_t> argmax;  // likeliest token in that place
  std::vector<int64_t> rank;    // 0 = the token is the likeliest
  std::vector<float> entropy;   // of the next-token distribution, nats
  std::vector<float> mu;        // mean of log p under p, nats (= -entropy)
  std::vector<float> sigma;     // standard deviation of log p under p, nats
  bool truncated = false;       // cut from the left to the model's window

  size_t count() const { return logprobs.size(); }
  // NaN when nothing is scored.
  double sum_logprob() const;
  double mean_logprob() const;
  // True if every scored token is the likeliest one.
  bool is_greedy() const;
};

// The scored tokens of one text under a model and under its base; every vector
// has one entry a scored token; float32, natural logarithms.
struct TokenDrift {
  std::vector<float> kl;          // KL(base || model), nats
  std::vector<int64_t> same_top;  // 1: both have the same likeliest token
  std::vector<float> logprobs, base_logprobs;  // of the text's own token
  bool truncated = false;  // cut from the left to the shorter window
};

// One item as a probe saw it. Fields that the probe does not know stay empty.
struct Observation {
  std::string id;
  std::string split;                    // which data split the item is from
  std::optional<bool> member;           // membership label of the item
  std::string text;                     // the item's text
  std::string prompt;                   // what the model was asked
  std::string output;                   // what it answered
  std::vector<std::string> references;  // right answers; the first is the one
  std::vector<int64_t> prompt_ids;      // leading specials included
  std::vector<int64_t> output_ids;
  std::vector<int64_t> reference_ids;
  double score = std::numeric_limits<double>::quiet_NaN();  // higher: member
  // The model's log-probs were no numbers: what it answered means nothing.
  bool diverged = false;
  std::shared_ptr<const TokenStatistics> statistics;
  std::shared_ptr<const TokenDrift> drift;
  // Other numbers of the item by name, one or several: answer_nll and
  // perturbed_nll (mean nats a token of the right answer and of each wrong
  // one), probability, rouge, truth_ratio.
  std::map<std::string, std::vector<double>> numbers;

  std::string reference() const {
    return references.empty() ? std::string() : references.front();
  }
};

using Observations = std::vector<Observation>;

}  // namespace lethe
