// Texts that were taken out of a run, and the mark that stands in their place.
#pragma once

#include <string>

namespace lethe {

// "[redacted 0f3a5c7e9b1d2f40, 123 bytes]": equal texts of one copy have equal
// digits. `size` with its unit.
std::string redaction_mark(const std::string& digits, const std::string& size);

// Whether the text is such a mark.
bool is_redacted(const std::string& text);

}  // namespace lethe
