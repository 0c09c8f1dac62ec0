#include "harness/data/data_sources.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string sources_with(const std::string& file) {
  const std::string path = ::testing::TempDir() + "data_sources_test.json";
  write_file_atomically(path, R"({"sources": {"x": {"description": "d",
    "license": "l", "tasks": ["t"], "files": [)" +
                                  file + "]}}}  // ours\n");
  return path;
}

TEST(DataSources, AreReadWithEveryKey) {
  const std::string hash(64, 'a');
  const auto sources = read_data_sources(sources_with(
      R"({"url": "https://h/a.zip", "path": "x/a.zip", "bytes": 5,
          "sha256": ")" +
      hash + R"(", "password": "p", "members": [
          {"member": "d/*.csv", "path": "x/"},
          {"member": "b", "path": "x/b", "bytes": 2}]})"));
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources[0].name, "x");
  EXPECT_EQ(sources[0].tasks, std::vector<std::string>{"t"});
  const SourceFile& file = sources[0].files.at(0);
  EXPECT_EQ(file.url, "https://h/a.zip");
  EXPECT_EQ(file.bytes, 5);
  EXPECT_EQ(file.sha256, hash);
  EXPECT_EQ(file.password, "p");
  EXPECT_EQ(file.members.at(0).path, "x/");
  EXPECT_EQ(file.members.at(1).bytes, 2);
}

TEST(DataSources, RefuseWhatLeavesTheFolderOrIsNoUrl) {
  const auto refused = [](const std::string& file, const std::string& why) {
    const std::string path = sources_with(file);
    EXPECT_THAT([&] { read_data_sources(path); },
                ThrowsMessage<Error>(HasSubstr(why)))
        << file;
  };
  for (const char* path :
       {"../a", "/a", "a/../b", "a//b", "", ".a", "a/", "a\\\\b", "a\\nb"}) {
    refused(R"({"url": "https://h/a", "path": ")" + std::string(path) + "\"}",
            "path");
  }
  for (const char* path : {"fetched.json", "lock", "lock/a"}) {
    refused(R"({"url": "https://h/a", "path": ")" + std::string(path) + "\"}",
            "fetch itself uses");
  }
  for (const char* url :
       {"file:///a", "ftp://h/a", "h/a", "", "https://h/a b", "HTTPS:/x"}) {
    refused(R"({"path": "a", "url": ")" + std::string(url) + "\"}", "url");
  }
  const std::string good = R"("url": "https://h/a", "path": "a")";
  refused("{" + good + R"(, "sha256": "12"})", "sha256");
  refused("{" + good + R"(, "bytes": -1})", "bytes");
  refused("{" + good + R"(, "byts": 1})", "bytes");
  refused("{" + good + R"(, "members": {}})", "no list");
  refused("{" + good + R"(, "members": [{"member": "*", "path": "b"}]})",
          "several members go to a folder");
  refused("{" + good + R"(, "members": [{"member": "b", "path": "b/"}]})",
          "several members go to a folder");
}

TEST(DataSources, NeedFilesOrWhatToDoByHand) {
  EXPECT_THAT([] { read_data_sources(sources_with("")); },
              ThrowsMessage<Error>(HasSubstr("both or none")));
}

// The file that ships with the program, from the source tree.
const std::string kShipped =
    std::string(LETHE_SOURCE_DIR) + "/suites/data_sources.json";

TEST(DataSources, ThatShipAreSound) {
  for (const DataSource& source : read_data_sources(kShipped)) {
    EXPECT_FALSE(source.tasks.empty()) << source.name;
    for (const SourceFile& file : source.files) {
      EXPECT_EQ(file.url.rfind("https://", 0), 0u) << file.url;
      EXPECT_EQ(file.sha256.empty(), source.name == "wmdp") << file.url;
    }
  }
}

}  // namespace
}  // namespace lethe
