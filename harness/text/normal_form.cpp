#include "harness/text/normal_form.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness/text/flat_map.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-variable"
#include "harness/text/normal_tables.inc"
#pragma GCC diagnostic pop

// Hangul syllables are made by rule (the Unicode Standard, section 3.12).
constexpr char32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161;
constexpr char32_t kTails = 0x11A7;
constexpr char32_t kVowelCount = 21, kTailCount = 28, kLeadCount = 19;
constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTailCount;

class Tables {
 public:
  Tables() {
    index(kCanonical, &canonical_);
    index(kCompatible, &compatible_);
    for (size_t i = 0; i < std::size(kCombining); i += 2) {
      classes_.set(kCombining[i], {kCombining[i + 1], 0});
    }
    for (size_t i = 0; i < std::size(kCompositions); i += 3) {
      pairs_.set(FlatMap::key(kCompositions[i], kCompositions[i + 1]),
                 {kCompositions[i + 2], 0});
    }
  }

  void decompose(char32_t c, bool compatible, std::u32string* out) const {
    if (c - kSyllables < kSyllableCount) {
      const char32_t i = c - kSyllables;
      *out += kLeads + i / (kVowelCount * kTailCount);
      *out += kVowels + i / kTailCount % kVowelCount;
      if (i % kTailCount > 0) *out += kTails + i % kTailCount;
      return;
    }
    const uint32_t* row = kCompatible;
    const auto* found = compatible ? compatible_.find(c) : nullptr;
    if (!found) {
      row = kCanonical;
      found = canonical_.find(c);
    }
    if (!found) return out->push_back(c);
    for (uint32_t k = 0; k < found->second; ++k) *out += row[found->first + k];
  }

  uint32_t combining_class(char32_t c) const {
    const auto* found = c < 0x300 ? nullptr : classes_.find(c);
    return found ? found->first : 0;
  }

  // The character that the two make, 0 if none.
  char32_t compose(char32_t a, char32_t b) const {
    if (a - kLeads < kLeadCount && b - kVowels < kVowelCount) {
      return kSyllables +
             ((a - kLeads) * kVowelCount + b - kVowels) * kTailCount;
    }
    if (a - kSyllables < kSyllableCount && (a - kSyllables) % kTailCount == 0 &&
        b > kTails && b - kTails < kTailCount) {
      return a + b - kTails;
    }
    const auto* found = pairs_.find(FlatMap::key(a, b));
    return found ? found->first : 0;
  }

 private:
  template <size_t N>
  static void index(const uint32_t (&rows)[N], FlatMap* map) {
    for (size_t i = 0; i < N; i += 2 + rows[i + 1]) {
      map->set(rows[i], {static_cast<uint32_t>(i + 2), rows[i + 1]});
    }
  }

  FlatMap canonical_, compatible_;  // code point -> where in the rows, count
  FlatMap classes_;
  FlatMap pairs_;
};

// Puts the marks after each other character in the order of their classes.
void order_marks(const Tables& tables, std::u32string* text) {
  for (size_t i = 0; i < text->size();) {
    if (tables.combining_class((*text)[i]) == 0) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text->size() && tables.combining_class((*text)[end]) != 0) {
      ++end;
    }
    std::stable_sort(text->begin() + static_cast<std::ptrdiff_t>(i),
                     text->begin() + static_cast<std::ptrdiff_t>(end),
                     [&](char32_t a, char32_t b) {
                       return tables.combining_class(a) <
                              tables.combining_class(b);
                     });
    i = end;
  }
}

// Composes in place what a starter and a later character make, unless a
// character of the same or a higher class, or a starter, stands between.
void compose(const Tables& tables, std::u32string* text) {
  size_t size = 0;            // of what is written
  size_t starter = SIZE_MAX;  // where the last starter was written
  uint32_t last = 0;          // the class of what was last written
  for (const char32_t c : *text) {
    const uint32_t own = tables.combining_class(c);
    const bool adjacent = starter != SIZE_MAX && starter + 1 == size;
    if (starter != SIZE_MAX && (adjacent || last < own)) {
      const char32_t made = tables.compose((*text)[starter], c);
      if (made != 0) {
        (*text)[starter] = made;
        continue;
      }
    }
    if (own == 0) starter = size;
    last = own;
    (*text)[size++] = c;
  }
  text->resize(size);
}

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

}  // namespace

std::string normal_form(std::string_view text, NormalForm form) {
  if (ascii(text)) return std::string(text);
  static const Tables tables;
  std::u32string points;
  points.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    if (c.value < 0x80) {
      points += c.value;
    } else {
      tables.decompose(c.value, form.compatible, &points);
    }
    i += c.size;
  }
  order_marks(tables, &points);
  if (form.composed) compose(tables, &points);
  std::string normal;
  normal.reserve(text.size());
  for (const char32_t c : points) {
    if (c < 0x80) {
      normal += static_cast<char>(c);
    } else {
      normal += utf8(c);
    }
  }
  return normal;
}

}  // namespace lethe
