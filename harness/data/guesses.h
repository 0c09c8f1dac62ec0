// Guesses of suffixes as lm-extraction-benchmark's submissions have them.
#pragma once

#include <string>
#include <vector>

#include "harness/data/rows.h"

namespace lethe {

// Rows of an attack's samples with `id`, `output_ids` and `score` as CSV: the
// header "Example ID,Suffix Guess", then an id and a JSON list of ids a line,
// the highest score first, equal ones as given, rows without a score last.
// Lines end in \r\n, as Python's csv writes them. Empty when no row has
// output_ids.
std::string guesses_csv(const std::vector<DataRow>& samples);

}  // namespace lethe
