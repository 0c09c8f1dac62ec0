// Against transformers (harness/oracle/classifier.py): logits within 1e-4 of
// the largest.
#include "harness/model/sequence_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "harness/base/json.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/classify.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string testdata(const std::string& name) {
  return std::string(LETHE_SOURCE_DIR) + "/harness/model/testdata/classifier/" +
         name;
}

class ClassifierOf : public testing::TestWithParam<const char*> {};

TEST_P(ClassifierOf, GivesThePeersLogits) {
  const std::string folder = testdata(GetParam());
  const auto model =
      SequenceClassifier::load(ModelFolder(folder), test_compute());
  const Json golden = read_json(folder + "/golden.json");
  std::vector<EncoderRow> rows;
  for (const Json& ids : golden["ids"]) rows.push_back({ids, {}});
  for (const int64_t batch_tokens : {0, 1}) {  // together, one by one
    const auto ours = classify(*model, rows, {batch_tokens, {}});
    ASSERT_EQ(ours.size(), golden["logits"].size());
    for (size_t i = 0; i < ours.size(); ++i) {
      const std::vector<double> theirs = golden["logits"][i];
      ASSERT_EQ(ours[i].size(), theirs.size());
      ASSERT_EQ(ours[i].size(), model->labels().names.size());
      double largest = 0;
      for (const double z : theirs) largest = std::max(largest, std::abs(z));
      for (size_t k = 0; k < theirs.size(); ++k) {
        EXPECT_NEAR(ours[i][k], theirs[k], 1e-4 * largest);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, ClassifierOf,
                         testing::Values("bert", "distilbert", "roberta",
                                         "xlm-roberta", "camembert",
                                         "deberta-v2", "deberta-v2-tanh"));

TEST(ClassLabels, AreThoseOfTheConfiguration) {
  const auto labels = [](const char* text) {
    return class_labels_from_json(parse_json(text, "t"), "t");
  };
  EXPECT_THAT(labels(R"({"id2label": {"1": "no", "0": "clean"}})").names,
              ElementsAre("clean", "no"));
  EXPECT_THAT(labels(R"({"id2label": {"0": 3, "1": -1}})").names,
              ElementsAre("3", "-1"));
  EXPECT_THAT(labels("{}").names, ElementsAre("LABEL_0", "LABEL_1"));
  EXPECT_THAT(labels(R"({"num_labels": 3})").names,
              ElementsAre("LABEL_0", "LABEL_1", "LABEL_2"));
  EXPECT_TRUE(labels("{}").exclusive);
  EXPECT_TRUE(
      labels(R"({"problem_type": "single_label_classification"})").exclusive);
  EXPECT_TRUE(labels(R"({"problem_type": null})").exclusive);
  EXPECT_FALSE(
      labels(R"({"problem_type": "multi_label_classification"})").exclusive);
  EXPECT_FALSE(labels(R"({"problem_type": "regression"})").exclusive);
  EXPECT_FALSE(labels(R"({"id2label": {"0": "score"}})").exclusive);
}

TEST(ClassLabels, RefusesWhatAreNone) {
  const auto message = [](const Json& json) -> std::string {
    try {
      class_labels_from_json(json, "c.json");
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      return error.what();
    }
  };
  EXPECT_THAT(message({{"id2label", {"clean"}}}), HasSubstr("is no object"));
  EXPECT_THAT(message({{"id2label", {{"0", "a"}, {"2", "b"}}}}),
              HasSubstr("has 2 labels, none of them is 1"));
  EXPECT_THAT(message({{"id2label", Json::object()}}),
              HasSubstr("has 0 labels"));
  EXPECT_THAT(message({{"num_labels", 1 << 20}}), HasSubstr("has 1048576"));
  for (const Json& label :
       {Json(std::string(201, 'x')), Json(""), Json(Json::array())}) {
    EXPECT_THAT(message({{"id2label", {{"0", label}}}}),
                HasSubstr("no text of 1 to 200 bytes"));
  }
  EXPECT_THAT(message({{"problem_type", "multi_label"}}),
              HasSubstr("did you mean multi_label_classification"));
}

TEST(ClassLabels, AreShownInOneLine) {
  ClassLabels labels{{"a", "b\nc\x1b[31m"}, true};
  EXPECT_THAT(labels.shown(), testing::Not(HasSubstr("\n")));
  EXPECT_THAT(labels.shown(), testing::Not(HasSubstr("\x1b")));
  labels.names.assign(50, "x");
  EXPECT_THAT(labels.shown(), HasSubstr("x and 30 more"));
}

// A folder of the testdata, changed.
class Changed {
 public:
  explicit Changed(const std::string& name)
      : folder_(fs::path(testing::TempDir()) / ("classifier-" + name)) {
    fs::create_directories(folder_);
    config = read_json(testdata(name) + "/config.json");
    const auto stored =
        Safetensors::open(testdata(name) + "/model.safetensors");
    for (const TensorEntry& entry : stored->entries()) {
      tensors.emplace_back(entry.name, stored->tensor(entry.name).clone());
    }
  }
  ~Changed() { fs::remove_all(folder_); }

  void leave_out(const std::string& prefix) {
    std::erase_if(tensors, [&](const auto& tensor) {
      return tensor.first.starts_with(prefix);
    });
  }

  std::string message() const {
    std::ofstream(folder_ / "config.json") << config;
    write_safetensors(folder_.string() + "/model.safetensors", tensors);
    try {
      SequenceClassifier::load(ModelFolder(folder_.string()), test_compute());
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      return error.what();
    }
  }

  Json config;
  NamedTensors tensors;

 private:
  const fs::path folder_;
};

TEST(SequenceClassifier, RefusesAFolderWithoutItsHead) {
  const std::pair<const char*, const char*> parts[] = {
      {"bert", "bert.pooler."},  // as of a token classifier
      {"bert", "classifier."},
      {"distilbert", "pre_classifier."},
      {"roberta", "classifier.dense."},
      {"deberta-v2", "pooler."}};
  for (const auto& [name, part] : parts) {
    Changed folder(name);
    EXPECT_EQ(folder.message(), "");
    folder.leave_out(part);
    EXPECT_THAT(folder.message(), HasSubstr("has no classification head"));
  }
}

TEST(SequenceClassifier, RefusesAMaskedLanguageModel) {
  const std::string folder = std::string(LETHE_SOURCE_DIR) +
                             "/harness/model/testdata/masked_lm/distilbert";
  try {
    read_class_labels(ModelFolder(folder));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("has no classification head"));
    EXPECT_THAT(error.what(), HasSubstr("ForSequenceClassification"));
  }
}

TEST(SequenceClassifier, RefusesAnotherNumberOfLabels) {
  Changed folder("distilbert");
  folder.config["id2label"].erase("3");
  EXPECT_THAT(folder.message(),
              HasSubstr("has 3 labels, the classification head has 4"));
  folder.config.erase("id2label");
  EXPECT_THAT(folder.message(), HasSubstr("has 2 labels"));
}

TEST(SequenceClassifier, RefusesAHeadThatIsIncompleteOrOfAnotherShape) {
  Changed folder("distilbert");
  folder.leave_out("classifier.bias");
  EXPECT_THAT(folder.message(), HasSubstr("classifier.bias"));
  Changed pooled("deberta-v2");
  for (auto& [name, tensor] : pooled.tensors) {
    if (name == "pooler.dense.weight") {
      tensor = tensor.narrow(0, 0, 6).contiguous();
    }
  }
  EXPECT_THAT(pooled.message(), HasSubstr("pooler.dense.weight"));
}

TEST(SequenceClassifier, RefusesAPoolerOfUnknownActivation) {
  Changed folder("deberta-v2");
  folder.config["pooler_hidden_act"] = "gleu";
  EXPECT_THAT(folder.message(), HasSubstr("pooler_hidden_act"));
}

TEST(SequenceClassifier, RefusesADecoder) {
  Changed folder("bert");
  folder.config["model_type"] = "gpt2";
  EXPECT_THAT(folder.message(), HasSubstr("is a decoder"));
}

}  // namespace
}  // namespace lethe
