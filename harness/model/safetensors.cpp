#include "harness/model/safetensors.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr size_t kMaxHeader = 100'000'000;  // the format's own limit

struct StoredType {
  const char* name;
  at::ScalarType type;
};
constexpr StoredType kTypes[] = {
    {"F64", at::kDouble},    {"F32", at::kFloat}, {"F16", at::kHalf},
    {"BF16", at::kBFloat16}, {"I64", at::kLong},  {"I32", at::kInt},
    {"I16", at::kShort},     {"I8", at::kChar},   {"U8", at::kByte},
    {"BOOL", at::kBool},
};

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  fail_input(path, what, "download or export the file again");
}

at::ScalarType stored_type(const std::string& name, const std::string& where) {
  for (const StoredType& known : kTypes) {
    if (name == known.name) return known.type;
  }
  fail_input(where, "dtype \"" + name + "\" is not supported",
             "store the weights as F32, BF16 or F16");
}

size_t unsigned_number(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned()) {
    refuse(where, "a shape or offset is no unsigned integer: " + value.dump());
  }
  return value.get<size_t>();
}

// The bytes that the shape and type need; refuses products beyond 2^62.
size_t extent(const TensorEntry& entry, const std::string& where) {
  size_t bytes = c10::elementSize(entry.dtype);
  for (const int64_t size : entry.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<size_t>(size), &bytes) ||
        bytes >> 62 != 0) {
      refuse(where, "the shape's product overflows");
    }
  }
  return bytes;
}

TensorEntry read_entry(const std::string& name, const Json& json,
                       const std::string& where) {
  TensorEntry entry;
  entry.name = name;
  entry.dtype = stored_type(require_string(json, "dtype", where), where);
  const Json& shape = require(json, "shape", where);
  if (!shape.is_array() || shape.size() > 8) refuse(where, "shape is no list");
  for (const Json& size : shape) {
    const size_t n = unsigned_number(size, where);
    if (n > (size_t{1} << 48)) refuse(where, "a dimension is beyond 2^48");
    entry.shape.push_back(static_cast<int64_t>(n));
  }
  const Json& offsets = require(json, "data_offsets", where);
  if (!offsets.is_array() || offsets.size() != 2) {
    refuse(where, "data_offsets is no pair");
  }
  entry.begin = unsigned_number(offsets[0], where);
  const size_t end = unsigned_number(offsets[1], where);
  if (end < entry.begin) refuse(where, "data_offsets are reversed");
  entry.bytes = end - entry.begin;
  const size_t wanted = extent(entry, where);
  if (wanted != entry.bytes) {
    refuse(where, fmt::format("shape needs {} bytes, data_offsets give {}",
                              wanted, entry.bytes));
  }
  return entry;
}

}  // namespace

std::shared_ptr<const Safetensors> Safetensors::open(const std::string& path) {
  std::shared_ptr<Safetensors> file(new Safetensors(path));
  file->self_ = file;
  file->parse();
  return file;
}

void Safetensors::parse() {
  const std::string& path = file_.path();
  const std::string_view bytes = file_.bytes();
  if (bytes.size() < 8) {
    refuse(path, fmt::format("has {} bytes, a header needs 8", bytes.size()));
  }
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const size_t rest = bytes.size() - 8;
  if (length > kMaxHeader || length > rest) {
    refuse(path,
           fmt::format("header says {} bytes, the file has {}", length, rest));
  }
  const Json header = parse_json(std::string(bytes.substr(8, length)), path);
  if (!header.is_object()) refuse(path, "the header is no JSON object");
  for (const auto& [name, json] : header.items()) {
    if (name == "__metadata__") continue;
    entries_.push_back(read_entry(name, json, path + ": " + printable(name)));
  }
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.bytes) < std::pair(b.begin, b.bytes);
  });
  size_t next = 0;
  for (TensorEntry& entry : entries_) {
    if (entry.begin != next) {
      refuse(path, fmt::format("tensor \"{}\" begins at byte {}, not at {}",
                               printable(entry.name), entry.begin, next));
    }
    next += entry.bytes;
    entry.begin += 8 + length;
  }
  if (next != rest - length) {
    refuse(path, fmt::format("the tensors take {} bytes, the file holds {}",
                             next, rest - length));
  }
  for (size_t i = 0; i < entries_.size(); ++i) by_name_[entries_[i].name] = i;
}

bool Safetensors::contains(const std::string& name) const {
  return by_name_.count(name) > 0;
}

const TensorEntry& Safetensors::entry(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    refuse(path(), "has no tensor \"" + name + "\"");
  }
  return entries_[found->second];
}

Tensor Safetensors::tensor(const TensorEntry& entry) const {
  const auto keep = self_.lock();
  const char* begin = bytes(entry).data();
  if (reinterpret_cast<uintptr_t>(begin) % c10::elementSize(entry.dtype) != 0) {
    const Tensor copy = at::empty(entry.shape, at::TensorOptions(entry.dtype));
    std::memcpy(copy.mutable_data_ptr(), begin, entry.bytes);
    return copy;
  }
  // from_blob wants a mutable pointer; the mapping is read-only and callers
  // that write take a copy.
  return at::from_blob(
      const_cast<char*>(begin), entry.shape, [keep](void*) {},
      at::TensorOptions(entry.dtype));
}

std::string stored_name(at::ScalarType dtype) {
  for (const StoredType& known : kTypes) {
    if (dtype == known.type) return known.name;
  }
  fail_runtime("safetensors", "cannot store this dtype", "convert it first");
}

namespace {

[[noreturn]] void fail_plan(const std::string& path, const StoredTensor& t) {
  fail_runtime(path,
               fmt::format("\"{}\" does not get its {} bytes",
                           printable(t.name), t.bytes),
               "report this with the command");
}

}  // namespace

void write_safetensors(const std::string& path,
                       const std::vector<StoredTensor>& tensors,
                       const std::function<void(const PutBytes&)>& fill) {
  Json header;  // its keys are found in logarithmic time
  header["__metadata__"] = {{"format", "pt"}};
  std::vector<size_t> next, ends;  // in the data
  size_t end = 0;
  for (const StoredTensor& tensor : tensors) {
    next.push_back(end);
    end += tensor.bytes;
    ends.push_back(end);
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {next.back(), end}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data stay aligned
  if (text.size() > kMaxHeader) {
    fail_runtime(path,
                 fmt::format("{} tensors need a header of {} bytes, at most {}",
                             tensors.size(), text.size(), kMaxHeader),
                 "write fewer tensors to one file");
  }
  write_atomically(path, [&](const std::string& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    const uint64_t length = text.size();
    out.write(reinterpret_cast<const char*>(&length), 8);
    out << text;
    fill([&](size_t i, std::string_view bytes) {
      if (bytes.size() > ends[i] - next[i]) fail_plan(path, tensors[i]);
      out.seekp(static_cast<std::streamoff>(8 + text.size() + next[i]));
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      if (!out) fail_write(path);
      next[i] += bytes.size();
    });
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (next[i] != ends[i]) fail_plan(path, tensors[i]);
    }
    out.close();
    if (!out) fail_write(path);
  });
}

void write_safetensors(const std::string& path, const NamedTensors& tensors) {
  std::vector<StoredTensor> stored;
  for (const auto& [name, tensor] : tensors) {
    stored.push_back({name, stored_name(tensor.scalar_type()),
                      tensor.sizes().vec(), tensor.nbytes()});
  }
  write_safetensors(path, stored, [&](const PutBytes& put) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      const Tensor host = tensors[i].second.detach().to(at::kCPU).contiguous();
      put(i, {static_cast<const char*>(host.const_data_ptr()), host.nbytes()});
    }
  });
}

}  // namespace lethe
