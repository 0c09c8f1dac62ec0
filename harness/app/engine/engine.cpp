#include "harness/app/engine/engine.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <map>

#include "harness/base/event_log.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/base/terminal.h"
#include "harness/model/encoder_config.h"
#include "harness/plugin/attack.h"
#include "harness/plugin/method.h"

namespace lethe {
namespace {

template <class T>
Json entries() {
  Json all = Json::object();
  for (const std::string& name : Registry<T>::names()) {
    const Info& info = Registry<T>::find(name).info;
    all[name] = {{"summary", info.summary},
                 {"paper", info.paper},
                 {"options", info.options}};
  }
  return all;
}

// What `list` and `describe` show without opening the engine.
int catalogue_command() {
  Json families = Json::object();
  for (const std::string& name : family_names()) {
    families[name] = {{"summary", "decoder, by model_type of config.json"}};
  }
  for (const std::string& name : encoder_names()) {
    families[name] = {{"summary", "encoder, for embed"}};
  }
  const Json all = {{"methods", entries<Method>()},
                    {"attacks", entries<Probe>()},
                    {"transforms", entries<Transform>()},
                    {"families", families}};
  std::printf("%s\n", all.dump(1).c_str());
  return 0;
}

// The terminal needs no repair: the cursor stands below what is drawn.
extern "C" void stop_on_signal(int signal) {
  log_stop_of_signal(signal);
  constexpr char kLine[] = "\nstopped; the same command goes on\n";
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, kLine, sizeof(kLine) - 1);
  ::_exit(128 + signal);
}

// After a stop the shell has written on the terminal.
extern "C" void go_on(int) { forget_block(); }

int dispatch(int count, char** values) {
  const std::string name = values[1];
  if (name == "catalogue") return catalogue_command();
  const CommandSpec& command = find_command(name);
  const Arguments arguments(command, {values + 2, values + count});
  if (arguments.has("-q")) set_verbosity(Verbosity::quiet);
  if (arguments.has("-v")) set_verbosity(Verbosity::verbose);
  static const std::map<std::string, std::function<int(const Arguments&)>>
      known = {{"run", run_command},
               {"unlearn", unlearn_command},
               {"train", train_command},
               {"attack", attack_command},
               {"stress", attack_command},
               {"eval", eval_command},
               {"merge", merge_command},
               {"verify", verify_models_command},
               {"generate", generate_command},
               {"score", score_command},
               {"tokenize", tokenize_command},
               {"embed", embed_command},
               {"metric", metric_command},
               {"judge", judge_command},
               {"doctor", doctor_command},
               {"model", model_command},
               {"influence", influence_command}};
  return known.at(name)(arguments);
}

int report(const char* message, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", message);
  return code;
}

}  // namespace

TargetOptions target_options(const Arguments& arguments) {
  TargetOptions options;
  if (arguments.text("--batch-tokens", "auto") != "auto") {
    options.batch_tokens = arguments.integer("--batch-tokens", 0);
    if (options.batch_tokens < 1) {
      fail_usage("--batch-tokens", "is below 1", "give a number, or auto");
    }
  }
  options.progress = !arguments.has("-q");
  options.deterministic = arguments.has("--deterministic");
  return options;
}

RunOptions run_options(const Arguments& arguments, const std::string& out) {
  RunOptions options;
  options.out = out;
  options.compute = start_compute(arguments.compute());
  options.threads = at::get_num_threads();
  options.target = target_options(arguments);
  options.limit = arguments.integer("--limit", 0);
  return options;
}

}  // namespace lethe

// The engine's door: lethe opens the library and calls this with its own
// arguments. No exception leaves it.
extern "C" int lethe_engine_main(int count, char** values) {
  std::signal(SIGINT, lethe::stop_on_signal);
  std::signal(SIGTERM, lethe::stop_on_signal);
  std::signal(SIGCONT, lethe::go_on);
  try {
    const int code = lethe::dispatch(count, values);
    if (std::fflush(stdout) != 0) {
      return lethe::report("stdout: cannot write: check where it goes", 1);
    }
    return code;
  } catch (const lethe::Error& error) {
    return lethe::report(error.what(), error.exit_code());
  } catch (const c10::Error& error) {
    return lethe::report(
        lethe::printable(error.what_without_backtrace(), 1000).c_str(), 1);
  } catch (const lethe::Json::exception& error) {  // of a damaged file
    const std::string text = "a file that was read: ";
    return lethe::report((text + lethe::printable(error.what(), 1000)).c_str(),
                         static_cast<int>(lethe::Fault::input));
  } catch (const std::exception& error) {
    return lethe::report(lethe::printable(error.what(), 1000).c_str(), 1);
  }
}
