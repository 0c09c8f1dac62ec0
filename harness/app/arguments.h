// The command line: what each command takes, and what was given.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/tensor/compute_options.h"

namespace lethe {

struct OptionSpec {
  std::string name;   // "--out"
  std::string value;  // what stands behind it ("DIR"); empty: a switch;
                      // "[NAME]": it may be left out and is then "true"
  std::string help;
  bool many = false;  // may be given several times
};

struct CommandSpec {
  std::string name;
  std::string summary;
  std::vector<std::string> positional;  // "SUITE.json"; "RUN..": several;
                                        // "[NAME..]" may be left out
  std::vector<OptionSpec> options;      // without the common ones
  std::string example;
  bool engine = true;  // needs the engine (LibTorch)
};

// All commands, in the order of the help.
const std::vector<CommandSpec>& commands();
// Throws: usage error with near names.
const CommandSpec& find_command(const std::string& name);

// What every command takes: --json, --device, ...
const std::vector<OptionSpec>& common_options();

// The given arguments of one command.
class Arguments {
 public:
  // Throws: usage error for an unknown option (with near names), a missing
  // value, or too many or too few positional arguments.
  Arguments(const CommandSpec& command, const std::vector<std::string>& given);

  const CommandSpec& command() const { return *command_; }
  const std::vector<std::string>& positional() const { return positional_; }
  bool has(const std::string& option) const;
  // The last one given, else `fallback`.
  std::string text(const std::string& option,
                   const std::string& fallback = "") const;
  // Throws: usage error when it was not given.
  std::string needed(const std::string& option) const;
  int64_t integer(const std::string& option, int64_t fallback) const;
  double number(const std::string& option, double fallback) const;
  const std::vector<std::string>& all(const std::string& option) const;
  // Comma-separated values.
  std::vector<std::string> list(const std::string& option) const;

  // --device, --dtype, --threads, --deterministic.
  ComputeOptions compute() const;

 private:
  const CommandSpec* command_;
  std::vector<std::string> positional_;
  std::map<std::string, std::vector<std::string>> options_;
};

// Every --set key=value as one object. Throws: usage error for another form.
Json set_options(const Arguments& arguments);

// The help of the program, and of one command with its example.
std::string program_help();
std::string command_help(const CommandSpec& command);

}  // namespace lethe
