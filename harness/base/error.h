// The one error type: where, what and the cure, in one line.
//
// Plugins and the engine throw through the functions below; the command line
// prints `error: <where>: <what>: <cure>` and ends with the fault's exit code.
// A thrown error inside a run ends one cell, which becomes a failed record.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>

namespace lethe {

// What went wrong, in the exit codes of the command line.
enum class Fault {
  runtime = 1,     // a computation failed (out of memory, disk full, ...)
  usage = 2,       // the command, a suite or rules are wrong, a path is absent
  input = 3,       // a model or data file was read and refused
  incomplete = 4,  // stopped with work left; the same command resumes
  nothing = 5,     // nothing was selected
};

// Thrown with the full message; what() is "<where>: <what>: <cure>", always a
// single line.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message);
  Fault fault() const { return fault_; }
  int exit_code() const { return static_cast<int>(fault_); }

 private:
  Fault fault_;
};

// A file could not be written (disk full, no permission): a run stops there
// instead of failing cell after cell. Its fault is `runtime`.
class WriteError : public Error {
 public:
  using Error::Error;
};

// Throws an Error. `where` is a file, key or plugin; `what` states both values
// that disagree; `cure` tells what to do.
[[noreturn]] void fail(Fault fault, const std::string& where,
                       const std::string& what, const std::string& cure);
[[noreturn]] void fail_usage(const std::string& where, const std::string& what,
                             const std::string& cure);
[[noreturn]] void fail_input(const std::string& where, const std::string& what,
                             const std::string& cure);
[[noreturn]] void fail_runtime(const std::string& where,
                               const std::string& what,
                               const std::string& cure);

// `text` with control characters, escape sequences and invalid UTF-8 replaced,
// on one line and cut to `limit` bytes: model output and file contents are
// shown through this only.
std::string printable(const std::string& text, size_t limit = 200);

}  // namespace lethe
