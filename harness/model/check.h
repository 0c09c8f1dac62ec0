// What a folder's weights are, against what its configuration needs.
#pragma once

#include <string>
#include <vector>

#include "harness/model/folder.h"
#include "harness/model/weights.h"

namespace lethe {

struct CheckedTensor {
  std::string name;
  bool stored = false;   // the folder holds it
  bool wanted = false;   // the configuration needs it
  std::string dtype;     // as stored; of those not stored empty
  Shape shape;           // as stored
  Shape wanted_shape;    // as config.json has it
  int64_t elements = 0;  // stored
  size_t bytes = 0;
  int64_t nan = 0;  // values that are no number
  int64_t inf = 0;  // values that are infinite

  // "ok", "missing", "wrong shape", or "extra": stored and not needed.
  const char* status() const;
};

// What config.json says of any model.
struct ModelSizes {
  std::string model_type;
  std::string kind;  // "decoder" or "encoder"
  int64_t vocab_size, layers, hidden_size, heads, kv_heads;
  int64_t window;  // tokens; 0: any number
};
ModelSizes model_sizes(const ModelFolder& folder);

// Every tensor that is stored or needed, by name. Reads all bytes once, some
// MB at a time, computes nothing else; shows progress.
std::vector<CheckedTensor> check_tensors(const ModelFolder& folder);

}  // namespace lethe
