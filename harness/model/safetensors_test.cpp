// Safetensors files: what is written is read again, and files that lie are
// refused in one line.
#include "harness/model/safetensors.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

class SafetensorsTest : public testing::Test {
 protected:
  SafetensorsTest() {
    std::string name = testing::TempDir() + "lethe_safetensors_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/file.safetensors";
  }
  ~SafetensorsTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  // The message and exit code of opening the file; "" and 0: it opens.
  std::pair<std::string, int> open() const {
    try {
      Safetensors::open(path_);
      return {"", 0};
    } catch (const Error& error) {
      return {error.what(), error.exit_code()};
    }
  }

  std::string folder_, path_;
};

std::string with_length(uint64_t length, const std::string& rest) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + rest;
}

std::string file_of(const std::string& header, size_t data) {
  return with_length(header.size(), header + std::string(data, 'x'));
}

std::string tensor(const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape +
         R"(,"data_offsets":)" + offsets + "}";
}

std::string one(const std::string& shape, const std::string& offsets) {
  return R"({"a":)" + tensor("F32", shape, offsets) + "}";
}

std::string two(const std::string& first, const std::string& second) {
  return R"({"a":)" + tensor("F32", "[2]", first) + R"(,"b":)" +
         tensor("F32", "[2]", second) + "}";
}

TEST_F(SafetensorsTest, EveryTypeAndShapeIsReadAsItWasWritten) {
  const Tensor base = at::arange(12, at::kFloat).view({3, 4}) / 8 - 0.5;
  NamedTensors tensors = {{"zero dimensions", at::scalar_tensor(2.5)},
                          {"empty", at::empty({0, 3})},
                          {"transposed", base.t()},
                          {"slice", base.narrow(1, 1, 2)}};
  for (const at::ScalarType type :
       {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf, at::kLong, at::kInt,
        at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors.emplace_back(fmt::format("type {}", static_cast<int>(type)),
                         base.abs().mul(8).to(type));
  }
  write_safetensors(path_, tensors);
  const auto file = Safetensors::open(path_);
  ASSERT_EQ(file->entries().size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, want] = tensors[i];
    SCOPED_TRACE(name);
    ASSERT_TRUE(file->contains(name));
    const Tensor got = file->tensor(name);
    EXPECT_EQ(got.scalar_type(), want.scalar_type());
    EXPECT_EQ(got.sizes(), want.sizes());
    EXPECT_TRUE(at::equal(got, want));
  }
  EXPECT_EQ(file->entries().front().name, "zero dimensions");
  EXPECT_EQ(file->entries().back().name, tensors.back().first);
  EXPECT_FALSE(file->contains("another"));
  EXPECT_THROW(file->tensor("another"), Error);
}

TEST_F(SafetensorsTest, TensorsMayComeOneByOneInAnyOrder) {
  const std::vector<StoredTensor> plan = {{"first", "F32", {2, 3}, 24},
                                          {"no \"rows\"", "I64", {0, 3}, 0},
                                          {"last", "F16", {5}, 10}};
  const std::vector<Tensor> tensors = {at::arange(6, at::kFloat).view({2, 3}),
                                       at::empty({0, 3}, at::kLong),
                                       at::arange(5, at::kHalf)};
  const auto bytes = [&](size_t i) {
    return std::string_view(
        static_cast<const char*>(tensors[i].const_data_ptr()),
        tensors[i].nbytes());
  };
  write_safetensors(path_, plan, [&](const PutBytes& put) {
    put(2, bytes(2).substr(0, 3));  // and in pieces
    put(0, bytes(0));
    put(2, bytes(2).substr(3));
  });
  const auto file = Safetensors::open(path_);
  ASSERT_EQ(file->entries().size(), 3u);
  for (size_t i = 0; i < plan.size(); ++i) {
    EXPECT_TRUE(at::equal(file->tensor(plan[i].name), tensors[i]));
  }
  std::filesystem::remove(path_);
  const auto less = [&](const PutBytes& put) { put(0, bytes(2)); };
  EXPECT_THROW(write_safetensors(path_, plan, less), Error);
  const auto more = [&](const PutBytes& put) { put(2, bytes(0)); };
  EXPECT_THROW(write_safetensors(path_, plan, more), Error);
  EXPECT_FALSE(exists(path_));
}

TEST_F(SafetensorsTest, LargeNumbersKeepEveryBit) {
  const Tensor ids = at::tensor({int64_t{1} << 62, int64_t{-1}});
  write_safetensors(path_, {{"ids", ids}});
  EXPECT_TRUE(at::equal(Safetensors::open(path_)->tensor("ids"), ids));
}

TEST_F(SafetensorsTest, ViewsOutliveTheFileAndItsReplacement) {
  const Tensor want = at::arange(1000, at::kFloat);
  write_safetensors(path_, {{"a", want}});
  const Tensor view = Safetensors::open(path_)->tensor("a");
  write_safetensors(path_, {{"a", want * 2}});
  EXPECT_TRUE(at::equal(view, want));
  std::filesystem::remove(path_);
  EXPECT_TRUE(at::equal(view, want));
}

TEST_F(SafetensorsTest, DataThatAreNotAlignedAreReadToo) {
  // Headers of every length, so that data begin at every place modulo 8.
  for (size_t pad = 0; pad < 8; ++pad) {
    const std::string header = one("[2]", "[0,8]") + std::string(pad, ' ');
    std::string bytes = file_of(header, 8);
    const float numbers[2] = {1.5f, -3.25f};
    std::memcpy(bytes.data() + bytes.size() - 8, numbers, 8);
    write(bytes);
    const Tensor got = Safetensors::open(path_)->tensor("a");
    EXPECT_EQ(got[0].item<float>(), 1.5f);
    EXPECT_EQ(got[1].item<float>(), -3.25f);
  }
}

TEST_F(SafetensorsTest, MetadataAndAFileWithoutTensorsAreFine) {
  write(file_of(R"({"__metadata__":{"format":"pt"}})", 0));
  EXPECT_TRUE(Safetensors::open(path_)->entries().empty());
  write(file_of("{}", 0));
  EXPECT_TRUE(Safetensors::open(path_)->entries().empty());
  write(file_of(two("[8,16]", "[0,8]"), 16));  // any order in the header
  EXPECT_EQ(Safetensors::open(path_)->entries().front().name, "b");
}

TEST_F(SafetensorsTest, WritingWhereNothingCanBeWrittenIsARuntimeError) {
  try {
    write_safetensors(folder_ + "/absent/file", {{"a", at::zeros({2})}});
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 1);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

struct Hostile {
  const char* name;
  std::string bytes;
};

std::vector<Hostile> lying_headers() {
  const std::string good = one("[2]", "[0,8]");
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  return {
      {"header of no bytes", with_length(0, good)},
      {"length 2^63", with_length(uint64_t{1} << 63, good)},
      {"length 2^64 - 1", with_length(~uint64_t{0}, good)},
      {"length past the end", with_length(good.size() + 9, good + "12345678")},
      {"a list", file_of("[]", 0)},
      {"null", file_of("null", 0)},
      {"a number", file_of("17", 0)},
      {"unclosed", file_of("{", 0)},
      {"no JSON", file_of(R"({"a": nul})", 0)},
      {"two values", file_of("{} {}", 0)},
      {"zero bytes", file_of(std::string(64, '\0'), 0)},
      {"no UTF-8", file_of("{\"\xff\xfe\": 1}", 0)},
      {"same name twice",
       file_of(R"({"a":)" + tensor("F32", "[2]", "[0,8]") + R"(,"a":)" +
                   tensor("F32", "[2]", "[8,16]") + "}",
               16)},
      {"same key twice",
       file_of(R"({"a":{"dtype":"F32","dtype":"F16","shape":[2],)"
               R"("data_offsets":[0,8]}})",
               8)},
      {"deep lists", file_of(std::string(1 << 20, '['), 0)},
      {"deep objects", file_of(objects, 0)},
      {"entry is a number", file_of(R"({"a": 1})", 0)},
      {"entry is empty", file_of(R"({"a": {}})", 0)},
      {"no shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8)},
      {"no offsets", file_of(R"({"a":{"dtype":"F32","shape":[2]}})", 8)},
      {"dtype is a number",
       file_of(R"({"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}})", 8)},
      {"unknown dtype",
       file_of(R"({"a":)" + tensor("F8_E9", "[2]", "[0,2]") + "}", 2)},
  };
}

std::vector<Hostile> lying_shapes() {
  const auto shape = [](const char* text) {
    return file_of(one(text, "[0,8]"), 8);
  };
  const auto offsets = [](const char* text) {
    return file_of(one("[2]", text), 8);
  };
  std::string ones;
  for (int i = 0; i < 999; ++i) ones += ",1";
  return {
      {"negative size", shape("[-2]")},
      {"two negative sizes", shape("[-1,-2]")},
      {"size is a float", shape("[2.0]")},
      {"size is a string", shape(R"(["2"])")},
      {"size is true", shape("[true]")},
      {"size beyond 64 bits", shape("[18446744073709551618]")},
      {"shape is a number", shape("2")},
      {"shape is an object", shape("{}")},
      {"product overflows to 8", shape("[4611686018427387906]")},
      {"product overflows",
       file_of(one("[1099511627776,1099511627776]", "[0,0]"), 0)},
      {"shape too small", shape("[1]")},
      {"shape too large", shape("[3]")},
      {"a thousand dimensions", shape(("[2" + ones + "]").c_str())},
      {"offsets reversed", offsets("[8,0]")},
      {"negative offset", offsets("[-8,0]")},
      {"offset is a float", offsets("[0,8.0]")},
      {"one offset", offsets("[8]")},
      {"three offsets", offsets("[0,4,8]")},
      {"offsets past the end", file_of(one("[4]", "[0,16]"), 8)},
      {"offsets near 2^64",
       offsets("[18446744073709551608,18446744073709551615]")},
      {"overlap", file_of(two("[0,8]", "[4,12]"), 12)},
      {"the same bytes", file_of(two("[0,8]", "[0,8]"), 8)},
      {"hole", file_of(two("[0,8]", "[12,20]"), 20)},
      {"hole at the start", file_of(one("[2]", "[4,12]"), 12)},
      {"trailing bytes", file_of(one("[2]", "[0,8]"), 9)},
      {"data without tensors", file_of("{}", 4)},
      {"name with an escape and a line end",
       file_of("{\"a\\u001b[31m\\nb\":" + tensor("F32", "[2]", "[0,4]") + "}",
               8)},
  };
}

TEST_F(SafetensorsTest, LyingFilesAreRefusedInOneLine) {
  write(file_of(one("[2]", "[0,8]"), 8));
  EXPECT_EQ(open().second, 0) << "the honest file opens: " << open().first;
  for (const auto& files : {lying_headers(), lying_shapes()}) {
    for (const Hostile& hostile : files) {
      SCOPED_TRACE(hostile.name);
      write(hostile.bytes);
      const auto [message, code] = open();
      EXPECT_EQ(code, 3);
      EXPECT_NE(message.find("file.safetensors"), std::string::npos) << message;
      EXPECT_EQ(message.find_first_of("\n\r\x1b"), std::string::npos);
      EXPECT_LT(message.size(), 2000u);
    }
  }
}

TEST_F(SafetensorsTest, EveryTruncationIsRefused) {
  const std::string whole = file_of(two("[0,8]", "[8,16]"), 16);
  for (size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    EXPECT_EQ(open().second, 3) << size << " bytes";
  }
}

TEST_F(SafetensorsTest, OneWrongByteGivesAFileOrAnError) {
  const std::string whole = file_of(two("[0,8]", "[8,16]"), 16);
  size_t refused = 0;
  for (size_t i = 0; i + 16 < whole.size(); ++i) {
    for (const char byte : {'\0', '0', '9', '"', '[', '}', '\xff'}) {
      if (whole[i] == byte) continue;
      std::string bytes = whole;
      bytes[i] = byte;
      write(bytes);
      const int code = open().second;
      EXPECT_TRUE(code == 0 || code == 3) << "byte " << i << ": " << code;
      refused += code == 3 ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 3 * whole.size());
}

TEST_F(SafetensorsTest, AbsentFilesAreAUsageErrorAndOddOnesARefusal) {
  EXPECT_EQ(open().second, 2) << "absent";
  std::filesystem::create_directory(path_);
  EXPECT_EQ(open().second, 3) << "a folder";
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(open().second, 3) << "a pipe: refused, not waited for";
}

}  // namespace
}  // namespace lethe
