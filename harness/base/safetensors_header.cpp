#include "harness/base/safetensors_header.h"

#include <algorithm>
#include <cstring>

#include "harness/base/error.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

struct StoredSize {
  const char* name;
  size_t bytes;
};
constexpr StoredSize kTypes[] = {
    {"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
    {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  fail_input(where, what, "download or export the file again");
}

size_t element_bytes(const std::string& dtype, const std::string& where) {
  for (const StoredSize& known : kTypes) {
    if (dtype == known.name) return known.bytes;
  }
  fail_input(where, "dtype \"" + dtype + "\" is not supported",
             "store the weights as F32, BF16 or F16");
}

size_t unsigned_number(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned()) {
    refuse(where, "a shape or offset is no unsigned integer: " + value.dump());
  }
  return value.get<size_t>();
}

// The bytes that the shape and type need; refuses products beyond 2^62.
size_t extent(const StoredTensor& tensor, const std::string& where) {
  size_t bytes = element_bytes(tensor.dtype, where);
  for (const int64_t size : tensor.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<size_t>(size), &bytes) ||
        bytes >> 62 != 0) {
      refuse(where, "the shape's product overflows");
    }
  }
  return bytes;
}

StoredEntry read_entry(const std::string& name, const Json& json,
                       const std::string& where) {
  StoredEntry entry;
  entry.tensor.name = name;
  entry.tensor.dtype = require_string(json, "dtype", where);
  const Json& shape = require(json, "shape", where);
  if (!shape.is_array() || shape.size() > 8) refuse(where, "shape is no list");
  for (const Json& size : shape) {
    const size_t n = unsigned_number(size, where);
    if (n > (size_t{1} << 48)) refuse(where, "a dimension is beyond 2^48");
    entry.tensor.shape.push_back(static_cast<int64_t>(n));
  }
  const size_t wanted = extent(entry.tensor, where);
  const Json& offsets = require(json, "data_offsets", where);
  if (!offsets.is_array() || offsets.size() != 2) {
    refuse(where, "data_offsets is no pair");
  }
  entry.begin = unsigned_number(offsets[0], where);
  const size_t end = unsigned_number(offsets[1], where);
  if (end < entry.begin) refuse(where, "data_offsets are reversed");
  entry.tensor.bytes = end - entry.begin;
  if (wanted != entry.tensor.bytes) {
    refuse(where, fmt::format("shape needs {} bytes, data_offsets give {}",
                              wanted, entry.tensor.bytes));
  }
  return entry;
}

void check_metadata(const Json& metadata, const std::string& where) {
  const bool texts =
      metadata.is_object() &&
      std::all_of(metadata.begin(), metadata.end(),
                  [](const Json& value) { return value.is_string(); });
  if (!texts) refuse(where, "__metadata__ is no object of texts");
}

// Sorts the entries and counts their places from the file's begin.
void place(std::vector<StoredEntry>& entries, size_t begin, size_t size,
           const std::string& where) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.tensor.bytes) <
           std::pair(b.begin, b.tensor.bytes);
  });
  size_t next = 0;
  for (StoredEntry& entry : entries) {
    if (entry.begin != next) {
      refuse(where,
             fmt::format("tensor \"{}\" begins at byte {}, not at {}",
                         printable(entry.tensor.name), entry.begin, next));
    }
    next += entry.tensor.bytes;
    entry.begin += begin;
  }
  if (next != size - begin) {
    refuse(where, fmt::format("the tensors take {} bytes, the file holds {}",
                              next, size - begin));
  }
}

}  // namespace

std::vector<StoredEntry> read_safetensors_header(std::string_view file,
                                                 const std::string& where) {
  if (file.size() < 8) {
    refuse(where, fmt::format("has {} bytes, a header needs 8", file.size()));
  }
  uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  const size_t rest = file.size() - 8;
  if (length > kMaxSafetensorsHeader || length > rest) {
    refuse(where,
           fmt::format("header says {} bytes, the file has {}", length, rest));
  }
  const Json header = parse_json(std::string(file.substr(8, length)), where);
  if (!header.is_object()) refuse(where, "the header is no JSON object");
  std::vector<StoredEntry> entries;
  for (const auto& [name, json] : header.items()) {
    if (name == "__metadata__") {
      check_metadata(json, where);
    } else {
      entries.push_back(read_entry(name, json, where + ": " + printable(name)));
    }
  }
  place(entries, 8 + length, file.size(), where);
  return entries;
}

}  // namespace lethe
