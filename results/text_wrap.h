// Widths and line breaks of text on a terminal. Wide characters count two
// columns, combining marks none. Text must be valid UTF-8 without control
// characters (printable() of base/error.h).
#pragma once

#include <string>
#include <vector>

namespace lethe {

size_t display_width(const std::string& text);
size_t widest_word(const std::string& text);  // words end at blanks

// `text` followed, or led, by as many blanks as make `width`.
std::string pad_right(const std::string& text, size_t width);
std::string pad_left(const std::string& text, size_t width);

// The start of `text` that fits `width`; what was cut ends with "...".
std::string clipped(const std::string& text, size_t width);

// `text` in lines of at most `width`, broken at blanks; a word that is wider
// is broken behind one of ,:=/+_-. and at worst anywhere. At least one line.
std::vector<std::string> wrap_text(const std::string& text, size_t width);

// `first` and `text` wrapped to lines of at most `width`: the text stands
// right of `first`, which is padded to `indent` columns. Ends with a newline.
std::string hanging(const std::string& first, size_t indent,
                    const std::string& text, size_t width);

}  // namespace lethe
