#include "harness/fetch/ledger.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

std::string fresh_folder() {
  const std::string folder = ::testing::TempDir() + "ledger_test";
  std::filesystem::remove_all(folder);
  make_folder(folder);
  return folder;
}

TEST(Ledger, RemembersWhatWasSaved) {
  const std::string folder = fresh_folder();
  Ledger first(folder);
  EXPECT_EQ(first.sha256_of("x/a"), "");
  first.add("x/a", {"x", "https://h/a", "", "aa", 5, ""});
  first.add("x/b", {"x", "https://h/a", "b", "bb", 6, ""});
  first.add("xy", {"x", "https://h/xy", "", "cc", 7, ""});
  first.save();
  const Ledger second(folder);
  EXPECT_EQ(second.sha256_of("x/b"), "bb");
  EXPECT_EQ(second.files_below("x/"), (std::vector<std::string>{"x/a", "x/b"}));
  EXPECT_THAT(read_file(second.path()),
              ::testing::ContainsRegex("20..-..-..T..:..:..Z"));
}

TEST(Ledger, RefusesAFileThatIsNone) {
  const std::string folder = fresh_folder();
  for (const char* text :
       {"[]", "{}", "{\"files\": 1}", "{\"files\": {\"a\": 1}}",
        "{\"files\": {\"a\": {\"name\": \"x\"}}}", "{"}) {
    write_file_atomically(folder + "/fetched.json", text);
    EXPECT_THROW(Ledger{folder}, Error) << text;
  }
}

}  // namespace
}  // namespace lethe
