// GPT-2's byte alphabet: each byte written as one printable character, so that
// any text is a string of 256 characters.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace lethe {

// Printable Latin-1 bytes are themselves, the others U+0100 and up in order:
// a space is U+0120, a newline U+010A.
class ByteAlphabet {
 public:
  ByteAlphabet();

  // The character of a byte, in UTF-8.
  const std::string& character(uint8_t byte) const { return utf8_[byte]; }

  // Every byte written as its character.
  std::string encode(std::string_view bytes) const;

  // The bytes of a text made of these characters only, else nothing.
  std::optional<std::string> decode(std::string_view text) const;

 private:
  std::array<std::string, 256> utf8_;
  std::array<int, 0x144> bytes_;  // by code point, -1 if it stands for none
};

const ByteAlphabet& byte_alphabet();

}  // namespace lethe
