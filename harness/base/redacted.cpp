#include "harness/base/redacted.h"

#include <string_view>

namespace lethe {
namespace {

constexpr std::string_view kBegin = "[redacted ";

}  // namespace

std::string redaction_mark(const std::string& digits, const std::string& size) {
  return std::string(kBegin) + digits + ", " + size + "]";
}

bool is_redacted(const std::string& text) {
  return text.compare(0, kBegin.size(), kBegin) == 0 && text.back() == ']';
}

}  // namespace lethe
