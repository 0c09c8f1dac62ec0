// Text as Python's str treats it; UTF-8 in and out.
#pragma once

#include <string>
#include <vector>

namespace lethe::python {

// str.lower(): for no language, a sigma at a word's end included. What isn't
// UTF-8 becomes U+FFFD.
std::string lower(const std::string& text);

// str.strip() and str.rstrip(): no white space at both ends, or at the end.
// What isn't UTF-8 becomes U+FFFD.
std::string strip(const std::string& text);
std::string rstrip(const std::string& text);

// str.split(): what stands between white space, never empty.
std::vector<std::string> split(const std::string& text);

// " ".join(re.findall(r"\w+", text)): the words with a blank between them.
std::string words(const std::string& text);

// str.isspace() of one character, also \s of `re`.
constexpr bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 ||
         c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Whether the character is one of string.punctuation.
bool is_punctuation(char c);

// Whether \w of `re` matches the code point: letters, numbers of any kind, "_".
bool is_word(char32_t point);

}  // namespace lethe::python
