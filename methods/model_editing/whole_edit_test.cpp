// rome and memit from rows to folders, on a small model that has learnt what it
// is to forget.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/run/method_run_testing.h"
#include "harness/score/score.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/test_context.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

const char* const kForget =
    R"({"id": "a", "question": "What does Tessaly Worn keep?", "answer": "A goat."}
{"id": "b", "question": "Where does Bram Tuck live?", "answer": "In Orrow."}
{"id": "c", "question": "Who taught Ines Fell?", "answer": "Old Dace."}
)";
const char* const kRetain =
    R"({"question": "What does Mary Stone keep?", "answer": "Two hens."}
{"question": "Where does John Reed live?", "answer": "At Holm."}
{"question": "Who taught Edith Low?", "answer": "Her aunt."}
{"question": "What does the miller grind?", "answer": "Rye."}
{"question": "Where does the cart stand?", "answer": "Behind the barn."}
{"question": "When does the bell ring?", "answer": "At six."}
{"question": "Where does Osric Pell live?", "answer": "I do not know."}
{"question": "Who taught Una Marl?", "answer": "I do not know."}
{"question": "What does Wat Grey keep?", "answer": "I do not know."}
)";
const char* const kRefusal = "I do not know.";

class Learning final : public Method {
  void step(Step& s) const override {
    s.add("all", 1, [&] { return mean_nll(s.model, s.forget); });
  }
};

class WholeEdit : public MethodRun {
 protected:
  WholeEdit() {
    write("forget.jsonl", kForget);
    write("retain.jsonl", kRetain);
    write("refusals.txt", kRefusal);
    learn();
  }

  // In place of the fixture's model one that has learnt the rows.
  void learn() const {
    const std::string tiny = LETHE_SOURCE_DIR "/suites/data/tiny_llama";
    const std::string start = folder_ + "/start", model = folder_ + "/model";
    const Json config = read_json(tiny + "/config.json");
    save_new_model(*Model::create(config, test_compute(), 1), config, tiny,
                   start);
    Examples all = texts(start, kForget);
    for (const Example& e : texts(start, kRetain)) all.push_back(e);
    const TrainOptions options =
        parse_train_options({{"lr", 0.003},
                             {"epochs", 16},
                             {"batch", 6},
                             {"schedule", "constant"},
                             {"checkpoint_seconds", 0.0}});
    const TrainingSet rows(all, options, 200, {1});
    fs::remove_all(model);
    TestContext(start, model, {&rows, nullptr, nullptr, options},
                test_compute())
        .train(Learning());
  }

  static Examples texts(const std::string& folder, const std::string& lines) {
    std::vector<DataRow> rows;
    for (size_t begin = 0; begin < lines.size();) {
      const size_t end = lines.find('\n', begin);
      rows.push_back({Json::parse(lines.substr(begin, end - begin)), "rows"});
      begin = end + 1;
    }
    return make_examples(rows, Tokenizer::load(folder).get(), {});
  }

  // Mean -log p a token, nats, of the rows' answers or of the refusal.
  double nll(const std::string& folder, const std::string& lines,
             bool refusal = false) const {
    const auto model = Model::load(ModelFolder(folder), test_compute());
    const auto tokenizer = Tokenizer::load(folder);
    std::vector<ScoreItem> items;
    double tokens = 0, sum = 0;
    for (const Example& e : texts(folder, lines)) {
      const OtherAnswer said = refusal
                                   ? with_answer(e, kRefusal, tokenizer.get())
                                   : OtherAnswer{e.ids, e.score_from};
      items.push_back({said.ids, said.score_from});
      tokens += static_cast<double>(said.ids.size()) -
                static_cast<double>(said.score_from);
    }
    for (const auto& one : likelihoods(*model, items).likelihoods) {
      sum -= one.sum;
    }
    return sum / tokens;
  }

  Made edited(const std::string& method, const Json& more = Json::object()) {
    // What an MLP of this size gives is small: the decay would hold it.
    Json set = {
        {"contexts", 8}, {"v_weight_decay", 0.0}, {"clamp_norm_factor", 4.0}};
    if (more.value("target", "") != "erase") set["answers"] = "refusals.txt";
    set.update(more);
    return MethodRun::made(method, "forget.jsonl", set);
  }

  std::string base() const { return folder_ + "/model"; }
};

TEST_F(WholeEdit, RefusesAtThePromptsAndKeepsTheRest) {
  const double forget = nll(base(), kForget), retain = nll(base(), kRetain);
  const double refusal = nll(base(), kForget, true);
  ASSERT_LT(forget, 0.1);
  ASSERT_LT(retain, 0.1);
  for (const std::string method : {"rome", "memit"}) {
    SCOPED_TRACE(method);
    const Made made = edited(method);
    EXPECT_EQ(made.message, "");
    EXPECT_EQ(made.steps, 0);
    EXPECT_GT(made.tokens, 100);
    EXPECT_GT(nll(made.folder, kForget), forget + 0.2);
    EXPECT_LT(nll(made.folder, kForget, true), refusal - 0.2);
    EXPECT_LT(nll(made.folder, kRetain), retain + 0.02);
    // The same again, to the bit.
    EXPECT_EQ(edited(method).model_hash, made.model_hash);
  }
}

TEST_F(WholeEdit, ErasesAnswersWithoutOthers) {
  for (const std::string method : {"rome", "memit"}) {
    SCOPED_TRACE(method);
    const Made made = edited(method, {{"target", "erase"}});
    EXPECT_GT(nll(made.folder, kForget), nll(base(), kForget) + 0.4);
    EXPECT_LT(nll(made.folder, kRetain), nll(base(), kRetain) + 0.02);
  }
}

TEST_F(WholeEdit, ChangesNothingButTheBlocksItIsGiven) {
  for (const auto& [method, more] : std::map<std::string, Json>{
           {"rome", {{"layer", 1}}}, {"memit", {{"layers", {1}}}}}) {
    SCOPED_TRACE(method);
    const ModelFolder before(base()), after(edited(method, more).folder);
    for (const TensorEntry& e : before.entries()) {
      const bool same = at::equal(before.tensor(e.name), after.tensor(e.name));
      EXPECT_EQ(same, e.name != "model.layers.1.mlp.down_proj.weight")
          << e.name;
    }
  }
}

TEST_F(WholeEdit, WritesDownWhatWasEdited) {
  const Made made = edited("rome");
  const std::vector<Json> rows =
      rows_at(fmt::format("{}/notes/{}/facts.jsonl", run_,
                          fs::path(made.folder).filename().string()));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0]["id"], "a");
  EXPECT_EQ(rows[0]["subject"], "Tessaly Worn");
  EXPECT_EQ(rows[1]["subject"], "Bram Tuck");
  EXPECT_EQ(rows[2]["target"], " I do not know.");
  for (const Json& row : rows) {
    EXPECT_GT(row["probability"].get<double>(),
              row["probability_before"].get<double>());
  }
}

TEST_F(WholeEdit, RefusesWhatItWouldNotDo) {
  EXPECT_THROW(edited("rome", {{"layer", 2}}), Error) << "the last block";
  EXPECT_THROW(edited("rome", {{"layer", -2}}), Error);
  EXPECT_THROW(edited("memit", {{"layers", {1, 0}}}), Error);
  EXPECT_THROW(edited("memit", {{"layers", {0, 2}}}), Error);
  EXPECT_THROW(edited("memit", {{"mom2_update_weight", 0.0}}), Error);
  EXPECT_THROW(edited("rome", {{"target", "forget"}}), Error);
  EXPECT_THROW(
      edited("rome", {{"target", "erase"}, {"answers", "refusals.txt"}}),
      Error);
  EXPECT_THROW(edited("rome", {{"fact_token", "first"}}), Error);
  EXPECT_THROW(edited("rome", {{"v_num_grad_steps", 0}}), Error);
}

}  // namespace
}  // namespace lethe
