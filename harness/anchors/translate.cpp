#include "harness/anchors/translate.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "harness/anchors/words.h"
#include "harness/text/characters.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

char32_t small_letter(char32_t c) {
  return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

bool blank(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)); }

// Whether a word goes on from one character to the next.
bool same_word(char32_t a, char32_t b) {
  return is_word_character(a) && is_word_character(b) &&
         !written_without_spaces(a) && !written_without_spaces(b);
}

char32_t plain(char32_t c) {
  if (c == 0x2019) return '\'';
  if (c == 0x2010 || c == 0x2011) return '-';
  return small_letter(c);
}

// The end of white space at `at` with at most one line end, nothing if there is
// none or more.
std::optional<size_t> behind_blanks(std::string_view text, size_t at) {
  const size_t start = at;
  int lines = 0;
  while (at < text.size()) {
    const CodePoint c = code_point_at(text.data() + at);
    if (!blank(c.value)) break;
    lines += c.value == '\n';
    at += c.size;
  }
  if (at == start || lines > 1) return {};
  return at;
}

// Where `anchor` ends in `text` if it stands at `at`, case aside.
std::optional<size_t> end_of(std::string_view anchor, std::string_view text,
                             size_t at) {
  for (size_t k = 0; k < anchor.size();) {
    const CodePoint want = code_point_at(anchor.data() + k);
    k += want.size;
    if (want.value == ' ') {
      const std::optional<size_t> next = behind_blanks(text, at);
      if (!next) return {};
      at = *next;
      continue;
    }
    if (at == text.size()) {
      return {};
    }
    const CodePoint c = code_point_at(text.data() + at);
    if (plain(c.value) != plain(want.value)) {
      // "St Simon" is "St. Simon".
      if (want.value == '.' && blank(c.value)) continue;
      return {};
    }
    at += c.size;
  }
  return at;
}

// The same letters, white space and marks aside.
bool same_letters(std::string_view a, std::string_view b) {
  const auto letters = [](std::string_view text) {
    std::string kept;
    for (size_t at = 0; at < text.size();) {
      const CodePoint c = code_point_at(text.data() + at);
      if (is_word_character(c.value)) kept.append(text, at, c.size);
      at += c.size;
    }
    return kept;
  };
  return letters(a) == letters(b);
}

std::string capitals(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    result +=
        utf8(static_cast<char32_t>(u_toupper(static_cast<UChar32>(c.value))));
    at += c.size;
  }
  return result;
}

std::string with_capital(const std::string& text) {
  if (text.empty()) return text;
  const CodePoint c = code_point_at(text.data());
  return utf8(static_cast<char32_t>(u_totitle(static_cast<UChar32>(c.value)))) +
         text.substr(c.size);
}

std::string small_letters(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    append_lower(c.value, &result);
    at += c.size;
  }
  return result;
}

// The generic form in the case of `found`, nothing where the anchor does not
// stand for that case.
std::optional<std::string> in_case_of(std::string_view found,
                                      const std::string& anchor,
                                      const std::string& generic,
                                      bool any_case) {
  if (same_letters(found, anchor)) return generic;
  const LetterCase written = letter_case(found);
  const LetterCase own = letter_case(anchor);
  if (written == LetterCase::upper) return capitals(generic);
  if (own == LetterCase::lower && same_letters(found, with_capital(anchor))) {
    return with_capital(generic);
  }
  if (!any_case) return {};
  if (written == LetterCase::lower) return small_letters(generic);
  return own == LetterCase::lower ? with_capital(generic) : generic;
}

// The words that a generic form changes, in small letters.
std::vector<std::string> changed_words(const std::string& anchor,
                                       const std::string& generic) {
  const auto words = [](const std::string& text) {
    std::vector<std::string> all;
    for (const TextWord& word : words_of(text)) {
      all.push_back(folded(
          std::string_view(text).substr(word.begin, word.end - word.begin)));
    }
    return all;
  };
  const std::vector<std::string> kept = words(generic);
  std::vector<std::string> changed;
  for (std::string& word : words(anchor)) {
    if (std::find(kept.begin(), kept.end(), word) == kept.end()) {
      changed.push_back(std::move(word));
    }
  }
  // A generic form in other order only: all of it.
  return changed.empty() ? words(anchor) : changed;
}

struct Article {
  size_t begin, end;
  std::string written;
};

// "a" or "an" right before `at`, with white space between.
std::optional<Article> article_before(std::string_view text, size_t from,
                                      size_t at) {
  size_t end = at;
  while (end > from && blank(code_point_before(text.data() + end).value)) {
    end -= code_point_before(text.data() + end).size;
  }
  if (end == at) return {};
  size_t begin = end;
  while (begin > from && end - begin < 3 && u_isalpha(text[begin - 1])) --begin;
  const std::string written(text.substr(begin, end - begin));
  if (written != "a" && written != "an" && written != "A" && written != "An" &&
      written != "AN") {
    return {};
  }
  if (begin > 0) {
    const char32_t before = code_point_before(text.data() + begin).value;
    if (is_word_character(before) || before == '\'' || before == 0x2019 ||
        before == '-') {
      return {};
    }
  }
  return Article{begin, end, written};
}

// By the letter, with the vowels that are none and the other way round.
bool takes_an(const std::string& generic) {
  const std::string word = folded(generic);
  for (const char* start : {"uni", "use", "eu", "one", "ewe", "uto"}) {
    if (word.starts_with(start)) return false;
  }
  for (const char* start : {"hour", "honest", "honour", "honor", "heir"}) {
    if (word.starts_with(start)) return true;
  }
  return !word.empty() &&
         std::string_view("aeiou").find(word[0]) != std::string_view::npos;
}

std::string article_for(const std::string& written,
                        const std::string& generic) {
  const bool an = takes_an(generic);
  if (written == "a" || written == "an") return an ? "an" : "a";
  if (written == "AN") return an ? "AN" : "A";
  return an ? "An" : "A";
}

// The bytes of an apostrophe at `at` that makes a possessive of a word with an
// s
// ("Holmes' hat"): a small letter follows the space. Else 0.
size_t bare_possessive(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size() || plain(text[at - 1]) != 's') return 0;
  const CodePoint mark = code_point_at(text.data() + at);
  if (plain(mark.value) != '\'') return 0;
  const std::optional<size_t> next = behind_blanks(text, at + mark.size);
  if (!next || *next == text.size()) return 0;
  const char32_t letter = code_point_at(text.data() + *next).value;
  return u_isULowercase(static_cast<UChar32>(letter)) ? mark.size : 0;
}

}  // namespace

AnchorTranslator::AnchorTranslator(const Anchors& anchors) {
  for (size_t i = 0; i < anchors.size(); ++i) {
    const Anchor& anchor = anchors[i];
    if (!anchor.use || anchor.anchor.empty()) continue;
    by_first_[plain(code_point_at(anchor.anchor.data()).value)].push_back(
        entries_.size());
    entries_.push_back({static_cast<int64_t>(i), anchor.anchor, anchor.generic,
                        anchor.any_case,
                        changed_words(anchor.anchor, anchor.generic)});
  }
  for (auto& [first, places] : by_first_) {
    std::stable_sort(places.begin(), places.end(), [&](size_t a, size_t b) {
      return entries_[a].anchor.size() > entries_[b].anchor.size();
    });
  }
}

AnchorTranslator::Match AnchorTranslator::longest_at(std::string_view text,
                                                     size_t at) const {
  const char32_t first = code_point_at(text.data() + at).value;
  const auto found = by_first_.find(plain(first));
  if (found == by_first_.end()) return {};
  if (at > 0 && same_word(code_point_before(text.data() + at).value, first)) {
    return {};
  }
  Match inexact;
  for (const size_t place : found->second) {
    const Entry& entry = entries_[place];
    const std::optional<size_t> end = end_of(entry.anchor, text, at);
    if (!end) continue;
    if (*end < text.size() &&
        same_word(code_point_before(text.data() + *end).value,
                  code_point_at(text.data() + *end).value)) {
      continue;
    }
    const std::string_view written = text.substr(at, *end - at);
    if (!in_case_of(written, entry.anchor, entry.generic, entry.any_case)) {
      continue;
    }
    // Of two that differ in case ("Cat", "cat") the one that is written.
    if (inexact.entry != nullptr && *end < inexact.end) break;
    if (same_letters(written, entry.anchor)) return {&entry, *end};
    if (inexact.entry == nullptr) inexact = {&entry, *end};
  }
  return inexact;
}

Translation AnchorTranslator::translate(std::string_view text) const {
  if (!valid_utf8(text)) fail_input("text", "is not UTF-8", "convert it");
  Translation result;
  std::unordered_set<std::string> seen;
  size_t copied = 0;
  for (size_t at = 0; at < text.size();) {
    const Match match = longest_at(text, at);
    if (match.entry == nullptr) {
      at += code_point_at(text.data() + at).size;
      continue;
    }
    const Entry& entry = *match.entry;
    std::string generic =
        *in_case_of(text.substr(at, match.end - at), entry.anchor,
                    entry.generic, entry.any_case);
    size_t end = match.end;
    const size_t apostrophe = bare_possessive(text, end);
    if (apostrophe > 0 && plain(generic.back()) != 's') {
      generic.append(text, end, apostrophe);
      generic += 's';
      end += apostrophe;
    }
    const std::optional<Article> article = article_before(text, copied, at);
    if (article && article_for(article->written, generic) != article->written) {
      result.text.append(text, copied, article->begin - copied);
      const size_t begin = result.text.size();
      result.text += article_for(article->written, generic);
      result.segments.push_back(
          {article->begin, article->end, begin, result.text.size(), -1, false});
      copied = article->end;
    }
    result.text.append(text, copied, at - copied);
    bool repeated = false;
    for (const std::string& part : entry.parts) {
      repeated = repeated || seen.count(part) > 0;
    }
    seen.insert(entry.parts.begin(), entry.parts.end());
    const size_t begin = result.text.size();
    result.text += generic;
    result.segments.push_back(
        {at, end, begin, result.text.size(), entry.index, repeated});
    copied = at = end;
  }
  result.text.append(text, copied, text.size() - copied);
  return result;
}

}  // namespace lethe
