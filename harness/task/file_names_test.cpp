// Which files are found for a split: names of releases first, then Parquet and
// Arrow in the layouts of Hugging Face, all parts of them.
#include "harness/task/file_names.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/data/data_testing.h"

namespace lethe {
namespace {

using Texts = std::vector<std::string>;

class FileNames : public DataTest {
 protected:
  static std::string found(const Texts& files) {
    Task task;
    task.name = "quiz";
    task.files["test"] = {"*quiz*/main/test*.jsonl", "quiz-Test.csv"};
    return split_file(files, task, "test");
  }
};

TEST_F(FileNames, OfJsonStandForParquetAndArrow) {
  for (const std::string file :
       {"quiz/main/test-00000-of-00001.parquet", "a/quiz_test.parquet",
        "quiz/test.parquet", "quiz/data/test-00000-of-00003.parquet",
        "quiz/small/test-00000-of-00001.parquet", "hub___quiz/main/test.arrow",
        "quiz/main/0.0.0/quiz-test.arrow", "quiz-test-00000-of-00002.arrow"}) {
    EXPECT_EQ(found({"other/test.parquet", file}), file);
  }
  EXPECT_EQ(found({"quiz/main/train-00000-of-00001.parquet"}), "");
  EXPECT_EQ(found({"quiz/test.parquet", "quiz_test.jsonl.gz"}),
            "quiz_test.jsonl.gz");
}

TEST_F(FileNames, OfSeveralSubsetsAreNotGuessed) {
  expect_refused(Fault::usage, {"quiz/large", "quiz/small", "--data-file"}, [] {
    found({"quiz/large/test.parquet", "quiz/small/test.parquet"});
  });
}

// A cache of Hugging Face's holds links to blobs.
TEST_F(FileNames, AreThoseOfLinksAndCirclesAreNone) {
  namespace fs = std::filesystem;
  fs::create_directories(folder_ + "/snapshots/1");
  write("blob", "{}");
  fs::create_symlink("../../blob", folder_ + "/snapshots/1/quiz_test.jsonl");
  fs::create_symlink("round", folder_ + "/snapshots/round");
  EXPECT_EQ(files_below(folder_ + "/snapshots"), Texts{"1/quiz_test.jsonl"});
}

TEST_F(FileNames, OfPartsAreAllOfThemInOrder) {
  for (const char* name :
       {"t-00000-of-00003.parquet", "t-00002-of-00003.parquet"})
    write(name, "");
  const std::string last = folder_ + "/t-00002-of-00003.parquet";
  expect_refused(Fault::input, {"3 parts", "t-00001-of-00003.parquet"},
                 [&] { parts_of(last); });
  write("t-00001-of-00003.parquet", "");
  const Texts parts = parts_of(last);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0], folder_ + "/t-00000-of-00003.parquet");
  EXPECT_EQ(parts[2], last);
  EXPECT_EQ(shown_name(parts), folder_ + "/t-*-of-00003.parquet");
  for (const char* name : {"t.parquet", "t-3-of-4.arrow", "-of-",
                           "t-00003-of-00003.parquet", "t-0000a-of-00003.x"}) {
    EXPECT_EQ(parts_of(name), Texts{name});
  }
}

}  // namespace
}  // namespace lethe
