// metric, where it reads a model's hidden states.
#include "harness/app/engine/engine.h"
#include "harness/app/metric_command.h"
#include "harness/run/text_models.h"

namespace lethe {

int metric_command(const Arguments& arguments) {
  const TargetOptions target = target_options(arguments);
  TextModels models({start_compute(arguments.compute()), target.batch_tokens,
                     target.progress});
  return print_metric(arguments,
                      [&](const Metric& metric) { return models.of(metric); });
}

}  // namespace lethe
