// JSON that commands print.
#pragma once

#include "harness/base/ordered_json.h"
#include "harness/base/statistics.h"

namespace lethe {

// The number, null when it is not finite.
OrderedJson number_json(double value);

// {"value", "n", "ci95"}, with "reason" of a missing value and "note" of one
// that needs a word.
OrderedJson estimate_json(const Estimate& estimate);

// One line of JSON on stdout. Throws: runtime error when it cannot be written.
void print_json(const OrderedJson& row);

}  // namespace lethe
