// Near-verbatim mass against the sum over all continuations of a tiny model.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "attacks/extraction_testing.h"

namespace lethe {
namespace {

constexpr int64_t kVocabulary = 6;
constexpr int64_t kTokens = 4;
using Ids = std::vector<int64_t>;

const std::vector<Ids> kTexts = {
    {1, 2, 3, 4, 5, 0, 2}, {5, 5, 0, 1, 1, 3, 3}, {2, 0, 4, 2, 3, 2, 3}};

int64_t hamming(const Ids& a, const Ids& b) {
  int64_t errors = 0;
  for (size_t i = 0; i < a.size(); ++i) errors += a[i] != b[i];
  return errors;
}

int64_t levenshtein(const Ids& a, const Ids& b) {
  if (a.empty() || b.empty()) return static_cast<int64_t>(a.size() + b.size());
  const Ids x(a.begin() + 1, a.end()), y(b.begin() + 1, b.end());
  if (a[0] == b[0]) return levenshtein(x, y);
  return 1 +
         std::min({levenshtein(x, b), levenshtein(a, y), levenshtein(x, y)});
}

// The probability of all continuations within `errors` of the suffix.
double by_enumeration(const Target& target, const Ids& text, bool edit,
                      int64_t errors, const GenerateOptions& sampling) {
  const Ids prefix(text.begin(), text.end() - kTokens);
  const Ids suffix(text.end() - kTokens, text.end());
  std::vector<ScoreItem> near;
  for (int64_t code = 0; code < std::pow(kVocabulary, kTokens); ++code) {
    Ids ids;
    for (int64_t t = 0, rest = code; t < kTokens; ++t, rest /= kVocabulary) {
      ids.push_back(rest % kVocabulary);
    }
    if ((edit ? levenshtein(ids, suffix) : hamming(ids, suffix)) > errors) {
      continue;
    }
    ScoreItem item{prefix, static_cast<int64_t>(prefix.size())};
    item.ids.insert(item.ids.end(), ids.begin(), ids.end());
    near.push_back(std::move(item));
  }
  double sum = 0;
  for (const auto& logprobs : target.sampling_logprobs(near, sampling)) {
    double total = 0;
    for (const float logprob : logprobs) total += logprob;
    sum += std::exp(total);
  }
  return sum;
}

Observations attacked(const Target& target, const std::string& distance,
                      int64_t errors, int64_t beams,
                      const GenerateOptions& sampling) {
  return Registry<Probe>::make("near_verbatim_extraction",
                               {{"distance", distance},
                                {"max_errors", errors},
                                {"num_beams", beams},
                                {"temperature", sampling.temperature},
                                {"top_k", sampling.top_k},
                                {"top_p", sampling.top_p}})
      ->ask(target, texts_of(kTexts, 7 - kTokens));
}

std::vector<GenerateOptions> samplings() {
  GenerateOptions all, some;
  some.temperature = 1.3;
  some.top_k = 5;
  some.top_p = 0.95;
  return {all, some};
}

TEST(NearVerbatim, IsTheWholeMassWhenNoBeamIsLeftOut) {
  const auto target = tiny_target(kVocabulary);
  for (const GenerateOptions& sampling : samplings()) {
    for (const char* distance : {"hamming", "edit"}) {
      for (const int64_t errors : {0, 1, 2, 3, 4}) {
        const auto seen = attacked(*target, distance, errors, 1296, sampling);
        ASSERT_EQ(seen.size(), kTexts.size());
        for (size_t i = 0; i < seen.size(); ++i) {
          const bool edit = std::string(distance) == "edit";
          const double want =
              by_enumeration(*target, kTexts[i], edit, errors, sampling);
          EXPECT_NEAR(std::exp(seen[i].numbers.at("log_p_near")[0]), want,
                      1e-5 * want + 1e-12)
              << distance << " " << errors << " text " << i;
        }
      }
    }
  }
}

TEST(NearVerbatim, IsALowerBoundNeverBelowTheSuffixItself) {
  const auto target = tiny_target(kVocabulary);
  const GenerateOptions sampling;
  for (const char* distance : {"hamming", "edit"}) {
    std::vector<double> before(kTexts.size(), 0);
    const auto exact = attacked(*target, distance, 2, 1296, sampling);
    int64_t below = 0;
    for (const int64_t beams : {1, 2, 5}) {
      const auto seen = attacked(*target, distance, 2, beams, sampling);
      for (size_t i = 0; i < seen.size(); ++i) {
        const double bound = seen[i].numbers.at("log_p_near")[0];
        EXPECT_GE(bound, seen[i].numbers.at("log_pz")[0]);
        EXPECT_LE(bound, exact[i].numbers.at("log_p_near")[0] + 1e-6);
        below += bound < exact[i].numbers.at("log_p_near")[0] - 1e-3;
      }
    }
    EXPECT_GT(below, 0);  // few beams do leave something out
  }
}

TEST(NearVerbatim, ErrorsForAllTokensAreCertain) {
  const auto target = tiny_target(kVocabulary);
  for (const Observation& seen :
       attacked(*target, "hamming", kTokens, 2, GenerateOptions())) {
    EXPECT_EQ(seen.numbers.at("log_p_near")[0], 0);
  }
}

// The suffix is never drawn, but something near it is.
TEST(NearVerbatim, HasMassWhereTheSuffixHasNone) {
  const auto target = tiny_target(kVocabulary);
  GenerateOptions greedy;
  greedy.top_k = 1;
  int64_t near = 0;
  for (const Observation& seen : attacked(*target, "hamming", 3, 4, greedy)) {
    EXPECT_EQ(seen.numbers.at("log_pz")[0], -INFINITY);
    near += seen.numbers.at("log_p_near")[0] == 0 ? 1 : 0;
  }
  EXPECT_GT(near, 0);
}

TEST(NearVerbatim, RefusesWhatIsNoDistance) {
  for (const Json& options :
       {Json{{"distance", "hammin"}}, Json{{"max_errors", -1}},
        Json{{"num_beams", 0}}}) {
    EXPECT_THROW(Registry<Probe>::make("near_verbatim_extraction", options),
                 Error);
  }
}

}  // namespace
}  // namespace lethe
