#include "results/text_wrap.h"

#include <algorithm>
#include <cstdint>

namespace lethe {
namespace {

// The code point at `i`, and the bytes that it takes.
uint32_t code_point(const std::string& s, size_t i, size_t& bytes) {
  const auto byte = [&](size_t k) {
    return k < s.size() ? static_cast<uint8_t>(s[k]) : uint32_t{0};
  };
  const uint32_t lead = byte(i);
  bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes == 1) return lead;
  uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (size_t k = 1; k < bytes; ++k) code = code << 6 | (byte(i + k) & 0x3F);
  return code;
}

bool within(uint32_t code, uint32_t low, uint32_t high) {
  return low <= code && code <= high;
}

// Unicode's East Asian wide blocks and emoji, and the marks that take none.
size_t code_width(uint32_t c) {
  if (within(c, 0x300, 0x36F) || within(c, 0x200B, 0x200F) ||
      within(c, 0x20D0, 0x20FF) || within(c, 0xFE00, 0xFE0F)) {
    return 0;
  }
  const bool wide = within(c, 0x1100, 0x115F) || within(c, 0x2E80, 0xA4CF) ||
                    within(c, 0xAC00, 0xD7A3) || within(c, 0xF900, 0xFAFF) ||
                    within(c, 0xFE30, 0xFE6F) || within(c, 0xFF00, 0xFF60) ||
                    within(c, 0xFFE0, 0xFFE6) || within(c, 0x1F300, 0x1F64F) ||
                    within(c, 0x1F900, 0x1F9FF) || within(c, 0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

// Bytes of the longest start of `word` that fits `width`, cut behind a
// separator where there is one; at least one character.
size_t cut_point(const std::string& word, size_t width) {
  static const std::string kSeparators = ",:=/+_-.";
  size_t used = 0, fits = 0, after_separator = 0;
  for (size_t i = 0, bytes = 0; i < word.size(); i += bytes) {
    used += code_width(code_point(word, i, bytes));
    if (used > width && fits > 0) break;
    fits = std::min(i + bytes, word.size());
    if (kSeparators.find(word[fits - 1]) != std::string::npos) {
      after_separator = fits;
    }
  }
  return after_separator > 0 ? after_separator : fits;
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

}  // namespace

size_t display_width(const std::string& text) {
  size_t width = 0;
  for (size_t i = 0, bytes = 0; i < text.size(); i += bytes) {
    width += code_width(code_point(text, i, bytes));
  }
  return width;
}

size_t widest_word(const std::string& text) {
  size_t width = 0;
  for (const auto& word : words(text)) {
    width = std::max(width, display_width(word));
  }
  return width;
}

std::string pad_right(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, display_width(text)), ' ');
}

std::string pad_left(const std::string& text, size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + text;
}

std::string clipped(const std::string& text, size_t width) {
  if (display_width(text) <= width) return text;
  const std::string dots(std::min<size_t>(width, 3), '.');
  size_t used = 0, end = 0;
  for (size_t i = 0, bytes = 0; i < text.size(); i += bytes) {
    used += code_width(code_point(text, i, bytes));
    if (used + dots.size() > width) break;
    end = i + bytes;
  }
  return text.substr(0, end) + dots;
}

std::vector<std::string> wrap_text(const std::string& text, size_t width) {
  std::vector<std::string> lines = {""};
  for (std::string& word : words(text)) {
    const size_t used = display_width(lines.back());
    if (used > 0 && used + 1 + display_width(word) <= width) {
      lines.back() += " " + word;
      continue;
    }
    if (used > 0) lines.emplace_back();
    while (display_width(word) > width) {
      const size_t cut = cut_point(word, width);
      if (cut == word.size()) break;  // one character wider than the line
      lines.back() = word.substr(0, cut);
      lines.emplace_back();
      word.erase(0, cut);
    }
    lines.back() = word;
  }
  return lines;
}

std::string hanging(const std::string& first, size_t indent,
                    const std::string& text, size_t width) {
  const size_t room = width > indent ? width - indent : 1;
  std::string all;
  std::string lead = first;
  for (const auto& line : wrap_text(text, room)) {
    all += pad_right(lead, indent) + line + '\n';
    lead.clear();
  }
  return all;
}

}  // namespace lethe
