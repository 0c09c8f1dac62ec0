// verify --model: the run's models are asked again.
#include "harness/app/engine/engine.h"
#include "harness/app/verify_output.h"
#include "harness/run/verify_models.h"

namespace lethe {

int verify_models_command(const Arguments& arguments) {
  ModelCheckOptions options;
  options.verify = verify_options(arguments);
  options.passes = arguments.integer("--passes", options.passes);
  if (options.passes < 1) {
    fail_usage("--passes", "is " + arguments.text("--passes"),
               "give a number of probes, at least 1");
  }
  options.compute = start_compute(arguments.compute());
  options.target = target_options(arguments);
  const std::string model = arguments.text("--model");
  if (model != "true") options.model = model;
  const std::string& folder = arguments.positional().front();
  Verified verified = verify(folder, options.verify);
  check_models(read_run(folder), options, verified);
  return print_verified(arguments, verified);
}

}  // namespace lethe
