// What kind of character a code point is, exactly as the `tokenizers` library
// has it (Unicode 16).
#pragma once

#include <cstdint>

namespace lethe {

// Bits of a class byte. A code point has at most one of the first three.
constexpr uint8_t kLetter = 1;  // \p{L}
constexpr uint8_t kNumber = 2;  // \p{N}
constexpr uint8_t kSpace = 4;   // \s
constexpr uint8_t kWord = 8;    // \w, as single_word added tokens use it

// One class byte for each code point from 0 to 0x10FFFF. The table is built on
// the first call (about a millisecond); keep the pointer in loops.
const uint8_t* unicode_classes();

}  // namespace lethe
