// Python's str functions on UTF-8. REQUIRES everywhere: valid UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/python_text.h"

namespace lethe::chat {

std::u32string points(std::string_view text);
std::string from_points(std::u32string_view points);
int64_t count_points(std::string_view text);

using python::is_space;
bool is_identifier(const std::string& text);

// What to take off: white space if `chars` is empty, else its characters.
std::string strip(const std::string& text, bool left, bool right,
                  const std::optional<std::string>& chars = std::nullopt);
// str.split; `limit` -1 is none; without `separator` runs of white space.
std::vector<std::string> split(const std::string& text,
                               const std::optional<std::string>& separator,
                               int64_t limit, bool from_right);
std::vector<std::string> split_lines(const std::string& text, bool keep_ends);
std::string replace_text(const std::string& text, const std::string& old_text,
                         const std::string& new_text, int64_t limit);

using python::lower;
std::string upper(const std::string& text);
std::string title(const std::string& text);
std::string capitalize(const std::string& text);
std::string swap_case(const std::string& text);
// Whether there are cased characters and all are upper (lower) case.
bool is_upper(const std::string& text);
bool is_lower(const std::string& text);

std::string repr(const std::string& text);
std::string repr(double value);

// As json.dumps writes a string.
std::string json_text(const std::string& text, bool ascii);

}  // namespace lethe::chat
