// Out of memory halves a batch instead of ending a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace lethe {

// Runs `work`. False when memory ran out and `can_shrink`; the caller tries
// again with less. Throws: runtime error when memory ran out and it cannot.
bool try_with_memory(bool can_shrink, const std::function<void()>& work);

// Runs items of these sizes, in this order, in batches of at most `budget`
// tokens: work(begin, end), then progress(tokens) if given. A batch that does
// not fit in memory is halved, so `work` may see an item twice.
// Throws: as try_with_memory.
void in_batches(const std::vector<int64_t>& sizes, int64_t budget,
                const std::function<void(size_t begin, size_t end)>& work,
                const std::function<void(int64_t tokens)>& progress);

}  // namespace lethe
