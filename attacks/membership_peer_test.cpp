// Against transformers on a model of our own (harness/oracle/membership.py).
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/model/test_fixtures.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

const std::string kSource = LETHE_SOURCE_DIR;

class MembershipPeers : public testing::Test {
 protected:
  void SetUp() override {
    TargetOptions options;
    options.progress = false;
    loaded_ = load_target(kSource + "/attacks/testdata/target", test_compute(),
                          options);
    golden_ = read_json(kSource + "/attacks/testdata/membership.json");
    std::vector<DataRow> rows;
    for (const Json& text : golden_["texts"]) {
      const int member = rows.size() % 2 == 0 ? 1 : 0;
      rows.push_back({{{"text", text}, {"member", member}}, ""});
    }
    examples_ = make_examples(rows, loaded_.tokenizer.get(), {});
  }

  // One that is longer than the window.
  void add_long_text() {
    const std::vector<DataRow> rows = {{{{"text", golden_["long_text"]}}, ""}};
    examples_.push_back(make_examples(rows, loaded_.tokenizer.get(), {})[0]);
  }

  Observations ask(const std::string& probe, const Json& options) const {
    return Registry<Probe>::make(probe, options)
        ->ask(*loaded_.target, examples_);
  }

  static void expect_near(double got, double want, const std::string& text) {
    EXPECT_NEAR(got, want, 1e-4 * std::max(1.0, std::abs(want))) << text;
  }

  LoadedModel loaded_;
  Json golden_;
  Examples examples_;
};

// The shots are those that are not scored; some with the text are longer than
// the window.
TEST_F(MembershipPeers, RecallIsTheRatioOfEquationOne) {
  for (const int shots : {1, 2}) {
    for (const int seed : {0, 1, 2}) {
      const Observations seen =
          ask("recall_mia", {{"shots", shots}, {"seed", seed}});
      std::set<std::string> scored;
      for (const Observation& one : seen) scored.insert(one.text);
      Json drawn = Json::array();
      for (size_t i = 0; i < examples_.size(); ++i) {
        if (scored.count(examples_[i].text) == 0) drawn.push_back(i);
      }
      ASSERT_EQ(drawn.size(), static_cast<size_t>(shots));
      for (const Json& row : golden_["recall"]) {
        if (row["shots"] != drawn) continue;
        size_t next = 0;
        for (size_t i = 0; i < examples_.size(); ++i) {
          if (row["scores"][i].is_null()) continue;
          expect_near(seen[next].score, row["scores"][i], seen[next].text);
          ++next;
        }
        EXPECT_EQ(next, seen.size());
      }
    }
  }
}

// What is cut are the shots first; the sample says so.
TEST_F(MembershipPeers, RecallCountsWhatItCuts) {
  const Observations seen = ask("recall_mia", {{"shots", 2}, {"seed", 0}});
  int64_t shots = 1, cut = 0;  // the leading special
  std::set<std::string> scored;
  for (const Observation& one : seen) scored.insert(one.text);
  for (const Example& e : examples_) {
    if (scored.count(e.text) > 0) continue;
    shots += static_cast<int64_t>(e.ids.size()) - 1;
  }
  for (const Observation& one : seen) {
    const auto own = static_cast<int64_t>(one.statistics->ids.size()) - 1;
    const bool over = shots + own > loaded_.target->window() + 1;
    EXPECT_EQ(one.numbers.count("truncated"), over ? 1u : 0u) << one.text;
    cut += over ? 1 : 0;
  }
  EXPECT_GT(cut, 0);
}

double mean_of_last(const std::vector<float>& values, size_t count) {
  const auto first = values.end() - static_cast<std::ptrdiff_t>(count);
  return std::accumulate(first, values.end(), 0.0) / static_cast<double>(count);
}

// Whichever reads less of a text: the tokens that both scored are compared.
TEST_F(MembershipPeers, ReferencesOfOtherWindowsAreComparedOnTheSameTokens) {
  add_long_text();
  const Example& text = examples_.back();
  const std::string folder = kSource + "/attacks/testdata/target";
  TargetOptions options;
  options.progress = false;
  options.max_length = 24;
  const auto narrow = load_target(folder, test_compute(), options).target;
  const std::vector<float> few = narrow->statistics({text})[0]->logprobs;
  const std::vector<float> many =
      loaded_.target->statistics({text})[0]->logprobs;
  ASSERT_EQ(few.size(), 24u);
  ASSERT_EQ(many.size(), 48u);
  const double gap = mean_of_last(few, 24) - mean_of_last(many, 24);
  ASSERT_GT(std::abs(gap), 1e-3);
  const auto probe =
      Registry<Probe>::make("reference_mia", {{"model", folder}});
  EXPECT_NEAR(probe->ask(*narrow, {text})[0].score, gap, 1e-5);
  options.max_length = 0;
  options.base = [narrow] { return narrow; };
  const auto wide = load_target(folder, test_compute(), options).target;
  const auto beside_base = Registry<Probe>::make("reference_mia", {});
  const Observation seen = beside_base->ask(*wide, {text})[0];
  EXPECT_NEAR(seen.score, -gap, 1e-5);
  EXPECT_EQ(seen.numbers.count("truncated"), 1u);
  // Per byte: of the part that was read.
  const auto by_bytes =
      Registry<Probe>::make("reference_mia", {{"per", "byte"}});
  const std::vector<int64_t> read(text.ids.end() - 24, text.ids.end());
  const auto bytes = static_cast<double>(wide->decode(read).size());
  EXPECT_NEAR(by_bytes->ask(*wide, {text})[0].score, -gap * 24 / bytes, 1e-5);
}

TEST_F(MembershipPeers, GradientNormsAreAutograds) {
  add_long_text();
  for (const std::string norm : {"l1", "l2", "linf"}) {
    for (const std::string form : {"global", "mean_over_tensors"}) {
      const Observations seen =
          ask("gradient_norm_mia", {{"norm", norm}, {"form", form}});
      ASSERT_EQ(seen.size(), golden_["gradient_norms"].size());
      for (size_t i = 0; i < seen.size(); ++i) {
        expect_near(-seen[i].score,
                    golden_["gradient_norms"][i][norm + " " + form],
                    seen[i].text);
      }
    }
  }
}

TEST_F(MembershipPeers, NeighboursAreTheProposersLikeliestSwaps) {
  add_long_text();
  for (const Json& golden : golden_["neighbours"]) {
    const std::string proposer = golden["proposer"];
    const Observations seen =
        ask("neighbour_mia",
            {{"proposer",
              kSource + "/harness/model/testdata/masked_lm/" + proposer},
             {"dropout", golden["dropout"]},
             {"neighbours", golden["neighbours"]},
             {"candidates", golden["candidates"]},
             {"seed", golden["seed"]}});
    ASSERT_EQ(seen.size(), golden["found"].size());
    for (size_t i = 0; i < seen.size(); ++i) {
      const Json& want = golden["found"][i];
      EXPECT_EQ(seen[i].numbers.at("neighbours"),
                std::vector<double>{want["neighbours"]});
      expect_near(seen[i].score, want["score"], proposer + seen[i].text);
    }
  }
}

TEST_F(MembershipPeers, FeaturesOfDatasetInference) {
  const Observations seen = ask("dataset_inference", Json::object());
  ASSERT_EQ(seen.size(), examples_.size());
  for (size_t i = 0; i < seen.size(); ++i) {
    const std::vector<double> want = golden_["features"][i];
    const std::vector<double>& got = seen[i].numbers.at("features");
    ASSERT_EQ(got.size(), want.size());
    for (size_t f = 0; f < want.size(); ++f) {
      expect_near(got[f], want[f], fmt::format("{} {}", f, seen[i].text));
    }
  }
}

}  // namespace
}  // namespace lethe
