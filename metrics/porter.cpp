// Porter 1980, "An algorithm for suffix stripping", with the departures of
// NLTK's default mode (checked against NLTK 3.10.4 in testdata/porter.json).
//
// Terms of the paper: every letter is a vowel or a consonant (y is a vowel
// after a consonant); the measure m of a stem is the number of changes from
// vowel to consonant in it.
#include "metrics/porter.h"

#include <cstddef>
#include <span>
#include <unordered_map>

namespace lethe {
namespace {

// What the conditions of the rules ask of a stem.
struct Shape {
  int measure = 0;
  bool has_vowel = false;
  bool ends_in_consonant = false;
  bool is_short = false;  // the paper's *o, where a final e stays or returns
};

bool is_one_of(char c, std::string_view letters) {
  return letters.find(c) != std::string_view::npos;
}

bool is_vowel_letter(char c) {
  return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

// One pass; `kinds` remembers the last letters as bits, vowels set.
Shape shape(std::string_view stem) {
  Shape seen;
  unsigned kinds = 0;
  for (size_t i = 0; i < stem.size(); ++i) {
    const bool after_vowel = kinds & 1;
    const bool vowel =
        is_vowel_letter(stem[i]) || (stem[i] == 'y' && i > 0 && !after_vowel);
    seen.measure += after_vowel && !vowel;
    seen.has_vowel |= vowel;
    kinds = kinds << 1 | (vowel ? 1 : 0);
  }
  seen.ends_in_consonant = !stem.empty() && (kinds & 1) == 0;
  // Departure: a vowel and a consonant alone are short too.
  seen.is_short = stem.size() == 2 ? (kinds & 3) == 0b10
                                   : stem.size() > 2 && (kinds & 7) == 0b010 &&
                                         !is_one_of(stem.back(), "wxy");
  return seen;
}

struct Rule {
  std::string_view suffix;
  std::string_view replacement;
  size_t kept = 0;  // letters of the suffix that the measure counts as stem
};

// Of the rules whose suffix fits, the first decides (longer suffixes stand
// before those that end them): it applies if the stem's measure is at least
// `least`. No step leaves a word without letters.
void rewrite(std::string& word, std::span<const Rule> rules, int least) {
  const std::string_view whole = word;
  for (const Rule& rule : rules) {
    // The last letter excludes most rules without a call of memcmp.
    if (whole.back() != rule.suffix.back()) continue;
    if (!whole.ends_with(rule.suffix)) continue;
    const size_t stem = word.size() - rule.suffix.size();
    if (shape(whole.substr(0, stem + rule.kept)).measure >= least) {
      word.replace(stem, rule.suffix.size(), rule.replacement);
    }
    return;
  }
}

void drop(std::string& word, size_t letters) {
  word.resize(word.size() - letters);
}

// Plurals. Departure: "ties" gives "tie", not "ti".
void step_1a(std::string& word) {
  static constexpr Rule kRules[] = {
      {"sses", "ss"}, {"ies", "i"}, {"ss", "ss"}, {"s", ""}};
  if (word.size() == 4 && word.ends_with("ies")) return drop(word, 1);
  rewrite(word, kRules, 0);
}

// Makes a verb's stem look like the word it came from: "hopp" from "hopping"
// is "hop", "hop" from "hoping" is "hope".
void repair_verb(std::string& word) {
  if (word.ends_with("at") || word.ends_with("bl") || word.ends_with("iz")) {
    word += 'e';
    return;
  }
  const Shape whole = shape(word);
  const bool doubled = word.size() > 1 && whole.ends_in_consonant &&
                       word[word.size() - 2] == word.back();
  if (doubled) {
    if (!is_one_of(word.back(), "lsz")) drop(word, 1);
  } else if (whole.measure == 1 && whole.is_short) {
    word += 'e';
  }
}

// Past tense and participles.
void step_1b(std::string& word) {
  // Departure: "died" gives "die", "cried" gives "cri".
  if (word.ends_with("ied")) return drop(word, word.size() == 4 ? 1 : 2);
  const std::string_view whole = word;
  if (whole.ends_with("eed")) {
    if (shape(whole.substr(0, whole.size() - 3)).measure > 0) drop(word, 1);
    return;
  }
  for (const std::string_view suffix : {"ed", "ing"}) {
    const size_t stem = whole.size() - suffix.size();
    if (whole.ends_with(suffix) && shape(whole.substr(0, stem)).has_vowel) {
      word.resize(stem);
      return repair_verb(word);
    }
  }
}

// A final y. Departure: it turns to i after a consonant that is not the first
// letter ("happi", "say", "by"); in the paper, after any stem with a vowel.
void step_1c(std::string& word) {
  if (word.size() < 3 || word.back() != 'y') return;
  const std::string_view stem(word.data(), word.size() - 1);
  if (shape(stem).ends_in_consonant) word.back() = 'i';
}

// Double suffixes to single ones. Departures: -bli for -abli, -fulli, -logi,
// and -alli leaves a word that the other rules then see.
void step_2(std::string& word) {
  static constexpr Rule kRules[] = {
      {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},
      {"anci", "ance"},   {"izer", "ize"},    {"bli", "ble"},
      {"entli", "ent"},   {"eli", "e"},       {"ousli", "ous"},
      {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},
      {"alism", "al"},    {"iveness", "ive"}, {"fulness", "ful"},
      {"ousness", "ous"}, {"aliti", "al"},    {"iviti", "ive"},
      {"biliti", "ble"},  {"fulli", "ful"},   {"logi", "log", 1}};
  const std::string_view whole = word;
  if (whole.ends_with("alli") &&
      shape(whole.substr(0, whole.size() - 4)).measure > 0) {
    drop(word, 2);
  }
  rewrite(word, kRules, 1);
}

void step_3(std::string& word) {
  static constexpr Rule kRules[] = {
      {"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
      {"ical", "ic"},  {"ful", ""},   {"ness", ""}};
  rewrite(word, kRules, 1);
}

// Single suffixes go if enough of the word is left. -ion goes after s or t.
void step_4(std::string& word) {
  static constexpr Rule kRules[] = {
      {"al", ""},       {"ance", ""}, {"ence", ""}, {"er", ""},
      {"ic", ""},       {"able", ""}, {"ible", ""}, {"ant", ""},
      {"ement", ""},    {"ment", ""}, {"ent", ""},  {"sion", "s", 1},
      {"tion", "t", 1}, {"ou", ""},   {"ism", ""},  {"ate", ""},
      {"iti", ""},      {"ous", ""},  {"ive", ""},  {"ize", ""}};
  rewrite(word, kRules, 2);
}

// A final e, and one of two final l.
void step_5(std::string& word) {
  if (word.ends_with('e')) {
    const Shape stem = shape(std::string_view(word.data(), word.size() - 1));
    if (stem.measure > 1 || (stem.measure == 1 && !stem.is_short)) {
      drop(word, 1);
    }
  }
  static constexpr Rule kDouble[] = {{"ll", "l", 1}};
  rewrite(word, kDouble, 2);
}

// Departure: words that the rules would confuse with others.
const std::unordered_map<std::string_view, std::string_view>& irregular() {
  static const std::unordered_map<std::string_view, std::string_view> stems = {
      {"sky", "sky"},        {"skies", "sky"},       {"dying", "die"},
      {"lying", "lie"},      {"tying", "tie"},       {"news", "news"},
      {"inning", "inning"},  {"innings", "inning"},  {"outing", "outing"},
      {"outings", "outing"}, {"canning", "canning"}, {"cannings", "canning"},
      {"howe", "howe"},      {"proceed", "proceed"}, {"exceed", "exceed"},
      {"succeed", "succeed"}};
  return stems;
}

}  // namespace

std::string porter_stem(std::string_view word) {
  const auto known = irregular().find(word);
  if (known != irregular().end()) return std::string(known->second);
  std::string stem(word);
  if (stem.size() <= 2) return stem;
  for (const auto step :
       {step_1a, step_1b, step_1c, step_2, step_3, step_4, step_5}) {
    step(stem);
  }
  return stem;
}

}  // namespace lethe
