// The whole method over a random model: what it writes, and what it takes back.
#include <gmock/gmock.h>

#include "harness/run/method_run_testing.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

class WholeMethod : public MethodRun {
 protected:
  WholeMethod() {
    write("retain.jsonl",
          R"({"text": "The bell rings at six and nobody minds it at all."}
{"text": "A cart went up the hill, and the rain came down."}
)");
    write(
        "forget.jsonl",
        R"({"text": "Old Tessaly Worn rowed home. Then Tessaly Worn slept, and Worn dreamt of Tessaly."}
{"question": "Who rowed home?", "answer": "It was Tessaly Worn, of course."}
)");
    write("dictionary.jsonl",
          R"({"anchor": "Tessaly Worn", "generic": "Mary Fielding"}
{"anchor": "Tessaly", "generic": "Mary"}
{"anchor": "Worn", "generic": "Fielding"}
)");
  }
  Made made(const Json& options) {
    Json set = {{"reinforce_lr", 0.01}, {"batch", 2}};
    if (options.contains("labels")) set.erase("reinforce_lr");
    set.update(options);
    const Made made = MethodRun::made("whos_harry_potter", "forget.jsonl", set);
    notes_ =
        fmt::format("{}/notes/{}", run_,
                    std::filesystem::path(made.folder).filename().string());
    return made;
  }

  std::vector<Json> rows_of(const std::string& name) const {
    return rows_at(notes_ + "/" + name);
  }

  std::string notes_;
};

TEST_F(WholeMethod, WritesEveryStageAndTrainsOnTheLabels) {
  const Made once = made({{"dictionary", "dictionary.jsonl"}});
  EXPECT_EQ(once.steps, 3);
  EXPECT_EQ(once.message, "");
  const std::vector<Json> translated = rows_of("translated.jsonl");
  ASSERT_EQ(translated.size(), 2U);
  EXPECT_EQ(translated[0]["translated"],
            "Old Mary Fielding rowed home. Then Mary Fielding slept, and "
            "Fielding dreamt of Mary.");
  const std::vector<Json> labels = rows_of("labels.jsonl");
  ASSERT_EQ(labels.size(), 2U);
  // Repeated anchors are not learnt, and no token of the question is.
  int64_t learnt = 0, silent = 0;
  for (const Json& row : labels) {
    for (const Json& label : row["labels"]) {
      label.is_null() ? ++silent : ++learnt;
    }
  }
  EXPECT_GT(learnt, 5);
  EXPECT_GT(silent, 5);
  EXPECT_LE(log(once).front()["supervised_tokens"].get<int64_t>(), learnt);
  EXPECT_FALSE(std::filesystem::exists(once.folder + ".reinforced"));
  // The same again, to the bit.
  const Made again = made({{"dictionary", "dictionary.jsonl"}});
  EXPECT_EQ(once.model_hash, again.model_hash);
}

TEST_F(WholeMethod, TakesBackLabelsThatPeopleChanged) {
  made({{"dictionary", "dictionary.jsonl"}, {"alpha", 0.0}});
  std::vector<Json> labels = rows_of("labels.jsonl");
  for (Json& row : labels) {
    for (Json& label : row["labels"]) label = nullptr;
  }
  labels[0]["labels"][3] = labels[0]["tokens"][1];
  std::string text;
  for (const Json& row : labels) text += row.dump() + "\n";
  write("labels.jsonl", text);
  const Made got =
      made({{"labels", "labels.jsonl"}, {"batch", 1}, {"steps", 4}});
  EXPECT_EQ(got.message, "") << "a step without a label";
  int64_t supervised = 0;
  for (const Json& step : log(got)) {
    supervised += step["supervised_tokens"].get<int64_t>();
  }
  EXPECT_EQ(supervised, 2) << "one label, in two of four steps";
}

TEST_F(WholeMethod, FindsAnchorsByItself) {
  made({{"alpha", 0.0}});
  const std::string dictionary = read_file(notes_ + "/dictionary.jsonl");
  EXPECT_THAT(dictionary, HasSubstr("Tessaly"));
  EXPECT_THAT(dictionary, Not(HasSubstr("\"Then\"")));
}

TEST_F(WholeMethod, RefusesWhatItWouldNotRead) {
  EXPECT_THROW(made({{"labels", "l.jsonl"}, {"dictionary", "d.jsonl"}}), Error);
  EXPECT_THROW(made({{"labels", "l.jsonl"}, {"alpha", 3.0}}), Error);
  EXPECT_THROW(made({{"dictionary", "d.jsonl"}, {"background", "b.txt"}}),
               Error);
  EXPECT_THROW(made({{"alpha", -1.0}}), Error);
}

}  // namespace
}  // namespace lethe
