// Parquet and Arrow files that are cut off, damaged, encrypted, made to harm or
// something else: read, or refused with one line.
#include <gtest/gtest.h>

#include <random>

#include "harness/base/files.h"
#include "harness/data/arrow/columns_testing.h"

namespace lethe {
namespace {

class DamagedColumns : public Columns {
 protected:
  DamagedColumns() {
    const auto coded = arrow::dictionary(arrow::int8(), arrow::utf8());
    const auto pair = arrow::struct_(
        {arrow::field("a", arrow::utf8()), arrow::field("b", arrow::int64())});
    rows_ = table({{"text", arrow::utf8(), R"(["ab", null, "é", "tide", ""])"},
                   {"code", coded, R"(["x", "y", "x", null, "y"])"},
                   {"number", arrow::float64(), "[1, null, 3, 4, 5]"},
                   {"list", arrow::list(arrow::int32()),
                    "[[1, 2], [], null, [3], [4, 5, 6]]"},
                   {"pair", pair,
                    R"([{"a": "u", "b": 1}, null, {"a": null, "b": 2}, null,
                        {"a": "v", "b": 3}])"}});
  }

  // Name and bytes of the same rows in each form.
  std::vector<std::pair<std::string, std::string>> forms() const {
    using Kind = arrow::Compression;
    std::vector<std::pair<std::string, std::string>> all;
    for (const std::string& path :
         {write_parquet("plain.parquet", rows_, 2, Kind::UNCOMPRESSED),
          write_parquet("packed.parquet", rows_, 2, Kind::ZSTD),
          write_stream("stream.arrow", rows_),
          write_stream("packed.arrow", rows_, Kind::LZ4_FRAME),
          write_file("file.arrow", rows_)}) {
      all.emplace_back(path, read_file(path));
    }
    return all;
  }

  // 1: read, 0: refused. Anything else fails the test or ends the program.
  int outcome(const std::string& path) const {
    try {
      read_ordered_rows(path);
      return 1;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.fault(), Fault::input) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
      EXPECT_NE(message.find(path), std::string::npos) << message;
      return 0;
    }
  }

  void refused(const std::string& path, const std::vector<std::string>& words) {
    expect_refused(Fault::input, words, [&] { read_rows(path); });
  }

  Table rows_;
};

TEST_F(DamagedColumns, CutOffAnywhereAreRefused) {
  for (const auto& [path, bytes] : forms()) {
    ASSERT_EQ(outcome(path), 1) << path;
    for (size_t size = 0; size < bytes.size(); size += 1 + size / 40) {
      write(path.substr(folder_.size() + 1), bytes.substr(0, size));
      EXPECT_EQ(outcome(path), 0) << path << " cut at " << size;
    }
  }
}

TEST_F(DamagedColumns, WithOtherBytesAreReadOrRefused) {
  std::mt19937 random(1);
  for (const auto& [path, bytes] : forms()) {
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
      std::string damaged = bytes;
      for (unsigned n = 1 + random() % 3; n > 0; --n) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      write(path.substr(folder_.size() + 1), damaged);
      refused += 1 - outcome(path);
    }
    EXPECT_GT(refused, 20) << path;  // the damage is seen at all
  }
}

TEST_F(DamagedColumns, OfAnotherKindAreNamed) {
  refused(write("a.parquet", ""), {"a.parquet", "is empty"});
  refused(write("a.parquet", "{\"a\": 1}\n"), {"is no Parquet or Arrow file"});
  refused(write("a.parquet", "PAR1"), {"cannot be read", "get it again"});
  refused(write("a.parquet", "PARE0000PARE"), {"is encrypted"});
  refused(write("a.feather", "FEA10000FEA1"), {"Feather version 1"});
  refused(write("a.arrow", "ARROW1"), {"cannot be read"});
  refused(write("a.arrow", std::string("\xff\xff\xff\xff\0\0\0\0", 8)),
          {"cannot be read"});
  const auto rows = table({{"a", arrow::int32(), "[]"}});
  refused(write_parquet("b.parquet", rows), {"holds no rows"});
  refused(write_stream("b.arrow", rows), {"holds no rows"});
  expect_refused(Fault::usage, {"not a regular file"}, [&] {
    std::filesystem::create_directory(folder_ + "/c.parquet");
    read_rows(folder_ + "/c.parquet");
  });
  const std::string packed = write("d.parquet.gz", gzipped("x"));
  expect_refused(Fault::usage, {"gunzip"}, [&] { read_rows(packed); });
}

TEST_F(DamagedColumns, StreamsThatEndBetweenBatchesAreCutOff) {
  const std::string path = write_stream("a.arrow", rows_);
  const std::string bytes = read_file(path);
  write("a.arrow", bytes.substr(0, bytes.size() - 8));
  refused(path, {"without the mark of its end", "cut off"});
}

TEST_F(DamagedColumns, ValuesThatNoJsonHoldsAreNamed) {
  refused(write_stream("a.arrow",
                       table({{"x", arrow::timestamp(arrow::TimeUnit::SECOND),
                               "[0, 9223372036854775807]"}})),
          {"a.arrow row 1", "out of range"});
  const auto twice =
      table({{"x", arrow::int32(), "[1]"}, {"x", arrow::int32(), "[2]"}});
  refused(write_stream("b.arrow", twice), {"b.arrow row 1", "x"});
  // Bytes that are not UTF-8 in a column that says it is text.
  auto text = arrow::StringArray(
      1, arrow::Buffer::FromString(std::string("\0\0\0\0\2\0\0\0", 8)),
      arrow::Buffer::FromString("\xC3("));
  const auto wrong =
      arrow::Table::Make(arrow::schema({arrow::field("x", arrow::utf8())}),
                         {std::make_shared<arrow::StringArray>(text.data())});
  refused(write_stream("c.arrow", wrong), {"c.arrow", "UTF8"});
  refused(write_parquet("c.parquet", wrong), {"c.parquet", "UTF8"});
}

// A text of 1 MB that a dictionary repeats a million times.
TEST_F(DamagedColumns, AFewBytesDoNotFillTheMemory) {
  const auto codes =
      *arrow::MakeArrayFromScalar(arrow::Int32Scalar(0), 100'000);
  const auto texts = *arrow::MakeArrayFromScalar(
      arrow::StringScalar(std::string(size_t{1} << 20, 'x')), 1);
  const auto coded = *arrow::DictionaryArray::FromArrays(codes, texts);
  const auto bomb = arrow::Table::Make(
      arrow::schema({arrow::field("x", coded->type())}), {coded});
  const std::string path =
      write_parquet("a.parquet", bomb, 100'000, arrow::Compression::ZSTD);
  ASSERT_LT(std::filesystem::file_size(path), size_t{100'000});
  refused(path, {"a.parquet", "1,100 bytes", "as JSON Lines"});
  EXPECT_EQ(read_rows(path, 3).size(), 3u);
}

// Nulls that no byte of the file stands for: 1.25 GB as JSON.
TEST_F(DamagedColumns, AFewBytesDoNotFillTheMemoryWithOneRow) {
  constexpr int kNulls = 250'000'000;
  const auto type = arrow::fixed_size_list(arrow::null(), kNulls);
  const auto list = std::make_shared<arrow::FixedSizeListArray>(
      type, 1, std::make_shared<arrow::NullArray>(kNulls));
  const auto bomb =
      arrow::Table::Make(arrow::schema({arrow::field("x", type)}), {list});
  const std::string path = write_stream("a.arrow", bomb);
  ASSERT_LT(std::filesystem::file_size(path), size_t{1000});
  refused(path, {"a.arrow", "1,100 bytes", "as JSON Lines"});
}

TEST_F(DamagedColumns, DeepNestingIsRefused) {
  auto type = arrow::int32();
  std::string values = "1";
  for (int i = 0; i < 70; ++i) {
    type = arrow::list(type);
    values = "[" + values + "]";
  }
  refused(write_parquet("a.parquet", table({{"x", type, "[" + values + "]"}})),
          {"a.parquet"});
}

}  // namespace
}  // namespace lethe
