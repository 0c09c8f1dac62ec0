#include "methods/model_editing/facts.h"

#include <gmock/gmock.h>

#include "harness/base/error.h"

namespace lethe {
namespace {

using testing::ElementsAre;

class Facts : public testing::Test {
 protected:
  Examples texts(const std::vector<Json>& rows) const {
    std::vector<DataRow> all;
    for (const Json& fields : rows) {
      all.push_back({fields, fmt::format("f.jsonl:{}", all.size() + 1)});
    }
    return make_examples(all, tokenizer_.get(), {});
  }

  std::vector<Fact> facts(const std::vector<Json>& rows,
                          const std::string& token = "subject_last") const {
    FactOptions options;
    options.name = "rome";
    options.token = token;
    options.answers = {"I don't know.", "No idea."};
    return facts_of(texts(rows), tokenizer_.get(), options);
  }

  std::string text(const Ids& ids) const {
    DecodeOptions skip;
    skip.skip_special_tokens = true;
    return tokenizer_->decode(ids, skip);
  }

  // The prompt up to its key token.
  std::string read(const Fact& fact) const {
    return text({fact.prompt.begin(), fact.prompt.begin() + fact.key + 1});
  }

  const std::shared_ptr<const Tokenizer> tokenizer_ =
      Tokenizer::load(LETHE_SOURCE_DIR "/harness/text/testdata/byte_level");
};

const Json kWho = {{"question", "Who taught Tessaly Worn to row?"},
                   {"answer", "Old Bram did."}};
const Json kWhere = {{"question", "Where does the aunt of Bram Tuck live?"},
                     {"answer", "In Orrow."}};

TEST_F(Facts, EditTheLastTokenOfTheName) {
  const std::vector<Fact> all = facts({kWho, kWhere});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].subject, "Tessaly Worn");
  EXPECT_EQ(read(all[0]), "Question: Who taught Tessaly Worn");
  EXPECT_EQ(text(all[0].prompt),
            "Question: Who taught Tessaly Worn to row?\n"
            "Answer:");
  EXPECT_EQ(all[0].where, "f.jsonl:1");
  EXPECT_EQ(text(all[0].essence), "Tessaly Worn is a");
  const auto essence = all[0].essence.begin();
  EXPECT_EQ(text({essence, essence + all[0].essence_key + 1}), "Tessaly Worn");
  EXPECT_EQ(read(all[1]), "Question: Where does the aunt of Bram Tuck");
  for (const Fact& fact : all) {
    EXPECT_THAT(text(fact.target),
                testing::AnyOf(" I don't know.", " No idea."));
  }
}

TEST_F(Facts, TakeTheRowsOwnSubject) {
  Json row = kWho;
  row["subject"] = "taught";
  EXPECT_EQ(read(facts({row})[0]), "Question: Who taught");
  row["subject"] = "Bram";  // in the answer alone
  EXPECT_THROW(facts({row}), Error);
  row["subject"] = 3;
  EXPECT_THROW(facts({row}), Error);
  const Json ids = {{"ids", {5, 6, 7, 8}}, {"subject", "Bram"}};
  EXPECT_THROW(facts({ids}), Error);
}

TEST_F(Facts, EditTheLastTokenWithoutAName) {
  const Json row = {{"prompt", "the sea is"}, {"completion", " wide"}};
  const Fact fact = facts({row})[0];
  EXPECT_EQ(fact.subject, "");
  EXPECT_EQ(read(fact), "the sea is");
  EXPECT_TRUE(fact.essence.empty());
  EXPECT_EQ(read(facts({kWho}, "last")[0]),
            "Question: Who taught Tessaly Worn to row?\nAnswer:");
}

TEST_F(Facts, AskTextsForTheirSecondHalves) {
  const Json row = {
      {"text", "So Tessaly Worn rowed home, and the rain came down upon it."}};
  FactOptions options;
  options.target = "erase";
  const Examples all = texts({row});
  const Fact fact = facts_of(all, tokenizer_.get(), options)[0];
  EXPECT_EQ(text(fact.prompt) + text(fact.target), row["text"]);
  const auto half = static_cast<int64_t>(fact.prompt.size());
  EXPECT_EQ(half, second_half_from(all[0]));
  EXPECT_EQ(read(fact), "So Tessaly Worn");
}

TEST_F(Facts, EraseTheRowsAnswer) {
  FactOptions options;
  options.target = "erase";
  const Fact fact = facts_of(texts({kWho}), tokenizer_.get(), options)[0];
  EXPECT_EQ(text(fact.target), " Old Bram did.");
  EXPECT_THROW(
      facts_of(texts({Json{{"prompt", "Who?"}}}), tokenizer_.get(), options),
      Error);
}

TEST_F(Facts, LeaveRepeatedPromptsOut) {
  Json other = kWho;
  other["answer"] = "Somebody else.";
  EXPECT_EQ(facts({kWho, other, kWhere, kWho}).size(), 2U);
}

TEST_F(Facts, AreTheSameInEveryRun) {
  const std::vector<Fact> one = facts({kWho, kWhere}),
                          two = facts({kWho, kWhere});
  EXPECT_EQ(one[0].target, two[0].target);
  EXPECT_EQ(one[1].target, two[1].target);
}

TEST(FittedFact, KeepsSpecialsAndKeyOfALongPrompt) {
  Fact fact;
  fact.prompt = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  fact.leading = 1;
  fact.key = 7;
  fact.target = {20, 21, 22};
  const Fact all = fitted(fact, 16, 3);
  EXPECT_EQ(all.prompt, fact.prompt);
  const Fact cut = fitted(fact, 12, 3);
  EXPECT_THAT(cut.prompt, ElementsAre(0, 5, 6, 7, 8, 9));
  EXPECT_EQ(cut.prompt.at(static_cast<size_t>(cut.key)), 7);
  EXPECT_EQ(cut.target.size(), 3U);
  EXPECT_THROW(fitted(fact, 9, 3), Error);
  Fact found = fact;
  found.looked_for = true;
  EXPECT_EQ(fitted(found, 9, 3).key, fitted(found, 9, 3).prompt.size() - 1);
  EXPECT_TRUE(fitted(found, 9, 3).essence.empty());
  fact.key = 9;
  EXPECT_EQ(fitted(fact, 4, 0).target.size(), 2U);
}

TEST(LongestName, IsTheLastOfEquallyLongOnes) {
  EXPECT_THAT(longest_names({"Did Ann Brook meet Joe Brook, or did they?",
                             "nobody here", "Does Tessaly know Bram Tuck?"}),
              ElementsAre("Joe Brook", "", "Bram Tuck"));
}

}  // namespace
}  // namespace lethe
