#include "harness/app/arguments.h"

#include <algorithm>
#include <cmath>

#include "harness/base/error.h"
#include "harness/base/json.h"
#include "harness/base/names.h"

namespace lethe {
namespace {

const OptionSpec* find_option(const CommandSpec& command,
                              const std::string& name) {
  for (const auto* list : {&command.options, &common_options()}) {
    for (const OptionSpec& option : *list) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

std::vector<std::string> option_names(const CommandSpec& command) {
  std::vector<std::string> names;
  for (const OptionSpec& option : command.options) names.push_back(option.name);
  for (const OptionSpec& option : common_options()) {
    names.push_back(option.name);
  }
  return names;
}

std::string padded(const std::string& text, size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string option_lines(const std::vector<OptionSpec>& options) {
  std::string lines;
  for (const OptionSpec& option : options) {
    const std::string head =
        option.value.empty() ? option.name : option.name + " " + option.value;
    lines += "  " + padded(head, 26) + option.help +
             (option.many ? " (repeatable)" : "") + "\n";
  }
  return lines;
}

}  // namespace

Arguments::Arguments(const CommandSpec& command,
                     const std::vector<std::string>& given)
    : command_(&command) {
  for (size_t i = 0; i < given.size(); ++i) {
    std::string name = given[i];
    if (name.size() < 2 || name[0] != '-') {
      positional_.push_back(name);
      continue;
    }
    std::optional<std::string> value;
    const size_t equals = name.find('=');
    if (equals != std::string::npos && name.rfind("--", 0) == 0) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    std::replace(name.begin() + 2, name.end(), '_', '-');
    const OptionSpec* option = find_option(command, name);
    if (option == nullptr) {
      fail_usage("lethe " + command.name, "unknown option " + name,
                 suggest(name, option_names(command)));
    }
    const bool optional = option->value.rfind('[', 0) == 0;
    const bool last = i + 1 == given.size();
    if (!option->value.empty() && !value &&
        !(optional && (last || given[i + 1].rfind('-', 0) == 0))) {
      if (last) {
        fail_usage("lethe " + command.name, name + " has no value",
                   "write " + name + " " + option->value);
      }
      value = given[++i];
    }
    options_[name].push_back(value.value_or("true"));
  }
  const bool many = !command.positional.empty() &&
                    command.positional.back().find("..") != std::string::npos;
  const bool optional = many && command.positional.back().front() == '[';
  const size_t least = command.positional.size() - (optional ? 1 : 0);
  if (!has("--help") &&
      (positional_.size() < least || (positional_.size() > least && !many))) {
    fail_usage(
        "lethe " + command.name,
        fmt::format("{} arguments, it takes {}", positional_.size(), least),
        "see lethe " + command.name + " --help");
  }
}

bool Arguments::has(const std::string& option) const {
  return options_.count(option) > 0;
}

std::string Arguments::text(const std::string& option,
                            const std::string& fallback) const {
  const auto found = options_.find(option);
  return found == options_.end() ? fallback : found->second.back();
}

std::string Arguments::needed(const std::string& option) const {
  if (!has(option)) {
    fail_usage("lethe " + command_->name, option + " is missing",
               "see lethe " + command_->name + " --help");
  }
  return text(option);
}

int64_t Arguments::integer(const std::string& option, int64_t fallback) const {
  if (!has(option)) return fallback;
  const double value = number(option, 0);
  if (value != std::floor(value) || std::abs(value) > 9e15) {
    fail_usage(option, "is " + text(option), "give a whole number");
  }
  return static_cast<int64_t>(value);
}

double Arguments::number(const std::string& option, double fallback) const {
  if (!has(option)) return fallback;
  const std::string given = text(option);
  size_t used = 0;
  double value = 0;
  try {
    value = std::stod(given, &used);
  } catch (const std::exception&) {
  }
  if (used == 0 || used != given.size() || !std::isfinite(value)) {
    fail_usage(option, "is \"" + given + "\"", "give a number");
  }
  return value;
}

const std::vector<std::string>& Arguments::all(
    const std::string& option) const {
  static const std::vector<std::string> none;
  const auto found = options_.find(option);
  return found == options_.end() ? none : found->second;
}

std::vector<std::string> Arguments::list(const std::string& option) const {
  std::vector<std::string> values;
  const std::string given = text(option);
  for (size_t begin = 0; begin <= given.size();) {
    const size_t comma = std::min(given.find(',', begin), given.size());
    if (comma > begin) values.push_back(given.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return values;
}

ComputeOptions Arguments::compute() const {
  ComputeOptions options;
  options.device = text("--device", "auto");
  options.dtype = text("--dtype", "auto");
  options.threads = static_cast<int>(integer("--threads", 0));
  options.deterministic = has("--deterministic");
  if (options.threads < 0 || options.threads > 4096) {
    fail_usage("--threads", "is " + text("--threads"), "give 1 to 4096");
  }
  return options;
}

const CommandSpec& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandSpec& command : commands()) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  fail_usage("lethe " + name, "unknown command", suggest(name, names));
}

Json set_options(const Arguments& arguments) {
  Json set = Json::object();
  for (const std::string& one : arguments.all("--set")) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0) {
      fail_usage("--set " + one, "is no key=value",
                 "write KEY=VALUE, e.g. seed=1");
    }
    set[one.substr(0, equals)] = parse_value(one.substr(equals + 1));
  }
  return set;
}

std::string program_help() {
  std::string text =
      "lethe - does the model really forget?\n\n"
      "Runs unlearning methods on a language model, attacks the result, and "
      "measures\nwhat was forgotten and what was lost.\n\n"
      "usage: lethe COMMAND [options]\n\n";
  for (const CommandSpec& command : commands()) {
    text += "  " + padded(command.name, 14) + command.summary + "\n";
  }
  return text +
         "\nlethe COMMAND --help shows a command's options and an example.\n"
         "example: lethe run quickstart --out runs/quickstart\n";
}

std::string command_help(const CommandSpec& command) {
  std::string usage = "usage: lethe " + command.name;
  for (const std::string& name : command.positional) usage += " " + name;
  return command.summary + "\n\n" + usage + " [options]\n\n" +
         option_lines(command.options) + (command.options.empty() ? "" : "\n") +
         "common options:\n" + option_lines(common_options()) +
         "\nexample: " + command.example + "\n";
}

}  // namespace lethe
