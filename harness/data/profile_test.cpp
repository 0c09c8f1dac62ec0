// What `lethe data check` counts, on rows counted by hand.
#include "harness/data/profile.h"

#include "harness/base/hash.h"
#include "harness/data/data_testing.h"

namespace lethe {
namespace {

using Types = std::map<std::string, int64_t>;

class Profile : public DataTest {};

TEST_F(Profile, CountsTypesMissingAndEmptyByField) {
  const std::string text =
      "{\"text\": \"tide\", \"n\": 1}\n{\"text\": \"\", \"n\": 1.5}\n"
      "{\"text\": \" \\n\", \"n\": null, \"m\": []}\n{\"n\": true, \"m\": "
      "{}}\n";
  const FileProfile profile = profile_file(write("a.jsonl", text), {});
  EXPECT_EQ(profile.format, "JSON Lines");
  EXPECT_EQ(profile.rows, 4);
  EXPECT_EQ(profile.bytes, static_cast<int64_t>(text.size()));
  EXPECT_EQ(profile.sha256, sha256(text));
  ASSERT_EQ(profile.fields.size(), 3u);
  EXPECT_EQ(profile.fields[0].name, "text");
  EXPECT_EQ(profile.fields[0].types, (Types{{"string", 3}}));
  EXPECT_EQ(profile.fields[0].missing, 1);
  EXPECT_EQ(profile.fields[0].empty, 2);
  EXPECT_EQ(
      profile.fields[1].types,
      (Types{{"integer", 1}, {"number", 1}, {"null", 1}, {"boolean", 1}}));
  EXPECT_EQ(profile.fields[1].missing, 0);
  EXPECT_EQ(profile.fields[2].types, (Types{{"list", 1}, {"object", 1}}));
  EXPECT_EQ(profile.fields[2].missing, 2);
}

TEST_F(Profile, CountsDuplicatesWhateverTheOrderOfKeys) {
  const std::string path =
      write("a.jsonl",
            "{\"id\": 1, \"a\": 2}\n{\"a\": 2, \"id\": 1}\n"
            "{\"id\": \"1\", \"a\": 2}\n{\"id\": 1, \"a\": 3}\n{\"a\": 3}\n");
  const FileProfile profile = profile_file(path, {});
  EXPECT_EQ(profile.duplicate_rows, 1);
  EXPECT_EQ(profile.duplicate_ids, 2) << "the text \"1\" is not the number";
  const FileProfile first = profile_file(path, {.limit = 1});
  EXPECT_EQ(first.rows, 1);
  EXPECT_EQ(first.sha256, profile.sha256) << "of the whole file";
  EXPECT_FALSE(profile_file(write("a.txt", "x\nx\n"), {}).duplicate_ids);
}

TEST_F(Profile, HashesACompressedFileAsItLies) {
  const std::string bytes = gzipped("q,a\n1,2\n");
  const FileProfile profile = profile_file(write("a.csv.gz", bytes), {});
  EXPECT_EQ(profile.format, "CSV, gzip");
  EXPECT_EQ(profile.bytes, static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(profile.sha256, sha256(bytes));
}

}  // namespace
}  // namespace lethe
