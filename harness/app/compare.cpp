// lethe compare.
#include "results/compare.h"

#include <cstdio>

#include "harness/app/light.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

CompareOptions options_of(const Arguments& arguments) {
  CompareOptions options;
  options.runs = arguments.positional();
  options.rows = arguments.list("--rows");
  options.baseline = arguments.text("--baseline");
  options.metric = arguments.text("--metric");
  options.alpha = arguments.number("--alpha", options.alpha);
  options.seed = static_cast<uint64_t>(arguments.integer("--seed", 0));
  if (!(options.alpha > 0 && options.alpha < 1)) {
    fail_usage("--alpha", "is " + arguments.text("--alpha"),
               "give a level between 0 and 1, e.g. 0.05");
  }
  return options;
}

std::string format_of(const Arguments& arguments) {
  if (arguments.has("--json")) return "json";
  return arguments.text("--format",
                        arguments.has("--markdown") ? "md" : "terminal");
}

}  // namespace

int compare_command(const Arguments& arguments) {
  const int64_t items = arguments.integer("--items", 0);
  if (items < 0) {
    fail_usage("--items", "is " + arguments.text("--items"),
               "give a number of items, e.g. 5");
  }
  const std::string text =
      comparison_text(compare_runs(options_of(arguments)), format_of(arguments),
                      static_cast<size_t>(items));
  if (arguments.has("--out")) {
    write_file_atomically(arguments.text("--out"), text);
  } else if (std::fputs(text.c_str(), stdout) < 0) {
    fail_runtime("stdout", "cannot write", "check where it goes");
  }
  return 0;
}

}  // namespace lethe
