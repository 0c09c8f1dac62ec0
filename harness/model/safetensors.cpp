#include "harness/model/safetensors.h"

#include <fmt/core.h>

#include <cstring>
#include <fstream>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

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

// The header's reader knows the same names.
at::ScalarType stored_type(const std::string& name) {
  for (const StoredType& known : kTypes) {
    if (name == known.name) return known.type;
  }
  fail_runtime("safetensors", "dtype \"" + name + "\" has no tensors",
               "report this with the command");
}

}  // namespace

std::shared_ptr<const Safetensors> Safetensors::open(const std::string& path) {
  std::shared_ptr<Safetensors> file(new Safetensors(path));
  file->self_ = file;
  file->parse();
  return file;
}

void Safetensors::parse() {
  for (StoredEntry& one : read_safetensors_header(file_.bytes(), path())) {
    StoredTensor& tensor = one.tensor;
    by_name_[tensor.name] = entries_.size();
    entries_.push_back({std::move(tensor.name), stored_type(tensor.dtype),
                        std::move(tensor.shape), one.begin, tensor.bytes});
  }
}

bool Safetensors::contains(const std::string& name) const {
  return by_name_.count(name) > 0;
}

const TensorEntry& Safetensors::entry(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    fail_input(path(), "has no tensor \"" + name + "\"",
               "download or export the file again");
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
  if (text.size() > kMaxSafetensorsHeader) {
    fail_runtime(
        path,
        fmt::format("{} tensors need a header of {} bytes, at most {}",
                    tensors.size(), text.size(), kMaxSafetensorsHeader),
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
