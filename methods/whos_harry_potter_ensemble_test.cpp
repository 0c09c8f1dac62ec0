// Both forms against the two models' own logits, in double precision.
#include <gtest/gtest.h>

#include <cmath>

#include "harness/run/method_run_testing.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;
constexpr int64_t kVocabulary = 430;

class WhosHarryPotterEnsemble : public MethodRun {
 protected:
  WhosHarryPotterEnsemble() {
    write("retain.jsonl", R"({"text": "The bell rings at six."}
)");
    write("forget.jsonl",
          R"({"text": "Old Tessaly Worn rowed home and slept."}
{"question": "Who rowed home?", "answer": "It was Tessaly Worn, of course."}
)");
  }

  Made made(const Json& options) {
    Json set = {{"reinforce_lr", 0.02}, {"reinforce_epochs", 6.0}};
    if (options.contains("reinforced")) set = Json::object();
    set.update(options);
    return MethodRun::made("whos_harry_potter_ensemble", "forget.jsonl", set);
  }

  static std::shared_ptr<const Target> asked(const Made& made) {
    TargetOptions options;
    options.progress = false;
    return as_asked(load_target(made.folder, test_compute(), options), made);
  }

  // [T, V] of a whole pass over one model.
  static std::vector<double> logits_of(const std::string& folder,
                                       const Ids& ids) {
    const auto model = Model::load(ModelFolder(folder), test_compute());
    const at::NoGradGuard guard;
    const Tensor all = logits(*model, ragged({ids}, model->device()))
                           .cpu()
                           .to(at::kDouble)
                           .contiguous();
    return {all.const_data_ptr<double>(),
            all.const_data_ptr<double>() + all.numel()};
  }

  static std::vector<double> softmax(const double* row) {
    double most = row[0], sum = 0;
    for (int64_t v = 0; v < kVocabulary; ++v) most = std::max(most, row[v]);
    std::vector<double> p;
    for (int64_t v = 0; v < kVocabulary; ++v) {
      p.push_back(std::exp(row[v] - most));
      sum += p.back();
    }
    for (double& one : p) one /= sum;
    return p;
  }

  // log p of ids[t] for t >= 1, by the formulas of the method's head.
  static std::vector<double> by_hand(const Made& made, const Ids& ids) {
    const Json& set = made.defence["set"];
    const double alpha = set["alpha"];
    const auto base = logits_of(made.folder, ids),
               raised = logits_of(set["reinforced"], ids);
    std::vector<double> all;
    for (size_t t = 1; t < ids.size(); ++t) {
      const double* b = base.data() + (t - 1) * kVocabulary;
      const double* r = raised.data() + (t - 1) * kVocabulary;
      std::vector<double> weights;
      if (set["form"] == "relu") {
        std::vector<double> v;
        for (int64_t i = 0; i < kVocabulary; ++i) {
          v.push_back(b[i] - alpha * std::max(0.0, r[i] - b[i]));
        }
        weights = softmax(v.data());
      } else {
        const auto p = softmax(b), q = softmax(r);
        for (int64_t i = 0; i < kVocabulary; ++i) {
          weights.push_back(std::max(1e-30, p[i] - alpha * (q[i] - p[i])));
        }
      }
      double sum = 0;
      for (const double w : weights) sum += w;
      all.push_back(std::log(weights[ids[t]] / sum));
    }
    return all;
  }

  static std::vector<float> logprobs(const Target& target, const Ids& ids) {
    Example e;
    e.ids = ids;
    return target.statistics({e})[0]->logprobs;
  }

  const Ids ids_ = {0, 40, 77, 120, 301, 9, 260, 418, 33};
};

TEST_F(WhosHarryPotterEnsemble, TrainsTheOtherModelAndJoinsBoth) {
  const Made one = made({{"alpha", 1.5}});
  EXPECT_EQ(one.folder, folder_ + "/model") << "no checkpoint of its own";
  EXPECT_GT(one.steps, 0);
  EXPECT_GT(one.tokens, 0);
  const std::string other = one.defence["set"]["reinforced"];
  EXPECT_EQ(own_folder(one), other);
  EXPECT_EQ(other.rfind(run_ + "/models/", 0), 0U);
  EXPECT_TRUE(is_there(one));
  const auto target = asked(one);
  const auto got = logprobs(*target, ids_), want_base = [&] {
    Made bare = one;
    bare.defence = nullptr;
    return logprobs(*asked(bare), ids_);
  }();
  const auto want = by_hand(one, ids_);
  ASSERT_EQ(got.size(), want.size());
  double moved = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(got[i], want[i], 1e-5);
    moved = std::max(moved, std::abs(want[i] - want_base[i]));
  }
  EXPECT_GT(moved, 0.01) << "the reinforced model is the model itself";
  EXPECT_FALSE(target->can().gradients);
  EXPECT_TRUE(target->can().token_statistics);
  std::filesystem::remove_all(other);
  EXPECT_FALSE(is_there(one)) << "half of it is gone";
}

TEST_F(WhosHarryPotterEnsemble, HasThePapersFormOnProbabilities) {
  const Made first = made(Json::object());
  const std::string other = first.defence["set"]["reinforced"];
  for (const double alpha : {0.5, 4.0, 256.0}) {
    const Made one = made(
        {{"form", "probabilities"}, {"alpha", alpha}, {"reinforced", other}});
    EXPECT_EQ(one.tokens, 0) << "nothing is trained";
    const auto got = logprobs(*asked(one), ids_);
    const auto want = by_hand(one, ids_);
    bool floor = false;
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_NEAR(got[i], want[i], 1e-5 * std::max(1.0, std::abs(want[i])));
      floor = floor || want[i] < -60;
    }
    if (alpha > 100) {
      EXPECT_TRUE(floor) << "no token is ruled out";
    }
  }
}

TEST_F(WhosHarryPotterEnsemble, WithAlpha0IsTheModelItself) {
  const Made one = made({{"alpha", 0.0}});
  Made bare = one;
  bare.defence = nullptr;
  EXPECT_EQ(logprobs(*asked(one), ids_), logprobs(*asked(bare), ids_));
  GenerateOptions options;
  options.max_new_tokens = 10;
  options.num_beams = 3;
  const Prompts prompts = {{0, 40, 77}, {0, 9}};
  const auto a = asked(one)->generate(prompts, options).sequences;
  const auto b = asked(bare)->generate(prompts, options).sequences;
  for (size_t p = 0; p < prompts.size(); ++p) {
    EXPECT_EQ(a[p].front().ids, b[p].front().ids);
    EXPECT_EQ(a[p].front().score, b[p].front().score);
  }
}

TEST_F(WhosHarryPotterEnsemble, IsAnotherTargetWithOtherOptionsOrWeights) {
  const Made one = made({{"alpha", 1.0}});
  const std::string other = one.defence["set"]["reinforced"];
  const Made same = made({{"alpha", 1.0}, {"reinforced", other}});
  EXPECT_EQ(same.model_hash, one.model_hash)
      << "the same two models, trained or named";
  EXPECT_NE(made({{"alpha", 2.0}, {"reinforced", other}}).model_hash,
            one.model_hash);
  EXPECT_NE(
      made({{"alpha", 1.0}, {"reinforced", folder_ + "/model"}}).model_hash,
      one.model_hash);
  EXPECT_NE(one.model_hash, ModelFolder(one.folder).hash());
}

TEST_F(WhosHarryPotterEnsemble, RefusesWhatItWouldNotRead) {
  EXPECT_THROW(made({{"alpha", -1.0}}), Error);
  EXPECT_THROW(made({{"form", "logits"}}), Error);
  EXPECT_THROW(made({{"reinforced", "model"}, {"reinforce_lr", 0.1}}), Error);
  EXPECT_THROW(made({{"reinforced", "nowhere"}}), Error);
}

}  // namespace
}  // namespace lethe
