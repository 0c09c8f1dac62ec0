// A trie of byte strings with 32-bit values.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/text/flat_map.h"

namespace lethe {

class ByteTrie {
 public:
  // A second value for a key replaces the first; an empty key is left out.
  void add(std::string_view key, uint32_t value) {
    uint32_t node = 0;
    for (size_t i = 0; i < key.size(); ++i) {
      const uint64_t edge = edge_key(node, key[i]);
      const auto* found = edges_.find(edge);
      FlatMap::Value next = found ? *found : FlatMap::Value{nodes_++, 0};
      if (i + 1 == key.size()) next.second = value + 1;
      if (!found || i + 1 == key.size()) edges_.set(edge, next);
      node = next.first;
    }
  }

  // Calls visit(size, value) for each key that `text` starts with, the shortest
  // first.
  template <class Visit>
  void visit(std::string_view text, const Visit& visit) const {
    uint32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto* edge = edges_.find(edge_key(node, text[i]));
      if (!edge) return;
      if (edge->second > 0) visit(i + 1, edge->second - 1);
      node = edge->first;
    }
  }

 private:
  static uint64_t edge_key(uint32_t node, char byte) {
    return static_cast<uint64_t>(node) << 8 | static_cast<uint8_t>(byte);
  }

  FlatMap edges_;  // node and byte -> next node, 1 + value of a key or 0
  uint32_t nodes_ = 1;
};

}  // namespace lethe
