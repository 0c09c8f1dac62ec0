// The extractor against lists of names that were made by hand, before it was
// tuned (testdata/*_names.json): 28 and 29 of 30 names, 30 and 29 of the first
// 30 anchors.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "harness/anchors/extract.h"
#include "harness/base/files.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

// A book without what stands before and behind it in the file.
std::string book(const std::string& name) {
  const std::string folder = std::getenv("LETHE_DATA");
  const std::string text = read_file(folder + "/text/" + name);
  const size_t start = text.find("***", text.find("*** START") + 4);
  const size_t end = text.find("*** END");
  EXPECT_NE(start, text.npos);
  EXPECT_NE(end, text.npos);
  return text.substr(start + 3, end - start - 3);
}

struct Share {
  double recall = 0, precision = 0;
  std::string misses;  // for people
};

// Of the listed names among all anchors, and of acceptable ones among the first
// 30 that the extractor gives.
Share share(const std::string& target, const std::string& background,
            const std::string& list) {
  const Json names = read_json(
      fmt::format("{}/harness/anchors/testdata/{}", LETHE_SOURCE_DIR, list));
  const Extraction found = extract_anchors({book(target)}, {book(background)});
  std::set<std::string> all, fine;
  for (const FoundAnchor& anchor : found.anchors) {
    all.insert(anchor.anchor.anchor);
  }
  Share share;
  for (const auto& [name, count] : names["names"].items()) {
    fine.insert(name);
    share.recall += static_cast<double>(all.count(name)) / 30;
    if (all.count(name) == 0) share.misses += " missing " + name;
  }
  for (const Json& name : names["acceptable"]) {
    fine.insert(name.get<std::string>());
  }
  for (size_t i = 0; i < 30; ++i) {
    const std::string& name = found.anchors.at(i).anchor.anchor;
    share.precision += static_cast<double>(fine.count(name)) / 30;
    if (fine.count(name) == 0) share.misses += " not listed " + name;
  }
  return share;
}

constexpr char kAlice[] = "gutenberg_alice_11-0.txt";
constexpr char kSherlock[] = "gutenberg_sherlock_1661.txt";

class NamesOfBooks : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("LETHE_DATA");
    if (data == nullptr || *data == 0) {
      GTEST_SKIP() << "LETHE_DATA is not set";
    }
  }
};

TEST_F(NamesOfBooks, OfSherlockHolmes) {
  const Share found = share(kSherlock, kAlice, "sherlock_names.json");
  EXPECT_GE(found.recall, 0.9) << found.misses;
  EXPECT_GE(found.precision, 0.8) << found.misses;
}

TEST_F(NamesOfBooks, OfAlice) {
  const Share found = share(kAlice, kSherlock, "alice_names.json");
  EXPECT_GE(found.recall, 0.9) << found.misses;
  EXPECT_GE(found.precision, 0.8) << found.misses;
}

}  // namespace
}  // namespace lethe
