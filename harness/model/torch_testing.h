// Files of torch.save built by hand, honest and hostile, for tests.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

// `value` as `width` little-endian bytes.
inline std::string little(uint64_t value, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) {
    bytes += static_cast<char>(i < 8 ? value >> (8 * i) & 0xFF : 0);
  }
  return bytes;
}

// An entry of a zip archive, with what its head and its directory say of it.
struct ZipPart {
  std::string name, bytes;
  uint64_t method = 0, flags = 0;
  uint64_t says_bytes = UINT64_MAX;  // instead of the true size
  uint64_t says_begin = UINT64_MAX;  // instead of the true place
  std::string local_name = {};       // instead of name
  std::string directory_extra = {};  // extra fields there
};

// A zip archive of these entries.
inline std::string zip_of(const std::vector<ZipPart>& parts) {
  std::string file, directory;
  for (const ZipPart& part : parts) {
    const uint64_t begin =
        part.says_begin == UINT64_MAX ? file.size() : part.says_begin;
    const uint64_t size =
        part.says_bytes == UINT64_MAX ? part.bytes.size() : part.says_bytes;
    const uint64_t crc =
        crc32(0, reinterpret_cast<const Bytef*>(part.bytes.data()),
              static_cast<uInt>(part.bytes.size()));
    const std::string common = little(part.flags, 2) + little(part.method, 2) +
                               little(0, 4) + little(crc, 4) + little(size, 4) +
                               little(size, 4);
    const std::string& local =
        part.local_name.empty() ? part.name : part.local_name;
    file += "PK\3\4" + little(0, 2) + common + little(local.size(), 2) +
            little(0, 2) + local + part.bytes;
    directory +=
        "PK\1\2" + little(0, 4) + common + little(part.name.size(), 2) +
        little(part.directory_extra.size(), 2) + little(0, 4) + little(0, 6) +
        little(begin, 4) + part.name + part.directory_extra;
  }
  const uint64_t begin = file.size();
  return file + directory + "PK\5\6" + little(0, 4) + little(parts.size(), 2) +
         little(parts.size(), 2) + little(directory.size(), 4) +
         little(begin, 4) + little(0, 2);
}

// Pieces of pickles.
inline std::string pickle_text(const std::string& text) {
  return "X" + little(text.size(), 4) + text;
}
inline std::string pickle_int(int64_t number) {
  return "\x8a\x08" + little(static_cast<uint64_t>(number), 8);
}
inline std::string pickle_global(const std::string& module,
                                 const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string pickle_tuple(const std::vector<int64_t>& numbers) {
  std::string items;
  for (const int64_t number : numbers) items += pickle_int(number);
  return "(" + items + "t";
}

struct PickledView {
  std::string type = "FloatStorage";
  std::string storage = "0";
  int64_t elements = 4, offset = 0;
  std::vector<int64_t> sizes = {4}, strides = {1};
};
inline std::string pickle_tensor(const PickledView& view) {
  return pickle_global("torch._utils", "_rebuild_tensor_v2") + "((" +
         pickle_text("storage") + pickle_global("torch", view.type) +
         pickle_text(view.storage) + pickle_text("cpu") +
         pickle_int(view.elements) + "tQ" + pickle_int(view.offset) +
         pickle_tuple(view.sizes) + pickle_tuple(view.strides) + "\x89" +
         pickle_global("collections", "OrderedDict") + ")RtR";
}
// A whole pickle of one dict; `items` are keys and values.
inline std::string pickle_dict(const std::string& items) {
  return "\x80\x02}(" + items + "u.";
}

// A file of torch.save with one storage.
inline std::string torch_file(const std::string& pickle,
                              const std::string& storage) {
  return zip_of({{.name = "archive/data.pkl", .bytes = pickle},
                 {.name = "archive/byteorder", .bytes = "little"},
                 {.name = "archive/data/0", .bytes = storage},
                 {.name = "archive/version", .bytes = "3\n"}});
}
inline std::string torch_file(const PickledView& view,
                              const std::string& storage) {
  return torch_file(pickle_dict(pickle_text("a") + pickle_tensor(view)),
                    storage);
}

}  // namespace lethe
