#include "metrics/feature_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/base/error.h"
#include "harness/base/mapped_file.h"
#include "harness/base/safetensors_header.h"

namespace lethe {
namespace {

const char* const kCure =
    "write p and q, [N, D] float32 each, as lethe embed --features does";

const StoredEntry& find(const std::vector<StoredEntry>& entries,
                        const std::string& name, const std::string& path) {
  const auto found = std::find_if(
      entries.begin(), entries.end(),
      [&](const StoredEntry& entry) { return entry.tensor.name == name; });
  if (found == entries.end()) {
    fail_input(path, fmt::format("has no tensor \"{}\"", name), kCure);
  }
  return *found;
}

void check_shape(const StoredTensor& tensor, const std::string& where) {
  if (tensor.dtype != "F32" || tensor.shape.size() != 2) {
    fail_input(where,
               fmt::format("is {} with {} dimensions, not F32 with 2",
                           printable(tensor.dtype), tensor.shape.size()),
               kCure);
  }
  if (tensor.shape[0] == 0 || tensor.shape[1] == 0) {
    fail_input(where,
               fmt::format("has {} rows of {} columns", tensor.shape[0],
                           tensor.shape[1]),
               "give at least one of each");
  }
}

// The header's reader has checked that the bytes lie in the file and are as
// many as the shape says.
Points read_points(std::string_view file, const StoredEntry& entry,
                   const std::string& where) {
  check_shape(entry.tensor, where);
  Points points;
  points.count = static_cast<size_t>(entry.tensor.shape[0]);
  points.dimensions = static_cast<size_t>(entry.tensor.shape[1]);
  points.values.resize(points.count * points.dimensions);
  std::memcpy(points.values.data(), file.data() + entry.begin,
              entry.tensor.bytes);
  const auto bad = std::find_if(points.values.begin(), points.values.end(),
                                [](float v) { return !std::isfinite(v); });
  if (bad != points.values.end()) {
    const auto place = static_cast<size_t>(bad - points.values.begin());
    fail_input(where,
               fmt::format("row {} column {} is {}", place / points.dimensions,
                           place % points.dimensions, *bad),
               "compute the features of that text again, in float32");
  }
  return points;
}

}  // namespace

FeaturePair read_features(const std::string& path) {
  const MappedFile file(path);
  const auto entries = read_safetensors_header(file.bytes(), path);
  const auto read = [&](const std::string& name) {
    return read_points(file.bytes(), find(entries, name, path),
                       path + ": " + name);
  };
  FeaturePair both{read("p"), read("q")};
  if (both.p.dimensions != both.q.dimensions) {
    fail_input(path,
               fmt::format("p has {} columns, q {}", both.p.dimensions,
                           both.q.dimensions),
               "take both from one model");
  }
  return both;
}

}  // namespace lethe
