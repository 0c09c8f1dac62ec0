// The pickle inside a file of torch.save, read as data: no Python, nothing is
// ever called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

// What a tensor's elements are, in torch's and in safetensors' words.
struct StoredType {
  const char* storage;  // "FloatStorage"
  const char* name;     // "F32"
  size_t bytes;         // of an element
};

// A tensor as the pickle describes it; nothing of it is checked against the
// storage's bytes.
struct PickledTensor {
  std::string_view name;
  const StoredType* type;
  std::string_view storage;      // key of the storage
  uint64_t storage_elements;     // that the storage should have
  uint64_t offset;               // of the first element, in elements
  std::vector<int64_t> sizes;    // each in [0, 2^48], at most 8
  std::vector<int64_t> strides;  // in elements, as many, each >= 0
};

// The tensors of a pickled state dict (a dict or OrderedDict of names to
// tensors or parameters), in its order. Views into `pickle`.
//
// Of the pickle language only what torch.save writes for such a dict is known,
// in protocols 2 to 5; of Python's functions only OrderedDict,
// _rebuild_tensor_v2, _rebuild_parameter and the names of storage types, and
// these are recognised, not called. Stack, memo, number of values and length
// of strings are bounded.
// Throws: input error that begins with `where` and names the opcode or the
// Python object that it would take. O(n) in the bytes.
std::vector<PickledTensor> read_state_dict(std::string_view pickle,
                                           const std::string& where);

}  // namespace lethe
