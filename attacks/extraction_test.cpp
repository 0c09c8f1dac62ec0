// Continuations of a fixed length on a tiny model: what is never chosen, any
// number of beams, and which of several trials is the guess.
#include "attacks/extraction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "attacks/extraction_testing.h"

namespace lethe {
namespace {

constexpr int64_t kVocabulary = 13;
using Ids = std::vector<int64_t>;

const std::vector<Ids> kTexts = {
    {1, 2, 3, 4, 6, 7, 8, 9}, {12, 11, 0, 2, 9, 7, 7, 3}, {3, 1, 4, 1, 5, 9}};

Observations attacked(const std::string& name, const Target& target,
                      const Json& options) {
  return Registry<Probe>::make(name, options)->ask(target, texts_of(kTexts, 4));
}

double mean_logprob(const Target& target, const Ids& ids, int64_t from) {
  const Likelihood one = target.likelihoods({{ids, from}}).front();
  return one.sum / static_cast<double>(one.tokens);
}

Ids joined(const Ids& text, const Ids& output) {
  Ids all(text.begin(), text.begin() + 4);
  all.insert(all.end(), output.begin(), output.end());
  return all;
}

TEST(Extraction, BeamsNeverChooseTheEndOfText) {
  int64_t chosen = 0;
  for (int64_t eos = 0; eos < kVocabulary; ++eos) {
    const auto free = tiny_target(kVocabulary);
    const auto ending = tiny_target(kVocabulary, eos);
    const Json options = {{"num_beams", 5}};
    const auto all = attacked("beam_extraction", *free, options);
    const auto some = attacked("beam_extraction", *ending, options);
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(some[i].output_ids.size(), kTexts[i].size() - 4);
      EXPECT_EQ(
          std::count(some[i].output_ids.begin(), some[i].output_ids.end(), eos),
          0);
      chosen +=
          std::count(all[i].output_ids.begin(), all[i].output_ids.end(), eos);
    }
  }
  EXPECT_GT(chosen, 0);  // without a ban some would be
}

// Some folders name an id that no row of the head has: nothing ends.
TEST(Extraction, AnEndOfTextBeyondTheVocabularyIsNone) {
  const auto free = tiny_target(kVocabulary);
  const auto beyond = tiny_target(kVocabulary, kVocabulary + 3);
  EXPECT_TRUE(beyond->eos_ids().empty());
  for (const char* name : {"beam_extraction", "goldfish_beam_extraction"}) {
    const Json options = {{"num_beams", 3}};
    const auto want = attacked(name, *free, options);
    const auto seen = attacked(name, *beyond, options);
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ(seen[i].output_ids, want[i].output_ids) << name;
    }
  }
}

// What the tokenizer puts behind a text is none of it.
TEST(Extraction, NoSuffixEndsWithTheTokenizersEndOfText) {
  Examples texts = texts_of(kTexts, 4);
  texts[0].trailing = 1;
  const auto splits = split_examples(texts, 0, 0, 64);
  EXPECT_EQ(splits[0].suffix, (Ids{6, 7, 8}));
  EXPECT_EQ(splits[1].suffix, (Ids{9, 7, 7, 3}));
}

TEST(Extraction, DrawsOfATextDoNotDependOnTheTextsBehindIt) {
  const auto target = tiny_target(kVocabulary);
  const auto probe = Registry<Probe>::make("sampling_extraction",
                                           {{"trials", 1}, {"top_k", 0}});
  const Examples texts = texts_of(kTexts, 4);
  const Observations all = probe->ask(*target, texts);
  for (size_t count = 1; count < texts.size(); ++count) {
    const Observations some = probe->ask(
        *target,
        {texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(count)});
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(some[i].output_ids, all[i].output_ids) << count;
    }
  }
}

// 13^2 beams are all continuations of two tokens.
TEST(Extraction, ManyBeamsFindTheLikeliestOfAll) {
  const auto target = tiny_target(kVocabulary);
  const auto seen = attacked("beam_extraction", *target, {{"num_beams", 169}});
  double best = -1e9;
  for (int64_t a = 0; a < kVocabulary; ++a) {
    for (int64_t b = 0; b < kVocabulary; ++b) {
      best =
          std::max(best, mean_logprob(*target, joined(kTexts[2], {a, b}), 4));
    }
  }
  EXPECT_NEAR(seen[2].score, best, 1e-5);
  EXPECT_NEAR(seen[2].numbers.at("perplexity")[0], std::exp(-best), 1e-4);
}

TEST(Extraction, ConfidenceIsTheMeanLogProbOfTheGuess) {
  const auto target = tiny_target(kVocabulary);
  const std::vector<std::pair<std::string, Json>> cases = {
      {"greedy_extraction", Json::object()},
      {"beam_extraction", {{"num_beams", 1}}},
      {"beam_extraction", {{"num_beams", 3}}},
      {"goldfish_beam_extraction", {{"h", 2}, {"k", 2}}},
      {"sampling_extraction", {{"trials", 3}}}};
  for (const auto& [name, options] : cases) {
    const auto seen = attacked(name, *target, options);
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_NEAR(
          seen[i].score,
          mean_logprob(*target, joined(kTexts[i], seen[i].output_ids), 4), 1e-5)
          << name;
    }
  }
}

// loss=baseline: from the prefix's last token to the suffix's last but one.
TEST(Extraction, TheBaselineTakesTheLossOneTokenEarly) {
  const auto target = tiny_target(kVocabulary);
  int64_t apart = 0;
  const Json options = {{"trials", 12}, {"top_k", 0}};
  Json baseline = options;
  baseline["loss"] = "baseline";
  const auto right = attacked("sampling_extraction", *target, options);
  const auto early = attacked("sampling_extraction", *target, baseline);
  for (size_t i = 0; i < early.size(); ++i) {
    Ids ids = joined(kTexts[i], early[i].output_ids);
    ids.pop_back();
    EXPECT_NEAR(early[i].score, mean_logprob(*target, ids, 3), 1e-5);
    apart += early[i].output_ids != right[i].output_ids;
  }
  EXPECT_GT(apart, 0);
}

TEST(Extraction, EveryTrialIsAHitOrNot) {
  const auto target = tiny_target(kVocabulary);
  Examples texts = texts_of(kTexts, 4);
  const Json once = {{"trials", 9}, {"top_k", 3}};
  const auto probe = Registry<Probe>::make("sampling_extraction", once);
  const Observations first = probe->ask(*target, texts);
  // The guesses as suffixes: the same draws hit them.
  std::vector<Ids> drawn;
  for (size_t i = 0; i < first.size(); ++i) {
    drawn.push_back(joined(kTexts[i], first[i].output_ids));
  }
  for (const Observation& seen : probe->ask(*target, texts_of(drawn, 4))) {
    const auto& hits = seen.numbers.at("hits");
    EXPECT_EQ(hits.size(), 9u);
    EXPECT_GE(std::count(hits.begin(), hits.end(), 1), 1);
    EXPECT_EQ(seen.output_ids, seen.reference_ids);
  }
  EXPECT_THROW(Registry<Probe>::make("sampling_extraction", {{"loss", "base"}}),
               Error);
}

}  // namespace
}  // namespace lethe
