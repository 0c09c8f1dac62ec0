// Parquet and Arrow files as rows: every type, written here by the library, and
// files that pyarrow wrote (testdata, harness/oracle/columns.py).
#include <gtest/gtest.h>

#include "harness/data/arrow/columns_testing.h"
#include "harness/task/data_files.h"

namespace lethe {
namespace {

std::string own_file(const std::string& name) {
  return std::string(LETHE_SOURCE_DIR "/harness/data/arrow/testdata/") + name;
}

TEST_F(Columns, OfEveryTypeBecomeJson) {
  using namespace arrow;
  // Type, values as Arrow's own JSON, values that are read.
  struct Case {
    std::shared_ptr<DataType> type;
    std::string given;
    const char* read;
  };
  const Case cases[] = {
      {null(), "[null, null]", "[null, null]"},
      {boolean(), "[true, null, false]", "[true, null, false]"},
      {int8(), "[-128, null, 127]", "[-128, null, 127]"},
      {uint8(), "[0, 255]", "[0, 255]"},
      {int16(), "[-32768]", "[-32768]"},
      {uint16(), "[65535]", "[65535]"},
      {int32(), "[-2147483648]", "[-2147483648]"},
      {uint32(), "[4294967295]", "[4294967295]"},
      {int64(), "[-9223372036854775808, null]", "[-9223372036854775808, null]"},
      {uint64(), "[18446744073709551615]", "[18446744073709551615]"},
      {float16(), "[1.5, null]", "[1.5, null]"},
      {float32(), "[0.1, -2, null]", "[0.10000000149011612, -2.0, null]"},
      {float64(), "[0.1, 3, 1e300, 5e-324]", "[0.1, 3.0, 1e300, 5e-324]"},
      {float64(), "[NaN, Inf, -Inf]", "[null, null, null]"},
      {utf8(), R"(["a", "", null, "\"\\\n\u0001 – 😀"])",
       R"(["a", "", null, "\"\\\n\u0001 – 😀"])"},
      {large_utf8(), R"(["a", null])", R"(["a", null])"},
      {utf8_view(), R"(["a", null, "longer than twelve bytes"])",
       R"(["a", null, "longer than twelve bytes"])"},
      {list(int64()), "[[1, null], [], null]", "[[1, null], [], null]"},
      {large_list(utf8()), R"([["a"], null])", R"([["a"], null])"},
      {fixed_size_list(int32(), 2), "[[1, 2], null]", "[[1, 2], null]"},
      {struct_({field("text", list(utf8())), field("n", int32())}),
       R"([{"text": ["a", "b"], "n": 1}, null, {"text": null, "n": null}])",
       R"([{"text": ["a", "b"], "n": 1}, null, {"text": null, "n": null}])"},
      {list(struct_({field("a", utf8())})), R"([[{"a": "x"}, null], []])",
       R"([[{"a": "x"}, null], []])"},
      {map(utf8(), int64()), R"([[["k", 1]], null])",
       R"([[{"key": "k", "value": 1}], null])"},
      {date32(), "[0, -1, 19782, null]",
       R"(["1970-01-01", "1969-12-31", "2024-02-29", null])"},
      {date64(), "[1709164800000]", R"(["2024-02-29"])"},
      {timestamp(TimeUnit::SECOND), "[1704164645]",
       R"(["2024-01-02T03:04:05"])"},
      {timestamp(TimeUnit::MILLI), "[1704164645000, -750]",
       R"(["2024-01-02T03:04:05", "1969-12-31T23:59:59.250"])"},
      {timestamp(TimeUnit::NANO, "Europe/Paris"), "[1000000001]",
       R"(["1970-01-01T00:00:01.000000001Z"])"},
      {timestamp(TimeUnit::MICRO, "UTC"), "[0]", R"(["1970-01-01T00:00:00Z"])"},
      {time32(TimeUnit::MILLI), "[3723004]", R"(["01:02:03.004"])"},
      {time64(TimeUnit::MICRO), "[3723000000]", R"(["01:02:03"])"},
      {decimal128(5, 2), R"(["1.50", null, "-0.01"])",
       R"(["1.50", null, "-0.01"])"},
      {decimal256(40, 0), R"(["1234567890123456789012345678901234567890"])",
       R"(["1234567890123456789012345678901234567890"])"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.type->ToString());
    const auto given = table({{"x", one.type, one.given}});
    Json wanted = Json::array();
    const Json values = Json::parse(one.read);
    for (const Json& value : values) {
      wanted.push_back({{"x", value}});
    }
    for (const std::string& path :
         {write_stream("a.arrow", given), write_file("b.arrow", given),
          write_parquet("a.parquet", given)}) {
      EXPECT_EQ(read(path), wanted) << path;
    }
  }
}

TEST_F(Columns, OfCodesBecomeWhatTheyStandFor) {
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto given = table({{"x", type, R"(["b", "a", null, "b"])"}});
  for (const std::string& path :
       {write_stream("a.arrow", given), write_parquet("a.parquet", given)}) {
    EXPECT_EQ(read(path),
              Json::parse(R"([{"x":"b"},{"x":"a"},{"x":null},{"x":"b"}])"));
  }
}

TEST_F(Columns, AreReadInTheOrderWrittenWhateverTheirGroups) {
  std::string numbers = "[0";
  Json wanted = {{{"z", 0}, {"a", 0}}};
  for (int i = 1; i < 5000; ++i) {
    numbers += "," + std::to_string(i);
    wanted.push_back({{"z", i}, {"a", i}});
  }
  numbers += "]";
  const auto given =
      table({{"z", arrow::int64(), numbers}, {"a", arrow::int32(), numbers}});
  for (const int64_t group : {1, 7, 1024, 5000}) {
    const std::string path = write_parquet("a.parquet", given, group);
    EXPECT_EQ(read(path), wanted) << group;
    const auto rows = read_ordered_rows(path, 3);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[2].fields.dump(), R"({"z":2,"a":2})");
    EXPECT_EQ(rows[2].where, path + " row 3");
  }
}

TEST_F(Columns, MayBeCompressed) {
  const auto given =
      table({{"x", arrow::utf8(), R"(["tide", "tide", "bell"])"}});
  const Json wanted =
      Json::parse(R"([{"x":"tide"},{"x":"tide"},{"x":"bell"}])");
  using Kind = arrow::Compression;
  for (const auto kind : {Kind::UNCOMPRESSED, Kind::SNAPPY, Kind::GZIP,
                          Kind::BROTLI, Kind::ZSTD, Kind::LZ4}) {
    EXPECT_EQ(read(write_parquet("a.parquet", given, 2, kind)), wanted) << kind;
  }
  for (const auto kind : {Kind::LZ4_FRAME, Kind::ZSTD}) {
    EXPECT_EQ(read(write_stream("a.arrow", given, kind)), wanted) << kind;
  }
}

TEST_F(Columns, OfBytesAreLeftOutByName) {
  const auto image = arrow::struct_(
      {field("bytes", arrow::binary()), field("path", arrow::utf8())});
  const auto both = table({{"image", image, R"([{"bytes": "a", "path": "b"}])"},
                           {"x", arrow::int32(), "[5]"}});
  const auto alone = table({{"image", image, R"([null])"}});
  for (const std::string& path :
       {write_parquet("a.parquet", both), write_stream("a.arrow", both)}) {
    const RowFile file = read_row_file(path, {});
    EXPECT_EQ(file.rows[0].fields.dump(), R"({"x":5})");
    EXPECT_NE(file.format.find(" without image (binary)"), std::string::npos);
  }
  for (const std::string& path :
       {write_parquet("b.parquet", alone), write_stream("b.arrow", alone)}) {
    expect_refused(Fault::input, {path, "no column of text", "image (binary)"},
                   [&] { read_rows(path); });
  }
}

TEST_F(Columns, WrittenByPyarrowAreTheRowsOfItsJson) {
  const Json wanted = read(own_file("boats.jsonl"));
  EXPECT_EQ(read(own_file("boats.arrow")), wanted);
  EXPECT_EQ(read(own_file("boats.feather")), wanted);
  Json parts = read(own_file("boats/data/test-00000-of-00002.parquet"));
  EXPECT_EQ(parts.size(), 4u);
  for (const Json& row :
       read(own_file("boats/data/test-00001-of-00002.parquet")))
    parts.push_back(row);
  EXPECT_EQ(parts, wanted);
  EXPECT_EQ(read_row_file(own_file("boats.arrow"), {}).format, "Arrow stream");
  EXPECT_EQ(read_row_file(own_file("boats.feather"), {}).format, "Arrow file");
}

TEST_F(Columns, OfAllPartsAreTheRowsOfASplit) {
  const std::string path = write("boats.json", R"json({
    "task": "boats", "version": 1, "kind": "multiple_choice",
    "prompt": "{{question}}", "choices": "choices.text", "answer": "answer"
    })json");
  const Task boats = read_task_file(path).front();
  TaskSources sources;
  sources.folder = own_file("");
  const SplitData data = find_split(boats, {"test"}, sources);
  EXPECT_NE(data.path.find("boats/data/test-*-of-00002.parquet"),
            std::string::npos);
  Json rows = Json::array();
  for (const OrderedRow& row : data.rows) rows.push_back(Json(row.fields));
  EXPECT_EQ(rows, read(own_file("boats.jsonl")));
}

}  // namespace
}  // namespace lethe
