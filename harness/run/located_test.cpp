// Files and models that probes name, from the suite's folder.
#include "harness/run/located.h"

#include <gtest/gtest.h>

#include "harness/data/data_testing.h"

namespace lethe {
namespace {

class Located : public DataTest {
 protected:
  Suite suite(const Json& set) const {
    Suite made;
    made.folder = folder_;
    made.attacks = {{"dc_pdd_mia", {"data"}, set}};
    return made;
  }
};

TEST_F(Located, FilesStandBesideTheSuite) {
  const std::string path = write("common.jsonl", "{\"text\": \"a\"}\n");
  const Suite with = suite({{"corpus", "common.jsonl"}, {"a", 0.5}});
  EXPECT_EQ(located(with.attacks[0], with),
            (Json{{"corpus", path}, {"a", 0.5}}));
  const OrderedJson before = named_hashes(with);
  ASSERT_EQ(before.size(), 1u);
  EXPECT_TRUE(before.contains("common.jsonl"));
  write("common.jsonl", "{\"text\": \"b\"}\n");
  EXPECT_NE(named_hashes(with), before);
}

TEST_F(Located, NothingIsNamedByDefault) {
  const Suite plain = suite(Json::object());
  EXPECT_EQ(located(plain.attacks[0], plain), Json::object());
  EXPECT_TRUE(named_hashes(plain).empty());
}

TEST_F(Located, WhatIsAbsentIsRefusedBeforeAnyWork) {
  const Suite absent = suite({{"corpus", "absent.jsonl"}});
  expect_refused(Fault::usage, {"dc_pdd_mia.corpus", "absent.jsonl"},
                 [&] { named_hashes(absent); });
  Suite model = suite(Json::object());
  model.attacks = {{"reference_mia", {"data"}, {{"model", "no/such"}}}};
  expect_refused(Fault::usage, {"no/such"}, [&] { named_hashes(model); });
}

}  // namespace
}  // namespace lethe
