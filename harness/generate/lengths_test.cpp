// Prompts with lengths of their own, together and each by itself.
#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/generate/generate.h"
#include "harness/model/test_fixtures.h"

namespace lethe {
namespace {

// Lets the two likeliest tokens through.
class Two final : public BeamGuide {
 public:
  int64_t width() const override { return 2; }
  std::optional<std::vector<Choice>> choose(const Beam&,
                                            const Sight& sight) const override {
    return std::vector<Choice>{{sight.tokens[0]}, {sight.tokens[1]}};
  }
};

class Lengths : public testing::Test {
 protected:
  void SetUp() override {
    model_ = Model::create({{"model_type", "llama"},
                            {"vocab_size", 17},
                            {"hidden_size", 16},
                            {"num_hidden_layers", 2},
                            {"num_attention_heads", 2},
                            {"intermediate_size", 24},
                            {"max_position_embeddings", 64},
                            {"initializer_range", 0.4}},
                           test_compute(), 3);
  }

  // Every prompt gives what it gives alone.
  void expect_as_alone(GenerateOptions options) const {
    GenerateOptions together = options;
    together.lengths = lengths_;
    const Generation all = generate(*model_, prompts_, together);
    for (size_t p = 0; p < prompts_.size(); ++p) {
      options.max_new_tokens = lengths_[p];
      options.first_number = static_cast<int64_t>(p);
      const auto alone = generate(*model_, {prompts_[p]}, options).sequences[0];
      ASSERT_EQ(all.sequences[p].size(), alone.size());
      for (size_t s = 0; s < alone.size(); ++s) {
        EXPECT_EQ(all.sequences[p][s].ids, alone[s].ids) << "prompt " << p;
        EXPECT_NEAR(all.sequences[p][s].score, alone[s].score, 1e-4);
        if (!options.eos_ids.empty()) continue;
        EXPECT_EQ(static_cast<int64_t>(alone[s].ids.size()), lengths_[p]);
      }
    }
  }

  std::shared_ptr<Model> model_;
  const Prompts prompts_ = {{1, 2, 3}, {4, 5, 6, 7, 8}, {9}, {1, 2, 4}};
  const std::vector<int64_t> lengths_ = {1, 9, 4, 4};
};

TEST_F(Lengths, OfGreedyTexts) { expect_as_alone({}); }

TEST_F(Lengths, OfBeams) {
  GenerateOptions options;
  options.num_beams = options.num_return_sequences = 3;
  expect_as_alone(options);
  options.length_penalty = 0.5;
  options.eos_ids = {2, 3, 4, 5};
  for (const EarlyStopping early :
       {EarlyStopping::no, EarlyStopping::yes, EarlyStopping::never}) {
    options.early_stopping = early;
    expect_as_alone(options);
  }
}

TEST_F(Lengths, OfDrawnTexts) {
  GenerateOptions options;
  options.do_sample = true;
  options.num_return_sequences = 3;
  expect_as_alone(options);
}

TEST_F(Lengths, OfGuidedBeams) {
  GenerateOptions options;
  options.num_beams = 3;
  options.guide = std::make_shared<Two>();
  expect_as_alone(options);
}

TEST_F(Lengths, AreOneAPromptAndFitTheWindow) {
  for (const std::vector<int64_t>& wrong :
       {std::vector<int64_t>{1, 2}, {1, 0, 1, 1}, {1, 61, 1, 1}}) {
    GenerateOptions options;
    options.lengths = wrong;
    EXPECT_THROW(generate(*model_, prompts_, options), Error);
  }
  GenerateOptions options;
  options.lengths = {62, 60, 64, 62};  // the last new token is never read
  EXPECT_NO_THROW(generate(*model_, prompts_, options));
}

}  // namespace
}  // namespace lethe
