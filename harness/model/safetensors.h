// Safetensors files: a reader that trusts nothing, and a writer.
//
// Format: 8 bytes little-endian header length, a JSON header {name: {dtype,
// shape, data_offsets}}, then the data without holes up to the end of the file.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/tensor/tensor.h"

namespace lethe {

struct TensorEntry {
  std::string name;
  at::ScalarType dtype;
  std::vector<int64_t> shape;
  size_t begin;  // first byte in the file
  size_t bytes;
};

// A mapped file. Tensors are views of the mapping and keep it alive.
class Safetensors {
 public:
  // Maps the file and checks the whole header: every length, type, shape
  // product and offset against the file's size, no overlap, no hole, no
  // duplicate. Throws: usage error if absent, input error with the reason.
  static std::shared_ptr<const Safetensors> open(const std::string& path);
  ~Safetensors();

  // In the order of the data.
  const std::vector<TensorEntry>& entries() const { return entries_; }
  // Throws: input error if there is no such tensor.
  const TensorEntry& entry(const std::string& name) const;
  bool contains(const std::string& name) const;

  // Read-only view in the stored dtype, on the CPU.
  Tensor tensor(const TensorEntry& entry) const;
  Tensor tensor(const std::string& name) const { return tensor(entry(name)); }

  // Gives the memory of a view's pages back until they are read again; does
  // nothing for a tensor that is no view of this file.
  void release(const Tensor& view) const;

  const std::string& path() const { return path_; }

 private:
  Safetensors() = default;
  void parse();

  std::string path_;
  const char* data_ = nullptr;
  size_t size_ = 0;
  std::vector<TensorEntry> entries_;
  std::map<std::string, size_t> by_name_;
  std::weak_ptr<const Safetensors> self_;
};

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

// Writes the tensors in this order, whole or not at all.
// Throws: runtime error (disk full, no permission).
void write_safetensors(const std::string& path, const NamedTensors& tensors);

}  // namespace lethe
