// Mapped files: what is read, what is refused, what giving memory back costs.
#include "harness/base/mapped_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  MappedFileTest() {
    std::string name = testing::TempDir() + "lethe_mapped_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/file";
  }
  ~MappedFileTest() override { std::filesystem::remove_all(folder_); }

  int code() const {
    try {
      const MappedFile file(path_);
      return 0;
    } catch (const Error& error) {
      return error.exit_code();
    }
  }

  std::string folder_, path_;
};

TEST_F(MappedFileTest, ReleasedPagesAreReadAgain) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += std::to_string(i);
  write_file_atomically(path_, bytes);
  const MappedFile file(path_);
  EXPECT_EQ(file.bytes(), bytes);
  file.release(file.bytes());
  file.release(file.bytes().substr(5000, 20000));
  EXPECT_EQ(file.bytes(), bytes);
}

TEST_F(MappedFileTest, MemoryOfOthersIsNeverReleased) {
  write_file_atomically(path_, "some bytes");
  const MappedFile file(path_);
  const std::string own(1 << 20, 'x');
  file.release(own);
  EXPECT_EQ(own, std::string(1 << 20, 'x'));
}

TEST_F(MappedFileTest, EmptyFilesAreEmptyAndOddOnesRefused) {
  EXPECT_EQ(code(), 2) << "absent";
  write_file_atomically(path_, "");
  EXPECT_TRUE(MappedFile(path_).bytes().empty());
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(code(), 3) << "a pipe";
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(code(), 3) << "a folder";
}

TEST_F(MappedFileTest, FilesCutShortWhileMappedEndTheProgramInOneLine) {
  write_file_atomically(path_, std::string(100'000, 'x'));
  EXPECT_EXIT(
      {
        const MappedFile file(path_);
        std::filesystem::resize_file(path_, 10);
        const volatile char* bytes = file.bytes().data();
        std::exit(bytes[90'000] == 'x' ? 0 : 1);
      },
      testing::ExitedWithCode(3), "^error: a mapped file: was cut short");
}

}  // namespace
}  // namespace lethe
