// Properties of characters as the peer's parts have them, beyond the classes
// of unicode.h: its parts use libraries of different Unicode versions, so every
// table here was asked of the part that it serves (make_normal_tables.py).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lethe {

// General categories, in the order of the tables.
constexpr std::string_view kCategoryNames[] = {
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl",
    "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc",
    "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cs", "Cn"};

// One index into kCategoryNames for each code point from 0 to 0x10FFFF. Built
// on the first call (about a millisecond), as are the tables below.
const uint8_t* unicode_categories();

// Bits of a trait byte.
constexpr uint8_t kHan = 1;         // \p{Han} of regular expressions
constexpr uint8_t kRegexWord = 2;   // \w of regular expressions
constexpr uint8_t kMark = 4;        // what StripAccents takes away
constexpr uint8_t kBertMark = 8;    // what BertNormalizer takes for accents
constexpr uint8_t kBertNoise = 16;  // what its clean_text takes away
constexpr uint8_t kPunctuation = 32;
constexpr uint8_t kExtender = 64;  // joins the grapheme of the one before
constexpr uint8_t kDigit = 128;    // what Digits cuts out: \p{N} and newer ones

// One trait byte for each code point.
const uint8_t* unicode_traits();

// Appends the lower case of a character, one code point or more.
void append_lower(char32_t value, std::string* text);

// The characters that differ from `value` in case only, itself left out.
std::u32string other_cases(char32_t value);

}  // namespace lethe
