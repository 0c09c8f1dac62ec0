#include "harness/anchors/words.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <algorithm>
#include <memory>

#include "harness/anchors/english.h"
#include "harness/base/error.h"
#include "harness/text/characters.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

bool apostrophe(char32_t c) { return c == '\'' || c == 0x2019; }
bool hyphen(char32_t c) { return c == '-' || c == 0x2010 || c == 0x2011; }

bool quote_or_bracket(char32_t c) {
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_INITIAL_PUNCTUATION:
    case U_FINAL_PUNCTUATION:
    case U_START_PUNCTUATION:
      return true;
    default:
      return c == '"' || c == '\'';
  }
}

bool ends_sentence(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == ':' || c == 0x2026 ||
         c == 0x2014 || c == 0x2013 || c == 0x3002 || c == 0xFF01 ||
         c == 0xFF1F || c == 0x061F || c == 0x0964;
}

// Whether a word can be followed by a full stop that ends no sentence.
bool abbreviates(std::string_view word) {
  if (code_point_at(word.data()).size == word.size()) {
    return u_isupper(static_cast<UChar32>(code_point_at(word.data()).value));
  }
  return word_traits(folded(word)) & kTitle;
}

struct GapReading {
  WordGap gap;
  bool starts;
};

// Verse is indented; a line that was only wrapped is not.
GapReading read_gap(std::string_view between, std::string_view before) {
  if (before.empty()) return {WordGap::sentence, true};
  int lines = 0, indent = 0, dashes = 0;
  bool ends = false, blanks = true, stops = false;
  char32_t last = 0;
  for (const char* p = between.data(); p < between.data() + between.size();) {
    const CodePoint c = code_point_at(p);
    if (c.value == '\n') {
      ++lines;
      indent = 0;
    } else if (lines > 0 && (c.value == ' ' || c.value == '\t')) {
      ++indent;
    }
    const bool blank = u_isUWhiteSpace(static_cast<UChar32>(c.value));
    blanks = blanks && (blank || (c.value == '.' && p == between.data()));
    stops = stops || c.value == '.';
    dashes = c.value == '-' ? dashes + 1 : 0;
    ends = ends || ends_sentence(c.value) || dashes > 1;
    last = c.value;
    p += c.size;
  }
  const bool opens = quote_or_bracket(last) && between.size() > 1;
  if (between.empty()) return {WordGap::other, false};
  if (lines <= 1 && blanks && stops && abbreviates(before)) {
    return {WordGap::stop, false};
  }
  if (ends || opens || lines > 1) return {WordGap::sentence, true};
  const bool verse = lines == 1 && indent > 1;
  return {blanks ? WordGap::space : WordGap::other, verse};
}

// The bytes of an ending that belongs to no name: 's of a possessive, 'll of
// "Dinah'll".
size_t suffix_of(std::string_view word) {
  const size_t mark = std::max(word.rfind('\'') + 1, word.rfind("’") + 1);
  if (mark <= 1) return 0;
  const std::string ending = folded(word.substr(mark - 1));
  for (const char* known : {"'s", "'ll", "'d", "'ve", "'re", "'m"}) {
    if (ending == known) return word.size() - mark + 1;
  }
  return 0;
}

// Cuts what ICU takes for one word at everything that is no part of a word, and
// takes such an ending off.
void add_words(std::string_view text, size_t begin, size_t end,
               std::vector<TextWord>* words) {
  const char* const all = text.data();
  size_t start = end;
  const auto close = [&](size_t stop) {
    if (start >= stop) return;
    TextWord word = {static_cast<uint32_t>(start),
                     static_cast<uint32_t>(stop),
                     LetterCase::none,
                     WordGap::other,
                     false,
                     0};
    const std::string_view written = text.substr(start, stop - start);
    word.suffix = static_cast<uint8_t>(suffix_of(written));
    word.end -= word.suffix;
    word.letters = letter_case(text.substr(word.begin, word.end - word.begin));
    words->push_back(word);
    start = end;
  };
  for (size_t at = begin; at < end;) {
    const CodePoint c = code_point_at(all + at);
    const bool inside = start < at && apostrophe(c.value);
    if (is_word_character(c.value)) {
      if (start == end) start = at;
    } else if (!inside) {
      close(at);
    }
    at += c.size;
  }
  close(end);
}

// Words with one hyphen between them become one.
void join_hyphens(std::string_view text, std::vector<TextWord>* words) {
  size_t kept = 0;
  for (size_t i = 0; i < words->size(); ++i) {
    const TextWord word = (*words)[i];
    if (kept > 0) {
      TextWord& last = (*words)[kept - 1];
      const std::string_view between =
          text.substr(last.end, word.begin - last.end);
      if (last.suffix == 0 && !between.empty()) {
        const CodePoint c = code_point_at(between.data());
        if (hyphen(c.value) && c.size == between.size()) {
          last.end = word.end;
          last.suffix = word.suffix;
          last.letters =
              letter_case(text.substr(last.begin, last.end - last.begin));
          continue;
        }
      }
    }
    (*words)[kept++] = word;
  }
  words->resize(kept);
}

// A paragraph of few words, half of them with capital letters, without a full
// stop: its capitals are those of a title.
void mark_headings(std::string_view text, std::vector<TextWord>* words) {
  size_t first = 0;
  int paragraphs = 0;
  for (size_t i = 0; i <= words->size(); ++i) {
    const bool last = i == words->size();
    const size_t from = i == 0 ? 0 : (*words)[i - 1].end;
    const size_t to = last ? text.size() : (*words)[i].begin;
    const std::string_view between = text.substr(from, to - from);
    const size_t line = between.find('\n');
    const bool ends = last || (line != between.npos &&
                               between.find('\n', line + 1) != between.npos);
    if (!ends || i == 0) continue;
    ++paragraphs;
    int capitals = 0;
    for (size_t k = first; k < i; ++k) {
      const LetterCase letters = (*words)[k].letters;
      capitals += letters != LetterCase::lower;
    }
    const bool stops =
        between.substr(0, line).find_first_of(".!?,;:\"'") != between.npos ||
        between.substr(0, line).size() > 2;
    const size_t count = i - first;
    if ((!last || paragraphs > 1) && !stops && count <= 12 &&
        2 * capitals >= static_cast<int>(count)) {
      for (size_t k = first; k < i; ++k) (*words)[k].starts = true;
    }
    first = i;
  }
}

void cut_words(std::string_view text, std::vector<TextWord>* words) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
  UText input = UTEXT_INITIALIZER;
  utext_openUTF8(&input, text.data(), static_cast<int64_t>(text.size()),
                 &status);
  if (U_FAILURE(status)) {
    fail_runtime("words", std::string("ICU says ") + u_errorName(status),
                 "check that its data is installed");
  }
  breaks->setText(&input, status);
  int32_t begin = breaks->first();
  for (int32_t end = breaks->next(); end != icu::BreakIterator::DONE;
       begin = end, end = breaks->next()) {
    if (breaks->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;
    add_words(text, static_cast<size_t>(begin), static_cast<size_t>(end),
              words);
  }
  utext_close(&input);
}

}  // namespace

bool is_word_character(char32_t point) {
  const UChar32 c = static_cast<UChar32>(point);
  return u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

bool written_without_spaces(char32_t c) {
  return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
         (c >= 0x1780 && c <= 0x17FF) || (c >= 0x3040 && c <= 0x30FF) ||
         (unicode_traits()[c] & kHan) != 0;
}

LetterCase letter_case(std::string_view word) {
  int upper = 0, lower = 0;
  bool first_upper = false;
  for (size_t at = 0; at < word.size();) {
    const CodePoint c = code_point_at(word.data() + at);
    const UChar32 point = static_cast<UChar32>(c.value);
    if (u_isUUppercase(point) || u_istitle(point)) {
      first_upper = first_upper || upper + lower == 0;
      ++upper;
    } else if (u_isULowercase(point)) {
      ++lower;
    }
    at += c.size;
  }
  if (upper + lower == 0) return LetterCase::none;
  if (lower == 0 && upper > 1) return LetterCase::upper;
  return first_upper ? LetterCase::capital : LetterCase::lower;
}

std::string folded(std::string_view text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text.data() + at);
    if (apostrophe(c.value)) {
      result += '\'';
    } else if (hyphen(c.value)) {
      result += '-';
    } else {
      append_lower(c.value, &result);
    }
    at += c.size;
  }
  return result;
}

std::vector<TextWord> words_of(std::string_view text) {
  if (!valid_utf8(text)) {
    fail_input("text", "is not UTF-8", "convert it");
  }
  if (text.size() >= size_t{1} << 31) {
    fail_input("text", "has more than 2 GiB", "cut it into documents");
  }
  std::vector<TextWord> words;
  cut_words(text, &words);
  join_hyphens(text, &words);
  std::string_view before;
  size_t end = 0;
  for (TextWord& word : words) {
    const size_t from = before.empty() ? 0 : end + (&word)[-1].suffix;
    const GapReading read =
        read_gap(text.substr(from, word.begin - from), before);
    word.gap = read.gap;
    word.starts = read.starts;
    before = text.substr(word.begin, word.end - word.begin);
    end = word.end;
  }
  mark_headings(text, &words);
  return words;
}

}  // namespace lethe
