#include "harness/anchors/usage.h"

#include <algorithm>
#include <cmath>

#include "harness/anchors/english.h"

namespace lethe {
namespace {

void count_word(const TextWord& word, WordUse* use) {
  switch (word.letters) {
    case LetterCase::lower:
      ++use->lower;
      break;
    case LetterCase::capital:
      ++(word.starts ? use->start : use->middle);
      break;
    default:
      ++use->other;
  }
}

bool follow_each_other(const ReadDocument& document, size_t at,
                       const WordIds& ids) {
  if (at + ids.size() > document.ids.size()) return false;
  for (size_t k = 0; k < ids.size(); ++k) {
    if (document.ids[at + k] != ids[k]) return false;
    const WordGap gap = document.words[at + k].gap;
    const bool caseless = document.words[at + k].letters == LetterCase::none;
    if (k > 0 && gap != WordGap::space && gap != WordGap::stop && !caseless) {
      return false;
    }
  }
  return true;
}

}  // namespace

uint32_t WordTable::id(const std::string& folded_word) {
  const auto [place, added] =
      ids_.try_emplace(folded_word, static_cast<uint32_t>(words_.size()));
  if (added) {
    words_.push_back(folded_word);
    traits_.push_back(word_traits(folded_word));
    target.emplace_back();
    background.emplace_back();
  }
  return place->second;
}

ReadSide read_side(const std::vector<std::string>& texts, WordTable* table,
                   std::vector<WordUse>* uses) {
  ReadSide side;
  side.documents.reserve(texts.size());
  for (const std::string& text : texts) {
    ReadDocument document = {text, words_of(text), {}};
    document.ids.reserve(document.words.size());
    for (const TextWord& word : document.words) {
      const uint32_t id = table->id(
          folded(document.text.substr(word.begin, word.end - word.begin)));
      document.ids.push_back(id);
      count_word(word, &(*uses)[id]);
    }
    side.words += static_cast<int64_t>(document.words.size());
    side.documents.push_back(std::move(document));
  }
  return side;
}

std::map<WordIds, int64_t> count_sequences(
    const ReadSide& side, const std::map<WordIds, bool>& capital) {
  std::map<WordIds, int64_t> counts;
  std::unordered_map<uint32_t, std::vector<std::pair<const WordIds*, bool>>>
      by_first;
  for (const auto& [ids, needs_capital] : capital) {
    counts[ids] = 0;
    by_first[ids.front()].push_back({&ids, needs_capital});
  }
  for (const ReadDocument& document : side.documents) {
    for (size_t i = 0; i < document.ids.size(); ++i) {
      const auto found = by_first.find(document.ids[i]);
      if (found == by_first.end()) continue;
      const bool lower = document.words[i].letters == LetterCase::lower;
      for (const auto& [ids, needs_capital] : found->second) {
        if (needs_capital && lower) continue;
        if (follow_each_other(document, i, *ids)) ++counts[*ids];
      }
    }
  }
  return counts;
}

double log_likelihood(int64_t target, int64_t target_words, int64_t background,
                      int64_t background_words) {
  const double a = static_cast<double>(target);
  const double b = static_cast<double>(background);
  const double c = static_cast<double>(target_words);
  const double d = static_cast<double>(background_words);
  if (a + b == 0 || c + d == 0) return 0;
  const double rate = (a + b) / (c + d);
  double sum = 0;
  if (a > 0) sum += a * std::log(a / (c * rate));
  if (b > 0) sum += b * std::log(b / (d * rate));
  return (a * d >= b * c ? 2 : -2) * std::max(sum, 0.0);
}

double rate_ratio(int64_t target, int64_t target_words, int64_t background,
                  int64_t background_words) {
  return (static_cast<double>(target) + 0.5) /
         (static_cast<double>(background) + 0.5) *
         static_cast<double>(background_words) /
         static_cast<double>(target_words);
}

}  // namespace lethe
