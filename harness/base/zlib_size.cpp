#include "harness/base/zlib_size.h"

#include <zlib.h>

#include <vector>

#include "harness/base/error.h"

namespace lethe {

size_t zlib_size(const std::string& text) {
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::vector<Bytef> out(size);
  if (compress2(out.data(), &size, reinterpret_cast<const Bytef*>(text.data()),
                static_cast<uLong>(text.size()), 6) != Z_OK) {
    fail_runtime("zlib", "cannot compress a text", "free memory");
  }
  return size;
}

std::string zlib_build() { return zlibVersion(); }

}  // namespace lethe
