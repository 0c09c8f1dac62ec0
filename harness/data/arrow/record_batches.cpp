#include "harness/data/arrow/record_batches.h"

#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <numeric>
#include <string_view>

#include "harness/data/arrow/json_values.h"
#include "harness/data/arrow/refusal.h"

namespace lethe {
namespace {

constexpr int64_t kRowsOfBatch = 1024;

// A pool that is never destroyed: the library's threads give back the last
// buffers of a file when it is closed already.
arrow::MemoryPool* lasting_pool(int64_t most) {
  static auto& pools =
      *new std::list<arrow::CappedMemoryPool>();  // nor at the program's end
  static std::mutex adding;
  const std::lock_guard lock(adding);
  return &pools.emplace_back(arrow::default_memory_pool(), most);
}

// Places of the fields that rows can hold; the others' names and types are put
// behind `format`.
std::vector<int> readable_fields(const arrow::FieldVector& fields,
                                 std::string& format) {
  std::vector<int> places;
  std::string left_out;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string part = unreadable_part(*fields[i]->type());
    if (part.empty()) {
      places.push_back(static_cast<int>(i));
    } else {
      left_out += (left_out.empty() ? "" : ", ") + fields[i]->name() + " (" +
                  part + ")";
    }
  }
  if (places.empty()) {
    refuse(left_out.empty() ? "has no columns"
                            : "has no column of text or numbers: " + left_out,
           "write text columns");
  }
  if (!left_out.empty()) format += " without " + left_out;
  return places;
}

}  // namespace

int64_t most_bytes(int64_t file_size) {
  constexpr int64_t kMost = int64_t{4} << 30;
  constexpr int64_t kBase = int64_t{64} << 20;
  return std::min(kMost, kBase + 1100 * std::min(file_size, kMost / 1100));
}

class RecordBatches::Source {
 public:
  virtual ~Source() = default;
  virtual std::shared_ptr<arrow::RecordBatch> next() = 0;
};

class RecordBatches::ParquetSource final : public Source {
 public:
  explicit ParquetSource(RecordBatches& file) {
    parquet::ReaderProperties bytes(file.pool_);
    bytes.enable_buffered_stream();  // pages, not whole columns
    bytes.set_page_checksum_verification(true);
    // No list or text of the footer has more parts than the file has bytes.
    const auto most =
        static_cast<int32_t>(std::min<int64_t>(file.size_, 1'000'000));
    bytes.set_thrift_container_size_limit(most);
    bytes.set_thrift_string_size_limit(
        static_cast<int32_t>(std::min<int64_t>(file.size_, 100'000'000)));
    parquet::ArrowReaderProperties rows(/*use_threads=*/false);
    rows.set_batch_size(kRowsOfBatch);
    rows.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(file.file_, bytes));
    builder.memory_pool(file.pool_);
    builder.properties(rows);
    reader_ = checked(builder.Build());

    const auto& fields = reader_->manifest().schema_fields;
    arrow::FieldVector types;
    for (const auto& field : fields) types.push_back(field.field);
    std::vector<int> columns;
    for (const int place : readable_fields(types, file.format_)) {
      add_leaves(fields[static_cast<size_t>(place)], columns);
    }
    std::vector<int> groups(static_cast<size_t>(reader_->num_row_groups()));
    std::iota(groups.begin(), groups.end(), 0);
    batches_ = checked(reader_->GetRecordBatchReader(groups, columns));
  }

  std::shared_ptr<arrow::RecordBatch> next() override {
    return checked(batches_->Next());
  }

 private:
  static void add_leaves(const parquet::arrow::SchemaField& field,
                         std::vector<int>& columns) {
    if (field.is_leaf()) columns.push_back(field.column_index);
    for (const auto& child : field.children) add_leaves(child, columns);
  }

  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

namespace {

arrow::ipc::IpcReadOptions ipc_options(arrow::MemoryPool* pool) {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = pool;
  options.use_threads = false;
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  return options;
}

}  // namespace

// The schema is read first, to know which fields to ask for.
class RecordBatches::StreamSource final : public Source {
 public:
  explicit StreamSource(RecordBatches& file) {
    check_end(file);
    check(file.file_->Seek(0));  // the library wants it after ReadAt
    auto options = ipc_options(file.pool_);
    const auto schema =
        checked(arrow::ipc::RecordBatchStreamReader::Open(file.file_, options))
            ->schema();
    options.included_fields = readable_fields(schema->fields(), file.format_);
    check(file.file_->Seek(0));
    reader_ =
        checked(arrow::ipc::RecordBatchStreamReader::Open(file.file_, options));
  }

  std::shared_ptr<arrow::RecordBatch> next() override {
    return checked(reader_->Next());
  }

 private:
  // A stream that is cut off between two batches could pass for a whole one.
  static void check_end(RecordBatches& file) {
    const auto tail = [&](int64_t count) {
      count = std::min(count, file.size_);
      return checked(file.file_->ReadAt(file.size_ - count, count))->ToString();
    };
    using std::literals::string_view_literals::operator""sv;
    const bool old =
        checked(file.file_->ReadAt(0, 4))->ToString() != "\xff\xff\xff\xff"sv;
    if (tail(8) == "\xff\xff\xff\xff\0\0\0\0"sv) return;
    if (old && tail(4) == "\0\0\0\0"sv) return;  // before Arrow 0.15
    refuse("ends without the mark of its end",
           "the file is cut off, or its writer was not closed: get it again");
  }

  std::shared_ptr<arrow::RecordBatchReader> reader_;
};

class RecordBatches::FileSource final : public Source {
 public:
  explicit FileSource(RecordBatches& file) {
    auto options = ipc_options(file.pool_);
    const auto schema =
        checked(arrow::ipc::RecordBatchFileReader::Open(file.file_, options))
            ->schema();
    options.included_fields = readable_fields(schema->fields(), file.format_);
    reader_ =
        checked(arrow::ipc::RecordBatchFileReader::Open(file.file_, options));
  }

  std::shared_ptr<arrow::RecordBatch> next() override {
    if (place_ == reader_->num_record_batches()) return nullptr;
    return checked(reader_->ReadRecordBatch(place_++));
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
  int place_ = 0;
};

RecordBatches::RecordBatches(const std::string& path) : path_(path) {
  file_ = checked(arrow::io::ReadableFile::Open(path));
  size_ = checked(file_->GetSize());
  pool_ = lasting_pool(most_bytes(size_));
  file_ = checked(arrow::io::ReadableFile::Open(path, pool_));
  const std::string head = checked(file_->ReadAt(0, 6))->ToString();
  const auto begins = [&](std::string_view magic) {
    return head.compare(0, magic.size(), magic) == 0;
  };
  if (head.empty()) refuse("is empty", "get it again");
  if (begins("PARE")) {
    refuse("is encrypted", "write it without encryption");
  }
  if (begins("FEA1")) {
    refuse("is Feather version 1, which is not read",
           "write it anew: pandas' to_feather writes version 2");
  }
  if (begins("PAR1")) {
    format_ = "Parquet";
    source_ = std::make_unique<ParquetSource>(*this);
    return;
  }
  // Mapped: no declared size is allocated before the file is known to have it,
  // and the library's threads have no buffers to fill.
  file_ = checked(
      arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ));
  if (begins("ARROW1")) {
    format_ = "Arrow file";
    source_ = std::make_unique<FileSource>(*this);
  } else {
    // A stream begins with the length of its schema, of less than 16 MiB.
    if (!begins("\xff\xff\xff\xff") && (head.size() < 4 || head[3] != '\0')) {
      refuse("is no Parquet or Arrow file", "name it as what it is");
    }
    format_ = "Arrow stream";
    source_ = std::make_unique<StreamSource>(*this);
  }
}

RecordBatches::~RecordBatches() = default;

std::shared_ptr<arrow::RecordBatch> RecordBatches::next() {
  auto batch = source_->next();
  if (batch != nullptr) check(batch->ValidateFull());
  return batch;
}

}  // namespace lethe
