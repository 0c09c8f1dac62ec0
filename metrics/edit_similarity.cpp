// Edit similarity: how little must change to make the output the reference. 1
// is the reference itself, 0 has nothing of it in place.
//
//   edit_distance = fewest insertions, deletions and replacements (Levenshtein)
//   edit_similarity = 1 - edit_distance / length of the longer one
//   approximate = 1 if edit_distance <= length of the reference / 10
//
// Paper: Lee et al. 2022, arXiv:2107.06499 (edit similarity); Gemma Team 2024,
// arXiv:2403.08295 (approximate memorisation: 10 % distance), after Ippolito et
// al. 2023, arXiv:2210.17546. Peer: nltk 3.10.4's edit_distance,
// equal (texts_parity_test.cpp).
// Lengths and edits are in token ids where there are any, else in Unicode code
// points; of several references the most similar one counts. Two empty texts
// are equal.
#include <algorithm>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/sequences.h"

namespace lethe {
namespace {

Row distance_between(const Sequences& both) {
  const size_t distance = edit_distance(both);
  const size_t longer = std::max(both.got.size(), both.wanted.size());
  const double similarity = longer == 0 ? 1
                                        : 1 - static_cast<double>(distance) /
                                                  static_cast<double>(longer);
  return {{"edit_similarity", similarity},
          {"edit_distance", static_cast<double>(distance)},
          {"approximate", 10 * distance <= both.wanted.size()}};
}

class EditSimilarity final : public Metric {
 public:
  explicit EditSimilarity(const Json& json) { reject_options(json); }

  // Ids or texts will do; item() says so when there are neither.
  MetricNeeds needs() const override { return {}; }
  std::string main_field() const override { return "edit_similarity"; }
  std::vector<std::string> fields() const override {
    return {"edit_similarity", "edit_distance", "approximate"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "edit_distance" ? "tokens" : unit();
  }

  Row item(const Observation& seen) const override {
    Row best;
    for (const Sequences& both : sequences(seen, point_sequences)) {
      Row row = distance_between(both);
      if (best.empty() || row.front().second > best.front().second) {
        best = std::move(row);
      }
    }
    return best;
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<EditSimilarity>(
    {.name = "edit_similarity",
     .summary = "1 - edit distance over length, in tokens or characters.",
     .paper = "arXiv:2107.06499"});

}  // namespace
}  // namespace lethe
