// Tasks: their files, the data they find, what is asked, and the metrics.
#include "harness/task/task.h"

#include <gtest/gtest.h>

#include "harness/data/data_testing.h"
#include "harness/task/evaluate_task.h"

namespace lethe {
namespace {

using Texts = std::vector<std::string>;

class TaskTest : public DataTest {
 protected:
  Task task() const {
    const std::string path = write("own.json", R"json({
      "task": "own", "version": 3, "kind": "multiple_choice",
      "prompt": "Q: {{question}}\nA:",
      "forms": [
        {"schema": "flat", "has": ["question", "options", "right"],
         "choices": "options", "answer": "options.index(right)"},
        {"schema": "labels", "has": ["question", "options", "label"],
         "choices": "options", "answer": "label|int(-1)"}],
      "data": {"test": ["own-Test.jsonl"], "validation": ["own-Dev.csv"],
               "train": ["own-Train.jsonl"]},
      "labels_beside": {"test": ["labels.lst"]}})json");
    return read_task_file(path).front();
  }

  SplitData split(const Task& of, const Texts& names,
                  const std::map<std::string, std::string>& files = {}) const {
    TaskSources sources;
    sources.folder = folder_;
    sources.files = files;
    sources.relative_to = folder_;
    return find_split(of, names, sources);
  }
};

std::string row(const std::string& question, const std::string& right) {
  return R"({"question": ")" + question +
         R"(", "options": ["yes", "no"], "right": ")" + right + "\"}\n";
}

TEST_F(TaskTest, ShippedTasksAreRead) {
  size_t members = 0;
  for (const char* name :
       {"arc_easy",       "arc_challenge",  "hellaswag",
        "boolq",          "piqa",           "openbookqa",
        "sciq",           "winogrande",     "rte",
        "truthfulqa_mc1", "truthfulqa_mc2", "anli",
        "mnli",           "mnli_mismatch",  "mmlu",
        "wmdp",           "lambada_openai", "lambada_standard",
        "wikitext",       "triviaqa",       "gsm8k",
        "quickstart_quiz"}) {
    SCOPED_TRACE(name);
    const auto found = find_tasks(name, folder_);
    EXPECT_FALSE(found.empty());
    members += found.size();
  }
  EXPECT_EQ(find_tasks("mmlu", folder_).size(), 57u);
  EXPECT_EQ(find_tasks("mmlu_stem", folder_).size(), 19u);
  EXPECT_EQ(members, 19u + 57 + 3 + 3);
  expect_refused(Fault::usage, {"arc_eazy", "arc_easy"},
                 [&] { find_tasks("arc_eazy", folder_); });
}

TEST_F(TaskTest, FilesAreFoundByNameAndTheirFormIsRecognised) {
  std::filesystem::create_directory(folder_ + "/deep");
  write("deep/OWN-test.jsonl", row("Is it wet?", "yes") + row("Dry?", "no") +
                                   row("Is it wet?", "yes"));
  const SplitData data = split(task(), {"test", "validation"});
  EXPECT_EQ(data.split, "test");
  EXPECT_EQ(data.schema, "flat");
  EXPECT_EQ(data.rows.size(), 3u);
  EXPECT_EQ(data.duplicates, 1);
  const TaskDocument d = make_documents(task(), data)[1];
  EXPECT_EQ(d.prompt, "Q: Dry?\nA:");
  EXPECT_EQ(d.answer, 1);
  EXPECT_EQ(worked_example(task(), d).question, "Q: Dry?\nA:");
  EXPECT_EQ(worked_example(task(), d).answer, "no");
}

TEST_F(TaskTest, ExamplesOfChoicesInTheContext) {
  const std::string path = write("gap.json", R"json({
    "task": "gap", "version": 1, "kind": "multiple_choice",
    "contexts": "[head + ' a', head + ' b']", "answer": 1,
    "target": "{{tail}}"})json");
  const Task gap = read_task_file(path).front();
  write("gap_test.jsonl",
        "{\"head\": \"It was\", \"tail\": \"\"}\n"
        "{\"head\": \"It was\", \"tail\": \"red.\"}\n");
  const std::vector<TaskDocument> documents =
      make_documents(gap, split(gap, {"test"}));
  EXPECT_EQ(worked_example(gap, documents[0]).question, "It was b");
  EXPECT_FALSE(worked_example(gap, documents[0]).answer);
  EXPECT_EQ(worked_example(gap, documents[1]).answer, "red.");
}

TEST_F(TaskTest, LabelsBesideAreJoined) {
  const std::string rows = R"({"question": "a", "options": ["x", "y"]})"
                           "\n"
                           R"({"question": "b", "options": ["x", "y"]})"
                           "\n";
  write("own-Test.jsonl", rows);
  write("labels.lst", "1\n0\n");
  const SplitData data = split(task(), {"test"});
  EXPECT_EQ(data.schema, "labels");
  EXPECT_EQ(make_documents(task(), data)[0].answer, 1);
  write("labels.lst", "1\n");
  expect_refused(Fault::input, {"1 labels", "2 rows"},
                 [&] { split(task(), {"test"}); });
}

TEST_F(TaskTest, WhatIsNoDocumentIsRefusedWithItsPlace) {
  const auto documents = [&](const std::string& text) {
    write("own-Test.jsonl", text);
    make_documents(task(), split(task(), {"test"}));
  };
  const std::string head = R"({"question": "a", "options": ["x", "y"], )";
  expect_refused(Fault::input, {":1", "answer -1", "labelled"},
                 [&] { documents(head + R"("label": ""})"); });
  expect_refused(Fault::input, {"answer 2", "2 choices"},
                 [&] { documents(head + R"("label": 2})"); });
  expect_refused(Fault::input, {"not in list"},
                 [&] { documents(head + R"("right": "z"})"); });
  expect_refused(Fault::input, {"fits no form of own", "question, text"},
                 [&] { documents(R"({"question": "a", "text": "b"})"); });
  expect_refused(Fault::input, {"1 choices"}, [&] {
    documents(R"({"question": "a", "options": ["x"], "right": "x"})");
  });
  std::filesystem::remove(folder_ + "/own-Test.jsonl");
  expect_refused(Fault::usage, {"own-Test.jsonl", "--data-file own=FILE"},
                 [&] { split(task(), {"test"}); });
}

TEST_F(TaskTest, NamedFilesGoFirstAndTellTheirSplit) {
  write("own-Test.jsonl", row("a", "yes"));
  write("mine_dev.jsonl", row("b", "no"));
  const Task own = task();
  const SplitData data =
      split(own, own.eval_splits, {{"own", "mine_dev.jsonl"}});
  EXPECT_EQ(data.split, "validation");
  EXPECT_EQ(split(own, own.eval_splits, {{"own:test", "mine_dev.jsonl"}}).split,
            "test");
}

TEST_F(TaskTest, TablesHaveAHeaderOrTheTasksColumns) {
  const std::string path = write("t.json", R"json({
    "task": "t", "version": 1, "kind": "multiple_choice",
    "columns": ["question", "A", "B", "answer"],
    "data": {"train": ["many-*.csv"]},
    "prompt": "{{question}}", "choices": "[A, B]",
    "forms": [{"schema": "letters", "has": ["question", "A", "B", "answer"],
               "answer": "'AB'.index(answer)"}]})json");
  const Task t = read_task_file(path).front();
  write("t_test.csv", "\"is it, so\",yes,no,B\n");
  EXPECT_EQ(make_documents(t, split(t, {"test"}))[0].answer, 1);
  write("t_test.csv", "question,A,B,answer\nso?,yes,no,A\n");
  const SplitData data = split(t, {"test"});
  EXPECT_EQ(data.rows.size(), 1u);
  EXPECT_EQ(make_documents(t, data)[0].prompt, "so?");
  write("many-00000-of-00002.csv", "one?,yes,no,A\n");
  write("many-00001-of-00002.csv", "two?,yes,no,B\nthree?,yes,no,B\n");
  const SplitData parts = split(t, {"train"});
  EXPECT_EQ(parts.rows.size(), 3u);
  EXPECT_EQ(parts.path, folder_ + "/many-*-of-00002.csv");
}

TEST_F(TaskTest, LinesBecomePages) {
  const std::string path = write("w.json", R"({
    "task": "w", "version": 1, "kind": "rolling", "text": "{{page}}",
    "page_start": "^ = [^=].* = ?$"})");
  const Task w = read_task_file(path).front();
  EXPECT_TRUE(w.fewshot.fixed);  // a whole text has no examples before it
  write("w_test.txt",
        " \n = One = \n \n text\n = = Part = = \n more\n = Two =\n");
  const SplitData data = split(w, {"test"});
  ASSERT_EQ(data.rows.size(), 2u);
  EXPECT_EQ(data.rows[0].fields["page"],
            " = One = \n \n text\n = = Part = = \n more\n");
  // Rows of Hugging Face's files keep the ends of their lines.
  std::filesystem::remove(folder_ + "/w_test.txt");
  write("w_test.jsonl",
        "{\"text\": \" = One = \\n\"}\n{\"text\": \" text\\n\"}\n");
  EXPECT_EQ(split(w, {"test"}).rows[0].fields["page"], " = One = \n text\n");
  write("w_test.jsonl", "{\"text\": null}\n");
  expect_refused(Fault::input, {"w_test.jsonl:1", "is no text"},
                 [&] { split(w, {"test"}); });
}

TEST_F(TaskTest, ShotsAreDrawnAndLeaveTheDocumentOut) {
  std::string rows;
  for (const char* q : {"a", "b", "c", "d", "e"}) rows += row(q, "yes");
  write("own-Test.jsonl", rows);
  Task own = task();
  own.fewshot.splits = {"test"};
  const SplitData data = split(own, {"test"});
  TaskSources sources;
  sources.folder = folder_;
  const Shots shots = draw_shots(own, data, sources, 3, 1234);
  EXPECT_EQ(shots.overlaps, 0);
  for (size_t d = 0; d < 5; ++d) {
    ASSERT_EQ(shots.chosen[d].size(), 3u);
    for (const int64_t chosen : shots.chosen[d]) {
      EXPECT_NE(chosen, static_cast<int64_t>(d));
    }
  }
  EXPECT_EQ(shots.chosen, draw_shots(own, data, sources, 3, 1234).chosen);
  EXPECT_NE(shots.chosen, draw_shots(own, data, sources, 3, 1).chosen);
  own.fewshot.first = true;
  EXPECT_EQ(draw_shots(own, data, sources, 2, 0).chosen[0],
            (std::vector<int64_t>{1, 2}));
  expect_refused(Fault::usage, {"6 few-shot", "has 5"},
                 [&] { draw_shots(own, data, sources, 5, 0); });
}

TEST_F(TaskTest, LeaveOutOverridesTheSplits) {
  std::string rows;
  for (const char* q : {"a", "b", "c", "d"}) rows += row(q, "yes");
  write("own-Train.jsonl", rows);
  write("own-Test.jsonl", rows);
  Task own = task();
  own.fewshot.splits = {"train"};
  TaskSources sources;
  sources.folder = folder_;
  const SplitData test = split(own, {"test"});
  const auto drawn = [&](std::optional<bool> leave_out, bool first) {
    own.fewshot.leave_out = leave_out;
    own.fewshot.first = first;
    return draw_shots(own, test, sources, 3, 1234);
  };
  EXPECT_EQ(drawn(true, false).overlaps, 0);
  EXPECT_GT(drawn(false, false).overlaps, 0);
  EXPECT_EQ(drawn({}, false).chosen, drawn(false, false).chosen);
  EXPECT_EQ(drawn(true, true).chosen[0], (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(drawn(false, true).chosen[0], (std::vector<int64_t>{0, 1, 2}));
}

TEST_F(TaskTest, AnswersAndPromptsAreTakenAsLmEvalDoes) {
  const auto made = [&](const std::string& keys, const std::string& fields) {
    const Task own =
        parse_tasks(R"({"task": "t", "version": 1, )" + keys + "}", "t")
            .front();
    return std::pair(own, make_document(own, own.forms[0],
                                        {OrderedJson::parse(fields), "t:1"}));
  };
  const std::string choice = R"("kind": "multiple_choice", "prompt": "{{q}}",
                                "choices": ["no", "yes"], "answer": "a")";
  EXPECT_EQ(made(choice, R"({"q": "is it", "a": true})").second.answer, 1);
  EXPECT_EQ(made(choice, R"({"q": "is it", "a": false})").second.answer, 0);
  expect_refused(Fault::input, {"t:1", "nothing but the number 12"},
                 [&] { made(choice, R"({"q": "12", "a": 0})"); });
  const std::string written =
      R"("kind": "generate", "prompt": "Q:", "targets": "a")";
  EXPECT_EQ(made(written, R"({"a": 5})").second.targets, Texts{"5"});
  EXPECT_EQ(made(written, R"({"a": [5, "five"]})").second.targets,
            (Texts{"5", "five"}));
  // To lm-eval no text is equal to a number of a list of numbers.
  expect_refused(Fault::input, {"t:1", "targets are [5,7]"},
                 [&] { made(written, R"({"a": [5, 7]})"); });
  const auto [task, empty] = made(written, R"({"a": ""})");
  EXPECT_EQ(worked_example(task, empty).question, "Q:");
  EXPECT_FALSE(worked_example(task, empty).answer);
}

TEST_F(TaskTest, BadTaskFilesAreNamed) {
  const auto refuse = [&](const std::string& text, const Texts& words) {
    const std::string path = write("bad.json", text);
    try {
      read_task_file(path);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      for (const std::string& word : words) {
        EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
            << word << ": " << error.what();
      }
    }
  };
  const std::string head = R"({"task": "t", "version": 1, )";
  refuse(head + R"("kind": "multiple_chioce"})", {"multiple_choice"});
  refuse(head + R"("kind": "rolling"})", {"\"text\""});
  refuse(head + R"("kind": "rolling", "text": "{{x|nope}}"})", {"nope"});
  refuse(head + R"("kind": "rolling", "text": "x", "metrics": ["acc"]})",
         {"acc"});
  refuse(head + R"("kind": "rolling", "text": "x", "fewshots": {}})",
         {"fewshots"});
  const std::string written = R"("kind": "generate", "prompt": "", )"
                              R"("targets": "a", )";
  refuse(head + written + R"("fewshot": {"leave_out": "no"}})",
         {"\"leave_out\" is \"no\"", "true or false"});
  refuse(head + written + R"("match": {"strip": 1}})", {"\"strip\" is 1"});
}

class RequestTest : public testing::Test {
 protected:
  RequestTest()
      : tokenizer_(
            Tokenizer::load(LETHE_SOURCE_DIR "/suites/data/tiny_llama")) {}

  RequestEncoder encoder(const EncodingRules& rules) const {
    return RequestEncoder(*tokenizer_, rules);
  }

  std::shared_ptr<const Tokenizer> tokenizer_;
};

TEST_F(RequestTest, PairsAreScoredFromTheContextsLength) {
  RequestEncoder e = encoder({});
  const EncodedRequest r = e.pair("The tide came in. ", "It left.");
  const auto context = tokenizer_->encode("The tide came in.");
  EXPECT_EQ(r.item.ids, tokenizer_->encode("The tide came in. It left."));
  EXPECT_EQ(r.item.score_from, static_cast<int64_t>(context.size()));
  EXPECT_FALSE(r.boundary_mismatch);
  const EncodedRequest bare = e.pair("", " It left.");
  EXPECT_EQ(bare.item.ids.front(), *tokenizer_->bos_id());
  EXPECT_EQ(bare.item.score_from, 1);
}

TEST_F(RequestTest, LongPairsAreCutFromTheLeft) {
  EncodingRules rules;
  rules.max_length = 8;
  const EncodedRequest r = encoder(rules).pair(
      "The tide came in twice a day at the old harbour.", " It left.");
  EXPECT_TRUE(r.truncated);
  EXPECT_EQ(r.item.ids.size(), 9u);
}

TEST_F(RequestTest, BoundariesDifferByTheRules) {
  // A merge across the boundary: the context is no prefix of the whole.
  std::string whole;
  EncodingRules rules;
  for (const char* text : {"the harbour", "lighthouse", "something", "there"}) {
    for (size_t cut = 1; cut + 1 < std::string(text).size(); ++cut) {
      const std::string a = std::string(text).substr(0, cut);
      const std::string b = std::string(text).substr(cut);
      rules.compat = Compat::lm_eval;
      const EncodedRequest theirs = encoder(rules).pair(a, b);
      rules.compat = Compat::strict;
      const EncodedRequest ours = encoder(rules).pair(a, b);
      EXPECT_EQ(theirs.item.ids, ours.item.ids);
      if (!theirs.boundary_mismatch) continue;
      whole = text;
      EXPECT_LT(ours.item.score_from, theirs.item.score_from);
    }
  }
  EXPECT_FALSE(whole.empty()) << "no merge crosses a boundary";
}

TEST_F(RequestTest, WindowsScoreEveryTokenOnce) {
  std::string text;
  for (int i = 0; i < 12; ++i) text += "The tide came in twice a day. ";
  for (const Compat compat : {Compat::lm_eval, Compat::strict}) {
    EncodingRules rules;
    rules.compat = compat;
    rules.max_length = 10;
    const auto windows = encoder(rules).windows(text);
    std::vector<int64_t> ids = tokenizer_->encode(text), scored;
    const bool strict = compat == Compat::strict;
    if (strict) ids.erase(ids.begin());  // its own BOS
    for (const EncodedRequest& w : windows) {
      EXPECT_LE(w.item.ids.size(), 11u);
      scored.insert(scored.end(), w.item.ids.begin() + w.item.score_from,
                    w.item.ids.end());
    }
    EXPECT_EQ(scored, ids);
    EXPECT_EQ(windows.back().item.ids.size(), 11u) << "extended to the left";
    EXPECT_EQ(windows.front().item.ids.front(), *tokenizer_->bos_id());
  }
}

}  // namespace
}  // namespace lethe
