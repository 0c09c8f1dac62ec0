// The record batches of a Parquet or Arrow file, one after another.
#pragma once

#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

#include <memory>
#include <string>
#include <vector>

namespace lethe {

// Memory follows the batches, never the file: 1,024 rows of a Parquet file,
// whatever its row groups are; of an Arrow file the batches that it was written
// in, where they lie in the mapped file. All of it comes from a pool that
// refuses what a file of this size cannot sensibly need.
class RecordBatches {
 public:
  // What the file is, is read from its first bytes.
  // Throws: Refusal for anything but Parquet, an Arrow stream or file, for
  // encrypted files, Feather version 1, and files without a readable column.
  explicit RecordBatches(const std::string& path);
  ~RecordBatches();

  // Null at the end. Every batch is validated: offsets, UTF-8, codes of
  // dictionaries. Throws: Refusal for damaged and cut off files.
  std::shared_ptr<arrow::RecordBatch> next();

  const std::string& format() const { return format_; }
  int64_t file_size() const { return size_; }

 private:
  class Source;
  class ParquetSource;
  class StreamSource;
  class FileSource;

  const std::string path_;
  int64_t size_ = 0;
  arrow::MemoryPool* pool_ = nullptr;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  std::unique_ptr<Source> source_;
  std::string format_;
};

// 64 MiB and 1,100 bytes for each of the file's, at most 4 GiB: what a file of
// that size may take of memory and give of text. As for gzip's, so that a small
// file cannot fill the memory or the day.
int64_t most_bytes(int64_t file_size);

}  // namespace lethe
