// For tests of what reads data files: files in a folder of their own, and
// refusals as texts.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/error.h"

namespace lethe {

// As gzip(1) writes it.
inline std::string gzipped(std::string text) {
  z_stream z{};
  EXPECT_EQ(
      deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY),
      Z_OK);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(text.data());
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

class DataTest : public testing::Test {
 protected:
  DataTest() {
    folder_ = (std::filesystem::temp_directory_path() / "lethe_data_XXXXXX");
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  ~DataTest() override { std::filesystem::remove_all(folder_); }

  // Writes the file and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  // `work` ends with the fault and a message that holds every word.
  void expect_refused(Fault fault, const std::vector<std::string>& words,
                      const std::function<void()>& work) const {
    try {
      work();
      ADD_FAILURE() << "nothing was refused";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.fault(), fault) << message;
      for (const std::string& word : words) {
        EXPECT_NE(message.find(word), message.npos) << word << ": " << message;
      }
    }
  }

  std::string folder_;
};

}  // namespace lethe
