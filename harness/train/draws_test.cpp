// Which other answers stand beside the rows of a step.
#include "harness/train/draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/error.h"

namespace lethe {
namespace {

using Keys = std::vector<int64_t>;

// Five rows of four texts (the last of two rows), text i with i + 1 answers.
class AlternateDraws : public testing::Test {
 protected:
  AlternateDraws() {
    Examples texts;
    for (int64_t i = 0; i < 4; ++i) {
      Example e;
      e.ids = {1, 2, 3 + i};
      texts.push_back(e);
    }
    const TrainOptions options = parse_train_options(Json::object());
    const TrainingSet once(texts, options, 32, {});
    data_.append(once, 1);
    data_.append(TrainingSet({texts[3]}, options, 32, {}), 1, 3);
    for (int64_t i = 0, row = 0; i < 4; ++i) {
      alternates_.of.emplace_back();
      for (int64_t n = 0; n <= i; ++n) alternates_.of.back().push_back(row++);
    }
    all_.data = &data_;
    all_.alternates = &alternates_;
  }

  StepKeys keys(int64_t step, int64_t a_row, int64_t seed = 0) {
    alternates_.a_row = a_row;
    return keys_of_step(parse_train_options({{"batch", 3}, {"seed", seed}}),
                        all_, step);
  }

  // Those beside the row at place `i` of a step.
  static Keys beside(const StepKeys& step, size_t i, int64_t a_row) {
    const auto begin = step.alternate.begin() + static_cast<int64_t>(i) * a_row;
    return {begin, begin + a_row};
  }

  TrainingSet data_;
  Alternates alternates_;
  TrainingData all_;
};

TEST_F(AlternateDraws, StandBesideTheirOwnTextInTheOrderOfTheRows) {
  for (const int64_t a_row : {1, 2, 5}) {
    for (int64_t step = 1; step <= 6; ++step) {
      const StepKeys found = keys(step, a_row);
      ASSERT_EQ(found.alternate.size(),
                found.data.size() * static_cast<size_t>(a_row));
      for (size_t i = 0; i < found.data.size(); ++i) {
        const size_t text = data_.rows()[found.data[i]].example;
        const Keys& own = alternates_.of[text];
        for (const int64_t key : beside(found, i, a_row)) {
          EXPECT_EQ(std::count(own.begin(), own.end(), key), 1)
              << key << " is no answer of text " << text;
        }
      }
    }
  }
}

TEST_F(AlternateDraws, AreDistinctWhileThereAreEnough) {
  for (int64_t step = 1; step <= 20; ++step) {
    const StepKeys found = keys(step, 3);
    for (size_t i = 0; i < found.data.size(); ++i) {
      const Keys own = beside(found, i, 3);
      const size_t answers = data_.rows()[found.data[i]].example + 1;
      EXPECT_EQ(std::set<int64_t>(own.begin(), own.end()).size(),
                std::min<size_t>(answers, 3));
    }
  }
}

TEST_F(AlternateDraws, DependOnTheSeedAndTheStep) {
  std::set<Keys> by_step, by_seed;
  for (int64_t n = 1; n <= 16; ++n) {
    EXPECT_EQ(keys(n, 2).alternate, keys(n, 2).alternate);
    // Of the text with four answers alone, so that no row's order counts.
    const auto of_last = [&](const StepKeys& found) {
      for (size_t i = 0; i < found.data.size(); ++i) {
        if (data_.rows()[found.data[i]].example == 3) {
          return beside(found, i, 2);
        }
      }
      return Keys();
    };
    by_step.insert(of_last(keys(n, 2)));
    by_seed.insert(of_last(keys(1, 2, n)));
  }
  EXPECT_GT(by_step.size(), 5u);
  EXPECT_GT(by_seed.size(), 5u);
}

TEST_F(AlternateDraws, AreEquallyLikely) {
  std::map<int64_t, int> seen;
  for (int64_t step = 1; step <= 800; ++step) {
    const StepKeys found = keys(step, 1);
    for (size_t i = 0; i < found.data.size(); ++i) {
      if (data_.rows()[found.data[i]].example == 3) ++seen[found.alternate[i]];
    }
  }
  ASSERT_EQ(seen.size(), 4u);
  for (const auto& [key, times] : seen) EXPECT_NEAR(times, 200, 50) << key;
}

TEST_F(AlternateDraws, ChangeNeitherTheRowsNorTheRetainDraws) {
  all_.retain = &data_;
  const StepKeys with = keys(2, 3);
  all_.alternates = nullptr;
  const StepKeys without = keys(2, 3);
  EXPECT_EQ(with.data, without.data);
  EXPECT_EQ(with.retain, without.retain);
  EXPECT_TRUE(without.alternate.empty());
}

TEST_F(AlternateDraws, OfATextThatHasNoneAreRefused) {
  for (auto& of : alternates_.of) of.clear();
  EXPECT_THROW(keys(1, 1), Error);
}

}  // namespace
}  // namespace lethe
