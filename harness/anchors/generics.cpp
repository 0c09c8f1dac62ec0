#include "harness/anchors/generics.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "harness/anchors/generic_words.h"
#include "harness/anchors/words.h"
#include "harness/text/characters.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// A word of an anchor with the text before it.
struct Part {
  std::string before, written, word;  // word: folded
  uint32_t traits;
};

std::vector<Part> parts_of(const std::string& anchor) {
  std::vector<Part> parts;
  size_t end = 0;
  for (const TextWord& word : words_of(anchor)) {
    Part part;
    part.before = anchor.substr(end, word.begin - end);
    part.written = anchor.substr(word.begin, word.end - word.begin);
    part.word = folded(part.written);
    part.traits = word_traits(part.word);
    parts.push_back(std::move(part));
    end = word.end;
  }
  return parts;
}

std::string small_first(std::string text) {
  std::string result;
  const CodePoint c = code_point_at(text.data());
  append_lower(c.value, &result);
  return result + text.substr(c.size);
}

bool plural(const std::string& word) {
  return word.size() > 3 && word.back() == 's' && word[word.size() - 2] != 's';
}

class Proposer {
 public:
  Proposer(const Extraction& found, const std::vector<std::string>& target,
           const Anchors& corrected, uint64_t seed)
      : found_(found), words_(seed, words_in(target, found)) {
    for (const Anchor& anchor : corrected) {
      for (const Part& part : parts_of(anchor.anchor)) words_.take(part.word);
      if (anchor.use) keep_pairs(anchor);
    }
    for (const FoundAnchor& anchor : found.anchors) vote(anchor);
  }

  Anchors propose() {
    Anchors anchors;
    for (const FoundAnchor& found : found_.anchors) {
      Anchor anchor = found.anchor;
      anchor.generic = generic_of(parts_of(anchor.anchor));
      anchors.push_back(std::move(anchor));
    }
    return anchors;
  }

 private:
  static std::unordered_set<std::string> words_in(
      const std::vector<std::string>& target, const Extraction& found) {
    std::unordered_set<std::string> words;
    const auto add = [&](const std::string& text) {
      const std::string small = folded(text);
      for (const TextWord& word : words_of(small)) {
        const std::string one = small.substr(word.begin, word.end - word.begin);
        words.insert(one);
        for (size_t from = 0; from < one.size();) {  // the parts of a compound
          const size_t hyphen = std::min(one.find('-', from), one.size());
          words.insert(one.substr(from, hyphen - from));
          from = hyphen + 1;
        }
      }
    };
    for (const std::string& text : target) add(text);
    for (const FoundAnchor& anchor : found.anchors) add(anchor.anchor.anchor);
    return words;
  }

  // What people chose, word by word.
  void keep_pairs(const Anchor& anchor) {
    const std::vector<Part> from = parts_of(anchor.anchor);
    const std::vector<Part> to = parts_of(anchor.generic);
    for (const Part& part : to) words_.take(part.word);
    if (from.size() != to.size()) return;
    for (size_t i = 0; i < from.size(); ++i) {
      if (from[i].word != to[i].word) {
        generic_.try_emplace(from[i].word, to[i].written);
      }
    }
  }

  bool common_word(const std::string& word) const {
    const auto uses = found_.lower_uses.find(word);
    return uses != found_.lower_uses.end() && uses->second > 0;
  }

  // Titles, initials, small words; also the De of "De Lacey".
  static bool stays(const Part& part) {
    return part.traits & (kTitle | kNamePart | kConnector) ||
           part.word.size() == 1;
  }

  // The last word, the one before "of", the first of "Hotel Cosmopolitan".
  static size_t head_of(const std::vector<Part>& parts) {
    if (parts[0].traits & kPlaceHead && !(parts.back().traits & kPlaceHead)) {
      return 0;
    }
    for (size_t i = 1; i + 1 < parts.size(); ++i) {
      if (parts[i].traits & kConnector && stays(parts[i])) return i - 1;
    }
    return parts.size() - 1;
  }

  WordRole head_role(const FoundAnchor& found, const Part& part,
                     size_t names) const {
    const std::string& kind = found.anchor.kind;
    const bool female = found.gender == Gender::female;
    if (part.traits & kRank) {
      return part.traits & kFemale ? WordRole::rank_female
                                   : WordRole::rank_male;
    }
    if (part.traits & kGroupHead) {
      return names > 1 ? WordRole::kept : WordRole::group;
    }
    if (part.traits & kPlaceHead && names > 1) return WordRole::kept;
    if (part.traits & kCreature && kind != "place" && !found.surname) {
      return WordRole::creature;
    }
    if (found.common && plural(part.word)) return WordRole::objects;
    if (kind == "person" && found.common) {
      return found.neuter ? WordRole::creature : WordRole::occupation;
    }
    if (kind == "person" && part.traits & kGivenName && names == 1) {
      return part.traits & kFemale ? WordRole::given_female
                                   : WordRole::given_male;
    }
    if (kind == "person") {
      if (names > 1 || found.surname) return WordRole::surname;
      return female                         ? WordRole::given_female
             : found.gender == Gender::male ? WordRole::given_male
                                            : WordRole::surname;
    }
    if (kind == "place") return WordRole::place;
    if (found.common && found.neuter && kind == "thing" &&
        letter_case(part.written) == LetterCase::capital) {
      return WordRole::creature;
    }
    if (found.common || common_word(part.word)) {
      return plural(part.word) ? WordRole::objects : WordRole::object;
    }
    return WordRole::place;
  }

  WordRole role_of(const FoundAnchor& found, const std::vector<Part>& parts,
                   size_t i, size_t head, size_t names) const {
    const Part& part = parts[i];
    if (stays(part)) return WordRole::kept;
    if (i == head) return head_role(found, part, names);
    if (i > head) {  // behind "of"
      return common_word(part.word) ? WordRole::objects : WordRole::place;
    }
    if (part.traits & kPlaceHead && names > 2) return WordRole::kept;
    if (found.anchor.kind == "person" && !found.common &&
        !(parts[head].traits & kCreature)) {
      return found.gender == Gender::female ? WordRole::given_female
                                            : WordRole::given_male;
    }
    if (found.common || common_word(part.word)) return WordRole::adjective;
    return found.anchor.kind == "place" ? WordRole::place : WordRole::surname;
  }

  // A word's role is the one that most of its places ask for; longer names know
  // better what is a given name.
  void vote(const FoundAnchor& found) {
    const std::vector<Part> parts = parts_of(found.anchor.anchor);
    if (parts.empty()) return;
    const size_t head = head_of(parts);
    const size_t names = static_cast<size_t>(
        std::count_if(parts.begin(), parts.end(), [](const Part& part) {
          return !stays(part) || part.word.size() == 1;
        }));
    for (size_t i = 0; i < parts.size(); ++i) {
      const WordRole role = role_of(found, parts, i, head, names);
      const int64_t weight = found.alone * (names > 1 ? 5 : 1);
      votes_[parts[i].word][role] += weight;
      if (names == 1 && role != WordRole::kept) {
        single_[parts[i].word] = role;
      }
    }
  }

  // A word that stands alone too is what it is there ("Cheshire" of the
  // "Cheshire Cat" a place), and cannot stay as it is elsewhere ("the League").
  WordRole elected(const std::string& word) const {
    const auto& votes = votes_.at(word);
    const auto single = single_.find(word);
    const auto best = std::max_element(
        votes.begin(), votes.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    const WordRole role = best->first;
    if (single == single_.end()) return role;
    const WordRole alone = single->second;
    const bool name = alone == WordRole::place || alone == WordRole::surname;
    const bool weak =
        role == WordRole::kept || (role == WordRole::adjective && name);
    return weak ? alone : role;
  }

  std::string generic_word(const std::string& word, WordRole role) {
    const auto found = generic_.find(word);
    if (found != generic_.end()) return found->second;
    for (const char* ending : {"s", "es"}) {  // the Rucastles, the Lucases
      const std::string_view end = ending;
      if (word.size() < 4 || !word.ends_with(end)) continue;
      const std::string stem = word.substr(0, word.size() - end.size());
      if (votes_.count(stem) > 0 && elected(stem) != WordRole::kept) {
        const std::string generic = generic_word(stem, elected(stem));
        return generic_[word] = plural_of(generic);
      }
    }
    return generic_[word] = words_.draw(role, word);
  }

  std::string generic_of(const std::vector<Part>& parts) {
    std::string generic;
    bool changed = false;
    for (size_t i = 0; i < parts.size(); ++i) {
      const Part& part = parts[i];
      WordRole role = elected(part.word);
      if (stays(part)) role = WordRole::kept;
      const bool last = i + 1 == parts.size();
      if (last && !changed && role == WordRole::kept) role = WordRole::place;
      generic += part.before;
      if (role == WordRole::kept && generic_.count(part.word) == 0) {
        generic += part.written;
        continue;
      }
      changed = true;
      const std::string word = generic_word(part.word, role);
      generic += letter_case(part.written) == LetterCase::lower
                     ? small_first(word)
                     : word;
    }
    return generic;
  }

  const Extraction& found_;
  GenericWords words_;
  std::unordered_map<std::string, std::string> generic_;
  std::map<std::string, std::map<WordRole, int64_t>> votes_;
  std::map<std::string, WordRole> single_;
};

}  // namespace

Anchors propose_generics(const Extraction& found,
                         const std::vector<std::string>& target,
                         const Anchors& corrected, uint64_t seed) {
  return Proposer(found, target, corrected, seed).propose();
}

}  // namespace lethe
