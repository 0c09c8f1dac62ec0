#include "harness/data/line_reader.h"

#include <fmt/core.h>

#include "harness/base/error.h"
#include "harness/data/formats.h"
#include "harness/data/gzip.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr size_t kMaxLine = size_t{1} << 30;
constexpr size_t kMaxFile = size_t{4} << 30;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::unique_ptr<ByteSource> open_source(const std::string& path) {
  if (names_gzip(path)) return std::make_unique<GzipReader>(path);
  auto file = std::make_unique<FileReader>(path);
  if (file->size() > kMaxFile) {
    fail_input(
        path,
        fmt::format("{} bytes, at most {} are read", file->size(), kMaxFile),
        "split the file");
  }
  return file;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

}  // namespace

std::string_view without_end(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

LineReader::LineReader(const std::string& path)
    : path_(path), source_(open_source(path)) {}

std::string LineReader::where() const {
  return fmt::format("{}:{}", path_, number_);
}

bool LineReader::refill() {
  buffer_.resize(size_t{1} << 16);
  buffer_.resize(source_->read(buffer_.data(), buffer_.size()));
  rest_ = buffer_;
  return !rest_.empty();
}

bool LineReader::next(std::string& line) {
  line.clear();
  while (line.empty() || line.back() != '\n') {
    if (rest_.empty() && !refill()) break;
    const size_t end = rest_.find('\n');
    const size_t size = end == rest_.npos ? rest_.size() : end + 1;
    line.append(rest_.substr(0, size));
    rest_.remove_prefix(size);
    if (line.size() > kMaxLine) {
      fail_input(fmt::format("{}:{}", path_, number_ + 1),
                 fmt::format("more than {} bytes in a line", kMaxLine),
                 "write one row a line");
    }
  }
  if (line.empty()) return false;
  ++number_;
  if (number_ == 1 && starts_with(line, kByteOrderMark)) {
    line.erase(0, kByteOrderMark.size());
    if (line.empty()) return false;
  }
  check(line);
  return true;
}

void LineReader::check(const std::string& line) const {
  if (number_ == 1 && starts_with(line, "\x1F\x8B")) {
    fail_input(path_, "holds gzip data", "add .gz to its name");
  }
  if (number_ == 1 &&
      (starts_with(line, "\xFF\xFE") || starts_with(line, "\xFE\xFF"))) {
    fail_input(path_, "is UTF-16 by its first bytes, not UTF-8",
               "convert it: iconv -f UTF-16 -t UTF-8");
  }
  if (line.find('\0') != line.npos) {
    fail_input(where(), "holds a zero byte", "remove it, or convert to UTF-8");
  }
  if (!valid_utf8(line)) {
    fail_input(where(), "is not valid UTF-8",
               "convert the file, for example with iconv -f LATIN1 -t UTF-8");
  }
}

}  // namespace lethe
