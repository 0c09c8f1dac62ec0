// The membership label of a row.
#pragma once

#include <optional>

#include "harness/data/rows.h"

namespace lethe {

// `member`: 0, 1, true or false; nullopt where it is absent or null.
// Throws: input error with the place for anything else.
std::optional<bool> member_of(const DataRow& row);

}  // namespace lethe
