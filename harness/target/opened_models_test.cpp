#include "harness/target/opened_models.h"

#include <gtest/gtest.h>

#include "harness/model/test_fixtures.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

const std::string kTarget =
    std::string(LETHE_SOURCE_DIR) + "/attacks/testdata/target";
const std::string kMasked =
    std::string(LETHE_SOURCE_DIR) + "/harness/model/testdata/masked_lm/";

TEST(LastOpened, HoldsOneAndFindsWhatOthersHold) {
  LastOpened<int> opened;
  int loads = 0;
  std::weak_ptr<const int> first;
  const auto get = [&](const std::string& key) {
    return opened.get(key, [&] {
      EXPECT_TRUE(key != "b" || first.expired()) << "two at once";
      return std::make_shared<const int>(++loads);
    });
  };
  first = get("a");
  EXPECT_EQ(*get("a"), 1);
  const auto held = get("b");
  EXPECT_EQ(*held, 2);
  EXPECT_EQ(*get("a"), 3);
  EXPECT_EQ(*get("b"), 2) << "somebody holds it";
  EXPECT_THROW(opened.get("c",
                          []() -> std::shared_ptr<const int> {
                            fail_runtime("c", "cannot be read", "-");
                          }),
               Error);
  EXPECT_EQ(*get("a"), 4) << "a load that failed leaves nothing behind";
}

// As the cells of a run: two targets, one after the other.
TEST(OpenedModels, ASecondTargetLoadsNothing) {
  TargetOptions options;
  options.progress = false;
  options.opened = std::make_shared<OpenedModels>();
  std::weak_ptr<const Target> reference;
  std::weak_ptr<const MaskFiller> filler;
  const Target* address = nullptr;
  const MaskFiller* filler_address = nullptr;
  for (int cell = 0; cell < 2; ++cell) {
    const auto target = load_target(kTarget, test_compute(), options).target;
    const auto opened = target->open(kTarget);
    const auto proposer = target->mask_filler(kMasked + "bert");
    EXPECT_TRUE(address == nullptr || address == opened.get());
    EXPECT_TRUE(filler_address == nullptr || filler_address == proposer.get());
    address = opened.get();
    filler_address = proposer.get();
    reference = opened;
    filler = proposer;
  }
  EXPECT_FALSE(reference.expired());
  EXPECT_FALSE(filler.expired());
  options.opened.reset();  // the run is over
  EXPECT_TRUE(reference.expired());
  EXPECT_TRUE(filler.expired());
}

TEST(OpenedModels, ATargetOfItsOwnKeepsNothing) {
  TargetOptions options;
  options.progress = false;
  const auto target = load_target(kTarget, test_compute(), options).target;
  std::weak_ptr<const Target> reference = target->open(kTarget);
  EXPECT_TRUE(reference.expired());
}

// What stands in no text: <s>, </s>, and rows without a token.
TEST(SpecialIds, AreThoseOfTheTokenizerAndTheRowsBehindIt) {
  TargetOptions options;
  const LoadedModel loaded = load_target(kTarget, test_compute(), options);
  EXPECT_EQ(loaded.target->special_ids(), (std::vector<int64_t>{0, 1}));
  const auto filler = loaded.target->mask_filler(kMasked + "roberta");
  for (const int64_t id : {0, 1, 2, 3, 4, 330, 331, 332}) {
    EXPECT_TRUE(filler->special(id)) << id;
  }
  EXPECT_FALSE(filler->special(5));
  EXPECT_FALSE(filler->special(329));
}

}  // namespace
}  // namespace lethe
