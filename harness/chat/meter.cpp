#include "harness/chat/meter.h"

#include "harness/base/error.h"

namespace lethe::chat {

void Meter::fail(const std::string& what, const std::string& cure) const {
  fail_input(fmt::format("{} line {}", where_, line_), what, cure);
}

void Meter::fail(const std::string& what) const {
  fail(what, "change the messages or the template");
}

void Meter::over(const std::string& what, size_t limit) const {
  fail(fmt::format("needs more than {} {}", limit, what),
       "use a smaller template or chat");
}

}  // namespace lethe::chat
