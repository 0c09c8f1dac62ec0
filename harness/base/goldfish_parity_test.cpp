// Against torch: the tables and masks of metrics/goldfish.json.
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/goldfish.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

std::string zeros_and_ones(const std::vector<bool>& mask) {
  std::string text;
  for (const bool dropped : mask) text += dropped ? '1' : '0';
  return text;
}

TEST(GoldfishParity, MasksOfEveryCase) {
  const char* folder = std::getenv("LETHE_FIXTURES");
  if (folder == nullptr || *folder == 0)
    GTEST_SKIP() << "LETHE_FIXTURES is not set";
  const std::string file = std::string(folder) + "/metrics/goldfish.json";
  const Json golden = parse_json(read_file(file), file);
  ASSERT_GT(golden["cases"].size(), 10u);
  for (const Json& one : golden["cases"]) {
    GoldfishOptions o{one["k"], one["h"], one["table_seed"],
                      GoldfishForm::published};
    const auto ids = one["ids"].get<std::vector<int64_t>>();
    EXPECT_EQ(zeros_and_ones(GoldfishMask(o).dropped(ids)),
              one["drop_inclusive"].get<std::string>());
    o.form = GoldfishForm::preceding;
    EXPECT_EQ(zeros_and_ones(GoldfishMask(o).dropped(ids)),
              one["drop_preceding"].get<std::string>());
  }
}

}  // namespace
}  // namespace lethe
