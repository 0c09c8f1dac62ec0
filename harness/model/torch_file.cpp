#include "harness/model/torch_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>

#include "harness/base/error.h"
#include "harness/model/torch_pickle.h"
#include "harness/model/zip_archive.h"

namespace lethe {
namespace {

constexpr size_t kPiece = size_t{4} << 20;

// How files of torch before 1.6 begin: a pickled magic number.
constexpr std::string_view kLegacy =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  fail_input(where, what,
             "download the file again, or save model.state_dict() with "
             "torch.save");
}

using Storages = std::map<std::string, const ZipEntry*, std::less<>>;

struct Parts {
  std::string_view pickle;
  Storages storages;
};

bool storage_key(std::string_view key) {
  return !key.empty() && key.size() <= 64 &&
         std::all_of(key.begin(), key.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_';
         });
}

// Torch names the entries archive/data.pkl, archive/data/0, ... where archive
// is what the file was called when it was written.
Parts sort_entries(const std::vector<ZipEntry>& entries,
                   const std::string& where) {
  Parts parts;
  std::string root;
  for (const ZipEntry& entry : entries) {
    const size_t slash = entry.name.find('/');
    const std::string first = entry.name.substr(0, slash);
    const std::string rest =
        slash == std::string::npos ? "" : entry.name.substr(slash + 1);
    if (root.empty()) root = first;
    if (rest == "data.pkl" && first == root) {
      parts.pickle = entry.bytes;
    } else if (rest == "byteorder" && entry.bytes != "little") {
      refuse(where, "its numbers are " + printable(std::string(entry.bytes)) +
                        "-endian, not little-endian");
    } else if (rest.starts_with("data/") && storage_key(rest.substr(5)) &&
               first == root) {
      parts.storages[rest.substr(5)] = &entry;
    } else if (first != root ||
               (rest != "byteorder" && rest != "version" &&
                rest != ".format_version" && rest != ".storage_alignment" &&
                rest != ".data/serialization_id")) {
      refuse(where, "holds \"" + printable(entry.name) +
                        "\", which is no part of a state dict");
    }
  }
  if (parts.pickle.data() == nullptr) refuse(where, "holds no data.pkl");
  return parts;
}

// The elements from the first to the last, 0 without elements; `count` is set
// to their number. False: beyond 2^62.
bool extent(const PickledTensor& tensor, uint64_t* span, uint64_t* count) {
  constexpr uint64_t kMost = uint64_t{1} << 62;
  *span = *count = 1;
  for (const int64_t size : tensor.sizes) {
    if (size == 0) {
      *span = *count = 0;
      return true;
    }
  }
  for (size_t i = 0; i < tensor.sizes.size(); ++i) {
    const auto size = static_cast<uint64_t>(tensor.sizes[i]);
    uint64_t reach = 0;
    if (__builtin_mul_overflow(*count, size, count) || *count > kMost ||
        __builtin_mul_overflow(
            size - 1, static_cast<uint64_t>(tensor.strides[i]), &reach) ||
        __builtin_add_overflow(*span, reach, span) || *span > kMost) {
      return false;
    }
  }
  return true;
}

TorchTensor checked(const PickledTensor& tensor, const Storages& storages,
                    const std::string& file) {
  const std::string where = file + ": " + printable(std::string(tensor.name));
  const auto found = storages.find(tensor.storage);
  if (found == storages.end()) {
    refuse(where, "its storage \"" + printable(std::string(tensor.storage)) +
                      "\" is absent");
  }
  const ZipEntry& entry = *found->second;
  const size_t width = tensor.type->bytes;
  const uint64_t held = entry.bytes.size() / width;
  if (tensor.storage_elements > held) {
    refuse(where, fmt::format("its storage of {} elements has {} bytes",
                              tensor.storage_elements, entry.bytes.size()));
  }
  uint64_t span = 0, count = 0;
  if (!extent(tensor, &span, &count) || tensor.offset > held ||
      span > held - tensor.offset || tensor.offset > tensor.storage_elements ||
      span > tensor.storage_elements - tensor.offset) {
    refuse(where, fmt::format("its elements leave their storage of {}",
                              tensor.storage_elements));
  }
  if (count > span) {  // broadcast: four bytes could become any number
    refuse(where, fmt::format("{} elements share {} places", count, span));
  }
  TorchTensor out;
  out.name = tensor.name;
  out.dtype = tensor.type->name;
  out.element_bytes = width;
  out.sizes = tensor.sizes;
  out.strides = tensor.strides;
  out.bytes = count * width;
  out.elements = entry.bytes.substr(tensor.offset * width);
  out.storage = entry.bytes;
  out.storage_crc = entry.crc;
  return out;
}

// The elements of the innermost dimensions that lie one behind the other, as
// many dimensions as possible; the number of the other dimensions.
size_t outer_dimensions(const TorchTensor& tensor, size_t* run_elements) {
  size_t dimension = tensor.sizes.size();
  int64_t next = 1;
  while (dimension > 0 && (tensor.strides[dimension - 1] == next ||
                           tensor.sizes[dimension - 1] == 1)) {
    next *= tensor.sizes[dimension - 1];
    --dimension;
  }
  *run_elements = static_cast<size_t>(next);
  return dimension;
}

}  // namespace

bool TorchTensor::same_view(const TorchTensor& other) const {
  return elements.data() == other.elements.data() && dtype == other.dtype &&
         sizes == other.sizes && strides == other.strides;
}

std::vector<TorchTensor> read_torch_file(std::string_view file,
                                         const std::string& where) {
  if (file.starts_with(kLegacy)) {
    fail_input(where, "is in the format of torch before 1.6",
               "torch.save(torch.load(FILE, weights_only=True), FILE) with a "
               "newer torch writes today's");
  }
  const std::vector<ZipEntry> entries = read_zip(file, where);
  const Parts parts = sort_entries(entries, where);
  std::vector<TorchTensor> tensors;
  for (const PickledTensor& tensor : read_state_dict(parts.pickle, where)) {
    tensors.push_back(checked(tensor, parts.storages, where));
  }
  return tensors;
}

void write_elements(const TorchTensor& tensor,
                    const std::function<void(std::string_view)>& write) {
  if (tensor.bytes == 0) return;
  size_t run_elements = 0;
  const size_t outer = outer_dimensions(tensor, &run_elements);
  const size_t width = tensor.element_bytes, run = run_elements * width;
  std::string buffer;
  std::vector<int64_t> index(outer, 0);
  int64_t at = 0;  // of the run, in elements
  for (size_t left = tensor.bytes; left > 0; left -= run) {
    std::string_view part =
        tensor.elements.substr(static_cast<size_t>(at) * width, run);
    if (run >= kPiece || outer == 0) {
      for (; !part.empty(); part.remove_prefix(std::min(kPiece, part.size()))) {
        write(part.substr(0, kPiece));
      }
    } else {
      buffer += part;
      if (buffer.size() >= kPiece || left == run) {
        write(buffer);
        buffer.clear();
      }
    }
    for (size_t d = outer; d > 0; --d) {
      if (++index[d - 1] < tensor.sizes[d - 1]) {
        at += tensor.strides[d - 1];
        break;
      }
      at -= tensor.strides[d - 1] * (tensor.sizes[d - 1] - 1);
      index[d - 1] = 0;
    }
  }
}

}  // namespace lethe
