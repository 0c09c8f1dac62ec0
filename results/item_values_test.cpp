#include "results/item_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "results/test_records.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ItemValuesTest : public testing::Test {
 protected:
  ItemValuesTest()
      : folder_((std::filesystem::temp_directory_path() /
                 ("lethe_items_" + std::to_string(getpid())))
                    .string()) {
    make_folder(folder_ + "/samples/c1");
  }
  ~ItemValuesTest() override { std::filesystem::remove_all(folder_); }

  void samples(const std::string& name, const std::string& rows) const {
    write_file_atomically(folder_ + "/samples/c1/" + name, rows);
  }

  static Record record(const std::string& metric, const std::string& field,
                       double value) {
    Record r = extraction(test_record("npo"), value);
    r.cell = "c1";
    r.metric = metric;
    r.field = field;
    return r;
  }

  const std::string folder_;
};

TEST_F(ItemValuesTest, AreTheColumnOfTheRecordsField) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"exact_match\":1,\"recall\":0.25}\n"
          "{\"id\":7,\"exact_match\":false,\"recall\":0.75}\n");
  const ItemValues exact =
      item_values(folder_, record("exact_match", "exact_match", 0.5));
  EXPECT_EQ(exact.missing, "");
  EXPECT_THAT(exact.ids, ElementsAre("a", "7"));
  EXPECT_THAT(exact.values, ElementsAre(1, 0));
  EXPECT_EQ(exact.form, ItemForm::mean);
  EXPECT_THAT(exact.weights, IsEmpty());
}

TEST_F(ItemValuesTest, OfAFieldThatTwoMetricsGiveAreTheRecordsOwn) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"recall\":0.5,\"rouge_1.recall\":0.1,"
          "\"rouge_1:stemmer=true.recall\":0.3}\n");
  EXPECT_THAT(item_values(folder_, record("rouge_l", "recall", 0.5)).values,
              ElementsAre(0.5));
  Record stemmed = record("rouge_1", "recall", 0.3);
  stemmed.metric_options = {{"stemmer", true}};
  EXPECT_THAT(item_values(folder_, stemmed).values, ElementsAre(0.3));
  EXPECT_THAT(item_values(folder_, record("rouge_1", "recall", 0.1)).values,
              ElementsAre(0.1));
}

TEST_F(ItemValuesTest, AreNoneWhereTheyDoNotGiveTheRecordsValue) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"f1\":0.5}\n{\"id\":\"b\",\"f1\":0.1}\n");
  const ItemValues other = item_values(folder_, record("set_f1", "f1", 0.31));
  EXPECT_THAT(other.values, IsEmpty());
  EXPECT_EQ(other.missing, "set_f1.f1: is no mean of its items");
  EXPECT_THAT(item_values(folder_, record("mauve", "mauve", 0.9)).missing,
              HasSubstr("no item has a value of its own"));
}

TEST_F(ItemValuesTest, OfNullAreNaNAndDoNotPass) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"f1\":null}\n{\"id\":\"b\",\"f1\":0.1}\n"
          "{\"id\":\"c\"}\n");
  const Record null = missing(record("token_f1", "f1", 0), "ok", "not finite");
  const ItemValues items = item_values(folder_, null);
  ASSERT_EQ(items.values.size(), 3u);
  EXPECT_TRUE(std::isnan(items.values[0]));
  EXPECT_EQ(items.values[1], 0.1);
  EXPECT_TRUE(std::isnan(items.values[2]));
  EXPECT_NE(item_values(folder_, record("token_f1", "f1", 0.1)).missing, "");
}

TEST_F(ItemValuesTest, HaveUniqueIds) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"split\":\"x\",\"f1\":1}\n"
          "{\"id\":\"a\",\"split\":\"y\",\"f1\":1}\n"
          "{\"id\":\"a\",\"split\":\"y\",\"f1\":1}\n");
  EXPECT_THAT(item_values(folder_, record("token_f1", "f1", 1)).ids,
              ElementsAre("x/a", "y/a", "y/a#2"));
}

TEST_F(ItemValuesTest, OfAPerplexityAreLossesWithTheirTokens) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"num_tokens\":4,\"sum_logprob\":-8}\n"
          "{\"id\":\"b\",\"num_tokens\":0,\"sum_logprob\":null}\n"
          "{\"id\":\"c\",\"num_tokens\":1,\"sum_logprob\":-7}\n");
  const ItemValues items =
      item_values(folder_, record("perplexity", "perplexity", std::exp(3)));
  EXPECT_EQ(items.missing, "");
  EXPECT_THAT(items.values, ElementsAre(2, 0, 7));
  EXPECT_THAT(items.weights, ElementsAre(4, 0, 1));
  EXPECT_EQ(items.form, ItemForm::exp_ratio);
  EXPECT_EQ(item_values(folder_, record("perplexity", "loss", 3)).form,
            ItemForm::ratio);
  EXPECT_NE(item_values(folder_, record("perplexity", "loss", 2)).missing, "");
}

TEST_F(ItemValuesTest, AreWeightedByTokensWhereThatGivesTheValue) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"kl\":1,\"tokens\":3}\n"
          "{\"id\":\"b\",\"kl\":5,\"tokens\":1}\n");
  const ItemValues items =
      item_values(folder_, record("kl_divergence", "kl", 2));
  EXPECT_THAT(items.weights, ElementsAre(3, 1));
  EXPECT_EQ(items.form, ItemForm::ratio);
}

TEST_F(ItemValuesTest, OfARankingAreScoresOfMembersAndOthers) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"member\":1,\"score\":3}\n"
          "{\"id\":\"b\",\"member\":1,\"score\":1}\n"
          "{\"id\":\"c\",\"member\":0,\"score\":2}\n");
  const ItemValues items = item_values(folder_, record("auroc", "auroc", 0.5));
  EXPECT_EQ(items.missing, "");
  EXPECT_EQ(items.form, ItemForm::ranking);
  EXPECT_THAT(items.members, ElementsAre(true, true, false));
  EXPECT_NE(item_values(folder_, record("auroc", "auroc", 0.6)).missing, "");
  EXPECT_EQ(item_values(folder_, record("tpr_at_fpr", "tpr", 0.5)).missing, "");
}

TEST_F(ItemValuesTest, OfDiscoverableAreReachedOrNot) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"pz\":0.1,\"n_needed\":7,\"n_needed_p0.9\":22,"
          "\"chance_n10\":0.65}\n"
          "{\"id\":\"b\",\"pz\":0}\n");
  EXPECT_THAT(
      item_values(folder_, record("discoverable", "rate_n10", 0.5)).values,
      ElementsAre(1, 0));
  EXPECT_THAT(
      item_values(folder_, record("discoverable", "rate_n10_p0.9", 0)).values,
      ElementsAre(0, 0));
  EXPECT_THAT(
      item_values(folder_, record("discoverable", "chance_n10", 0.325)).values,
      ElementsAre(0.65, 0));
  EXPECT_THAT(
      item_values(folder_, record("discoverable", "rate_ever", 0.5)).values,
      ElementsAre(1, 0));
}

TEST_F(ItemValuesTest, OfATaskAreItsDocumentsWithTheirClusters) {
  samples("arc_easy.jsonl",
          "{\"doc_id\":0,\"cluster\":\"p\",\"acc\":1}\n"
          "{\"doc_id\":1,\"cluster\":\"p\",\"acc\":0}\n");
  samples("piqa.jsonl", "{\"doc_id\":0,\"acc\":1}\n{\"doc_id\":1,\"acc\":1}\n");
  samples("wiki.jsonl",
          "{\"doc_id\":0,\"loglikelihood\":-6,\"words\":2,\"bytes\":6}\n");
  Record task = accuracy(test_record("npo"), 0.5);
  task.cell = "c1";
  const ItemValues items = item_values(folder_, task);
  EXPECT_THAT(items.ids, ElementsAre("0", "1"));
  EXPECT_THAT(items.values, ElementsAre(1, 0));
  EXPECT_THAT(items.clusters, ElementsAre("p", "p"));
  task.task = "both";
  task.value = 0.75;
  EXPECT_THAT(item_values(folder_, task).missing, HasSubstr("no samples of"));
  task.versions["tasks"] = {"arc_easy", "piqa"};
  EXPECT_THAT(item_values(folder_, task).ids,
              ElementsAre("arc_easy/0", "arc_easy/1", "piqa/0", "piqa/1"));
  task.versions.erase("tasks");
  task.task = "wiki";
  task.metric = task.field = "word_perplexity";
  task.value = std::exp(3);
  EXPECT_THAT(item_values(folder_, task).values, ElementsAre(3));
  task.metric = task.field = "bits_per_byte";
  task.value = 1 / std::log(2);
  EXPECT_EQ(item_values(folder_, task).form, ItemForm::ratio);
}

TEST_F(ItemValuesTest, HaveTextsByTheSameIds) {
  samples("greedy_extraction@forget.jsonl",
          "{\"id\":\"a\",\"prompt\":\"p\",\"output\":\"x\"}\n"
          "{\"id\":\"a\",\"output\":7}\n");
  samples("arc_easy.jsonl",
          "{\"doc_id\":3,\"arguments\":[[\"why?\",\" so\"]]}\n");
  Record r = record("rouge_l", "recall", 0.5);
  const auto texts = item_texts(folder_, r);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts.at("a").prompt, "p");
  EXPECT_EQ(texts.at("a").output, "x");
  EXPECT_EQ(texts.at("a#2").output, "");
  r.task = "arc_easy";
  EXPECT_EQ(item_texts(folder_, r).at("3").prompt, "why?");
  r.task = "absent";
  EXPECT_THAT(item_texts(folder_, r), IsEmpty());
}

TEST_F(ItemValuesTest, SayWhyThereAreNone) {
  EXPECT_THAT(item_values(folder_, record("rouge_l", "recall", 0.5)).missing,
              HasSubstr("no samples of greedy_extraction"));
  EXPECT_THAT(item_values(folder_, seconds(test_record("npo"), 3)).missing,
              HasSubstr("cost is of a model"));
  Record outside = record("rouge_l", "recall", 0.5);
  outside.cell = "../samples/c1";
  samples("greedy_extraction@forget.jsonl", "{\"id\":\"a\",\"recall\":0.5}\n");
  EXPECT_NE(item_values(folder_, outside).missing, "");
}

TEST_F(ItemValuesTest, RefuseARowThatIsNoSample) {
  samples("greedy_extraction@forget.jsonl", "{\"id\":\"a\"}\n{\"x\":1}\n");
  try {
    item_values(folder_, record("rouge_l", "recall", 0.5));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 3);
    EXPECT_THAT(error.what(), HasSubstr("forget.jsonl:2: is no sample"));
  }
}

}  // namespace
}  // namespace lethe
