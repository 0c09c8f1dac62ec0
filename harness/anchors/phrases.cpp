#include "harness/anchors/phrases.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/anchors/english.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr double kPairBits = 5;
constexpr double kDeterminedShare = 0.3;
constexpr int64_t kParts = 100;   // of the text, for what stands together
constexpr int64_t kShortest = 4;  // letters of a word

struct PhraseUse {
  int64_t count = 0;
  int64_t determined = 0;
  std::set<int64_t> parts;
  std::string spelling;
};
using Uses = std::map<WordIds, PhraseUse>;

bool has_letter(const std::string& word) {
  for (size_t at = 0; at < word.size();) {
    const CodePoint c = code_point_at(word.data() + at);
    if (is_word_character(c.value) && (c.value > '9' || c.value < '0')) {
      return true;
    }
    at += c.size;
  }
  return false;
}

int64_t letters_of(const std::string& word) {
  return std::count_if(word.begin(), word.end(), [](char c) {
    return (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  });
}

class PhraseFinder {
 public:
  PhraseFinder(const ReadSide& target, const WordTable& table,
               const std::vector<bool>& taken)
      : target_(target), table_(table), taken_(taken) {}

  // Every candidate that stands there `least` times.
  Uses all(int64_t least) const {
    Uses uses;
    int64_t position = 0;
    for (const ReadDocument& document : target_.documents) {
      for (size_t i = 0; i < document.words.size(); ++i, ++position) {
        if (!candidate(document, i)) continue;
        add(document, i, i + 1, position, &uses);
        if (i + 1 < document.words.size() && candidate(document, i + 1) &&
            together(document.words[i + 1])) {
          add(document, i, i + 2, position, &uses);
        }
      }
    }
    for (auto it = uses.begin(); it != uses.end();) {
      it = it->second.count < least ? uses.erase(it) : std::next(it);
    }
    return uses;
  }

 private:
  static bool together(const TextWord& word) {
    return word.gap == WordGap::space ||
           (word.letters == LetterCase::none && word.gap == WordGap::other);
  }

  bool candidate(const ReadDocument& document, size_t i) const {
    const uint32_t id = document.ids[i];
    const uint32_t none = kFunctionWord | kDeterminer | kDirect | kNoAnchor |
                          kAddress | kTitle | kConnector | kSpeech |
                          kPlaceBefore;
    if (taken_[id] || table_.traits(id) & none) return false;
    const WordUse& use = table_.target[id];
    const bool caseless = document.words[i].letters == LetterCase::none;
    if (caseless) return has_letter(table_.word(id));
    return 2 * use.lower > use.total() &&
           letters_of(table_.word(id)) >= kShortest;
  }

  void add(const ReadDocument& document, size_t first, size_t last,
           int64_t position, Uses* uses) const {
    PhraseUse& use =
        (*uses)[{document.ids.begin() + static_cast<int64_t>(first),
                 document.ids.begin() + static_cast<int64_t>(last)}];
    ++use.count;
    use.parts.insert(position * kParts / target_.words);
    if (use.spelling.empty()) {
      const uint32_t begin = document.words[first].begin;
      use.spelling = folded(
          document.text.substr(begin, document.words[last - 1].end - begin));
      for (char& c : use.spelling) {
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
      }
    }
    const bool caseless = document.words[first].letters == LetterCase::none;
    if (caseless ||
        (first > 0 && table_.traits(document.ids[first - 1]) & kDeterminer)) {
      ++use.determined;
    }
  }

  const ReadSide& target_;
  const WordTable& table_;
  const std::vector<bool>& taken_;
};

// How much closer together the uses stand than draws from all parts would.
double burst(const PhraseUse& use) {
  const double parts = kParts;
  const double expected =
      parts * (1 - std::pow(1 - 1 / parts, static_cast<double>(use.count)));
  return expected / static_cast<double>(use.parts.size());
}

bool said_together(const Uses& uses, const WordIds& ids, int64_t count,
                   int64_t words) {
  if (ids.size() < 2) return true;
  double apart = 1;
  for (const uint32_t id : ids) {
    apart *= static_cast<double>(uses.at({id}).count);
  }
  return std::log2(static_cast<double>(count) * static_cast<double>(words) /
                   apart) >= kPairBits;
}

}  // namespace

std::vector<FoundPhrase> find_phrases(const ReadSide& target,
                                      const ReadSide& background,
                                      const WordTable& table,
                                      const std::vector<bool>& taken,
                                      const ExtractOptions& options) {
  const Uses uses =
      PhraseFinder(target, table, taken).all(options.phrase_count);
  std::map<WordIds, bool> wanted;
  for (const auto& [ids, use] : uses) wanted[ids] = false;
  const std::map<WordIds, int64_t> elsewhere =
      count_sequences(background, wanted);
  std::vector<FoundPhrase> found;
  for (const auto& [ids, use] : uses) {
    const int64_t b = elsewhere.at(ids);
    const double ratio =
        rate_ratio(use.count, target.words, b, background.words);
    const double g2 =
        log_likelihood(use.count, target.words, b, background.words);
    const bool caseless = letter_case(use.spelling) == LetterCase::none;
    const double most = (static_cast<double>(b) + 3) /
                        static_cast<double>(background.words) * 1e6;
    if (!caseless && most > options.phrase_per_million) continue;
    if (ratio < options.phrase_ratio || g2 < options.phrase_g2) continue;
    if (static_cast<double>(use.determined) <
        kDeterminedShare * static_cast<double>(use.count)) {
      continue;
    }
    if (!caseless && ratio < 10 * options.phrase_ratio &&
        burst(use) < options.phrase_burst) {
      continue;
    }
    if (!said_together(uses, ids, use.count, target.words)) continue;
    found.push_back({ids, use.spelling, use.count, g2});
  }
  return found;
}

}  // namespace lethe
