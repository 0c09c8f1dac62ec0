#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/metric.h"
#include "metrics/numbered_words.h"
#include "metrics/porter.h"
#include "metrics/words.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kTestdata = LETHE_SOURCE_DIR "/metrics/testdata/";

Observation answer(const std::string& output,
                   const std::vector<std::string>& references) {
  Observation seen;
  seen.id = "q1";
  seen.output = output;
  seen.references = references;
  return seen;
}

// {precision, recall, fmeasure}
std::vector<double> rouge(const Observation& seen, bool stemmer = false) {
  const auto metric = Registry<Metric>::make("rouge_l", {{"stemmer", stemmer}});
  std::vector<double> values;
  for (const auto& [name, value] : metric->item(seen)) values.push_back(value);
  return values;
}

std::vector<std::string> words(std::string_view text, bool stemmer = false) {
  NumberedWords numbered(stemmer);
  std::vector<std::string> found;
  for (const uint32_t number : numbered.of(text)) {
    found.emplace_back(numbered.word(number));
  }
  return found;
}

TEST(Words, AreLowerCaseRunsOfLettersAndDigits) {
  EXPECT_THAT(words("The CAT, sat-on 3.14!"),
              ElementsAre("the", "cat", "sat", "on", "3", "14"));
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words(" ...\n\t_"), IsEmpty());
}

TEST(Words, AreSplitByLettersBeyondAscii) {
  EXPECT_THAT(words("Crist\u00F3bal \u6771\u4EAC"),
              ElementsAre("crist", "bal"));
}

TEST(Words, LowerTheKelvinSignAndTheDottedCapitalI) {
  EXPECT_THAT(words("\u212Aelvin"), ElementsAre("kelvin"));
  EXPECT_THAT(words("\u0130stanbul"), ElementsAre("i", "stanbul"));
  EXPECT_THAT(words("\u0131s"), ElementsAre("s"));
}

TEST(Words, OfBrokenUtf8AreThoseBetweenTheBrokenBytes) {
  EXPECT_THAT(words("ab\xC4"
                    "cd\xE2\x84"),
              ElementsAre("ab", "cd"));
  EXPECT_THAT(words("a\xFF\xC4\xB0"), ElementsAre("a", "i"));
}

TEST(Words, HoldNullCharactersApart) {
  EXPECT_THAT(words(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
}

TEST(Words, AreStemmedFromFourLettersOn) {
  EXPECT_THAT(words("was gas running flies", true),
              ElementsAre("was", "gas", "run", "fli"));
}

TEST(PorterStem, EqualsNltkOnTheGoldenWords) {
  const Json golden = read_json(kTestdata + "porter.json");
  ASSERT_EQ(golden.size(), 300);
  for (const Json& pair : golden) {
    EXPECT_EQ(porter_stem(pair[0].get<std::string>()),
              pair[1].get<std::string>())
        << pair[0];
  }
}

TEST(PorterStem, LeavesShortAndIrregularWords) {
  EXPECT_EQ(porter_stem(""), "");
  EXPECT_EQ(porter_stem("s"), "s");
  EXPECT_EQ(porter_stem("is"), "is");
  EXPECT_EQ(porter_stem("news"), "news");
  EXPECT_EQ(porter_stem("dying"), "die");
}

TEST(CommonLength, CountsASubsequenceNotASubstring) {
  EXPECT_EQ(common_length({0, 1, 2, 3}, {0, 2}, 4), 2);
  EXPECT_EQ(common_length({0, 1}, {1, 0}, 2), 1);
  EXPECT_EQ(common_length({0, 0, 0}, {0}, 1), 1);
  EXPECT_EQ(common_length({}, {0}, 1), 0);
  EXPECT_EQ(common_length({0}, {}, 1), 0);
  EXPECT_EQ(common_length({0}, {1}, 2), 0);
}

// The plain table of lengths, to test the bits.
size_t slow_common_length(const Numbers& a, const Numbers& b) {
  std::vector<size_t> row(b.size() + 1);
  for (const uint32_t word : a) {
    size_t diagonal = 0;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t longest =
          word == b[j] ? diagonal + 1 : std::max(row[j], row[j + 1]);
      diagonal = std::exchange(row[j + 1], longest);
    }
  }
  return row.back();
}

TEST(CommonLength, EqualsTheTableAroundBlocksOf64) {
  Rng stream(0, "common_length");
  const auto random_words = [&](size_t n, uint64_t kinds) {
    Numbers list;
    while (list.size() < n) {
      list.push_back(static_cast<uint32_t>(stream.below(kinds)));
    }
    return list;
  };
  for (const size_t n : {1, 63, 64, 65, 128, 200, 500}) {
    for (const uint64_t kinds : {1, 2, 5, 50, 1000}) {
      const Numbers a = random_words(n, kinds);
      const Numbers b = random_words(1 + stream.below(2 * n), kinds);
      EXPECT_EQ(common_length(a, b, kinds), slow_common_length(a, b))
          << n << " words of " << kinds << " kinds";
      EXPECT_EQ(common_length(a, a, kinds), n);
    }
  }
}

// Every block is full, so that a carry runs through all of them.
TEST(CommonLength, OfOneWordRepeatedIsTheShorterLength) {
  for (const size_t n : {64, 65, 129, 200, 500}) {
    for (const size_t m : {1, 3, 64, 100}) {
      const size_t shorter = std::min(n, m);
      EXPECT_EQ(common_length(Numbers(n, 0), Numbers(m, 0), 1), shorter);
      EXPECT_EQ(common_length(Numbers(m, 0), Numbers(n, 0), 1), shorter);
    }
  }
}

TEST(NumberedWords, NumberEqualWordsAlikeInEveryText) {
  NumberedWords words;
  EXPECT_THAT(words.of("The cat, the hat"), ElementsAre(0, 1, 0, 2));
  EXPECT_THAT(words.of("a hat"), ElementsAre(3, 2));
  EXPECT_EQ(words.kinds(), 4);
  EXPECT_EQ(words.word(2), "hat");
}

TEST(NumberedWords, NumberStemsAlikeOnlyWhereTheyAreAskedFor) {
  {
    NumberedWords stems(true);
    EXPECT_THAT(stems.of("run running ran"), ElementsAre(0, 0, 1));
  }
  NumberedWords words;
  EXPECT_THAT(words.of("running run ran"), ElementsAre(0, 1, 2));
}

// Words around the eight letters that are hashed at once, and so many that the
// table grows, and begins afresh.
TEST(NumberedWords, OfManyTextsStayApart) {
  for (int round = 0; round < 3; ++round) {
    std::string text;
    for (int i = 0; i < 40000; ++i) {
      text += std::string(static_cast<size_t>(i % 20), 'x') +
              std::to_string(round * 40000 + i) + " ";
    }
    NumberedWords words(round == 2);
    const Numbers numbers = words.of(text);
    ASSERT_EQ(numbers.size(), 40000);
    EXPECT_EQ(words.kinds(), 40000);
    EXPECT_EQ(words.of(text), numbers);
    EXPECT_EQ(words.word(numbers[25]),
              "xxxxx" + std::to_string(round * 40000 + 25));
  }
}

TEST(RougeL, HasHandWorkedValues) {
  // Common: "the cat mat"; 3 of 4 words got, 3 of 6 wanted.
  EXPECT_THAT(rouge(answer("the cat mat the", {"The cat sat on the mat."})),
              ElementsAre(0.75, 0.5, 0.6));
}

TEST(RougeL, IgnoresCaseAndPunctuation) {
  EXPECT_THAT(rouge(answer("the CAT: sat", {"The cat, sat!"})),
              ElementsAre(1, 1, 1));
}

TEST(RougeL, OfEmptyTextsIsZero) {
  for (const char* output : {"", "a", "..."}) {
    for (const char* reference : {"", "..."}) {
      EXPECT_THAT(rouge(answer(output, {reference})), ElementsAre(0, 0, 0));
      EXPECT_THAT(rouge(answer(reference, {output})), ElementsAre(0, 0, 0));
    }
  }
}

TEST(RougeL, TakesTheReferenceWithTheBestFMeasure) {
  // Recall alone would choose the first, precision alone the second.
  EXPECT_THAT(rouge(answer("a b c d", {"a", "a b c d e f g h", "a b c x"})),
              ElementsAre(0.75, 0.75, 0.75));
  // Equal F1, as in score_multi: the first.
  EXPECT_THAT(rouge(answer("a b c d", {"a b", "a b c d e f g h"})),
              ElementsAre(0.5, 1, 2.0 / 3));
}

TEST(RougeL, ComparesStemsWithTheStemmer) {
  const Observation seen = answer("relations", {"relation"});
  EXPECT_THAT(rouge(seen), ElementsAre(0, 0, 0));
  EXPECT_THAT(rouge(seen, true), ElementsAre(1, 1, 1));
}

TEST(RougeL, EqualsRougeScoreOnTheGoldenPairs) {
  const auto lines = read_lines(kTestdata + "rouge_l.jsonl");
  ASSERT_EQ(lines.size(), 60);
  for (const std::string& line : lines) {
    const Json golden = parse_json(line, "rouge_l.jsonl");
    const Observation seen = answer(golden["prediction"], golden["references"]);
    for (const bool stemmer : {false, true}) {
      const auto wanted =
          golden[stemmer ? "stem" : "plain"].get<std::vector<double>>();
      EXPECT_THAT(rouge(seen, stemmer),
                  testing::Pointwise(testing::DoubleNear(1e-12), wanted))
          << line;
    }
  }
}

TEST(RougeL, AveragesItsFieldsOverASet) {
  const auto metric = Registry<Metric>::make("rouge_l", Json());
  const Observations seen = {answer("a b", {"a b"}), answer("a b", {"a c"}),
                             answer("", {"a"})};
  const Aggregate set = metric->aggregate(items(*metric, seen), seen);
  ASSERT_EQ(set.size(), 3);
  EXPECT_EQ(set[2].first, metric->main_field());
  EXPECT_DOUBLE_EQ(set[2].second.value, 0.5);
  EXPECT_EQ(set[2].second.n, 3);
  EXPECT_EQ(set[2].second.ci95.method, "bootstrap_percentile");
}

TEST(RougeL, OfNoItemsIsNaNWithAReason) {
  const auto metric = Registry<Metric>::make("rouge_l", Json());
  const Aggregate set = metric->aggregate({}, {});
  ASSERT_EQ(set.size(), 1);
  EXPECT_EQ(set[0].first, "fmeasure");
  EXPECT_TRUE(std::isnan(set[0].second.value));
  EXPECT_EQ(set[0].second.reason, "no items");
}

TEST(RougeL, RefusesAnItemWithoutReference) {
  const auto metric = Registry<Metric>::make("rouge_l", Json());
  try {
    items(*metric, {answer("a", {"a"}), answer("a", {})});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_THAT(error.what(),
                testing::HasSubstr("item \"q1\": has no reference"));
    EXPECT_THAT(error.what(), testing::HasSubstr("greedy_generation"));
  }
}

TEST(RougeL, RefusesUnknownOptions) {
  EXPECT_THROW(Registry<Metric>::make("rouge_l", {{"stem", true}}), Error);
  EXPECT_THROW(Registry<Metric>::make("rouge_l", {{"stemmer", 1}}), Error);
}

}  // namespace
}  // namespace lethe
