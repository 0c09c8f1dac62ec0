// What torch.save writes for a state dict, read without Python: a zip archive
// of one pickle and the bytes of the storages.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

// A tensor over bytes of the file. All of its elements lie inside `elements`.
struct TorchTensor {
  std::string name;
  std::string dtype;             // as safetensors says it: "F32", "BF16", ...
  size_t element_bytes = 0;      // 1, 2, 4 or 8
  std::vector<int64_t> sizes;    // at most 8
  std::vector<int64_t> strides;  // in elements, none negative
  size_t bytes = 0;              // of all elements, each once
  std::string_view elements;     // from the first one to the storage's end
  std::string_view storage;      // all of it
  uint32_t storage_crc = 0;      // 0: not known

  // Whether both show the same elements of the same storage.
  bool same_view(const TorchTensor& other) const;
};

// The tensors of a file's state dict, in its order. `where` names the file in
// errors. Reads the pickle and the directory of the archive, no storage.
//
// Throws: input error for anything but such a file with plain tensors: another
// archive, the format of torch before 1.6, big-endian numbers, a pickle that
// would execute something (see torch_pickle.h), a storage that is absent or
// too short, a tensor that leaves its storage or is larger than it.
std::vector<TorchTensor> read_torch_file(std::string_view file,
                                         const std::string& where);

// Hands the elements to `write` in row-major order, in pieces of some MB at
// most. Complexity: linear in the elements.
void write_elements(const TorchTensor& tensor,
                    const std::function<void(std::string_view)>& write);

}  // namespace lethe
