#include "harness/text/unicode.h"

#include <cstddef>
#include <vector>

namespace lethe {
namespace {

#include "harness/text/unicode_tables.inc"

class Table {
 public:
  Table() : classes_(0x110000) {
    mark(kLetterRuns, kLetter);
    mark(kNumberRuns, kNumber);
    mark(kSpaceRuns, kSpace);
    mark(kWordRuns, kWord);
  }
  const uint8_t* data() const { return classes_.data(); }

 private:
  template <size_t N>
  void mark(const uint32_t (&runs)[N], uint8_t bit) {
    size_t c = 0;
    for (size_t i = 0; i < N; i += 2) {
      c += runs[i];
      for (const size_t end = c + runs[i + 1]; c < end; ++c) classes_[c] |= bit;
    }
  }

  std::vector<uint8_t> classes_;
};

}  // namespace

const uint8_t* unicode_classes() {
  static const Table table;
  return table.data();
}

}  // namespace lethe
