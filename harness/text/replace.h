// Replacing one literal text by another, as normalizers and decoders do.
#pragma once

#include <string>
#include <string_view>

namespace lethe {

// `text` with every occurrence of `pattern` replaced, left to right and without
// overlap. REQUIRES: pattern is not empty.
inline std::string replaced(std::string text, std::string_view pattern,
                            std::string_view content) {
  size_t found = text.find(pattern);
  if (found == std::string::npos) return text;
  std::string result;
  size_t copied = 0;
  for (; found != std::string::npos; found = text.find(pattern, copied)) {
    result.append(text, copied, found - copied);
    result += content;
    copied = found + pattern.size();
  }
  result.append(text, copied, std::string::npos);
  return result;
}

}  // namespace lethe
