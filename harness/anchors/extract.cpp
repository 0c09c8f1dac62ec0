#include "harness/anchors/extract.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/anchors/context.h"
#include "harness/anchors/names.h"
#include "harness/anchors/phrases.h"

namespace lethe {
namespace {

void check_options(const ExtractOptions& options) {
  const auto least = [](const char* key, double value, double bound) {
    if (value < bound) {
      fail_usage(key, fmt::format("is {}", value),
                 fmt::format("give at least {}", bound));
    }
  };
  least("min_count", static_cast<double>(options.min_count), 1);
  least("max_anchors", static_cast<double>(options.max_anchors), 1);
  least("name_ratio", options.name_ratio, 0);
  least("name_g2", options.name_g2, 0);
  least("phrase_count", static_cast<double>(options.phrase_count), 2);
  least("phrase_ratio", options.phrase_ratio, 1);
  least("phrase_g2", options.phrase_g2, 0);
  least("phrase_per_million", options.phrase_per_million, 0.001);
  least("phrase_burst", options.phrase_burst, 0);
}

bool has_capital_evidence(const WordTable& table, const WordIds& ids) {
  for (const uint32_t id : ids) {
    if (table.target[id].middle > 0) return true;
  }
  return false;
}

// Whether all words stand on lists of what is no name, or are initials.
bool nothing_but_lists(const WordTable& table, const WordIds& ids) {
  for (const uint32_t id : ids) {
    const bool initial = table.word(id).size() == 1;
    if (!initial && !(table.traits(id) & (kNoAnchor | kTitle | kAddress |
                                          kFunctionWord | kConnector))) {
      return false;
    }
  }
  return true;
}

// As much as a person reads.
double rounded(double score) { return std::round(100 * score) / 100; }

class Extractor {
 public:
  Extractor(const std::vector<std::string>& target,
            const std::vector<std::string>& background,
            const ExtractOptions& options)
      : options_(options),
        target_(read_side(target, &table_, &table_.target)),
        background_(read_side(background, &table_, &table_.background)) {}

  Extraction extract() {
    if (target_.words == 0) {
      fail_input("the target", "has no words", "give a text");
    }
    Extraction result;
    result.target_words = target_.words;
    result.background_words = background_.words;
    if (background_.words == 0) {
      result.note =
          "no background: names only, and common ones (London, John) are not "
          "told from particular ones";
    } else if (background_.words < target_.words / 10) {
      result.note = fmt::format(
          "the background has {} words for the target's {}: too few to tell "
          "common names",
          background_.words, target_.words);
    } else if (options_.phrases &&
               background_.words < phrase_background(options_)) {
      result.note = fmt::format(
          "the background has {} words: anchors in small letters need {} "
          "(phrase_per_million={})",
          background_.words, phrase_background(options_),
          options_.phrase_per_million);
    }
    add_names(&result);
    add_phrases(&result);
    std::stable_sort(result.anchors.begin(), result.anchors.end(),
                     [](const FoundAnchor& a, const FoundAnchor& b) {
                       return a.anchor.score > b.anchor.score;
                     });
    if (result.anchors.size() > static_cast<size_t>(options_.max_anchors)) {
      result.anchors.resize(static_cast<size_t>(options_.max_anchors));
    }
    return result;
  }

 private:
  // What stands as a name by itself, before it is compared with the background:
  // words first, then longer names, which may rest on them.
  std::set<WordIds> plausible(const FoundNames& found) const {
    std::set<WordIds> taken;
    std::set<uint32_t> parts;
    for (const auto& [ids, use] : found.names) {
      if (ids.size() - use.titles < 2 || use.alone < options_.min_count) {
        continue;
      }
      parts.insert(ids.begin(), ids.end());
    }
    for (const auto& [ids, use] : found.names) {
      if (ids.size() != 1 || !proper_word(table_, ids[0])) continue;
      const bool evidence = use.middle > 0 || use.alone >= 3;
      if (evidence &&
          (use.alone >= options_.min_count || parts.count(ids[0]) > 0)) {
        taken.insert(ids);
      }
    }
    for (const auto& [ids, use] : found.names) {
      if (ids.size() < 2 || use.middle == 0 || nothing_but_lists(table_, ids) ||
          !has_capital_evidence(table_, ids)) {
        continue;
      }
      const bool known = std::any_of(ids.begin(), ids.end(), [&](uint32_t id) {
        return taken.count({id}) > 0;
      });
      // A title adds nothing to a longer name that was said once.
      if (use.alone >= options_.min_count || (known && use.titles == 0)) {
        taken.insert(ids);
      }
    }
    return taken;
  }

  void add_names(Extraction* result) {
    const FoundNames found = find_names(target_, table_);
    const std::set<WordIds> taken = plausible(found);
    std::map<WordIds, bool> wanted;
    for (const WordIds& ids : taken) wanted[ids] = true;
    const auto here = count_sequences(target_, wanted);
    const auto elsewhere = count_sequences(background_, wanted);
    const std::map<WordIds, NameContext> contexts =
        name_contexts(target_, table_, found);
    taken_words_.assign(table_.size(), false);
    for (const WordIds& ids : taken) {
      const int64_t a = here.at(ids), b = elsewhere.at(ids);
      const double g2 = log_likelihood(a, target_.words, b, background_.words);
      if (b > 0 && (g2 < options_.name_g2 ||
                    rate_ratio(a, target_.words, b, background_.words) <
                        options_.name_ratio)) {
        continue;
      }
      const NameUse& use = found.names.at(ids);
      FoundAnchor anchor;
      anchor.anchor.anchor = use.spelling();
      anchor.anchor.count = a;
      anchor.anchor.score = background_.words > 0 ? g2 : static_cast<double>(a);
      anchor.alone = use.alone;
      describe_name(table_, ids, use, contexts.at(ids), &anchor);
      anchor.anchor.any_case = any_case(ids);
      for (const uint32_t id : ids) {
        taken_words_[id] = true;
        result->lower_uses[table_.word(id)] =
            table_.target[id].lower + table_.background[id].lower;
      }
      result->anchors.push_back(std::move(anchor));
    }
  }

  // The text itself has the name in small letters, and nothing else has.
  bool any_case(const WordIds& ids) const {
    if (ids.size() != 1) return false;
    const WordUse& use = table_.target[ids[0]];
    return use.lower > 0 && table_.background[ids[0]].lower == 0 &&
           10 * use.lower < use.middle;
  }

  void add_phrases(Extraction* result) {
    if (!options_.phrases || background_.words == 0) return;
    for (const FoundPhrase& phrase :
         find_phrases(target_, background_, table_, taken_words_, options_)) {
      FoundAnchor anchor;
      anchor.anchor.anchor = phrase.spelling;
      anchor.anchor.count = anchor.alone = phrase.count;
      anchor.anchor.score = rounded(phrase.score);
      anchor.anchor.kind = phrase.ids.size() > 1 ? "phrase" : "thing";
      anchor.common = true;
      for (const uint32_t id : phrase.ids) {
        result->lower_uses[table_.word(id)] =
            table_.target[id].lower + table_.background[id].lower;
      }
      result->anchors.push_back(std::move(anchor));
    }
  }

  const ExtractOptions& options_;
  WordTable table_;
  ReadSide target_, background_;
  std::vector<bool> taken_words_;
};

}  // namespace

Extraction extract_anchors(const std::vector<std::string>& target,
                           const std::vector<std::string>& background,
                           const ExtractOptions& options) {
  check_options(options);
  return Extractor(target, background, options).extract();
}

}  // namespace lethe
