#include "harness/text/characters.h"

#include <unordered_map>
#include <vector>

#include "harness/text/utf8.h"

namespace lethe {
namespace {

// The tables are shared with normal_form.cpp; each file uses its own.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-variable"
#include "harness/text/normal_tables.inc"
#pragma GCC diagnostic pop

constexpr size_t kCodePoints = 0x110000;

std::vector<uint8_t> categories() {
  std::vector<uint8_t> table;
  table.reserve(kCodePoints);
  for (size_t i = 0; i < std::size(kCategoryRuns); i += 2) {
    table.resize(table.size() + kCategoryRuns[i + 1],
                 static_cast<uint8_t>(kCategoryRuns[i]));
  }
  return table;
}

template <size_t N>
void mark(const uint32_t (&runs)[N], uint8_t bit, std::vector<uint8_t>* table) {
  size_t c = 0;
  for (size_t i = 0; i < N; i += 2) {
    c += runs[i];
    for (const size_t end = c + runs[i + 1]; c < end; ++c) (*table)[c] |= bit;
  }
}

std::vector<uint8_t> traits() {
  std::vector<uint8_t> table(kCodePoints);
  mark(kHanRuns, kHan, &table);
  mark(kRegexWordRuns, kRegexWord, &table);
  mark(kMarkRuns, kMark, &table);
  mark(kBertMarkRuns, kBertMark, &table);
  mark(kBertNoiseRuns, kBertNoise, &table);
  mark(kPunctuationRuns, kPunctuation, &table);
  mark(kGraphemeExtendRuns, kExtender, &table);
  mark(kDigitRuns, kDigit, &table);
  return table;
}

struct Cases {
  std::unordered_map<char32_t, std::u32string> lower;
  std::unordered_map<char32_t, std::u32string> upper;  // of single ones

  Cases() {
    for (size_t i = 0; i < std::size(kLower); i += 2 + kLower[i + 1]) {
      std::u32string text;
      for (size_t k = 0; k < kLower[i + 1]; ++k) text += kLower[i + 2 + k];
      if (text.size() == 1) upper[text[0]] += kLower[i];
      lower[kLower[i]] = std::move(text);
    }
    upper[U's'] += U'\u017F';  // the long s has a case, but no lower one
  }
};

const Cases& cases() {
  static const Cases cases;
  return cases;
}

}  // namespace

const uint8_t* unicode_categories() {
  static const std::vector<uint8_t> table = categories();
  return table.data();
}

const uint8_t* unicode_traits() {
  static const std::vector<uint8_t> table = traits();
  return table.data();
}

void append_lower(char32_t value, std::string* text) {
  if (value < 0x80) {
    const auto c = static_cast<char>(value);
    text->push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
    return;
  }
  const auto found = cases().lower.find(value);
  if (found == cases().lower.end()) {
    *text += utf8(value);
  } else {
    for (const char32_t c : found->second) *text += utf8(c);
  }
}

std::u32string other_cases(char32_t value) {
  if (value == U'\u017F') return U"sS";
  char32_t low = value;
  const auto lower = cases().lower.find(value);
  if (lower != cases().lower.end() && lower->second.size() == 1) {
    low = lower->second[0];
  }
  std::u32string all(1, low);
  const auto upper = cases().upper.find(low);
  if (upper != cases().upper.end()) all += upper->second;
  std::u32string others;
  for (const char32_t c : all) {
    if (c != value) others += c;
  }
  return others;
}

}  // namespace lethe
