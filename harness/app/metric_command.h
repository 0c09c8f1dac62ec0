// `lethe metric`: in the program itself, or in the engine for metrics that read
// a model.
#pragma once

#include <functional>

#include "harness/app/arguments.h"
#include "harness/plugin/metric.h"

namespace lethe {

// Whether the metric that is asked for reads a model's hidden states.
// Throws: usage error for an unknown metric, or options that it refuses.
bool metric_reads_model(const Arguments& arguments);

// Prints a row an item and the aggregate; returns the exit code. `model` gives
// what the metric's needs() name, null for those that name none.
int print_metric(const Arguments& arguments,
                 const std::function<TextModel*(const Metric&)>& model);

}  // namespace lethe
