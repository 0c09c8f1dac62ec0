// Items as the scoring pass runs them, and what it finds of each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "harness/base/observation.h"
#include "harness/plugin/scoring.h"

namespace lethe {

// One item as it is run: ids cut to the window, the last id never an input.
struct ScoreJob {
  size_t item;
  const int64_t* ids;
  int64_t size;
  int64_t score_from;
  bool truncated;

  int64_t inputs() const { return size - 1; }
  int64_t scored() const { return std::max<int64_t>(0, size - score_from); }
};

// Cut from the left to the window, in tokens that are read.
ScoreJob make_job(const ScoreItem& item, size_t index, int64_t window);

// By inputs, so that equal ones and common beginnings stand together.
bool inputs_before(const ScoreJob& a, const ScoreJob& b);

// Jobs whose inputs are equal: one row of the forward pass.
struct ScoreText {
  std::vector<ScoreJob> jobs;
  int64_t first_scored = std::numeric_limits<int64_t>::max();

  const ScoreJob& any() const { return jobs.front(); }
  void add(const ScoreJob& job) {
    jobs.push_back(job);
    first_scored = std::min(first_scored, job.score_from);
  }
};

// What a batch yields, on the host: one entry a scored token.
struct ScoreValues {
  std::vector<float> logprob, mu, sigma;
  std::vector<int64_t> argmax, rank;
};

// Of a job whose values begin at the index.
TokenStatistics statistics_of(const ScoreJob& job, const ScoreValues& values,
                              size_t begin);
Likelihood likelihood_of(const ScoreJob& job, const ScoreValues& values,
                         size_t begin);

}  // namespace lethe
