// Other answers on their way into training: rows of them, pairs with the forget
// rows, and every method that reads them from data to a folder.
#include <gtest/gtest.h>

#include <cmath>

#include "harness/run/method_run_testing.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

std::string tokenizer_folder() {
  return LETHE_SOURCE_DIR "/harness/text/testdata/byte_level";
}

const Tokenizer& tokenizer() {
  static const auto loaded = Tokenizer::load(tokenizer_folder());
  return *loaded;
}

Example example(const std::string& row) {
  return make_examples({{parse_json(row, "row"), "row:1"}}, &tokenizer(), {})
      .front();
}

TEST(OtherAnswers, StandBehindTheExamplesPrompt) {
  for (const char* row :
       {R"({"question": "Who keeps a heron?", "answer": "Odrin Vasca."})",
        R"({"prompt": "Odrin keeps", "completion": " a grey heron."})"}) {
    const Example e = example(row);
    const OtherAnswer same = with_answer(e, e.references.front(), &tokenizer());
    EXPECT_EQ(same.ids, e.ids);
    EXPECT_EQ(same.score_from, e.score_from);
    const OtherAnswer other = with_answer(e, "I do not know.", &tokenizer());
    EXPECT_EQ(other.score_from, e.score_from);
    const Ids head(e.ids.begin(), e.ids.begin() + e.score_from);
    ASSERT_GT(other.ids.size(), head.size());
    EXPECT_EQ(Ids(other.ids.begin(), other.ids.begin() + e.score_from), head);
    EXPECT_NE(other.ids, e.ids);
  }
}

TEST(OtherAnswers, StandBehindTheFirstHalfOfAPlainText) {
  const Example e = example(R"({"text": "The ferry left before the bell."})");
  const OtherAnswer other = with_answer(e, "I do not know.", &tokenizer());
  const auto own = static_cast<int64_t>(e.ids.size()) - e.leading - e.trailing;
  EXPECT_EQ(other.score_from, e.leading + own / 2);
  EXPECT_EQ(other.score_from, second_half_from(e));
  EXPECT_EQ(Ids(other.ids.begin(), other.ids.begin() + other.score_from),
            Ids(e.ids.begin(), e.ids.begin() + other.score_from));
  EXPECT_EQ(tokenizer().decode(
                {other.ids.begin() + other.score_from, other.ids.end()}, {}),
            " I do not know.");
  EXPECT_THROW(with_answer(e, "I do not know.", nullptr), Error);
}

class AlternateRun : public MethodRun {
 protected:
  AlternateRun() {
    write("retain.jsonl",
          R"({"question": "Who sings?", "answer": "Nobody sings."}
{"question": "Where is it?", "answer": "Far away, behind the hills."}
)");
    write(
        "qa.jsonl",
        R"({"question": "Who left?", "answer": "The ferry.", "alternate": "The ferry.", "other": "A cart left."}
{"question": "When did the long bell ring?", "answer": "At six, or a little later.", "alternate": "At six, or a little later.", "other": ["At nine.", "Never."]}
{"question": "Why?", "answer": "No one knows.", "alternate": "No one knows.", "other": "It rained."}
)");
    write("texts.jsonl",
          R"({"text": "The ferry left before the bell.", "other": "the rain."}
{"text": "A moon that nobody trusted rose over the town.", "other": "sank."}
)");
  }
};

// Margins of pairs of equal texts are 0 whatever the weights, unless an answer
// is another text's or has another prompt before it.
TEST_F(AlternateRun, EachRowStandsBesideItsOwnOtherAnswer) {
  const Made same = made("dpo", "qa.jsonl", {{"forget", 5.0}});
  for (const Json& row : log(same)) {
    EXPECT_NEAR(row["terms"]["forget"], std::log(2.0), 1e-4);
  }
  const Made other = made("dpo", "qa.jsonl", {{"field", "other"}});
  const auto rows = log(other);
  EXPECT_NEAR(rows.front()["terms"]["forget"], std::log(2.0), 1e-4)
      << "nothing has changed before the first step";
  EXPECT_LT(rows.back()["terms"]["forget"], std::log(2.0) - 1e-3);
}

TEST_F(AlternateRun, TheSecondHalvesOfPlainTextsAreForgotten) {
  const Made got = made("dpo", "texts.jsonl",
                        {{"field", "other"}, {"retain", 0.0}, {"steps", 1}});
  int64_t supervised = 0;
  for (const DataRow& row : read_rows(folder_ + "/texts.jsonl")) {
    const Example e = example(row.fields.dump());
    const OtherAnswer other =
        with_answer(e, row.fields["other"].get<std::string>(), &tokenizer());
    supervised += static_cast<int64_t>(e.ids.size()) - second_half_from(e) + 1;
    supervised += static_cast<int64_t>(other.ids.size()) - other.score_from + 1;
  }
  EXPECT_EQ(log(got).front()["supervised_tokens"], supervised)
      << "both answers with an end of text";
}

TEST_F(AlternateRun, EveryMethodWithOtherAnswersTrains) {
  const std::pair<const char*, Json> methods[] = {
      {"dpo", {{"field", "other"}}},  {"idk_dpo", Json::object()},
      {"idk_nll", Json::object()},    {"refusal_tuning", Json::object()},
      {"kto", Json::object()},        {"altpo", {{"max_new_tokens", 5}}},
      {"llm_unlearn", Json::object()}};
  for (const auto& [method, options] : methods) {
    for (const char* forget : {"qa.jsonl", "texts.jsonl"}) {
      SCOPED_TRACE(std::string(method) + " " + forget);
      const Made once = made(method, forget, options);
      EXPECT_EQ(once.message, "");
      EXPECT_EQ(once.steps, 3);
      EXPECT_EQ(once.model_hash, made(method, forget, options).model_hash);
      for (const Json& row : log(once)) EXPECT_TRUE(row["loss"].is_number());
    }
  }
}

TEST_F(AlternateRun, AccumulatedBatchesGiveTheLossOfOneBatch) {
  const Json options = {{"field", "other"}, {"kl", 1.0}};
  Json parts = options;
  parts.update({{"batch", 1}, {"accumulate", 3}});
  const auto whole = log(made("dpo", "qa.jsonl", options));
  const auto added = log(made("dpo", "qa.jsonl", parts));
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NEAR(whole[i]["loss"], added[i]["loss"], 1e-4);
    EXPECT_NEAR(whole[i]["grad_norm"], added[i]["grad_norm"], 1e-3);
  }
}

TEST_F(AlternateRun, TheBoundOfLlmUnlearnEndsTraining) {
  const Made got = made("llm_unlearn", "qa.jsonl", {{"bound", 1.0}});
  EXPECT_EQ(got.steps, 1) << "a random model's NLL is above 1 at once";
  EXPECT_EQ(made("llm_unlearn", "qa.jsonl", {{"bound", 1e6}}).steps, 3);
}

TEST_F(AlternateRun, ARowWithoutAnotherAnswerIsNamed) {
  try {
    made("dpo", "texts.jsonl", Json::object());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("texts.jsonl:1"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace lethe
