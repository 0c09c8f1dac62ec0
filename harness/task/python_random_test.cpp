// Streams of CPython 3.11's random.Random.
#include "harness/task/python_random.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

using Ints = std::vector<int64_t>;

TEST(PythonRandom, SamplesAsPythonDoes) {
  EXPECT_EQ(PythonRandom(1234).sample(40398, 5),
            (Ints{28883, 7657, 490, 5940, 38156}));
  const Ints many = PythonRandom(1234).sample(2251, 25);
  ASSERT_EQ(many.size(), 25u);
  EXPECT_EQ(Ints(many.begin(), many.begin() + 5),
            (Ints{1805, 478, 30, 371, 143}));
  EXPECT_EQ(PythonRandom(1234).sample(20, 5), (Ints{14, 3, 0, 2, 1}));
  EXPECT_EQ(PythonRandom(1234).sample(10, 3), (Ints{7, 1, 0}));
  EXPECT_EQ(PythonRandom(0).sample(10, 3), (Ints{6, 9, 0}));
}

TEST(PythonRandom, DrawsUniformNumbersAsPythonDoes) {
  PythonRandom random(0);
  EXPECT_DOUBLE_EQ(random.uniform(), 0.8444218515250481);
  EXPECT_DOUBLE_EQ(random.uniform(), 0.7579544029403025);
}

TEST(PythonRandom, AStreamGoesOnFromSampleToSample) {
  PythonRandom random(1234);
  random.sample(20, 5);
  EXPECT_NE(random.sample(20, 5), PythonRandom(1234).sample(20, 5));
}

}  // namespace
}  // namespace lethe
