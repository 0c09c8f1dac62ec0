// The merging of byte-pair encoding.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/text/flat_map.h"

namespace lethe {

// By FlatMap::key(left id, right id): the merge's rank and its product's id.
using MergeTable = FlatMap;

// Memory kept from one word to the next.
struct MergeMemory {
  struct Symbol {
    uint32_t id;
    uint32_t rank;     // of the merge with the following symbol
    uint32_t product;  // of that merge
    uint32_t previous;
    uint32_t next;
  };
  std::vector<Symbol> symbols;
  std::vector<uint64_t> queue;
};

// Merges neighbours in `ids` until no pair of them is in the table: always the
// pair of lowest rank, the leftmost of equals. O(n log n).
// Throws: input error above 2^32 - 2 ids.
void merge_pairs(const MergeTable& merges, MergeMemory* memory,
                 std::vector<uint32_t>* ids);

}  // namespace lethe
