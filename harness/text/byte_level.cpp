#include "harness/text/byte_level.h"

#include "harness/text/utf8.h"

namespace lethe {
namespace {

bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

}  // namespace

ByteAlphabet::ByteAlphabet() {
  bytes_.fill(-1);
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const char32_t c =
        stands_for_itself(byte) ? static_cast<char32_t>(byte) : next++;
    utf8_[static_cast<size_t>(byte)] = utf8(c);
    bytes_[c] = byte;
  }
}

std::string ByteAlphabet::encode(std::string_view bytes) const {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) text += utf8_[static_cast<uint8_t>(byte)];
  return text;
}

std::optional<std::string> ByteAlphabet::decode(std::string_view text) const {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    if (c.value >= bytes_.size() || bytes_[c.value] < 0) return std::nullopt;
    bytes += static_cast<char>(bytes_[c.value]);
    i += c.size;
  }
  return bytes;
}

const ByteAlphabet& byte_alphabet() {
  static const ByteAlphabet alphabet;
  return alphabet;
}

}  // namespace lethe
