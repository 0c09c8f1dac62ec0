// Exact match: 1 if the output is the reference, else 0. With token ids also
// how much of the reference came out.
//
//   exact_match = 1 if output_ids = reference_ids; of texts: if the output
//                 equals one of the references
//   token_accuracy = positions with equal tokens / tokens of the reference
//   common_prefix = equal tokens before the first difference
//
// Paper: Carlini et al. 2023, arXiv:2202.07646; token accuracy: Biderman et al.
// 2023, arXiv:2304.11158. Peer: evaluate's exact_match, equal with every option
// (metrics_parity_test.cpp).
// Ids decide where there are any, for different tokens can read the same; a
// text option asks for the texts instead. `strip` is ours: evaluate has none.
#include <algorithm>

#include "harness/base/python_text.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/sequences.h"

namespace lethe {
namespace {

struct Options {
  bool strip = false;               // drop white space at both ends, at last
  bool ignore_case = false;         // compare in Unicode lower case
  bool ignore_punctuation = false;  // delete ASCII punctuation
  bool ignore_numbers = false;      // delete the digits 0-9
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, strip, ignore_case,
                                                ignore_punctuation,
                                                ignore_numbers)

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

Row compare_ids(const std::vector<int64_t>& got,
                const std::vector<int64_t>& wanted) {
  const auto common =
      static_cast<std::ptrdiff_t>(std::min(got.size(), wanted.size()));
  int64_t equal = 0;
  for (size_t i = 0; i < static_cast<size_t>(common); ++i) {
    equal += got[i] == wanted[i];
  }
  const auto prefix =
      std::mismatch(got.begin(), got.begin() + common, wanted.begin()).first -
      got.begin();
  return {{"exact_match", got == wanted},
          {"token_accuracy",
           static_cast<double>(equal) / static_cast<double>(wanted.size())},
          {"common_prefix", static_cast<double>(prefix)}};
}

class ExactMatch final : public Metric {
 public:
  explicit ExactMatch(const Json& json) : o_(parse<Options>(json)) {}

  // Ids or texts will do; item() says so when there are neither.
  MetricNeeds needs() const override { return {}; }
  std::string main_field() const override { return "exact_match"; }
  std::vector<std::string> fields() const override {
    return {"exact_match", "token_accuracy", "common_prefix"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "common_prefix" ? "tokens" : unit();
  }

  Row item(const Observation& seen) const override {
    Row row;
    if (!seen.reference_ids.empty()) {
      row = compare_ids(seen.output_ids, seen.reference_ids);
      if (!has_text_option()) return row;
      row.front().second = matches_a_text(seen);
      return row;
    }
    return {{"exact_match", matches_a_text(seen)}};
  }

 private:
  bool has_text_option() const {
    return o_.strip || o_.ignore_case || o_.ignore_punctuation ||
           o_.ignore_numbers;
  }

  // The order of evaluate: case, punctuation, digits.
  std::string normalised(std::string text) const {
    if (o_.ignore_case) text = python::lower(text);
    if (o_.ignore_punctuation) std::erase_if(text, python::is_punctuation);
    if (o_.ignore_numbers) std::erase_if(text, is_ascii_digit);
    return o_.strip ? python::strip(text) : text;
  }

  bool matches_a_text(const Observation& seen) const {
    require_reference(seen);
    const std::string output = normalised(seen.output);
    return std::any_of(seen.references.begin(), seen.references.end(),
                       [&](const std::string& reference) {
                         return output == normalised(reference);
                       });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<ExactMatch>(
    {.name = "exact_match",
     .summary = "1 if the output is the reference, in tokens or as text.",
     .paper = "arXiv:2202.07646",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
