// For tests of what reads Parquet and Arrow files: tables from JSON, written by
// the library.
#pragma once

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/json/from_string.h>
#include <parquet/arrow/writer.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/data/data_testing.h"
#include "harness/data/rows.h"

namespace lethe {

struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string values;  // a list in Arrow's own JSON
};

class Columns : public DataTest {
 protected:
  using Table = std::shared_ptr<arrow::Table>;
  using Kind = arrow::Compression::type;

  static Table table(const std::vector<TestColumn>& columns) {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const TestColumn& column : columns) {
      fields.push_back(arrow::field(column.name, column.type));
      arrays.push_back(
          *arrow::json::ArrayFromJSONString(column.type, column.values));
    }
    return arrow::Table::Make(arrow::schema(fields), arrays);
  }

  std::shared_ptr<arrow::io::FileOutputStream> open(
      const std::string& path) const {
    return *arrow::io::FileOutputStream::Open(path);
  }

  std::string write_parquet(const std::string& name, const Table& rows,
                            int64_t group = 2,
                            Kind kind = arrow::Compression::SNAPPY) const {
    const std::string path = folder_ + "/" + name;
    const auto file = open(path);
    EXPECT_TRUE(
        parquet::arrow::WriteTable(
            *rows, arrow::default_memory_pool(), file, group,
            parquet::WriterProperties::Builder().compression(kind)->build(),
            parquet::ArrowWriterProperties::Builder().store_schema()->build())
            .ok());
    EXPECT_TRUE(file->Close().ok());
    return path;
  }

  std::string write_ipc(const std::string& name, const Table& rows, bool stream,
                        Kind kind) const {
    const std::string path = folder_ + "/" + name;
    const auto file = open(path);
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    if (kind != arrow::Compression::UNCOMPRESSED) {
      options.codec = *arrow::util::Codec::Create(kind);
    }
    const auto writer =
        stream ? *arrow::ipc::MakeStreamWriter(file, rows->schema(), options)
               : *arrow::ipc::MakeFileWriter(file, rows->schema(), options);
    EXPECT_TRUE(writer->WriteTable(*rows, 2).ok());
    EXPECT_TRUE(writer->Close().ok());
    EXPECT_TRUE(file->Close().ok());
    return path;
  }

  std::string write_stream(const std::string& name, const Table& rows,
                           Kind kind = arrow::Compression::UNCOMPRESSED) const {
    return write_ipc(name, rows, true, kind);
  }
  std::string write_file(const std::string& name, const Table& rows) const {
    return write_ipc(name, rows, false, arrow::Compression::UNCOMPRESSED);
  }

  // A JSON list of the rows.
  static Json read(const std::string& path) {
    Json rows = Json::array();
    for (DataRow& row : read_rows(path)) rows.push_back(std::move(row.fields));
    return rows;
  }
};

}  // namespace lethe
