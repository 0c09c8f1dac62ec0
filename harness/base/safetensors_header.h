// The header of a safetensors file, read without trust and without LibTorch.
//
// Format: 8 bytes little-endian header length, a JSON header {name: {dtype,
// shape, data_offsets}}, then the data without holes up to the end of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

constexpr size_t kMaxSafetensorsHeader = 100'000'000;  // the format's own limit

// A tensor as the header describes it.
struct StoredTensor {
  std::string name;
  std::string dtype;  // "F32", "BF16", ...
  std::vector<int64_t> shape;
  size_t bytes;
};

// And where it lies.
struct StoredEntry {
  StoredTensor tensor;
  size_t begin;  // first byte in the file
};

// The tensors of the file with these bytes, in the order of the data. `where`
// names the file in errors. Reads nothing behind the header.
//
// Throws: input error with the reason unless every length, type, shape product
// and offset fits the file's size, without overlap, hole or rest, no name is
// there twice, and the metadata are texts. The types are those of weights: 8
// to 64 bits, none packed below a byte.
std::vector<StoredEntry> read_safetensors_header(std::string_view file,
                                                 const std::string& where);

}  // namespace lethe
