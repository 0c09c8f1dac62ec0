// Out of memory halves a batch instead of ending a run.
#pragma once

#include <functional>

namespace lethe {

// Runs `work`. False when memory ran out and `can_shrink`; the caller tries
// again with less. Throws: runtime error when memory ran out and it cannot.
bool try_with_memory(bool can_shrink, const std::function<void()>& work);

}  // namespace lethe
