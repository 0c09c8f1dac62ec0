// An external trainer as a method: a command line with {model}, {forget},
// {retain} and {out} filled in. Its time and peak memory are measured.
//
// Paper: none. The command is run by the shell of the person who wrote the
// suite; file names are quoted, nothing from a model or a data row reaches it.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

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

// One pass: a path that itself reads like a slot stays a path.
std::string fill(const std::string& command,
                 const std::map<std::string, std::string>& paths) {
  std::string filled;
  for (size_t at = 0; at < command.size();) {
    const auto slot =
        std::find_if(paths.begin(), paths.end(), [&](const auto& entry) {
          return command.compare(at, entry.first.size(), entry.first) == 0;
        });
    if (slot == paths.end()) {
      filled += command[at++];
    } else {
      filled += quoted(std::filesystem::absolute(slot->second));
      at += slot->first.size();
    }
  }
  return filled;
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
    const std::string command =
        fill(o_.run, {{"{model}", context.model_folder()},
                      {"{forget}", context.forget_file()},
                      {"{retain}", context.retain_file()},
                      {"{out}", context.out_folder()}});
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
