// sentencepiece's compiled character map: which short texts become which.
//
// The map is: the size of a double array in bytes (32 bits, little endian), the
// array's 32-bit units, and texts that each end with a zero byte. A unit
// (darts-clone): bit 8 says that a text ends here, bits 0-7 (and 31) are the
// byte that leads here, bits 10-30 the distance to the units that follow, times
// 256 with bit 9; behind an end stands a unit whose lower 31 bits are where its
// text starts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/text/component.h"

namespace lethe {

class Charsmap {
 public:
  struct Match {
    size_t size;            // bytes of the text that are replaced
    std::string_view text;  // what by
  };

  // Throws: input error if the bytes are no map.
  Charsmap(const std::string& bytes, const Place& place);

  // What replaces the shortest or longest start of `text` that the map has,
  // nothing if it has none.
  // Throws: input error if the map points out of itself.
  std::optional<Match> shortest(std::string_view text) const {
    return find(text, false);
  }
  std::optional<Match> longest(std::string_view text) const {
    return find(text, true);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const;
  std::optional<Match> find(std::string_view text, bool longest) const;
  uint32_t unit(size_t index) const;
  std::string_view replacement(size_t start) const;

  const Place place_;
  std::vector<uint32_t> units_;
  std::string texts_;
};

}  // namespace lethe
