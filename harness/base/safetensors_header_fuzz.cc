// Headers of safetensors: the tensors fill the file behind the header.
#include "harness/base/fuzzing.h"
#include "harness/base/safetensors_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  works([&] {
    const auto entries = read_safetensors_header(file, "input");
    size_t next = entries.empty() ? size : entries.front().begin;
    for (const StoredEntry& entry : entries) {
      must_hold(entry.begin == next, "tensors lie one behind the other");
      next += entry.tensor.bytes;
    }
    must_hold(next == size, "tensors end with the file");
  });
  return 0;
}
