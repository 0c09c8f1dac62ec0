// Protocol Buffers' wire format: a message as a row of numbered fields.
//
// Every length is checked against the bytes that are there before it is used;
// nothing is copied, and nothing nests: a message inside a field is a reader of
// its own. Groups (wire types 3 and 4, unused since 2008) are refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lethe {

class ProtobufReader {
 public:
  // `where` names the message in errors; `message` must outlive the reader.
  ProtobufReader(std::string_view message, std::string where)
      : left_(message), where_(std::move(where)) {}

  // Goes to the next field; false at the end of the message.
  // Throws: input error if the message is cut off or malformed.
  bool next();

  // The number of the field, 1 to 2^29 - 1.
  uint32_t field() const { return field_; }

  // The field's value. Throws: input error if it is of another wire type.
  std::string_view bytes() const;  // also text and messages
  int64_t integer() const;         // also enumerations
  bool flag() const { return integer() != 0; }
  float number() const;  // 32 bits

 private:
  [[noreturn]] void fail(const std::string& what) const;
  uint64_t varint();
  std::string_view take(uint64_t size);

  std::string_view left_;
  const std::string where_;
  uint32_t field_ = 0;
  uint32_t type_ = 0;  // 0: varint, 1: 64 bits, 2: bytes, 5: 32 bits
  uint64_t value_ = 0;
  std::string_view bytes_;
};

}  // namespace lethe
