// DP-SGD in the training loop: its log, resumption to the bit, and what is
// refused beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/privacy.h"
#include "harness/tensor/ops.h"
#include "harness/train/goldfish.h"
#include "harness/train/losses.h"
#include "harness/train/private_options.h"
#include "harness/train/tiny_training.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

using testing::HasSubstr;

class PrivateTraining : public testing::Test {
 protected:
  PrivateTraining() {
    std::string name = testing::TempDir() + "lethe_private_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~PrivateTraining() override { std::filesystem::remove_all(folder_); }

  // Throws before call `stop`.
  std::shared_ptr<Model> trained(const Json& given, const std::string& out,
                                 int stop = 0) {
    Json all = {{"batch", 3}, {"steps", 5}, {"dp_delta", 0.01}};
    all.update(given);
    const TrainOptions o = options_of(all);
    drop_tokens(rows_, {}, nullptr, o);  // row by row: no text is read
    TrainTask task;
    task.model = tiny();
    task.data.data = &rows_;
    task.out = folder_ + "/" + out;
    task.title = "test";
    int calls = 0;
    task.step = [&](Step& s) {
      if (++calls == stop) throw std::runtime_error("killed");
      s.add("nll", 1, [&] { return goldfish_nll(s.model, s.forget).loss; });
    };
    result_ = train(task, o);
    return task.model;
  }

  std::vector<Json> log(const std::string& out) const {
    std::vector<Json> all;
    for (const auto& line :
         read_lines(folder_ + "/" + out + "/train_log.jsonl")) {
      all.push_back(Json::parse(line));
    }
    return all;
  }

  std::string folder_;
  TrainingSet rows_ =
      training_set(texts(12, "private"), {{"sequence_length", 5}});
  TrainResult result_;
};

double furthest(const Model& a, const Model& b) {
  double apart = 0;
  for (size_t i = 0; i < a.parameters().size(); ++i) {
    const Tensor difference =
        a.parameters()[i].second.detach() - b.parameters()[i].second.detach();
    apart = std::max(apart, difference.abs().max().item<double>());
  }
  return apart;
}

TEST_F(PrivateTraining, TheSeedDecidesEveryBit) {
  const Json options = {{"dp_noise", 0.7}};
  const auto once = trained(options, "one");
  EXPECT_EQ(furthest(*once, *trained(options, "two")), 0);
  EXPECT_GT(furthest(*once, *trained({{"dp_noise", 0.7}, {"seed", 1}}, "o")),
            1e-3);
  EXPECT_GT(furthest(*once, *trained({{"dp_noise", 0.8}}, "p")), 1e-4);
  EXPECT_GT(
      furthest(*once, *trained({{"dp_noise", 0.7}, {"dp_clip", 0.1}}, "q")),
      1e-5);
}

TEST_F(PrivateTraining, KilledRunContinuesToTheSameBits) {
  const Json options = {
      {"dp_noise", 0.7}, {"steps", 8}, {"checkpoint_seconds", 1e-9}};
  const auto undisturbed = trained(options, "one");
  EXPECT_THROW(trained(options, "two", 16), std::runtime_error);
  const size_t before = log("two").size();
  EXPECT_GT(before, 1u);
  EXPECT_LT(before, 8u);
  EXPECT_EQ(furthest(*undisturbed, *trained(options, "two")), 0);
  const auto want = log("one"), got = log("two");
  ASSERT_EQ(got.size(), 8u);
  for (size_t i = 0; i < 8; ++i) {
    for (const char* key : {"loss", "units", "clipped", "epsilon", "lr"}) {
      EXPECT_EQ(got[i][key], want[i][key]) << key << " of row " << i;
    }
  }
}

TEST_F(PrivateTraining, TheLogAndTheCardSayWhatWasSpent) {
  trained({{"dp_noise", 1.5}, {"dp_clip", 0.4}, {"accumulate", 2}}, "one");
  const auto rows = log("one");
  ASSERT_EQ(rows.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    PrivacyAccountant accountant;
    accountant.add({0.5, 1.5}, static_cast<int64_t>(i) + 1);
    EXPECT_NEAR(rows[i]["epsilon"], accountant.spent(0.01).epsilon, 1e-9);
    EXPECT_LE(rows[i]["units"].get<int64_t>(), 12);
    EXPECT_GT(rows[i]["clipped"].get<double>(), 0.5) << "norms are above 0.4";
  }
  const Json card = read_json(folder_ + "/one/privacy.json");
  EXPECT_EQ(card["documents"], 12);
  EXPECT_EQ(card["rate"], 0.5);
  EXPECT_EQ(card["steps"], 5);
  EXPECT_EQ(card["noise"], 1.5);
  EXPECT_EQ(card["epsilon"], rows[4]["epsilon"]);
  EXPECT_THAT(card["promise"].get<std::string>(),
              HasSubstr("at delta 0.01 for one of 12 documents (noise 1.5, "
                        "clip 0.4, rate 0.5, 5 steps)"));
  const Json off = {{"dp_delta", 1e-5}};
  trained(off, "one");
  EXPECT_FALSE(exists(folder_ + "/one/privacy.json")) << "of another run";
}

TEST_F(PrivateTraining, ATargetEpsilonDecidesTheNoise) {
  trained({{"dp_epsilon", 4.0}, {"epochs", 2.0}, {"steps", 0}}, "one");
  const Json card = read_json(folder_ + "/one/privacy.json");
  EXPECT_EQ(card["steps"], 8) << "12 documents, 3 a step";
  EXPECT_LE(card["epsilon"].get<double>(), 4);
  EXPECT_GT(card["epsilon"].get<double>(), 3.999);
}

TEST_F(PrivateTraining, AStepThatDrawsNothingIsANoisyOne) {
  trained({{"dp_noise", 1.0}, {"batch", 1}, {"steps", 12}}, "one");
  const auto rows = log("one");
  int empty = 0;
  for (const Json& row : rows) {
    if (row["units"] != 0) continue;
    ++empty;
    EXPECT_TRUE(row["loss"].is_null());
    EXPECT_TRUE(row["clipped"].is_null());
    EXPECT_GT(row["grad_norm"].get<double>(), 1) << "noise on every weight";
  }
  EXPECT_GT(empty, 0) << "a third of the steps";
  EXPECT_EQ(rows.size(), 12u);
  EXPECT_FALSE(result_.diverged);
}

TEST_F(PrivateTraining, ALossThatIsNotFiniteDoesNotEndIt) {
  rows_ = training_set(texts(12, "private"));
  TrainTask task;
  task.model = tiny();
  task.data.data = &rows_;
  task.out = folder_ + "/nan";
  task.title = "test";
  int calls = 0;
  task.step = [&](Step& s) {
    const double weight = ++calls == 2 ? NAN : 1;
    s.add("nll", weight, [&] { return mean_nll(s.model, s.forget); });
  };
  const TrainResult result = train(
      task,
      options_of(
          {{"dp_noise", 1.0}, {"batch", 6}, {"steps", 3}, {"dp_delta", 0.01}}));
  EXPECT_FALSE(result.diverged);
  EXPECT_EQ(result.steps, 3);
  for (const auto& [name, weight] : task.model->parameters()) {
    EXPECT_TRUE(weight.isfinite().all().item<bool>()) << name;
  }
}

TEST_F(PrivateTraining, LearnsWhereTheNoiseIsSmall) {
  trained({{"dp_noise", 0.01},
           {"batch", 12},
           {"steps", 40},
           {"lr", 0.05},
           {"dp_clip", 5.0}},
          "one");
  const auto rows = log("one");
  EXPECT_LT(rows[39]["loss"].get<double>(),
            0.7 * rows[0]["loss"].get<double>());
}

TEST_F(PrivateTraining, GoldfishKeepsItsMasks) {
  Json by_chance = {{"dp_noise", 0.7}, {"loss", "goldfish"}, {"k", 2}};
  Json goldfish = by_chance;
  goldfish["h"] = 2;
  by_chance["mask"] = "random";
  const auto plain = trained({{"dp_noise", 0.7}}, "one");
  for (const Json& options : {goldfish, by_chance}) {
    EXPECT_GT(furthest(*plain, *trained(options, "two")), 1e-4);
    const auto with = log("two"), without = log("one");
    for (size_t i = 0; i < with.size(); ++i) {
      EXPECT_EQ(with[i]["units"], without[i]["units"]);
      EXPECT_LT(with[i]["supervised_tokens"], without[i]["supervised_tokens"]);
    }
  }
}

std::string refusal(const Json& options) {
  try {
    parse_train_options(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage);
    return error.what();
  }
  return "";
}

TEST(PrivateOptions, RefuseWhatBreaksThePromise) {
  const std::pair<const char*, Json> breaks[] = {{"clip", 0.5},
                                                 {"fused_step", true},
                                                 {"sam_rho", 0.1},
                                                 {"rs_sigma", 0.1},
                                                 {"saliency_percentile", 50.0},
                                                 {"repeat", {{"forget", 2}}},
                                                 {"dedup", "near"},
                                                 {"scrub", {"name"}},
                                                 {"dp_epsilon", 3.0}};
  for (const auto& [key, value] : breaks) {
    EXPECT_THAT(refusal({{"dp_noise", 1.0}, {key, value}}),
                HasSubstr(std::string("training option ") + key))
        << key;
  }
  EXPECT_THAT(refusal({{"dp_epsilon", 1.0}, {"sam_rho", 0.1}}),
              HasSubstr("sam_rho"));
}

TEST(PrivateOptions, RefuseRangesAndKeysThatNothingReads) {
  for (const char* key : {"dp_noise", "dp_epsilon", "dp_clip", "dp_delta"}) {
    Json options = {{"dp_noise", 1.0}};
    options[key] = -1.0;
    EXPECT_THAT(refusal(options), HasSubstr(key));
  }
  EXPECT_THAT(refusal({{"dp_noise", 1.0}, {"dp_clip", 0.0}}),
              HasSubstr("more than 0"));
  EXPECT_THAT(refusal({{"dp_noise", 1.0}, {"dp_delta", 1.0}}),
              HasSubstr("between 0 and 1"));
  EXPECT_THAT(refusal({{"dp_clip", 0.5}}), HasSubstr("DP-SGD, which is off"));
  EXPECT_THAT(refusal({{"dp_delta", 0.5}}), HasSubstr("which is off"));
  EXPECT_EQ(refusal({{"dp_clip", 0.5}, {"dp_noise", 0.0}}), "") << "a grid";
}

TEST(PrivateOptions, TurnTheOrdinaryClippingOff) {
  EXPECT_EQ(parse_train_options({{"dp_noise", 1.0}}).clip, 0);
  EXPECT_EQ(parse_train_options({{"dp_noise", 1.0}, {"clip", 0.0}}).clip, 0);
  EXPECT_EQ(parse_train_options(Json::object()).clip, 1);
}

TEST(PrivateOptions, RefuseASplitThatIsNamedTwice) {
  const TrainOptions on = options_of({{"dp_noise", 1.0}});
  EXPECT_THROW(check_privacy(on, {"a", "b", "a"}), Error);
  check_privacy(on, {"a", "b"});
  check_privacy(options_of(Json::object()), {"a", "a"});
}

TEST(PrivateOptions, OfARowTakeThePlaceOfTheSuites) {
  EXPECT_EQ(
      training_over({{"dp_noise", 1.0}, {"lr", 1.0}}, {{"dp_epsilon", 4.0}}),
      Json({{"dp_epsilon", 4.0}, {"lr", 1.0}}));
  EXPECT_EQ(training_over({{"dp_epsilon", 8.0}}, {{"dp_noise", 0.0}}),
            Json({{"dp_noise", 0.0}}));
  EXPECT_EQ(training_over({{"dp_noise", 1.0}}, {{"lr", 1.0}}),
            Json({{"dp_noise", 1.0}, {"lr", 1.0}}));
}

TEST(PrivateOptions, StepsOfAMaskAreCountedInDocuments) {
  const TrainingSet rows =
      training_set(texts(10, "private"), {{"sequence_length", 4}});
  const Json set = {{"loss", "goldfish"}, {"batch", 2}, {"goldfish_from", 6}};
  check_drops(rows, options_of(set));
  Json noisy = set;
  noisy["dp_noise"] = 1.0;
  EXPECT_THROW(check_drops(rows, options_of(noisy)), Error);
}

TEST(PrivateOptions, DeltaMustBeBelowOneDocument) {
  const TrainingSet rows =
      training_set(texts(10, "private"), {{"sequence_length", 4}});
  const auto plan = [&](double delta, int64_t batch) {
    return privacy_plan(
        options_of({{"dp_noise", 1.0}, {"dp_delta", delta}, {"batch", batch}}),
        rows);
  };
  EXPECT_THROW(plan(0.1, 2), Error);
  EXPECT_EQ(plan(0.099, 2).documents, 10) << "rows are more";
  EXPECT_EQ(plan(0.01, 2).rate, 0.2);
  EXPECT_EQ(plan(0.01, 20).rate, 1) << "all of them";
  EXPECT_EQ(plan(0.01, 20).expected, 10);
}

}  // namespace
}  // namespace lethe
