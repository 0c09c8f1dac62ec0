// What each attack reaches on each method, as a coloured table.
#pragma once

#include <string>

#include "results/table.h"

namespace lethe {

// A section with a table: the models without transforms down, the attacks (the
// columns of that group with a direction) across, before and after each chain
// of transforms. Cells hold the value, and are the darker the more is left to
// find: of a fraction that is wanted low the value itself, of one wanted near a
// target twice its distance to it; other units have no colour. Empty without
// attacks or with fewer than two models.
std::string heat_map(const Table& table);

}  // namespace lethe
