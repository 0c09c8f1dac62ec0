// Longest common substring: the longest run of tokens that the output has in
// common with the reference, wherever it stands in either.
//
//   length = tokens of the longest run in both, without a gap
//   share = length / tokens of the reference
//
// Paper: Lee et al. 2022, arXiv:2107.06499, where long shared runs tell copied
// text. Peer: Python 3.11's difflib, find_longest_match without its junk rule,
// equal lengths (texts_parity_test.cpp).
// Tokens are ids where there are any, else words as ROUGE finds them; of
// several references the one with the largest share counts. A reference without
// words, such as one in another script than the Latin, has no share.
#include <cmath>
#include <limits>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/sequences.h"

namespace lethe {
namespace {

class LongestCommonSubstring final : public Metric {
 public:
  explicit LongestCommonSubstring(const Json& json) { reject_options(json); }

  // Ids or texts will do; item() says so when there are neither.
  MetricNeeds needs() const override { return {}; }
  std::string main_field() const override { return "share"; }
  std::vector<std::string> fields() const override {
    return {"share", "length"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "length" ? "tokens" : unit();
  }

  Row item(const Observation& seen) const override {
    double share = std::numeric_limits<double>::quiet_NaN();
    double length = 0;
    for (const Sequences& both : sequences(seen, word_sequences)) {
      if (both.wanted.empty()) continue;
      const auto common = static_cast<double>(longest_run(both));
      const double part = common / static_cast<double>(both.wanted.size());
      if (std::isnan(share) || part > share) {
        share = part;
        length = common;
      }
    }
    return {{"share", share}, {"length", length}};
  }
};

[[maybe_unused]] const bool registered =
    Registry<Metric>::add<LongestCommonSubstring>(
        {.name = "longest_common_substring",
         .summary = "Longest run of tokens shared with the reference.",
         .paper = "arXiv:2107.06499"});

}  // namespace
}  // namespace lethe
