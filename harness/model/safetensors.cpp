#include "harness/model/safetensors.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

const char* stored_name(at::ScalarType type) {
  for (const StoredType& known : kTypes) {
    if (type == known.type) return known.name;
  }
  fail_runtime("safetensors", "cannot store this dtype", "convert it first");
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
  std::shared_ptr<Safetensors> file(new Safetensors());
  file->path_ = path;
  const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle < 0) {
    fail_usage(path, std::string("cannot open: ") + std::strerror(errno),
               "check the path");
  }
  struct stat info {};
  if (::fstat(handle, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(handle);
    refuse(path, "is no regular file");
  }
  file->size_ = static_cast<size_t>(info.st_size);
  if (file->size_ < 8) {
    ::close(handle);
    refuse(path, fmt::format("has {} bytes, a header needs 8", file->size_));
  }
  void* mapped =
      ::mmap(nullptr, file->size_, PROT_READ, MAP_PRIVATE, handle, 0);
  ::close(handle);
  if (mapped == MAP_FAILED) {
    fail_runtime(path, "cannot map the file", "free memory and try again");
  }
  file->data_ = static_cast<const char*>(mapped);
  file->self_ = file;
  file->parse();
  return file;
}

Safetensors::~Safetensors() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

void Safetensors::parse() {
  uint64_t length = 0;
  std::memcpy(&length, data_, 8);
  if (length > kMaxHeader || length > size_ - 8) {
    refuse(path_, fmt::format("header says {} bytes, the file has {}", length,
                              size_ - 8));
  }
  const Json header = parse_json(std::string(data_ + 8, length), path_);
  if (!header.is_object()) refuse(path_, "the header is no JSON object");
  for (const auto& [name, json] : header.items()) {
    if (name == "__metadata__") continue;
    entries_.push_back(read_entry(name, json, path_ + ": " + printable(name)));
  }
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.bytes) < std::pair(b.begin, b.bytes);
  });
  size_t next = 0;
  for (TensorEntry& entry : entries_) {
    if (entry.begin != next) {
      refuse(path_, fmt::format("tensor \"{}\" begins at byte {}, not at {}",
                                printable(entry.name), entry.begin, next));
    }
    next += entry.bytes;
    entry.begin += 8 + length;
  }
  if (next != size_ - 8 - length) {
    refuse(path_, fmt::format("the tensors take {} bytes, the file holds {}",
                              next, size_ - 8 - length));
  }
  for (size_t i = 0; i < entries_.size(); ++i) by_name_[entries_[i].name] = i;
}

bool Safetensors::contains(const std::string& name) const {
  return by_name_.count(name) > 0;
}

const TensorEntry& Safetensors::entry(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    refuse(path_, "has no tensor \"" + name + "\"");
  }
  return entries_[found->second];
}

Tensor Safetensors::tensor(const TensorEntry& entry) const {
  const auto keep = self_.lock();
  const char* begin = data_ + entry.begin;
  if (reinterpret_cast<uintptr_t>(begin) % c10::elementSize(entry.dtype) != 0) {
    const Tensor copy = at::empty(entry.shape, at::TensorOptions(entry.dtype));
    std::memcpy(copy.mutable_data_ptr(), begin, entry.bytes);
    return copy;
  }
  // from_blob wants a mutable pointer; the mapping is read-only and callers
  // that write take a copy.
  return at::from_blob(
      const_cast<char*>(data_) + entry.begin, entry.shape, [keep](void*) {},
      at::TensorOptions(entry.dtype));
}

void Safetensors::release(const Tensor& view) const {
  const auto* begin = static_cast<const char*>(view.const_data_ptr());
  const char* end = begin + view.nbytes();
  if (begin < data_ || end > data_ + size_) return;
  // Whole pages only: the ones at the borders belong to neighbours too.
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t first =
      (reinterpret_cast<uintptr_t>(begin) + page - 1) / page * page;
  const uintptr_t last = reinterpret_cast<uintptr_t>(end) / page * page;
  if (last > first) {
    ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
}

void write_safetensors(const std::string& path, const NamedTensors& tensors) {
  OrderedJson header;
  header["__metadata__"] = {{"format", "pt"}};
  size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const size_t end = offset + tensor.nbytes();
    header[name] = {{"dtype", stored_name(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data stay aligned
  write_atomically(path, [&](const std::string& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    const uint64_t length = text.size();
    out.write(reinterpret_cast<const char*>(&length), 8);
    out << text;
    for (const auto& [name, tensor] : tensors) {
      const Tensor host = tensor.detach().to(at::kCPU).contiguous();
      out.write(static_cast<const char*>(host.const_data_ptr()),
                static_cast<std::streamsize>(host.nbytes()));
    }
    out.close();
    if (!out) fail_write(path);
  });
}

}  // namespace lethe
