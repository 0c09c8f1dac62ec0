// The functions behind harness/data/arrow/interface.h.
#include <exception>
#include <new>
#include <optional>

#include "harness/data/arrow/interface.h"
#include "harness/data/arrow/json_values.h"
#include "harness/data/arrow/record_batches.h"
#include "harness/data/arrow/refusal.h"

namespace lethe {

struct ColumnRows {
  explicit ColumnRows(const char* path)
      : refusal(guarded([&] { batches.emplace(path); })) {}

  // What ended the work, if anything did: the library throws for some damage
  // and returns a status for other.
  template <class Work>
  static std::optional<Refusal> guarded(Work work) {
    try {
      try {
        work();
        return std::nullopt;
      } catch (const std::exception& error) {
        refuse_damaged(error.what());
      }
    } catch (const Refusal& refusal) {
      return refusal;
    }
  }

  // False at the end.
  bool read_row() {
    while (batch == nullptr || place == batch->num_rows()) {
      batch = batches->next();
      place = 0;
      if (batch == nullptr) return false;
    }
    const int64_t left = most_bytes(batches->file_size()) - total;
    text.clear();
    text += '{';
    for (int i = 0; i < batch->num_columns(); ++i) {
      if (i > 0) text += ',';
      append_json_string(batch->schema()->field(i)->name(), text);
      text += ':';
      append_json(*batch->column(i), place, text, left);
    }
    text += '}';
    ++place;
    if (static_cast<int64_t>(text.size()) > left) refuse_too_long();
    total += static_cast<int64_t>(text.size());
    return true;
  }

  std::optional<RecordBatches> batches;
  std::optional<Refusal> refusal;
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t place = 0;  // of the next row in the batch
  int64_t total = 0;  // bytes of all rows so far
  std::string text;
};

namespace {

ColumnRows* open_rows(const char* path) { return new ColumnRows(path); }

int next_row(ColumnRows* rows, const char** text, size_t* size) {
  bool read = false;
  if (!rows->refusal) {
    rows->refusal = ColumnRows::guarded([&] { read = rows->read_row(); });
  }
  if (rows->refusal) return -1;
  *text = rows->text.data();
  *size = rows->text.size();
  return read ? 1 : 0;
}

const char* format_of(ColumnRows* rows) {
  return rows->batches ? rows->batches->format().c_str() : "";
}

const char* fault_of(ColumnRows* rows) {
  return rows->refusal ? rows->refusal->what.c_str() : "";
}

const char* cure_of(ColumnRows* rows) {
  return rows->refusal ? rows->refusal->cure.c_str() : "";
}

void close_rows(ColumnRows* rows) { delete rows; }

constexpr ArrowInterface kInterface = {
    .version = kArrowInterfaceVersion,
    .open = open_rows,
    .next = next_row,
    .format = format_of,
    .fault = fault_of,
    .cure = cure_of,
    .close = close_rows,
};

}  // namespace
}  // namespace lethe

extern "C" __attribute__((visibility("default"))) const lethe::ArrowInterface*
lethe_arrow_interface() {
  return &lethe::kInterface;
}
