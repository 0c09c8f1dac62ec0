// Goldfish-aware beams against a search that looks at the whole vocabulary and
// masks whole texts.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "attacks/extraction_testing.h"
#include "harness/base/goldfish.h"

namespace lethe {
namespace {

constexpr int64_t kVocabulary = 13;
constexpr int64_t kEos = 5;
using Ids = std::vector<int64_t>;

struct Beam {
  Ids ids;  // prefix and all
  double score = 0;
};

struct Setting {
  int64_t k, h, num_beams, branch;
  std::string form;
  int64_t shingle = 0;  // 0: of the product
};

// By the definition in goldfish_beam_extraction.cpp.
std::vector<Beam> continued(const Target& target, const Beam& beam,
                            const GoldfishMask& mask, int64_t branch) {
  const auto logprobs = next_logprobs(target, beam.ids, kVocabulary);
  Ids order;
  for (int64_t id = 0; id < kVocabulary; ++id) {
    if (id != kEos) order.push_back(id);
  }
  std::sort(order.begin(), order.end(),
            [&](int64_t a, int64_t b) { return logprobs[a] > logprobs[b]; });
  std::vector<Beam> all;
  int64_t dropped = 0;
  for (const int64_t id : order) {
    Ids targets(beam.ids.begin() + 1, beam.ids.end());
    targets.push_back(id);
    const bool in_d = mask.dropped(targets).back() && dropped < branch;
    dropped += in_d ? 1 : 0;
    if (!in_d && id != order.front()) continue;
    Beam next{beam.ids, beam.score + logprobs[id]};
    next.ids.push_back(id);
    all.push_back(std::move(next));
  }
  return all;
}

Beam by_brute_force(const Target& target, const Ids& prefix, int64_t tokens,
                    const Setting& s) {
  GoldfishOptions options{.k = s.k, .h = s.h, .form = goldfish_form(s.form)};
  if (s.shingle > 0) {
    options.hash = GoldfishHash::minhash;
    options.shingle = s.shingle;
  }
  const GoldfishMask mask(options);
  std::vector<Beam> beams = {{prefix, 0}};
  for (int64_t t = 0; t < tokens; ++t) {
    std::vector<Beam> next;
    for (const Beam& beam : beams) {
      for (Beam& one : continued(target, beam, mask, s.branch)) {
        next.push_back(std::move(one));
      }
    }
    std::sort(next.begin(), next.end(),
              [](const Beam& a, const Beam& b) { return a.score > b.score; });
    if (next.size() > static_cast<size_t>(s.num_beams)) {
      next.resize(static_cast<size_t>(s.num_beams));
    }
    beams = std::move(next);
  }
  return beams.front();
}

Observations attacked(const Target& target, const Examples& texts,
                      const Setting& s) {
  Json options = {{"k", s.k},
                  {"h", s.h},
                  {"num_beams", s.num_beams},
                  {"branch", s.branch},
                  {"form", s.form}};
  if (s.shingle > 0) {
    options.update({{"hash", "minhash"}, {"shingle", s.shingle}});
  }
  return Registry<Probe>::make("goldfish_beam_extraction", options)
      ->ask(target, texts);
}

const std::vector<Ids> kTexts = {{1, 2, 3, 4, 6, 7, 8, 9, 10, 11},
                                 {12, 11, 0, 2, 9, 7, 7, 3, 1, 4},
                                 {3, 1, 4, 1, 5, 9, 2, 6}};

TEST(GoldfishBeam, IsTheSearchOfItsDefinition) {
  const auto target = tiny_target(kVocabulary, kEos);
  const Examples texts = texts_of(kTexts, 4);
  for (const Setting& s :
       {Setting{2, 2, 6, 3, "published"}, Setting{3, 3, 4, 2, "published"},
        Setting{2, 2, 6, 3, "preceding"}, Setting{4, 3, 30, 10, "preceding"},
        Setting{50, 2, 3, 13, "published"}, Setting{2, 3, 6, 3, "published", 2},
        Setting{3, 3, 4, 2, "preceding", 1}}) {
    const Observations seen = attacked(*target, texts, s);
    ASSERT_EQ(seen.size(), kTexts.size());
    for (size_t i = 0; i < seen.size(); ++i) {
      const Ids prefix(kTexts[i].begin(), kTexts[i].begin() + 4);
      const auto tokens = static_cast<int64_t>(kTexts[i].size()) - 4;
      const Beam want = by_brute_force(*target, prefix, tokens, s);
      EXPECT_EQ(seen[i].output_ids, Ids(want.ids.begin() + 4, want.ids.end()))
          << s.form << " k " << s.k << " text " << i;
      EXPECT_NEAR(seen[i].score, want.score / static_cast<double>(tokens),
                  1e-4);
    }
  }
}

// No window is whole in so short texts, so nothing is dropped: greedy.
TEST(GoldfishBeam, IsGreedyWhereNothingWasDropped) {
  const auto target = tiny_target(kVocabulary);
  const Examples texts = texts_of(kTexts, 4);
  const auto greedy = Registry<Probe>::make("greedy_extraction", Json::object())
                          ->ask(*target, texts);
  for (const char* form : {"published", "preceding"}) {
    const auto seen = attacked(*target, texts, {4, 13, 8, 4, form});
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i].output_ids, greedy[i].output_ids);
      EXPECT_NEAR(seen[i].score, greedy[i].score, 1e-5);
    }
  }
}

// Every id branches: the best of all continuations by beams.
TEST(GoldfishBeam, IsABeamSearchWhereEverythingWasDropped) {
  const auto target = tiny_target(kVocabulary, kEos);
  // A product of zeros has the key 0, which k = 4 drops.
  const Examples texts = texts_of({{0, 0, 0, 0, 1, 2}, {7, 0, 0, 0, 3, 4}}, 4);
  const auto seen = attacked(*target, texts, {4, 3, 8, 12, "preceding"});
  const auto beams =
      Registry<Probe>::make("beam_extraction", {{"num_beams", 8}})
          ->ask(*target, texts);
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].output_ids, beams[i].output_ids);
    EXPECT_NEAR(seen[i].score, beams[i].score, 1e-5);
  }
}

TEST(GoldfishBeam, RefusesWhatIsNoSearch) {
  for (const Json& options :
       {Json{{"num_beams", 0}}, Json{{"branch", 0}}, Json{{"k", 1}},
        Json{{"form", "preceeding"}}, Json{{"hash", "minhas"}},
        Json{{"shingle", 2}}, Json{{"normalise", {"case"}}}}) {
    EXPECT_THROW(Registry<Probe>::make("goldfish_beam_extraction", options),
                 Error);
  }
}

}  // namespace
}  // namespace lethe
