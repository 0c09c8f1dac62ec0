// Which neighbours are made of what a proposer offers.
#include "attacks/neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "harness/base/registry.h"
#include "harness/model/test_fixtures.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using Ids = std::vector<int64_t>;

// Letters are their own ids; '#' is special. It knows letters in small form
// only.
class Letters final : public MaskFiller {
 public:
  explicit Letters(std::vector<MaskFill> fills = {})
      : fills_(std::move(fills)) {}
  Ids encode(const std::string& text) const override {
    Ids ids;
    for (const char c : text) ids.push_back(c);
    return ids;
  }
  std::string decode(const Ids& ids) const override {
    std::string text;
    for (const int64_t id : ids) text += static_cast<char>(std::tolower(id));
    return text;
  }
  bool special(int64_t id) const override { return id == '#'; }
  std::vector<MaskFill> fill(const std::vector<Ids>&,
                             const std::vector<MaskPlace>& places,
                             const MaskFillOptions&) const override {
    std::vector<MaskFill> all = fills_;
    all.resize(places.size());
    return all;
  }

 private:
  const std::vector<MaskFill> fills_;  // of the first places
};

std::vector<Swaps> taken(const Ids& chosen, const std::vector<MaskFill>& fills,
                         const NeighbourOptions& options) {
  std::vector<Swaps> all;
  neighbours(chosen, fills, options, [&](const Swaps& swaps) {
    all.push_back(swaps);
    return true;
  });
  return all;
}

// Place 3: 0.2 / 0.5 and 0.1 / 0.5; place 7: 0.09 / 0.1 and 0.01 / 0.1.
TEST(Neighbours, TheBestAreThoseThatBeatTheTextsOwnToken) {
  const Ids chosen = {3, 7};
  const std::vector<MaskFill> fills = {{{11, 12}, {0.2, 0.1}, 0.5},
                                       {{13, 14}, {0.09, 0.01}, 0.9}};
  EXPECT_THAT(taken(chosen, fills, {.neighbours = 3, .best = true}),
              ElementsAre(Swaps{{7, 13}}, Swaps{{3, 11}}, Swaps{{3, 12}}));
  EXPECT_EQ(taken(chosen, fills, {.neighbours = 9, .best = true}).size(), 4u);
  EXPECT_THAT(taken({}, {}, {.best = true}), ElementsAre());
}

// An own probability that is rounded to 1 divides nothing by 0.
TEST(Neighbours, ACertainPlaceHasScoresToo) {
  const std::vector<MaskFill> fills = {
      {{11, 12}, {3e-20, 1e-20}, 1}, {{13}, {0.7}, 0.2}, {{}, {}, 1}};
  EXPECT_THAT(taken({3, 7, 9}, fills, {.neighbours = 9, .best = true}),
              ElementsAre(Swaps{{7, 13}}, Swaps{{3, 11}}, Swaps{{3, 12}}));
}

// One that the target cannot use makes room for the next.
TEST(Neighbours, WhatIsNotTakenDoesNotCount) {
  const std::vector<MaskFill> fills = {{{11, 12, 13}, {0.3, 0.2, 0.1}, 0}};
  std::vector<Swaps> all;
  neighbours({5}, fills, {.neighbours = 2, .best = true},
             [&](const Swaps& swaps) {
               all.push_back(swaps);
               return swaps.front().second != 11;
             });
  EXPECT_THAT(all, ElementsAre(Swaps{{5, 11}}, Swaps{{5, 12}}, Swaps{{5, 13}}));
}

TEST(Neighbours, AreDrawnByTheCandidatesProbability) {
  const std::vector<MaskFill> fills = {{{11, 12}, {0.3, 0.1}, 0}};
  int64_t first = 0;
  const auto all = taken({5}, fills, {.neighbours = 1000});
  for (const Swaps& swaps : all) first += swaps[0].second == 11 ? 1 : 0;
  EXPECT_EQ(all.size(), 1000u);
  EXPECT_NEAR(static_cast<double>(first), 750, 60);
  EXPECT_THAT(taken({5, 6}, {{}, {}}, {.swaps = 2}), ElementsAre());
}

TEST(Neighbours, PlacesAreFourTimesThoseReplacedAtOnce) {
  const Ids places = {2, 3, 5, 7, 8, 9, 10, 11, 12, 13};
  const Ids chosen = chosen_places(places, {.swaps = 2});
  EXPECT_EQ(std::set<int64_t>(chosen.begin(), chosen.end()).size(), 8u);
  EXPECT_EQ(chosen_places(places, {.swaps = 2, .best = true}), places);
  EXPECT_EQ(chosen_places({4}, {.swaps = 1}), Ids{4});
  EXPECT_EQ(chosen_places({}, {.swaps = 1}), Ids{});
}

TEST(FilledText, KeepsThePromptAndTheBlanksAtItsEnds) {
  const Letters letters;
  const FilledText text(letters, "P: aBc\n", "P:");
  EXPECT_EQ(text.with({}), "P: abc\n");
  EXPECT_EQ(text.with({{1, 'x'}}), "P: xbc\n");
  EXPECT_EQ(text.ids().size(), 5u);  // " aBc\n"
  EXPECT_EQ(FilledText(letters, "  ", "").with({}), "  ");
  EXPECT_EQ(FilledText(letters, "", "").with({}), "");
  EXPECT_THAT(FilledText(letters, "", "").places(), ElementsAre());
  EXPECT_THAT(FilledText(letters, "a#b", "").places(), ElementsAre(0, 2));
}

// A decoder of five tokens, 4 of which ends a text; no tokenizer.
std::shared_ptr<const ModelTarget> five_tokens() {
  const Json config = {{"model_type", "llama"},
                       {"vocab_size", 5},
                       {"hidden_size", 8},
                       {"num_hidden_layers", 1},
                       {"num_attention_heads", 2},
                       {"intermediate_size", 12},
                       {"max_position_embeddings", 16},
                       {"eos_token_id", 4},
                       {"initializer_range", 0.3}};
  TargetOptions options;
  options.progress = false;
  return std::make_shared<ModelTarget>(Model::create(config, test_compute(), 3),
                                       nullptr, options);
}

Observation asked(const Ids& ids, Json options) {
  Example e;
  e.ids = ids;
  return Registry<Probe>::make("neighbour_mia", options)
      ->ask(*five_tokens(), {e})
      .front();
}

// Three places, each with the three tokens that are neither its own nor 4.
TEST(NeighbourMia, EndsOfTextAreNeitherReplacedNorProposed) {
  const Observation all = asked({0, 1, 4, 2, 3}, {{"form", "best"}});
  EXPECT_EQ(all.numbers.at("neighbours"), std::vector<double>{9});
  EXPECT_TRUE(std::isfinite(all.score));
  const Observation one = asked({0, 4, 4}, {{"form", "best"}});
  EXPECT_EQ(one.numbers.at("neighbours"), std::vector<double>{0});
  EXPECT_TRUE(std::isnan(one.score));
  const Observation drawn =
      asked({0, 1, 4, 2, 3}, {{"share", 1}, {"candidates", 100}});
  EXPECT_EQ(drawn.numbers.at("neighbours"), std::vector<double>{25});
  EXPECT_TRUE(std::isfinite(drawn.score));
}

// The mean over all nine single swaps, scored one by one.
TEST(NeighbourMia, TheScoreIsTheTextsBesideTheMeanOfAll) {
  const Ids ids = {0, 1, 2, 3};
  const auto target = five_tokens();
  const auto mean = [&](const Ids& one) {
    return target->likelihoods({{one, 1}})[0].sum / 3;
  };
  double others = 0;
  for (size_t at = 1; at < 4; ++at) {
    for (const int64_t other : {0, 1, 2, 3}) {
      if (other != ids[at]) {
        others += mean(swapped(ids, {{static_cast<int64_t>(at), other}}));
      }
    }
  }
  EXPECT_NEAR(asked(ids, {{"form", "best"}}).score, mean(ids) - others / 9,
              1e-6);
}

TEST(NeighbourMia, TextsThatNobodyCanReplaceHaveNoScore) {
  for (const Ids& ids : {Ids{1}, Ids{}, Ids{0, 4}}) {
    EXPECT_TRUE(std::isnan(asked(ids, Json::object()).score));
    EXPECT_TRUE(std::isnan(asked(ids, {{"form", "best"}}).score));
  }
}

// Sixteen are read, and the last one is predicted.
TEST(NeighbourMia, OfALongTextTheEndCounts) {
  Ids longer(30, 2);
  for (size_t i = 0; i < longer.size(); i += 3) longer[i] = 1;
  const Ids end(longer.end() - 17, longer.end());
  for (const Json& options : {Json::object(), Json{{"form", "best"}}}) {
    EXPECT_EQ(asked(longer, options).score, asked(end, options).score);
    EXPECT_TRUE(std::isfinite(asked(longer, options).score));
  }
}

// A proposer of letters beside a target that reads them.
Observations proposed(const std::vector<MaskFill>& fills,
                      const std::vector<Json>& fields) {
  const std::string folder =
      std::string(LETHE_SOURCE_DIR) + "/attacks/testdata/target";
  const Compute compute = test_compute();
  TargetOptions options;
  options.progress = false;
  options.opened = std::make_shared<OpenedModels>();
  options.opened->mask_fillers.get(
      fmt::format("{} {} {}", compute.device_name(), compute.dtype_name(),
                  folder),
      [&] { return std::make_shared<Letters>(fills); });
  const LoadedModel loaded = load_target(folder, compute, options);
  std::vector<DataRow> rows;
  for (const Json& row : fields) rows.push_back({row, ""});
  return Registry<Probe>::make("neighbour_mia", {{"proposer", folder}})
      ->ask(*loaded.target,
            make_examples(rows, loaded.tokenizer.get(), ExampleOptions()));
}

// 'n' becomes a blank, nothing that is scored, or another letter.
TEST(NeighbourMia, ANeighbourWithoutATokenIsNone) {
  const auto seen =
      proposed({{{' ', 'N', 'x'}, {0.5, 0.2, 0.1}, 0.1}}, {{{"text", "n"}}});
  EXPECT_EQ(seen[0].numbers.at("neighbours"), std::vector<double>{1});
  EXPECT_TRUE(std::isfinite(seen[0].score));
}

TEST(NeighbourMia, EmptyTextsHaveNoScore) {
  const auto seen =
      proposed({{{'x'}, {0.5}, 0.1}},
               {{{"text", ""}}, {{"text", "a"}}, {{"text", "#"}}});
  EXPECT_TRUE(std::isnan(seen[0].score));
  EXPECT_EQ(seen[0].numbers.at("neighbours"), std::vector<double>{0});
  EXPECT_TRUE(std::isfinite(seen[1].score));
  EXPECT_TRUE(std::isnan(seen[2].score)) << "special tokens only";
  const auto ids = proposed({{{'x'}, {0.5}, 0.1}}, {{{"ids", {70, 80, 90}}}});
  EXPECT_TRUE(std::isfinite(ids[0].score)) << "the target's tokenizer reads it";
}

TEST(NeighbourMia, OptionsThatWouldBeIgnoredAreRefused) {
  const auto refused = [](const Json& options) {
    EXPECT_THROW(Registry<Probe>::make("neighbour_mia", options), Error)
        << options;
  };
  refused({{"form", "bset"}});
  refused({{"form", "best"}, {"share", 0.1}});
  refused({{"proposer", "x"}, {"share", 0.1}});
  refused({{"dropout", 0.5}});
  refused({{"proposer", "x"}, {"dropout", 1.5}});
  EXPECT_NO_THROW(Registry<Probe>::make(
      "neighbour_mia", {{"proposer", "x"}, {"share", 0.1}, {"form", "drawn"}}));
}

}  // namespace
}  // namespace lethe
