// `--model org/name`: the local Hugging Face cache, and what it must not do.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

// Sets a variable of the environment, nullptr: removes it; and back again.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = ::getenv(name)) old_ = old;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

const Json kConfig = {{"model_type", "llama"},
                      {"vocab_size", 11},
                      {"hidden_size", 8},
                      {"num_hidden_layers", 1},
                      {"num_attention_heads", 2},
                      {"intermediate_size", 8},
                      {"max_position_embeddings", 16},
                      {"dtype", "float32"}};

class FindModel : public testing::Test {
 protected:
  FindModel() {
    std::string name = testing::TempDir() + "lethe_cache_XXXXXX";
    root_ = ::mkdtemp(name.data());
    repository_ = root_ + "/hub/models--org--name";
    snapshot_ = repository_ + "/snapshots/0123abcd";
    for (const std::string& folder :
         {snapshot_, repository_ + "/refs", repository_ + "/blobs"}) {
      make_folder(folder);
    }
    const auto model = Model::create(kConfig, test_compute(), 5);
    save_new_model(*model, kConfig, "", root_ + "/plain");
    put("config.json", "aa", root_ + "/plain/config.json");
    put("model.safetensors", "bb", root_ + "/plain/model.safetensors");
    refer("main", "0123abcd\n");
    cache_.emplace("HF_HUB_CACHE", (root_ + "/hub").c_str());
  }
  ~FindModel() override { fs::remove_all(root_); }

  // A file of the snapshot, as the cache keeps it.
  void put(const std::string& name, const std::string& hash,
           const std::string& source) const {
    fs::copy_file(source, repository_ + "/blobs/" + hash,
                  fs::copy_options::overwrite_existing);
    link("../../blobs/" + hash, name);
  }
  void link(const std::string& target, const std::string& name) const {
    fs::remove(snapshot_ + "/" + name);
    fs::create_symlink(target, snapshot_ + "/" + name);
  }
  void refer(const std::string& name, const std::string& revision) const {
    write_file_atomically(repository_ + "/refs/" + name, revision);
  }

  static std::string hash_of(const std::string& name) {
    return ModelFolder(find_model(name)).hash();
  }
  // The exit code of finding and opening a model.
  static int code(const std::string& name) {
    try {
      hash_of(name);
      read_config(find_model(name));
      return 0;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.exit_code();
    }
  }

  std::string root_, repository_, snapshot_;
  std::optional<Variable> cache_;
};

TEST_F(FindModel, ACachedModelIsTheOneThatWasPutThere) {
  EXPECT_EQ(hash_of("org/name"), hash_of(root_ + "/plain"));
  EXPECT_EQ(hash_of("org/name@main"), hash_of("org/name"));
  EXPECT_EQ(hash_of("org/name@0123abcd"), hash_of("org/name"));
  EXPECT_EQ(hash_of(snapshot_), hash_of("org/name")) << "named by its path";
  refer("v1.0", "0123abcd");
  EXPECT_EQ(hash_of("org/name@v1.0"), hash_of("org/name"));
  cache_.emplace("HF_HUB_CACHE", nullptr);
  const Variable home("HF_HOME", root_.c_str());
  EXPECT_EQ(code("org/name"), 0);
}

TEST_F(FindModel, TheDefaultCacheIsTheUsersOwn) {
  cache_.emplace("HF_HUB_CACHE", nullptr);
  const Variable home("HF_HOME", nullptr), xdg("XDG_CACHE_HOME", nullptr);
  const Variable user("HOME", (root_ + "/user").c_str());
  EXPECT_EQ(code("org/name"), 2);
  make_folder(root_ + "/user/.cache/huggingface");
  fs::rename(root_ + "/hub", root_ + "/user/.cache/huggingface/hub");
  EXPECT_EQ(code("org/name"), 0);
}

TEST_F(FindModel, WhatIsNotThereIsAUsageError) {
  for (const char* name :
       {"org/other", "other/name", "org/name@v2", "org/name@ffff", "org/",
        "/name", "name", "org/name/more", "../name", "org/..", "", "@main"}) {
    EXPECT_EQ(code(name), 2) << name;
  }
  fs::remove(repository_ + "/refs/main");
  EXPECT_EQ(code("org/name"), 2);
}

TEST_F(FindModel, RevisionsAreNames) {
  for (const std::string& revision :
       {std::string("../../../plain"), std::string(".."), std::string("."),
        std::string("a/b"), std::string(""), std::string("\n"),
        std::string("0123abcd/"), root_ + "/plain", std::string("0123\nabcd"),
        std::string("0123abcd\0", 9), std::string("\x1b[31m")}) {
    SCOPED_TRACE(revision);
    refer("main", revision);
    EXPECT_EQ(code("org/name"), 3);
  }
  for (const char* given :
       {"org/name@..", "org/name@../refs", "org/name@", "org/name@/etc"}) {
    EXPECT_EQ(code(given), 2) << given;
  }
  refer("main", std::string(1 << 16, 'a'));
  EXPECT_EQ(code("org/name"), 3);
  refer("main", "ffff");
  EXPECT_EQ(code("org/name"), 2) << "not downloaded";
  fs::remove(repository_ + "/refs/main");
  fs::create_symlink("/etc/hostname", repository_ + "/refs/main");
  EXPECT_EQ(code("org/name"), 3);
  fs::remove(repository_ + "/refs/main");
  ASSERT_EQ(::mkfifo((repository_ + "/refs/main").c_str(), 0600), 0);
  EXPECT_EQ(code("org/name"), 3);
}

TEST_F(FindModel, SnapshotsThatAreLinksAreRefused) {
  fs::create_symlink("../../../plain", repository_ + "/snapshots/eeee");
  refer("main", "eeee");
  EXPECT_EQ(code("org/name"), 3);
}

TEST_F(FindModel, NoFileOfAModelLeadsOutOfIt) {
  ASSERT_EQ(code("org/name"), 0);
  for (const char* name :
       {"config.json", "model.safetensors", "generation_config.json",
        "model.safetensors.index.json"}) {
    SCOPED_TRACE(name);
    const bool there = fs::is_symlink(snapshot_ + "/" + name);
    const std::string before =
        there ? fs::read_symlink(snapshot_ + "/" + name).string() : "";
    for (const std::string& target :
         {std::string("../../../../plain/config.json"),
          std::string("../../blobs/absent"), std::string("/dev/zero"),
          root_ + "/plain/model.safetensors"}) {
      link(target, name);
      EXPECT_EQ(code("org/name"), 3) << target;
    }
    fs::remove(snapshot_ + "/" + name);
    ASSERT_EQ(::mkfifo((snapshot_ + "/" + name).c_str(), 0600), 0);
    EXPECT_EQ(code("org/name"), 3) << "a pipe";
    fs::remove(snapshot_ + "/" + name);
    fs::create_directory(snapshot_ + "/" + name);
    EXPECT_EQ(code("org/name"), 3) << "a folder";
    fs::remove(snapshot_ + "/" + name);
    if (there) fs::create_symlink(before, snapshot_ + "/" + name);
    EXPECT_EQ(code("org/name"), 0);
  }
  // Shards are files of the folder too.
  fs::remove(snapshot_ + "/model.safetensors");
  write_file_atomically(
      snapshot_ + "/model.safetensors.index.json",
      R"({"weight_map":{"model.norm.weight":"part.safetensors"}})");
  link("../../blobs/bb", "part.safetensors");
  EXPECT_EQ(code("org/name"), 0);
  link("../../../../plain/model.safetensors", "part.safetensors");
  EXPECT_EQ(code("org/name"), 3);
}

}  // namespace
}  // namespace lethe
