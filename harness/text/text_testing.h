// For the tests of tokenizers: folders with a tokenizer.json, and golden rows.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/text/tokenizer.h"

namespace lethe {

using Ids = std::vector<int64_t>;

// A folder that is removed with its files at the end of a test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "lethe_text_XXXXXX").string();
    if (mkdtemp(name.data())) path_ = name;
    EXPECT_FALSE(path_.empty());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
  }

 private:
  std::string path_;
};

// Reads a tokenizer from the texts of its files.
inline std::shared_ptr<const Tokenizer> load_text(
    const std::string& tokenizer, const std::string& config = "") {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", tokenizer);
  if (!config.empty()) folder.write("tokenizer_config.json", config);
  return Tokenizer::load(folder.path());
}

inline std::shared_ptr<const Tokenizer> load_json(
    const Json& tokenizer, const std::string& config = "") {
  return load_text(tokenizer.dump(), config);
}

// A tokenizer of single letters: "a" 0, "b" 1, "c" 2, "ab" 3, " " 4.
inline Json letters() {
  return {{"version", "1.0"},
          {"added_tokens", Json::array()},
          {"normalizer", nullptr},
          {"pre_tokenizer", nullptr},
          {"post_processor", nullptr},
          {"decoder", {{"type", "Fuse"}}},
          {"model",
           {{"type", "BPE"},
            {"vocab", {{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {" ", 4}}},
            {"merges", {"a b"}}}}};
}

// An entry of "added_tokens"; `flags` are the names of those that are true.
inline Json added_token(int id, const std::string& content,
                        const std::vector<std::string>& flags = {}) {
  Json token = {{"id", id},           {"content", content},
                {"lstrip", false},    {"rstrip", false},
                {"special", false},   {"single_word", false},
                {"normalized", false}};
  for (const auto& flag : flags) token[flag] = true;
  return token;
}

// Checks one golden row of any kind; keys that it lacks are not compared.
inline void expect_row(const Tokenizer& tokenizer, const Json& row) {
  const auto check = [&](const char* key, const Json& got) {
    if (!row.contains(key)) return;
    EXPECT_EQ(row[key], got) << key << " of " << row.dump().substr(0, 400);
  };
  Ids ids;
  if (row.contains("decode_ids")) {
    ids = row["decode_ids"].get<Ids>();
  } else if (row.contains("pair")) {
    Ids types;
    ids = tokenizer.encode_pair(row["text"], row["pair"], {}, &types);
    check("type_ids", types);
  } else {
    const std::string text = row["text"];
    ids = tokenizer.encode(text);
    const Ids bare = tokenizer.encode(text, {.special_tokens = false});
    check("ids_no_special", bare);
    check("decode_no_special", tokenizer.decode(bare));
    check("plain_ids", tokenizer.encode(text, {.special_tokens = false,
                                               .plain_text = true}));
  }
  check("ids", ids);
  check("decode", tokenizer.decode(ids));
  check("decode_skip", tokenizer.decode(ids, {.skip_special_tokens = true}));
}

// Checks every row of a file and returns how many there are.
inline int expect_golden(const Tokenizer& tokenizer, const std::string& file) {
  int rows = 0;
  for (const auto& line : read_lines(file)) {
    expect_row(tokenizer, parse_json(line, file));
    ++rows;
  }
  return rows;
}

}  // namespace lethe
