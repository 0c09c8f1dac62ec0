// What is said of an error, and which errors a run survives.
#pragma once

#include <exception>
#include <string>

namespace lethe {

// Its message on one line; of LibTorch's errors without the backtrace.
std::string message_of(const std::exception& error);

// Whether nothing can be written any more: the run ends with it.
bool is_write_error(const std::exception& error);

}  // namespace lethe
