#include "harness/model/check.h"

#include <cstring>
#include <limits>

#include "harness/base/log.h"
#include "harness/model/config.h"
#include "harness/model/encoder.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr int64_t kMega = 1'000'000;  // progress counts these

// An IEEE number without its sign bit is infinite when it is its exponent with
// all bits set, and no number above that.
template <class Bits>
void count(std::string_view bytes, Bits exponent, CheckedTensor* tensor) {
  constexpr Bits kMagnitude = std::numeric_limits<Bits>::max() >> 1;
  int64_t nan = 0, inf = 0;
  for (size_t at = 0; at + sizeof(Bits) <= bytes.size(); at += sizeof(Bits)) {
    Bits number;
    std::memcpy(&number, bytes.data() + at, sizeof(Bits));
    number &= kMagnitude;
    nan += number > exponent ? 1 : 0;
    inf += number == exponent ? 1 : 0;
  }
  tensor->nan += nan;
  tensor->inf += inf;
}

void count(std::string_view bytes, at::ScalarType type, CheckedTensor* tensor) {
  switch (type) {
    case at::kDouble:
      return count<uint64_t>(bytes, 0x7FF0'0000'0000'0000, tensor);
    case at::kFloat:
      return count<uint32_t>(bytes, 0x7F80'0000, tensor);
    case at::kHalf:
      return count<uint16_t>(bytes, 0x7C00, tensor);
    case at::kBFloat16:
      return count<uint16_t>(bytes, 0x7F80, tensor);
    default:
      return;  // integers
  }
}

std::string model_type(const ModelFolder& folder) {
  return require_string(folder.config_json(), "model_type",
                        folder.path() + "/config.json");
}

// The names and shapes that the configuration needs of these weights.
std::map<std::string, Shape> wanted_shapes(const ModelFolder& folder) {
  std::map<std::string, Shape> wanted;
  WeightSource source(
      [&](const std::string& name, const Shape& shape) {
        wanted[name] = shape;
        return at::empty(shape, at::TensorOptions(at::kMeta));  // no memory
      },
      [&](const std::string& name) { return folder.contains(name); });
  const std::string type = model_type(folder);
  if (is_encoder(type)) {
    const EncoderConfig config = read_encoder_config(folder.path());
    find_encoder(type, folder.path()).weights(config, source);
  } else {
    const DecoderConfig config = read_config(folder.path());
    find_family(type, folder.path()).weights(config, source);
  }
  return wanted;
}

}  // namespace

const char* CheckedTensor::status() const {
  if (!stored) return "missing";
  if (!wanted) return "extra";
  return shape == wanted_shape ? "ok" : "wrong shape";
}

ModelSizes model_sizes(const ModelFolder& folder) {
  const std::string type = model_type(folder);
  if (is_encoder(type)) {
    const EncoderConfig c = read_encoder_config(folder.path());
    return {type,          "encoder", c.vocab_size, c.layers,
            c.hidden_size, c.heads,   c.heads,      c.window()};
  }
  const DecoderConfig c = read_config(folder.path());
  return {type,          "decoder", c.vocab_size, c.layers,
          c.hidden_size, c.heads,   c.kv_heads,   c.max_positions};
}

std::vector<CheckedTensor> check_tensors(const ModelFolder& folder) {
  std::map<std::string, CheckedTensor> all;
  for (const auto& [name, shape] : wanted_shapes(folder)) {
    all[name].wanted = true;
    all[name].wanted_shape = shape;
  }
  size_t total = 0, done = 0;
  const std::vector<TensorEntry> entries = folder.entries();
  for (const TensorEntry& entry : entries) total += entry.bytes;
  Progress progress("reading", "MB", static_cast<int64_t>(total) / kMega);
  for (const TensorEntry& entry : entries) {
    CheckedTensor& tensor = all[entry.name];
    tensor.stored = true;
    tensor.dtype = dtype_name(entry.dtype);
    tensor.shape = entry.shape;
    tensor.bytes = entry.bytes;
    tensor.elements =
        static_cast<int64_t>(entry.bytes / c10::elementSize(entry.dtype));
    folder.read(entry.name, [&](std::string_view piece) {
      count(piece, entry.dtype, &tensor);
      done += piece.size();
      progress.set(static_cast<int64_t>(done) / kMega);
    });
  }
  std::vector<CheckedTensor> list;
  for (auto& [name, tensor] : all) {
    tensor.name = name;
    list.push_back(std::move(tensor));
  }
  return list;
}

}  // namespace lethe
