// torch.save's archives, and their pickles alone: what is read lies inside the
// file and is as long as it says.
#include "harness/base/fuzzing.h"
#include "harness/model/torch_file.h"
#include "harness/model/torch_pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  works([&] { read_state_dict(file, "input"); });
  works([&] {
    for (const TorchTensor& tensor : read_torch_file(file, "input")) {
      size_t bytes = 0;
      unsigned sum = 0;  // every byte is read
      write_elements(tensor, [&](std::string_view piece) {
        bytes += piece.size();
        for (const char c : piece) sum += static_cast<uint8_t>(c);
      });
      must_hold(bytes == tensor.bytes && sum < ~0u, "all bytes are written");
      must_hold(bytes <= size, "no tensor is larger than the file");
    }
  });
  return 0;
}
