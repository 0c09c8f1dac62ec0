// Answers with a term are replaced, and nothing else is.
#include "harness/target/filter_guard.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/error.h"
#include "harness/model/test_fixtures.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

const std::string kFolder =
    std::string(LETHE_SOURCE_DIR) + "/attacks/testdata/target";

class Filtered : public testing::Test {
 protected:
  Filtered() {
    TargetOptions options;
    options.progress = false;
    target_ = load_target(kFolder, test_compute(), options).target;
    for (const char* text : {"The bell", "A cart", "Nobody", "In the rain"}) {
      prompts_.push_back(target_->encode(text, true));
    }
    options_.max_new_tokens = 8;
  }

  std::shared_ptr<const FilterGuard> guard(
      const std::vector<std::string>& terms, bool inputs = false) const {
    return std::make_shared<FilterGuard>(
        target_, FilterOptions{terms, kRefusal, inputs});
  }

  const Ids kRefusal = {20, 21, 22};
  std::shared_ptr<const ModelTarget> target_;
  Prompts prompts_;
  GenerateOptions options_;
};

TEST_F(Filtered, AnswersThatHoldATermAreReplacedAndNoOthers) {
  options_.do_sample = true;
  options_.num_return_sequences = 6;
  options_.max_new_tokens = 20;
  const Generation plain = target_->generate(prompts_, options_);
  // Terms: words of some answers, as a filter that is tested elsewhere sees
  // them.
  const TermFilter filter({"the", "and", "a", "to", "e"});
  const Generation got =
      guard({"the", "and", "a", "to", "e"})->generate(prompts_, options_);
  int64_t replaced = 0, left = 0;
  for (size_t p = 0; p < prompts_.size(); ++p) {
    ASSERT_EQ(got.sequences[p].size(), plain.sequences[p].size());
    for (size_t s = 0; s < got.sequences[p].size(); ++s) {
      const Ids& before = plain.sequences[p][s].ids;
      const Sequence& after = got.sequences[p][s];
      const bool holds = !filter.found_in(target_->decode(before)).empty();
      EXPECT_EQ(after.ids, holds ? kRefusal : before);
      ++(holds ? replaced : left);
      EXPECT_FALSE(after.scored);
      EXPECT_TRUE(std::isnan(after.score));
      EXPECT_TRUE(after.token_logprobs.empty());
    }
  }
  EXPECT_GT(replaced, 0);
  EXPECT_GT(left, 0);
}

TEST_F(Filtered, PromptsAreLookedAtWhenAsked) {
  const auto got = guard({"cart"}, true)->generate(prompts_, options_);
  EXPECT_EQ(got.sequences[1].front().ids, kRefusal);
  const auto plain = target_->generate(prompts_, options_);
  for (const size_t p : {0, 2, 3}) {
    EXPECT_EQ(got.sequences[p].front().ids, plain.sequences[p].front().ids);
  }
  EXPECT_NE(guard({"cart"})->generate(prompts_, options_).sequences[1][0].ids,
            kRefusal);
}

TEST_F(Filtered, ARefusalIsNoLongerThanAnAnswerMayBe) {
  options_.lengths = {8, 2, 8, 8};
  const auto got = guard({"cart"}, true)->generate(prompts_, options_);
  EXPECT_EQ(got.sequences[1].front().ids, (Ids{20, 21}));
}

TEST_F(Filtered, ShowsTextsOnly) {
  const auto filter = guard({"cart"});
  const Needs can = filter->can();
  EXPECT_TRUE(can.generate && can.tokenizer);
  EXPECT_FALSE(can.token_statistics || can.gradients || can.drift);
  EXPECT_NE(filter->limits().find("texts only"), std::string::npos);
  EXPECT_THROW(filter->likelihoods({{{0, 5, 6}, 1}}), Error);
  EXPECT_THROW(filter->statistics({}), Error);
  EXPECT_THROW(filter->sampling_logprobs({}, {}), Error);
  EXPECT_THROW(filter->gradient_norms({}, {}), Error);
  const auto again = filter->with_model(target_->model());
  EXPECT_FALSE(again->can().token_statistics) << "still behind the filter";
}

TEST_F(Filtered, NeedsATokenizer) {
  const auto bare =
      std::make_shared<ModelTarget>(target_->model(), nullptr, TargetOptions{});
  EXPECT_THROW(FilterGuard(bare, {{"cart"}, {20}, false}), Error);
}

}  // namespace
}  // namespace lethe
