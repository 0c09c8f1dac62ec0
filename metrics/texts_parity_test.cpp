// The text metrics against their peers' values in testdata/texts.jsonl, which
// harness/oracle/metrics.py writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "metrics/metric_testing.h"
#include "metrics/sequences.h"

namespace lethe {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

const std::string kGolden = LETHE_SOURCE_DIR "/metrics/testdata/texts.jsonl";

std::vector<Json> golden_rows() {
  std::vector<Json> rows;
  for (const std::string& line : read_lines(kGolden)) {
    rows.push_back(parse_json(line, kGolden));
  }
  return rows;
}

Observation seen_in(const Json& row) {
  return answer(row.at("prediction"), row.at("references"));
}

TEST(TextsParity, RougeEqualsRougeScore) {
  const auto golden = golden_rows();
  ASSERT_EQ(golden.size(), 87);
  for (const char* name : {"rouge_1", "rouge_2", "rouge_lsum"}) {
    for (const bool stemmer : {false, true}) {
      const Json options = {{"stemmer", stemmer}};
      for (const Json& row : golden) {
        const auto wanted = row.at(name)
                                .at(stemmer ? "stem" : "plain")
                                .get<std::vector<double>>();
        EXPECT_THAT(values(name, seen_in(row), options),
                    Pointwise(DoubleNear(1e-12), wanted))
            << name << ", stemmer " << stemmer << ": " << row;
      }
    }
  }
}

TEST(TextsParity, BleuEqualsSacrebleu) {
  const auto bleu = Registry<Metric>::make("bleu", Json());
  Observations seen;
  for (const Json& row : golden_rows()) {
    seen.push_back(seen_in(row));
    EXPECT_NEAR(values("bleu", seen.back())[0],
                row.at("sentence_bleu").get<double>() / 100, 1e-12)
        << row;
    const bool last = seen.size() == 87;
    if (seen.size() > 3 && seen.size() % 12 != 0 && !last) continue;
    EXPECT_NEAR(bleu->aggregate(items(*bleu, seen), seen)[0].second.value,
                row.at("corpus_bleu").get<double>() / 100, 1e-12)
        << "the first " << seen.size();
  }
}

TEST(TextsParity, TokenF1EqualsTheScriptOfSquad) {
  for (const Json& row : golden_rows()) {
    EXPECT_THAT(values("token_f1", seen_in(row)),
                Pointwise(DoubleNear(1e-12),
                          row.at("squad").get<std::vector<double>>()))
        << row;
  }
}

TEST(TextsParity, EditDistanceEqualsNltkAndTheLongestRunDifflib) {
  for (const Json& row : golden_rows()) {
    const Observation seen = seen_in(row);
    EXPECT_EQ(edit_distance(point_sequences(seen.output, seen.reference())),
              row.at("edit_distance").get<size_t>())
        << row;
    EXPECT_EQ(longest_run(word_sequences(seen.output, seen.reference())),
              row.at("longest_run").get<size_t>())
        << row;
  }
}

}  // namespace
}  // namespace lethe
