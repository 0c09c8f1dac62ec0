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
#include "harness/base/registry.h"
#include "metrics/rouge.h"

namespace lethe {
namespace {

using Lines = std::vector<Numbers>;

size_t size_of(const Lines& lines) {
  size_t total = 0;
  for (const Numbers& line : lines) total += line.size();
  return total;
}

// A word of the reference counts at most as often as the reference has it
// because every place of it is found at most once.
size_t common_words(const Lines& got, const Lines& wanted, size_t kinds) {
  std::vector<size_t> left(kinds);
  for (const Numbers& line : got) {
    for (const uint32_t word : line) ++left[word];
  }
  size_t common = 0;
  for (const Numbers& line : wanted) {
    for (const size_t place : common_places(line, got, kinds)) {
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
    NumberedWords words(stemmer());
    const Lines got = lines(words, seen.output);
    return best_of(seen.references, [&](const std::string& reference) {
      const Lines wanted = lines(words, reference);
      return overlap(common_words(got, wanted, words.kinds()), size_of(got),
                     size_of(wanted));
    });
  }

 private:
  static Lines lines(NumberedWords& words, std::string_view text) {
    Lines all;
    while (true) {
      const size_t end = text.find('\n');
      all.push_back(words.of(text.substr(0, end)));
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
