// Arrays of numpy: any bytes are a table whose numbers can all be read, or are
// refused.
#include "harness/base/fuzzing.h"
#include "harness/data/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  static const FuzzFolder folder;
  const std::string path = folder.write("table.npy", fuzz_text(data, size));
  works([&] {
    const NpyTable table(path);
    must_hold(table.rows() * table.columns() <= static_cast<int64_t>(size),
              "the numbers are in the file");
    for (int64_t row = 0; row < table.rows(); ++row) {
      for (int64_t column = 0; column < table.columns(); ++column) {
        must_hold(table.at(row, column) >= 0, "ids are 0 or more");
      }
    }
  });
  return 0;
}
