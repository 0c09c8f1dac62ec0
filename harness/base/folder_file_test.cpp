// Files of a model folder: links are followed inside the folder and into the
// blobs of a Hugging Face cache, nowhere else.
#include "harness/base/folder_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

class FolderFile : public testing::Test {
 protected:
  FolderFile() {
    std::string name = testing::TempDir() + "lethe_links_XXXXXX";
    root_ = fs::canonical(::mkdtemp(name.data()));
    repository_ = root_ + "/models--org--name";
    model_ = repository_ + "/snapshots/abc123";
    fs::create_directories(model_ + "/deep/er");
    fs::create_directories(repository_ + "/blobs");
    write(repository_ + "/blobs/f00d", "blob");
    write(root_ + "/secret", "secret");
  }
  ~FolderFile() override { fs::remove_all(root_); }

  static void write(const std::string& path, const std::string& bytes) {
    write_file_atomically(path, bytes);
  }
  void link(const std::string& target, const std::string& path) const {
    fs::remove(path);
    fs::create_symlink(target, path);
  }

  // What is read of `folder`/x, or "refused".
  static std::string read(const std::string& folder) {
    try {
      const std::string path = folder_file(folder, "x");
      return path.empty() ? "absent" : read_file(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 3);
      EXPECT_EQ(std::string(error.what()).rfind(folder, 0), 0u) << error.what();
      return "refused";
    }
  }

  std::string root_, repository_, model_;
};

TEST_F(FolderFile, PlainFilesAreReadAndAbsentOnesAbsent) {
  EXPECT_EQ(read(model_), "absent");
  EXPECT_EQ(read(model_ + "/nowhere"), "absent");
  write(model_ + "/x", "plain");
  EXPECT_EQ(read(model_), "plain");
  for (const char* name : {"", ".", "..", "../x", "/etc/passwd", "a/b"}) {
    EXPECT_THROW(folder_file(model_, name), Error) << name;
  }
}

TEST_F(FolderFile, LinksIntoTheBlobsOfACacheAreFollowed) {
  link("../../blobs/f00d", model_ + "/x");
  EXPECT_EQ(read(model_), "blob");
  link("../../../blobs/f00d", model_ + "/deep/x");
  EXPECT_EQ(read(model_ + "/deep"), "blob");
  link("../../../../blobs/f00d", model_ + "/deep/er/x");
  EXPECT_EQ(read(model_ + "/deep/er"), "blob");
  fs::create_symlink(root_, root_ + "/around");
  EXPECT_EQ(read(root_ + "/around/models--org--name/snapshots/abc123"), "blob")
      << "the way to the folder is the user's";
  EXPECT_EQ(read(model_ + "/deep/../."), "blob");
}

TEST_F(FolderFile, EveryOtherWayOutIsRefused) {
  write(repository_ + "/other", "other");
  write(repository_ + "/blobs/with.dot", "dot");
  fs::create_symlink("../../secret", repository_ + "/blobs/beef");
  fs::create_directory(repository_ + "/blobs/cafe");
  for (const std::string& target :
       {std::string("../../../secret"), root_ + "/secret",
        std::string("/etc/passwd"), std::string("../../other"),
        std::string("../../blobs/beef"), std::string("../../blobs/cafe"),
        std::string("../../blobs/with.dot"), std::string("../../blobs/dead"),
        std::string("../../blobs"), std::string("../../blobs/../../secret"),
        std::string("../../blobs/./f00d"), std::string("../.././blobs/f00d"),
        repository_ + "/blobs/f00d", std::string("../abc123/../../blobs/f00d"),
        std::string("x"), std::string("nowhere"), std::string("/dev/zero"),
        std::string("/proc/self/environ")}) {
    SCOPED_TRACE(target);
    link(target, model_ + "/x");
    EXPECT_EQ(read(model_), "refused");
  }
  link("../../../blobs/f00d", model_ + "/x");  // one too many
  EXPECT_EQ(read(model_), "refused");
  link("hop", model_ + "/x");
  link("../../blobs/f00d", model_ + "/hop");
  EXPECT_EQ(read(model_), "refused") << "a link to a link out";
}

TEST_F(FolderFile, OnlyCachesHaveBlobs) {
  for (const std::string& folder :
       {root_ + "/other/snapshots/abc", root_ + "/models--a--b/snapshot/abc"}) {
    SCOPED_TRACE(folder);
    fs::create_directories(folder);
    fs::create_directories(folder + "/../../blobs");
    write(folder + "/../../blobs/f00d", "blob");
    link("../../blobs/f00d", folder + "/x");
    EXPECT_EQ(read(folder), "refused");
  }
  // Files of snapshots/ itself belong to no revision.
  link("../blobs/f00d", repository_ + "/snapshots/x");
  EXPECT_EQ(read(repository_ + "/snapshots"), "refused");
  // blobs that stand elsewhere
  fs::create_directory(root_ + "/elsewhere");
  write(root_ + "/elsewhere/f00d", "elsewhere");
  fs::remove_all(repository_ + "/blobs");
  fs::create_symlink("../elsewhere", repository_ + "/blobs");
  link("../../blobs/f00d", model_ + "/x");
  EXPECT_EQ(read(model_), "refused");
}

TEST_F(FolderFile, LinksInsideTheFolderAreFollowed) {
  write(model_ + "/y", "inside");
  link("y", model_ + "/x");
  EXPECT_EQ(read(model_), "inside");
  link("../abc123/y", model_ + "/x");
  EXPECT_EQ(read(model_), "inside");
  link("./deep/../y", model_ + "/x");
  EXPECT_EQ(read(model_), "inside");
  fs::create_directory(model_ + "2");
  write(model_ + "2/y", "beside");
  link("../abc1232/y", model_ + "/x");
  EXPECT_EQ(read(model_), "refused") << "a folder whose name begins alike";
}

TEST_F(FolderFile, WhatIsNoFileIsRefusedAndNeverWaitedFor) {
  fs::create_directory(model_ + "/x");
  EXPECT_EQ(read(model_), "refused");
  fs::remove(model_ + "/x");
  ASSERT_EQ(::mkfifo((model_ + "/x").c_str(), 0600), 0);
  EXPECT_EQ(read(model_), "refused");
  ASSERT_EQ(::rename((model_ + "/x").c_str(), (model_ + "/pipe").c_str()), 0);
  link("pipe", model_ + "/x");
  EXPECT_EQ(read(model_), "refused");
}

TEST_F(FolderFile, FoldersInsideAreNoLinks) {
  EXPECT_EQ(folder_inside(model_, "deep"), model_ + "/deep");
  EXPECT_EQ(folder_inside(model_, "absent"), "");
  fs::create_symlink("deep", model_ + "/alias");
  EXPECT_THROW(folder_inside(model_, "alias"), Error);
  fs::create_symlink(root_, model_ + "/out");
  EXPECT_THROW(folder_inside(model_, "out"), Error);
  write(model_ + "/file", "");
  EXPECT_THROW(folder_inside(model_, "file"), Error);
  EXPECT_THROW(folder_inside(model_, ".."), Error);
}

}  // namespace
}  // namespace lethe
