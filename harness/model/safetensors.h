// Safetensors files: a reader that trusts nothing, and a writer.
// The format is in safetensors_header.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/mapped_file.h"
#include "harness/base/safetensors_header.h"
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
  // Maps the file and checks the whole header. Throws: usage error if absent,
  // else as read_safetensors_header.
  static std::shared_ptr<const Safetensors> open(const std::string& path);

  // In the order of the data.
  const std::vector<TensorEntry>& entries() const { return entries_; }
  // Throws: input error if there is no such tensor.
  const TensorEntry& entry(const std::string& name) const;
  bool contains(const std::string& name) const;

  // Read-only view in the stored dtype, on the CPU.
  Tensor tensor(const TensorEntry& entry) const;
  Tensor tensor(const std::string& name) const { return tensor(entry(name)); }
  // Its bytes in the mapping, at any alignment.
  std::string_view bytes(const TensorEntry& entry) const {
    return file_.bytes().substr(entry.begin, entry.bytes);
  }
  // See MappedFile: memory that bytes() or tensors took can be had again.
  void release(std::string_view part) const { file_.release(part); }

  const std::string& path() const { return file_.path(); }

 private:
  explicit Safetensors(const std::string& path) : file_(path) {}
  void parse();

  MappedFile file_;
  std::vector<TensorEntry> entries_;
  std::map<std::string, size_t> by_name_;
  std::weak_ptr<const Safetensors> self_;
};

// What safetensors call a dtype. Throws: runtime error if they have no name.
std::string stored_name(at::ScalarType dtype);

// Appends bytes to the tensor of an index.
using PutBytes = std::function<void(size_t index, std::string_view bytes)>;

// Writes the tensors in this order, whole or not at all. `fill` hands out their
// bytes in pieces, tensors in any order, so that none has to be in memory.
// Throws: WriteError (disk full, no permission), runtime error when a tensor
// gets more or fewer bytes than planned, whatever `fill` throws.
void write_safetensors(const std::string& path,
                       const std::vector<StoredTensor>& tensors,
                       const std::function<void(const PutBytes&)>& fill);

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

// As above for tensors in memory.
void write_safetensors(const std::string& path, const NamedTensors& tensors);

}  // namespace lethe
