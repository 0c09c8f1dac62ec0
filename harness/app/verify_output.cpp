#include "harness/app/verify_output.h"

#include <cstdio>

#include "harness/app/output.h"

namespace lethe {

VerifyOptions verify_options(const Arguments& arguments) {
  VerifyOptions options;
  options.seed = static_cast<uint64_t>(arguments.integer("--seed", 0));
  options.folder = arguments.text("--folder");
  if (arguments.text("--sample") == "all") {
    options.sample = -1;
    return options;
  }
  options.sample = arguments.integer("--sample", options.sample);
  if (options.sample < 1) {
    fail_usage("--sample", "is " + arguments.text("--sample"),
               "give a number of values, or all");
  }
  return options;
}

int print_verified(const Arguments& arguments, const Verified& verified) {
  if (arguments.has("--json")) {
    print_json(to_json(verified));
  } else {
    std::fputs(to_text(verified).c_str(), stdout);
  }
  return verified.intact() ? 0 : 3;
}

}  // namespace lethe
