// ROUGE-Lsum: ROUGE-L of texts of several lines. Each line of the reference is
// matched with every line of the output, and the words that any of them found
// count once; precision, recall and F1 in [0, 1].
//
//   common = sum over reference lines r of |union over output lines c of
//   LCS(r, c)|, each word at most as often as in the output and the reference
//   precision = common / words of the output, recall = common / words of the
//   reference, fmeasure = 2 precision recall / (precision + recall)
//
// Paper: Lin 2004, "ROUGE: a package for automatic evaluation of summaries",
// section 3.2. Peer: rouge_score 0.1.2, to 1e-12, stemmer on and off
// (texts_parity_test.cpp); of several longest subsequences the same one. Of
// several references the one with the best F1 counts.
#include <unordered_map>

#include "harness/base/registry.h"
#include "metrics/rouge.h"

namespace lethe {
namespace {

using Lines = std::vector<Words>;

size_t size_of(const Lines& lines) {
  size_t total = 0;
  for (const Words& line : lines) total += line.size();
  return total;
}

std::unordered_map<std::string_view, size_t> count(const Lines& lines) {
  std::unordered_map<std::string_view, size_t> counts;
  for (const Words& line : lines) {
    for (const std::string& word : line) ++counts[word];
  }
  return counts;
}

// A word of the reference counts at most as often as the reference has it
// because every place of it is found at most once.
size_t common_words(const Lines& got, const Lines& wanted) {
  auto left = count(got);
  size_t common = 0;
  for (const Words& line : wanted) {
    for (const size_t place : common_places(line, got)) {
      size_t& times = left[line[place]];
      if (times == 0) continue;
      --times;
      ++common;
    }
  }
  return common;
}

class RougeLsum final : public Rouge {
 public:
  using Rouge::Rouge;

  Row item(const Observation& seen) const override {
    const Lines got = lines(seen.output);
    return best_of(seen.references, [&](const std::string& reference) {
      const Lines wanted = lines(reference);
      return overlap(common_words(got, wanted), size_of(got), size_of(wanted));
    });
  }

 private:
  Lines lines(std::string_view text) const {
    Lines all;
    while (true) {
      const size_t end = text.find('\n');
      all.push_back(words_of(text.substr(0, end)));
      if (end == std::string_view::npos) return all;
      text.remove_prefix(end + 1);
    }
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<RougeLsum>(
    {.name = "rouge_lsum",
     .summary = "ROUGE-L line by line: precision, recall, F1.",
     .paper = "Lin 2004",
     .options = defaults<RougeOptions>()});

}  // namespace
}  // namespace lethe
