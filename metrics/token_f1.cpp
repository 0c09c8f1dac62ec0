// Token F1: the words that an answer shares with the right one, as SQuAD
// scores answers; and whether they are the same words in the same order.
//
//   f1 = 2 precision recall / (precision + recall), with precision = shared
//   words / words of the output, recall = shared / words of the reference
//   exact = 1 if the words are the same
//
// Paper: Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1; answers without
// words: Rajpurkar et al. 2018, arXiv:1806.03822. Peer: SQuAD 2.0's rules, 1e-9
// (metrics_parity_test.cpp), and lm-eval 0.4.13's copy of SQuAD's script, 1e-12
// (texts_parity_test.cpp).
// Words stand between white space, in lower case, without ASCII punctuation
// and without a, an, the. Where a text has no words, both values are 1 if the
// other has none either. Of several references each value takes its best one.
#include <unicode/utf8.h>

#include <algorithm>

#include "harness/base/python_text.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/words.h"

namespace lethe {
namespace {

// A blank for each "a", "an" and "the" that stands alone: between characters
// that are no part of a word.
std::string without_articles(const std::string& text) {
  std::string rest;
  std::string word;
  const auto finish = [&] {
    const bool article = word == "a" || word == "an" || word == "the";
    rest += article ? " " : word;
    word.clear();
  };
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t next = 0; next < size;) {
    const int32_t at = next;
    UChar32 point = 0;
    U8_NEXT_OR_FFFD(text.data(), next, size, point);
    const bool in_word = python::is_word(static_cast<char32_t>(point));
    if (!in_word) finish();
    (in_word ? word : rest).append(text, at, next - at);
  }
  finish();
  return rest;
}

Words answer_words(const std::string& text) {
  std::string plain = python::lower(text);
  std::erase_if(plain, python::is_punctuation);
  return python::split(without_articles(plain));
}

double f1(const Words& got, const Words& wanted) {
  if (got.empty() || wanted.empty()) return got == wanted;
  const size_t shared = shared_runs(got, {wanted}, 1).front();
  return overlap(shared, got.size(), wanted.size()).fmeasure;
}

class TokenF1 final : public Metric {
 public:
  explicit TokenF1(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.output = true}; }
  std::string main_field() const override { return "f1"; }
  std::vector<std::string> fields() const override { return {"f1", "exact"}; }

  Row item(const Observation& seen) const override {
    const Words got = answer_words(seen.output);
    double best = 0;
    bool exact = false;
    for (const std::string& reference : seen.references) {
      const Words wanted = answer_words(reference);
      best = std::max(best, f1(got, wanted));
      exact = exact || got == wanted;
    }
    return {{"f1", best}, {"exact", exact}};
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<TokenF1>(
    {.name = "token_f1",
     .summary = "SQuAD's F1 of words and exact match of an answer.",
     .paper = "arXiv:1606.05250"});

}  // namespace
}  // namespace lethe
