#include "harness/run/failure.h"

#include <c10/util/Exception.h>

#include "harness/base/error.h"

namespace lethe {

std::string message_of(const std::exception& error) {
  const auto* torch = dynamic_cast<const c10::Error*>(&error);
  return printable(
      torch != nullptr ? torch->what_without_backtrace() : error.what(), 1000);
}

bool is_write_error(const std::exception& error) {
  return dynamic_cast<const WriteError*>(&error) != nullptr;
}

}  // namespace lethe
