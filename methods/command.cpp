// An external trainer as a method: a command line with {model}, {forget},
// {retain} and {out} filled in. Its time and peak memory are measured.
//
// Paper: none. The command is run by the shell of the person who wrote the
// suite; file names are quoted, nothing from a model or a data row reaches it.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/plugin/method.h"

namespace lethe {
namespace {

struct Options {
  std::string
      run;  // the command, e.g. "python train.py {model} {forget} {out}"
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, run)

std::string quoted(const std::string& path) {
  std::string safe = "'";
  for (const char c : path) safe += c == '\'' ? "'\\''" : std::string(1, c);
  return safe + "'";
}

std::string fill(std::string command, const std::string& slot,
                 const std::string& path) {
  const std::string value = quoted(path);
  for (size_t at = command.find(slot); at != std::string::npos;
       at = command.find(slot, at + value.size())) {
    command.replace(at, slot.size(), value);
  }
  return command;
}

// Runs the command with its output on stderr. Returns its peak memory in bytes.
int64_t run_shell(const std::string& command) {
  const pid_t child = ::fork();
  if (child < 0) {
    fail_runtime("command", std::string("cannot fork: ") + std::strerror(errno),
                 "free memory");
  }
  if (child == 0) {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  struct rusage usage {};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fail_runtime("command",
                 fmt::format("\"{}\" ended with {}", command,
                             WIFEXITED(status) ? WEXITSTATUS(status)
                                               : 128 + WTERMSIG(status)),
                 "read its output above");
  }
  return usage.ru_maxrss * 1024;
}

class Command final : public Method {
 public:
  explicit Command(const Json& json) : o_(parse<Options>(json)) {
    if (o_.run.find("{out}") == std::string::npos) {
      fail_usage("command", "\"run\" has no {out}",
                 "name the folder that the command writes with {out}");
    }
  }

  Uses uses() const override { return {.training = false}; }

  Unlearned unlearn(Context& context) const override {
    std::string command = fill(o_.run, "{model}", context.model_folder());
    command = fill(command, "{forget}", context.forget_file());
    command = fill(command, "{retain}", context.retain_file());
    command = fill(command, "{out}", context.out_folder());
    Unlearned result;
    result.folder = context.out_folder();
    result.peak_bytes = run_shell(command);
    if (!exists(result.folder + "/config.json")) {
      fail_runtime("command", "wrote no config.json into " + result.folder,
                   "let it save the model into {out}");
    }
    return result;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Command>(
    {.name = "command",
     .summary = "An external trainer, timed and measured.",
     .paper = "",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
