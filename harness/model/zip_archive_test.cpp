// Zip archives that lie about their entries are refused.
#include "harness/model/zip_archive.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/model/torch_testing.h"

namespace lethe {
namespace {

std::string refusal(const std::string& bytes) {
  try {
    read_zip(bytes, "some.zip");
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 3);
    return error.what();
  }
}

void expect_refused(const std::string& bytes, const std::string& words) {
  const std::string message = refusal(bytes);
  EXPECT_NE(message.find(words), std::string::npos) << "\"" << message << "\"";
}

TEST(ZipArchive, StoredEntriesAreReadInTheirOrder) {
  const std::string file =
      zip_of({{.name = "b", .bytes = "second"}, {.name = "a/c", .bytes = ""}});
  const auto entries = read_zip(file, "some.zip");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].name, "b");
  EXPECT_EQ(entries[0].bytes, "second");
  EXPECT_EQ(entries[0].crc, 0xb61f1169u);
  EXPECT_EQ(entries[1].name, "a/c");
  EXPECT_EQ(entries[1].bytes, "");
  EXPECT_TRUE(read_zip(zip_of({}), "some.zip").empty());
}

TEST(ZipArchive, EntriesThatAreNotStoredAreRefused) {
  expect_refused(zip_of({{.name = "a", .bytes = "x", .method = 8}}),
                 "is compressed (method 8)");
  expect_refused(zip_of({{.name = "a", .bytes = "x", .flags = 1}}),
                 "encrypted");
  expect_refused(zip_of({{.name = "a", .bytes = "x"}}) + "comment", "zip");
}

TEST(ZipArchive, EntriesLieApartInsideTheFile) {
  expect_refused(zip_of({{.name = "a", .bytes = "x", .says_bytes = 1000}}),
                 "has 1000 bytes");
  expect_refused(
      zip_of({{.name = "a", .bytes = "x", .says_bytes = 0xFFFFFFFE}}),
      "has 4294967294 bytes");
  expect_refused(
      zip_of({{.name = "a", .bytes = "x", .says_begin = 0xFFFFFF00}}),
      "is not at byte");
  expect_refused(zip_of({{.name = "a", .bytes = "x", .says_begin = 1}}),
                 "is not at byte 1");
  // One place for two entries: a zip bomb's first step.
  expect_refused(
      zip_of({{.name = "a", .bytes = "x"},
              {.name = "b", .bytes = "x", .says_begin = 0, .local_name = "b"}}),
      "is called something else");
  const std::string inner = zip_of({{.name = "b", .bytes = "x"}}).substr(0, 32);
  expect_refused(zip_of({{.name = "a", .bytes = inner},
                         {.name = "b", .bytes = "x", .says_begin = 31}}),
                 "overlap at byte 31");
}

TEST(ZipArchive, NamesAreTheSameInBothPlacesAndStandOnce) {
  expect_refused(zip_of({{.name = "a", .bytes = "x", .local_name = "b"}}),
                 "is called something else");
  expect_refused(
      zip_of({{.name = "a", .bytes = "x"}, {.name = "a", .bytes = "y"}}),
      "stands twice");
}

TEST(ZipArchive, BothDirectoriesAgree) {
  const std::string good = zip_of({{.name = "a", .bytes = "x"}});
  const size_t end = good.size() - 22;
  const auto with = [&](size_t at, uint64_t value, size_t width) {
    std::string bytes = good;
    return bytes.replace(end + at, width, little(value, width));
  };
  expect_refused(with(8, 2, 2), "part of several");
  expect_refused(with(10, 2, 2), "part of several");
  expect_refused(with(4, 1, 2), "part of several");
  expect_refused(with(12, 1, 4), "its directory should take 1 bytes");
  expect_refused(with(16, 0xFFFFFFF0, 4), "its directory should take");
  expect_refused(with(20, 1, 2), "comment");
  std::string many = with(8, 60000, 2);
  many.replace(end + 10, 2, little(60000, 2));
  expect_refused(many, "60000 entries in a directory of");
}

// The same with the zip64 records in front of the old one.
std::string zip64_of(uint64_t entries, uint64_t bytes, uint64_t begin) {
  const std::string old = zip_of({{.name = "a", .bytes = "x"}});
  const size_t at = old.size() - 22;
  const std::string record = "PK\6\6" + little(44, 8) + little(0, 12) +
                             little(entries, 8) + little(entries, 8) +
                             little(bytes, 8) + little(begin, 8);
  const std::string locator =
      "PK\6\7" + little(0, 4) + little(at, 8) + little(1, 4);
  return old.substr(0, at) + record + locator + old.substr(at);
}

TEST(ZipArchive, LargeDirectoriesAreBelievedNoMoreThanSmallOnes) {
  EXPECT_EQ(refusal(zip64_of(1, 47, 32)), "");
  expect_refused(zip64_of(2, 47, 32), "its two directories disagree");
  expect_refused(zip64_of(1, 46, 32), "its two directories disagree");
  expect_refused(zip64_of(1, 47, uint64_t{1} << 63), "disagree");
  std::string moved = zip64_of(1, 47, 32);
  moved.replace(moved.size() - 34, 8, little(UINT64_MAX - 3, 8));
  expect_refused(moved, "its zip64 directory is none");
  const std::string field =
      little(1, 2) + little(16, 2) + little(1, 8) + little(UINT64_MAX, 8);
  expect_refused(zip_of({{.name = "a",
                          .bytes = "x",
                          .says_bytes = 0xFFFFFFFF,
                          .directory_extra = field}}),
                 "takes 18446744073709551615 bytes for 1");
  expect_refused(zip_of({{.name = "a",
                          .bytes = "x",
                          .directory_extra = little(1, 2) + little(99, 2)}}),
                 "extra field is torn");
}

}  // namespace
}  // namespace lethe
