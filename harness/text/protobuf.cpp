#include "harness/text/protobuf.h"

#include <cstring>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr uint32_t kVarint = 0, k64Bits = 1, kBytes = 2, k32Bits = 5;

}  // namespace

void ProtobufReader::fail(const std::string& what) const {
  fail_input(where_, what, "get the file again, it is damaged");
}

std::string_view ProtobufReader::take(uint64_t size) {
  if (size > left_.size()) {
    fail(fmt::format("field {} has {} bytes, but {} are left", field_, size,
                     left_.size()));
  }
  const std::string_view taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

uint64_t ProtobufReader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (left_.empty()) fail("ends inside a number");
    const auto byte = static_cast<uint8_t>(left_[0]);
    left_.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  fail("has a number of more than 10 bytes");
}

bool ProtobufReader::next() {
  if (left_.empty()) return false;
  const uint64_t tag = varint();
  type_ = static_cast<uint32_t>(tag & 7);
  if (tag >> 3 == 0 || tag >> 32 != 0) {
    fail(fmt::format("has field number {}", tag >> 3));
  }
  field_ = static_cast<uint32_t>(tag >> 3);
  switch (type_) {
    case kVarint:
      value_ = varint();
      return true;
    case kBytes:
      bytes_ = take(varint());
      return true;
    case k32Bits:
      bytes_ = take(4);
      return true;
    case k64Bits:
      bytes_ = take(8);
      return true;
    default:
      fail(fmt::format("field {} has wire type {}", field_, type_));
  }
}

std::string_view ProtobufReader::bytes() const {
  if (type_ != kBytes) fail(fmt::format("field {} is no text", field_));
  return bytes_;
}

int64_t ProtobufReader::integer() const {
  if (type_ != kVarint) fail(fmt::format("field {} is no integer", field_));
  return static_cast<int64_t>(value_);
}

float ProtobufReader::number() const {
  if (type_ != k32Bits) fail(fmt::format("field {} is no number", field_));
  uint32_t bits = 0;
  for (size_t i = 0; i < 4; ++i) {
    bits |= static_cast<uint32_t>(static_cast<uint8_t>(bytes_[i])) << (8 * i);
  }
  float number = 0;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

}  // namespace lethe
