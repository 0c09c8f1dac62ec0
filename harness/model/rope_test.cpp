// Frequencies of scaled rotary positions, against numbers worked out by hand.
#include "harness/model/rope.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/error.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

Rope rope_of(const Json& json) {
  return rope_from_json(json, "config.json", 8, 64);
}

std::vector<float> frequencies(const Json& json) {
  return to_floats(rope_frequencies(rope_of(json)));
}

void expect_near(const std::vector<float>& got,
                 const std::vector<double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(got[i], want[i], 1e-6 * want[i]) << i;
  }
}

std::string refusal(const Json& json) {
  try {
    rope_of(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 3);
    return error.what();
  }
  return "";
}

TEST(Rope, PlainFrequenciesFallByTheHeadSize) {
  expect_near(frequencies(Json::object()), {1, 0.1, 0.01, 0.001});
  expect_near(frequencies({{"rope_theta", 1e8}}), {1, 0.01, 1e-4, 1e-6});
  expect_near(frequencies({{"partial_rotary_factor", 0.5}}), {1, 0.01});
  expect_near(frequencies({{"rotary_pct", 0.5}, {"rotary_emb_base", 1e4}}),
              {1, 0.01});
}

TEST(Rope, BothSpellingsAreRead) {
  const Json older = {{"rope_theta", 100.0},
                      {"rope_scaling", {{"type", "linear"}, {"factor", 4.0}}}};
  const Json newer = {
      {"rope_parameters",
       {{"rope_type", "linear"}, {"factor", 4.0}, {"rope_theta", 100.0}}}};
  const double s = std::sqrt(0.1);
  expect_near(frequencies(older), {0.25, 0.25 * s, 0.025, 0.025 * s});
  EXPECT_EQ(frequencies(older), frequencies(newer));
}

TEST(Rope, DynamicIsPlainUpToTheWindow) {
  EXPECT_EQ(frequencies({{"rope_scaling",
                          {{"rope_type", "dynamic"}, {"factor", 4.0}}}}),
            frequencies(Json::object()));
}

TEST(Rope, Llama3KeepsShortWavesAndStretchesLongOnes) {
  const auto got = frequencies({{"rope_scaling",
                                 {{"rope_type", "llama3"},
                                  {"factor", 8.0},
                                  {"low_freq_factor", 1.0},
                                  {"high_freq_factor", 4.0},
                                  {"original_max_position_embeddings", 64}}}});
  // Wavelengths 6.3, 63, 628, 6283 tokens; short is below 16, long above 64.
  const double wave = 2 * M_PI / 0.1, smooth = (64 / wave - 1) / 3;
  expect_near(got,
              {1, (1 - smooth) * 0.1 / 8 + smooth * 0.1, 0.01 / 8, 0.001 / 8});
}

TEST(Rope, YarnBlendsBetweenTheTwoTurns) {
  const Json yarn = {{"rope_scaling",
                      {{"rope_type", "yarn"},
                       {"factor", 4.0},
                       {"original_max_position_embeddings", 16}}}};
  // Pairs -1.1 and 0.4, cut to 0 and 1: the first stays, the rest is stretched.
  expect_near(frequencies(yarn), {1, 0.1 / 4, 0.01 / 4, 0.001 / 4});
  EXPECT_NEAR(rope_of(yarn).attention_factor, 0.1 * std::log(4.0) + 1, 1e-12);
}

TEST(Rope, LongropeHasAFactorForEachPairWithinTheOriginalWindow) {
  const Json longrope = {{"original_max_position_embeddings", 16},
                         {"rope_scaling",
                          {{"type", "longrope"},
                           {"short_factor", {1.0, 2.0, 4.0, 5.0}},
                           {"long_factor", {1.0, 9.0, 9.0, 9.0}}}}};
  expect_near(frequencies(longrope), {1, 0.1 / 2, 0.01 / 4, 0.001 / 5});
  const Rope rope = rope_of(longrope);
  EXPECT_NEAR(rope.attention_factor,
              std::sqrt(1 + std::log(4.0) / std::log(16.0)), 1e-12);
  EXPECT_EQ(rope_window(rope, 64), 16);
  EXPECT_EQ(rope_window(rope_of(Json::object()), 64), 64);
}

TEST(Rope, RotationKeepsLengthsAndTurnsTheFirstPartOnly) {
  const Rope rope = rope_of({{"partial_rotary_factor", 0.5}});
  const Tensor heads = at::randn({3, 2, 8});
  const Tensor turns = rotation(rope, rope_frequencies(rope), at::arange(3));
  const Tensor got = rotate(heads, turns);
  EXPECT_TRUE(at::equal(got[0], heads[0])) << "position 0 does not turn";
  EXPECT_TRUE(at::equal(got.narrow(2, 4, 4), heads.narrow(2, 4, 4)));
  EXPECT_FALSE(at::allclose(got[2], heads[2]));
  EXPECT_TRUE(at::allclose(got.square().sum(2), heads.square().sum(2), 1e-5));
}

TEST(Rope, BadNumbersAreNamed) {
  EXPECT_NE(refusal({{"rope_scaling", {{"rope_type", "xpos"}}}})
                .find("\"xpos\" is not supported"),
            std::string::npos);
  EXPECT_NE(refusal({{"rope_scaling",
                      {{"rope_type", "longrope"}, {"short_factor", {1.0}}}}})
                .find("\"short_factor\" is no list of 4 numbers"),
            std::string::npos);
  EXPECT_NE(
      refusal({{"rope_scaling", {{"rope_type", "linear"}}}}).find("factor"),
      std::string::npos);
  EXPECT_NE(
      refusal({{"rope_scaling", {{"rope_type", "linear"}, {"factor", -1.0}}}})
          .find("above 0"),
      std::string::npos);
  EXPECT_NE(refusal({{"rope_scaling", "linear"}}).find("no object"),
            std::string::npos);
  EXPECT_NE(refusal({{"rope_theta", 0}}).find("above 0"), std::string::npos);
  EXPECT_NE(refusal({{"partial_rotary_factor", 0.1}}).find("even number"),
            std::string::npos);
  EXPECT_NE(refusal({{"partial_rotary_factor", 2.0}}).find("at most 1"),
            std::string::npos);
}

}  // namespace
}  // namespace lethe
