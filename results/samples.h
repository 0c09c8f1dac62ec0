// What readers of results take from the samples of a probe.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace lethe {

struct Sample {
  std::string id, prompt, output;  // of a model: escape them
  std::optional<bool> member;
  // Or log_p_near, or log_pz; the lowest number for a chance of 0.
  double score = std::numeric_limits<double>::quiet_NaN();
  bool has_score = false;
  std::optional<bool> exact;  // exact_match
  bool diverged = false;      // the answer means nothing
};

// The rows of a samples file; none if there is no file. Throws: input error
// that names the line of a row that is no sample.
std::vector<Sample> read_samples(const std::string& file);

// Membership scores of both sides; higher: a member.
struct Scores {
  std::vector<double> members, others;
};

// Those of the rows with a membership label. Where some rows have a score, the
// others have NaN: their score was not finite. Empty when no row has one.
Scores scores_of(const std::vector<Sample>& samples);

}  // namespace lethe
