#include "harness/chat/python_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "harness/text/utf8.h"

namespace lethe::chat {
namespace {

bool is_line_end(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 ||
         c == 0x2028 || c == 0x2029;
}

std::vector<std::string> split_on_space(const std::string& text,
                                        int64_t limit) {
  std::vector<std::string> words;
  const std::u32string all = points(text);
  size_t i = 0;
  while (true) {
    while (i < all.size() && is_space(all[i])) ++i;
    if (i == all.size()) break;
    if (limit >= 0 && static_cast<int64_t>(words.size()) == limit) {
      words.push_back(from_points({all.data() + i, all.size() - i}));
      break;
    }
    const size_t start = i;
    while (i < all.size() && !is_space(all[i])) ++i;
    words.push_back(from_points({all.data() + start, i - start}));
  }
  return words;
}

std::vector<std::string> split_on_space_from_right(const std::string& text,
                                                   int64_t limit) {
  std::u32string all = points(text);
  std::reverse(all.begin(), all.end());
  auto words = split_on_space(from_points(all), limit);
  for (auto& word : words) {
    std::u32string back = points(word);
    std::reverse(back.begin(), back.end());
    word = from_points(back);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

}  // namespace

std::u32string points(std::string_view text) {
  std::u32string all;
  all.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    all.push_back(c.value);
    i += c.size;
  }
  return all;
}

std::string from_points(std::u32string_view points) {
  std::string text;
  text.reserve(points.size());
  for (const char32_t c : points) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += utf8(c);
    }
  }
  return text;
}

int64_t count_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  });
}

std::string strip(const std::string& text, bool left, bool right,
                  const std::optional<std::string>& chars) {
  const std::u32string set = points(chars.value_or(""));
  const auto goes = [&](char32_t c) {
    return chars ? set.find(c) != std::u32string::npos : is_space(c);
  };
  const char* start = text.data();
  const char* end = start + text.size();
  while (left && start < end) {
    const CodePoint c = code_point_at(start);
    if (!goes(c.value)) break;
    start += c.size;
  }
  while (right && start < end) {
    const CodePoint c = code_point_before(end);
    if (!goes(c.value)) break;
    end -= c.size;
  }
  return std::string(start, end);
}

std::vector<std::string> split(const std::string& text,
                               const std::optional<std::string>& separator,
                               int64_t limit, bool from_right) {
  if (!separator) {
    return from_right ? split_on_space_from_right(text, limit)
                      : split_on_space(text, limit);
  }
  std::vector<std::string> parts;
  const auto room = [&] {
    return limit < 0 || static_cast<int64_t>(parts.size()) < limit;
  };
  if (from_right) {
    size_t end = text.size();
    while (room() && end >= separator->size()) {
      const size_t at = text.rfind(*separator, end - separator->size());
      if (at == std::string::npos) break;
      parts.push_back(
          text.substr(at + separator->size(), end - at - separator->size()));
      end = at;
    }
    parts.push_back(text.substr(0, end));
    std::reverse(parts.begin(), parts.end());
    return parts;
  }
  size_t start = 0;
  while (room()) {
    const size_t at = text.find(*separator, start);
    if (at == std::string::npos) break;
    parts.push_back(text.substr(start, at - start));
    start = at + separator->size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::vector<std::string> split_lines(const std::string& text, bool keep_ends) {
  std::vector<std::string> lines;
  size_t start = 0;
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    size_t next = i + c.size;
    if (is_line_end(c.value)) {
      if (c.value == '\r' && next < text.size() && text[next] == '\n') ++next;
      lines.push_back(text.substr(start, (keep_ends ? next : i) - start));
      start = next;
    }
    i = next;
  }
  if (start < text.size()) lines.push_back(text.substr(start));
  return lines;
}

std::string replace_text(const std::string& text, const std::string& old_text,
                         const std::string& new_text, int64_t limit) {
  std::string result;
  size_t at = 0;
  int64_t done = 0;
  while (limit < 0 || done < limit) {
    // An empty old text stands before every character and at the end.
    const size_t found = text.find(old_text, at);
    if (found == std::string::npos) break;
    result.append(text, at, found - at);
    result += new_text;
    ++done;
    at = found + old_text.size();
    if (!old_text.empty()) continue;
    if (at == text.size()) return result;
    const size_t size = code_point_at(text.data() + at).size;
    result.append(text, at, size);
    at += size;
  }
  return result.append(text, at);
}

std::string repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  // The shortest digits that read back: "d.ddde+xx" up to 17 of them.
  std::string shown;
  for (int digits = 0; digits <= 17; ++digits) {
    shown = fmt::format("{:.{}e}", value, digits);
    // No stod, which throws beyond the largest and below the smallest number.
    if (std::strtod(shown.c_str(), nullptr) == value) break;
  }
  const size_t e = shown.find('e');
  const int exponent = std::stoi(shown.substr(e + 1));
  const bool negative = shown[0] == '-';
  std::string digits = shown.substr(negative, e - negative);
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  std::string text;
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    text = digits.substr(0, 1) + (count > 1 ? "." + digits.substr(1) : "");
    text +=
        fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
  } else if (exponent < 0) {
    text = "0." + std::string(-exponent - 1, '0') + digits;
  } else if (count <= exponent + 1) {
    text = digits + std::string(exponent + 1 - count, '0') + ".0";
  } else {
    text = digits.substr(0, exponent + 1) + "." + digits.substr(exponent + 1);
  }
  return (negative ? "-" : "") + text;
}

std::string json_text(const std::string& text, bool ascii) {
  std::string out = "\"";
  const auto escape = [&](char32_t c) {
    out += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
  };
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    const size_t named = std::u32string(U"\"\\\n\r\t\f\b").find(c.value);
    if (named != std::u32string::npos) {
      out += std::string("\\") + "\"\\nrtfb"[named];
    } else if (c.value < 0x20 || (ascii && c.value == 0x7F)) {
      escape(c.value);
    } else if (ascii && c.value > 0xFFFF) {
      escape(0xD800 + ((c.value - 0x10000) >> 10));
      escape(0xDC00 + ((c.value - 0x10000) & 0x3FF));
    } else if (ascii && c.value > 0x7F) {
      escape(c.value);
    } else {
      out.append(text, i, c.size);
    }
    i += c.size;
  }
  return out + '"';
}

}  // namespace lethe::chat
