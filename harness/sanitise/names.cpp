#include "harness/sanitise/names.h"

#include <algorithm>
#include <set>

#include "harness/anchors/english.h"
#include "harness/anchors/names.h"

namespace lethe {
namespace {

// Three times at the start of sentences and never in small letters.
constexpr int64_t kStartsOnly = 3;

class Finder {
 public:
  explicit Finder(const std::vector<std::string>& texts)
      : side_(read_side(texts, &table_, &table_.target)),
        names_(find_names(side_, table_)) {}

  FoundPersonalNames find() {
    take_words();
    FoundPersonalNames found;
    found.words = side_.words;
    std::vector<std::vector<bool>> taken(side_.documents.size());
    for (size_t d = 0; d < taken.size(); ++d) {
      taken[d].assign(side_.documents[d].words.size(), false);
    }
    for (const NamePlace& place : names_.places) {
      if (!is_name(place)) continue;
      std::fill(taken[place.document].begin() + place.core,
                taken[place.document].begin() + place.last, true);
    }
    for (size_t d = 0; d < taken.size(); ++d) {
      take_alone(side_.documents[d], &taken[d]);
      found.name_words += std::count(taken[d].begin(), taken[d].end(), true);
      found.spans.push_back(spans_of(side_.documents[d], taken[d]));
    }
    return found;
  }

 private:
  // Words that are names by themselves.
  void take_words() {
    words_.assign(table_.size(), false);
    for (const auto& [ids, use] : names_.names) {
      if (ids.size() != 1 || !proper_word(table_, ids[0])) continue;
      const bool evidence = use.middle > 0 || use.alone >= kStartsOnly ||
                            table_.target[ids[0]].middle > 0;
      if (evidence) words_[ids[0]] = true;
    }
    for (const auto& [ids, use] : names_.names) {
      if (ids.size() > 1 && use.middle > 0) longer_.insert(ids);
    }
  }

  bool on_lists_only(const WordIds& ids) const {
    const uint32_t lists =
        kNoAnchor | kTitle | kAddress | kFunctionWord | kConnector;
    return std::all_of(ids.begin(), ids.end(), [&](uint32_t id) {
      return table_.word(id).size() == 1 || (table_.traits(id) & lists) != 0;
    });
  }

  bool is_name(const NamePlace& place) const {
    const std::vector<uint32_t>& all = side_.documents[place.document].ids;
    const WordIds ids(all.begin() + place.core, all.begin() + place.last);
    if (ids.size() == 1) return words_[ids[0]];
    if (on_lists_only(ids)) return false;
    return longer_.count(ids) > 0 ||
           std::any_of(ids.begin(), ids.end(),
                       [&](uint32_t id) { return words_[id]; });
  }

  // Names by themselves that stand where a capital says nothing, or in
  // capitals.
  void take_alone(const ReadDocument& document,
                  std::vector<bool>* taken) const {
    for (size_t i = 0; i < document.words.size(); ++i) {
      const LetterCase letters = document.words[i].letters;
      if (words_[document.ids[i]] && letters != LetterCase::lower) {
        (*taken)[i] = true;
      }
    }
  }

  // Words next to each other with nothing but one blank, a full stop and a
  // blank, or a line end between are one name.
  std::vector<PersonalSpan> spans_of(const ReadDocument& document,
                                     const std::vector<bool>& taken) const {
    std::vector<PersonalSpan> spans;
    for (size_t i = 0; i < taken.size(); ++i) {
      if (!taken[i]) continue;
      const TextWord& word = document.words[i];
      const bool joins =
          i > 0 && taken[i - 1] && !word.starts &&
          document.words[i - 1].suffix == 0 &&
          (word.gap == WordGap::space || word.gap == WordGap::stop);
      if (joins) {
        spans.back().end = word.end;
      } else {
        spans.push_back({word.begin, word.end, PersonalKind::name});
      }
    }
    return spans;
  }

  WordTable table_;
  const ReadSide side_;
  const FoundNames names_;
  std::vector<bool> words_;  // by id
  std::set<WordIds> longer_;
};

}  // namespace

FoundPersonalNames find_personal_names(const std::vector<std::string>& texts) {
  return Finder(texts).find();
}

}  // namespace lethe
