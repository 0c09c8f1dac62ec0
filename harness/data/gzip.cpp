#include "harness/data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "harness/base/error.h"

namespace lethe {

struct GzipReader::Stream {
  z_stream zlib{};
  std::array<Bytef, 1 << 16> input;

  Stream() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&zlib, kGzipOnly) != Z_OK) {
      fail_runtime("zlib", "cannot start to inflate", "free memory");
    }
  }
  ~Stream() { inflateEnd(&zlib); }
};

GzipReader::GzipReader(const std::string& path, const GzipLimits& limits)
    : path_(path),
      limits_(limits),
      file_(path),
      stream_(std::make_unique<Stream>()) {
  refill();
  const z_stream& z = stream_->zlib;
  if (z.avail_in < 2 || z.next_in[0] != 0x1F || z.next_in[1] != 0x8B) {
    fail_input(path,
               fmt::format("is no gzip file ({} bytes, no 1f 8b at the start)",
                           file_.size()),
               "get it again, or take .gz off its name");
  }
}

GzipReader::~GzipReader() = default;

bool GzipReader::refill() {
  const size_t count = file_.read(
      reinterpret_cast<char*>(stream_->input.data()), stream_->input.size());
  stream_->zlib.next_in = stream_->input.data();
  stream_->zlib.avail_in = static_cast<uInt>(count);
  return count > 0;
}

bool GzipReader::find_member() {
  z_stream& z = stream_->zlib;
  while (z.avail_in > 0 || refill()) {
    if (*z.next_in != 0) return true;
    ++z.next_in;
    --z.avail_in;
  }
  return false;
}

void GzipReader::inflate_some() {
  z_stream& z = stream_->zlib;
  if (z.avail_in == 0 && !refill()) {
    fail_input(
        path_,
        fmt::format("the gzip data end too early, at {} bytes", file_.size()),
        "the file is cut off: get it again");
  }
  const int code = inflate(&z, Z_NO_FLUSH);
  if (code == Z_STREAM_END) {
    inside_ = false;
    inflateReset(&z);
  } else if (code == Z_MEM_ERROR) {
    fail_runtime(path_, "no memory to inflate it", "free memory");
  } else if (code != Z_OK && code != Z_BUF_ERROR) {
    fail_input(path_,
               fmt::format("the gzip data are damaged ({})",
                           z.msg == nullptr ? "?" : z.msg),
               "get the file again");
  }
}

void GzipReader::check_limits() const {
  if (inflated_ > limits_.bytes) {
    fail_input(path_,
               fmt::format("{} bytes inflate to more than {}", file_.size(),
                           limits_.bytes),
               "split the file");
  }
  if (inflated_ / limits_.ratio > file_.size()) {
    fail_input(path_,
               fmt::format("{} bytes inflate to more than {} times as many",
                           file_.size(), limits_.ratio),
               "inflate it yourself if you trust it");
  }
}

size_t GzipReader::read(char* bytes, size_t count) {
  z_stream& z = stream_->zlib;
  const uInt wanted = static_cast<uInt>(std::min(count, size_t{1} << 30));
  z.next_out = reinterpret_cast<Bytef*>(bytes);
  z.avail_out = wanted;
  while (z.avail_out > 0) {
    if (!inside_ && !find_member()) break;
    inside_ = true;
    inflate_some();
  }
  const size_t done = wanted - z.avail_out;
  inflated_ += done;
  check_limits();
  return done;
}

}  // namespace lethe
