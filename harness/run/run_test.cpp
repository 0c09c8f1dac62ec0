// Suites, grids and rows, and one small suite from end to end: records,
// resumption, and folders that belong to something else.
#include "harness/run/run.h"

#include <gtest/gtest.h>

#include "harness/data/examples.h"
#include "harness/run/run_testing.h"
#include "harness/run/variants.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

// The suite with one value changed is refused.
void expect_refused(const std::string& path, const Json& value, int code,
                    const std::vector<std::string>& words) {
  Json json = suite_json();
  json[Json::json_pointer(path)] = value;
  SCOPED_TRACE(path + " = " + value.dump());
  expect_error(code, words, [&] { suite_of(json); });
}

TEST(Suite, DefaultsAreFilledIn) {
  const Suite suite = suite_of(suite_json());
  EXPECT_EQ(suite.seeds, Ids{0});
  EXPECT_TRUE(suite.split("forget").train);
  EXPECT_FALSE(suite.split("holdout").train) << "a holdout is never trained on";
  EXPECT_EQ(suite.attacks[0].on, std::vector<std::string>{"forget"});
  const Json all = resolved(suite);
  EXPECT_EQ(all["methods"][1]["set"]["schedule"], "linear");
  EXPECT_EQ(all["transforms"][0]["set"]["form"], "int8");
  Json spelt_out = suite_json();
  spelt_out["methods"][1]["set"]["schedule"] = "linear";
  EXPECT_EQ(resolved(suite_of(spelt_out)), all);
  Json plain = suite_json();
  plain.erase("methods");
  EXPECT_EQ(suite_of(plain).methods.at(0).name, "none");
}

TEST(Suite, MistakesAreNamedWithNearNames) {
  expect_refused("/atacks", Json::array(), 2, {"atacks", "attacks"});
  expect_refused("/methods/0/nmae", "x", 2, {"methods[0]", "nmae", "name"});
  expect_refused("/data/forget/rol", "x", 2, {"data.forget", "rol", "role"});
  expect_refused("/data/forget/role", "forgte", 2, {"forgte", "forget"});
  expect_refused("/attacks/0/on", "forgte", 2, {"forgte", "forget"});
  expect_refused("/attacks/1/on", Json::array(), 2, {"attacks[1]", "on"});
  expect_refused("/attacks", Json::array(), 5, {"attacks"});
  expect_refused("/model", Json::object(), 2, {"model"});
  expect_refused("/seeds", "all", 2, {"seeds"});
  expect_refused("/methods", Json::object(), 2, {"methods"});
  expect_refused("/metrics", Json::parse(R"([{"name": "auroc",
      "from": "los_mia"}])"),
                 2, {"los_mia", "loss_mia"});
}

TEST(Suite, UnknownMethodsAndOptionsAreNamedWithNearNames) {
  const auto refused = [](const Json& method,
                          const std::vector<std::string>& words) {
    Json json = suite_json();
    json["methods"] = Json::array({method});
    expect_error(2, words, [&] { expand(suite_of(json)); });
  };
  refused({{"name", "gradient_asent"}}, {"gradient_asent", "gradient_ascent"});
  refused({{"name", "npo"}, {"set", {{"bata", 1.0}}}}, {"bata", "beta"});
  refused({{"name", "npo"}, {"set", {{"beta", "x"}}}}, {"beta"});
  refused({{"name", "npo"}, {"set", {{"stepz", 1}}}}, {"stepz", "steps"});
}

TEST(Suite, GridsAreLaidOutWithTheLastKeyFastest) {
  Json json = suite_json();
  json["seeds"] = {3, 4};
  json["methods"] = Json::parse(R"([{"name": "none"}, {"name": "npo", "set": {
      "lr": [0.1, 0.2], "beta": [1.0, 2.0], "steps": 5,
      "betas": [0.8, 0.9]}}])");
  const std::vector<Variant> all = expand(suite_of(json));
  ASSERT_EQ(all.size(), 10u) << "two seeds of none and four of npo";
  EXPECT_EQ(all[0].label, "none");
  EXPECT_EQ(all[1].label, "npo:beta=1.0,lr=0.1");
  EXPECT_EQ(all[2].label, "npo:beta=1.0,lr=0.2");
  EXPECT_EQ(all[3].label, "npo:beta=2.0,lr=0.1");
  EXPECT_EQ(all[6].label, all[1].label);
  EXPECT_EQ(all[1].seed, 3);
  EXPECT_EQ(all[6].seed, 4);
  EXPECT_EQ(all[6].train["seed"], 4);
  EXPECT_EQ(all[1].own, (Json{{"beta", 1.0}}));
  EXPECT_EQ(all[1].train["betas"], (Json{0.8, 0.9})) << "a list by nature";
  EXPECT_NE(all[1].id(), all[2].id());
  EXPECT_NE(all[1].id(), all[6].id());
  const Json lists = {{"betas", Json::array({{0.8, 0.9}, {0.9, 0.99}})}};
  EXPECT_EQ(grid(lists, defaults<TrainOptions>()).size(), 2u);
  json["methods"] = Json::parse(R"([{"name": "none"}, {"name": "none"}])");
  expect_error(2, {"none", "label"}, [&] { expand(suite_of(json)); });
}

TEST(Suite, TransformsComeAfterTheIdentity) {
  const auto chains = expand_transforms(suite_of(suite_json()));
  ASSERT_EQ(chains.size(), 2u);
  EXPECT_EQ(chains[0].name(), "");
  EXPECT_EQ(chains[1].name().substr(0, 8), "quantise");
}

TEST(SetPath, ReplacesAndCreatesValues) {
  Json json = suite_json();
  set_path(json, "methods.1.set.lr=0.5");
  set_path(json, "model.path=x=y");
  set_path(json, "seeds=[1,2]");
  set_path(json, "data.forget.limit=3");
  EXPECT_EQ(json["methods"][1]["set"]["lr"], 0.5);
  EXPECT_EQ(json["model"]["path"], "x=y");
  EXPECT_EQ(json["seeds"], (Json{1, 2}));
  EXPECT_EQ(json["data"]["forget"]["limit"], 3);
  for (const char* bad : {"methods.7.name=x", "methods.one.name=x", "=1",
                          "model.path.x=1", "model", "methods.-1=2"}) {
    Json copy = suite_json();
    expect_error(2, {bad}, [&] { set_path(copy, bad); });
  }
}

class Rows : public RunTest {
 protected:
  Examples examples(const std::string& rows,
                    const ExampleOptions& options = {}) const {
    static const auto tokenizer = Tokenizer::load(tokenizer_folder());
    return make_examples(read_rows(write("rows.jsonl", rows)), tokenizer.get(),
                         options);
  }
};

TEST_F(Rows, RowsOfEveryShapeBecomeExamples) {
  const Examples all = examples(
      R"({"text": "the cat", "id": "x", "member": 1})"
      "\n"
      R"({"ids": [5, 6, 7], "member": false, "prefix_tokens": 1})"
      "\n\n"
      R"({"ids": [0, 5, 6]})"
      "\n"
      R"({"ids": [5, 6], "add_special_tokens": false, "score_from": 0})"
      "\n"
      R"({"prompt": "the cat", "completion": " sat"})"
      "\n"
      R"({"question": "who?", "answer": ["a", "b"], "id": 17})");
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[0].id, "x");
  EXPECT_EQ(all[0].member, true);
  EXPECT_EQ(all[0].leading, 1) << "the tokenizer puts <|end|> in front";
  EXPECT_EQ(all[0].score_from, 1);
  EXPECT_EQ(all[1].ids, (Ids{0, 5, 6, 7}));
  EXPECT_EQ(all[1].id, "1");
  EXPECT_EQ(all[1].member, false);
  EXPECT_EQ(all[1].prefix_tokens, 1);
  EXPECT_EQ(all[2].ids, (Ids{0, 5, 6})) << "the special is there already";
  EXPECT_EQ(all[2].leading, 1);
  EXPECT_EQ(all[2].where, folder_ + "/rows.jsonl:4");
  EXPECT_FALSE(all[2].member.has_value());
  EXPECT_EQ(all[3].ids, (Ids{5, 6}));
  EXPECT_EQ(all[3].leading, 0);
  EXPECT_EQ(all[3].score_from, 1) << "the first token has no context";
  EXPECT_EQ(all[4].text, "the cat sat");
  EXPECT_EQ(all[4].references, std::vector<std::string>{" sat"});
  EXPECT_EQ(all[4].score_from, static_cast<int64_t>(all[0].ids.size()));
  EXPECT_FALSE(all[4].boundary_mismatch);
  EXPECT_EQ(all[5].prompt, "Question: who?\nAnswer:");
  EXPECT_EQ(all[5].text, "Question: who?\nAnswer: a");
  EXPECT_EQ(all[5].references, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(all[5].id, "17");
}

TEST_F(Rows, TemplatesTakeFieldsOfTheRow) {
  ExampleOptions options;
  options.question_field = "q";
  options.answer_field = "a";
  options.prompt_template = "{title}: {q} {";
  options.answer_template = " <{answer}>";
  const Examples all =
      examples(R"({"q": "{a}", "a": "yes", "title": "T"})", options);
  EXPECT_EQ(all[0].text, "T: {a} { <yes>") << "no field is filled twice";
  expect_error(3, {"rows.jsonl:1", "title"},
               [&] { examples(R"({"q": "x", "a": "y"})", options); });
}

TEST_F(Rows, BadRowsAreNamedByFileAndLine) {
  const std::string good = R"({"ids": [1, 2]})";
  for (const char* bad :
       {R"({"ids": [1, -2]})", R"({"ids": "1 2"})", R"({"ids": [1.5]})",
        R"({"text": 5})", R"({"text": "x", "member": "yes"})",
        R"({"text": "x", "prefix_tokens": -1})", R"({"prompt": ["x"]})",
        R"({"question": "x", "answer": 5})", R"({"body": "x"})",
        R"({"messages": []})", R"({"text": "x")", R"([1, 2])", "7",
        R"({"text": "x", "text": "y"})", "{\"text\": \"\xff\"}"}) {
    SCOPED_TRACE(bad);
    expect_error(3, {"rows.jsonl:3"},
                 [&] { examples(good + "\n\n" + bad + "\n"); });
  }
}

TEST_F(Rows, FilesOfRowsAreListsOrLines) {
  EXPECT_EQ(read_rows(write("a.json", R"( [{"a": 1}, {"a": 2}])")).size(), 2u);
  EXPECT_EQ(read_rows(write("b.json", "{\"a\": 1}\n{\"a\": 2}\n")).size(), 2u);
  const auto rows = read_rows(
      write("c.jsonl", "\xEF\xBB\xBF{\"a\": 1}\r\n\r\n{\"a\": 2}"), 1);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].fields, (Json{{"a", 1}}));
  expect_error(3, {"d.jsonl"}, [&] { read_rows(write("d.jsonl", "\n\n")); });
  expect_error(3, {"e.json", "row 2"},
               [&] { read_rows(write("e.json", R"([{"a": 1}, 5])")); });
  expect_error(2, {"f.xlsx"}, [&] { read_rows(write("f.xlsx", "{}")); });
  expect_error(2, {"g.jsonl"}, [&] { read_rows(folder_ + "/g.jsonl"); });
}

TEST_F(SuiteRun, EveryCellGivesRecordsAndASecondCallComputesNothing) {
  const RunSummary first = run(suite_json());
  EXPECT_EQ(first.units, 12) << "two methods, two targets, three probes";
  EXPECT_EQ(first.finished, 12);
  EXPECT_EQ(first.failed, 0);
  int64_t auroc = 0, match = 0, cost = 0;
  for (const Record& r : first.records) {
    SCOPED_TRACE(to_json(r).dump());
    EXPECT_EQ(r.status, "ok");
    EXPECT_FALSE(r.unit.empty());
    EXPECT_GT(r.n, 0);
    EXPECT_TRUE(r.finite());
    EXPECT_EQ(r.model_hash.size(), 64u);
    if (r.metric == "cost") ++cost;
    if (r.metric == "auroc") ++auroc;
    if (r.metric_name() == "exact_match") ++match;
    if (r.metric == "cost") continue;
    EXPECT_EQ(r.n_expected, r.probe == "greedy_extraction" ? 4 : 7);
    EXPECT_LE(r.ci_low, r.value);
    EXPECT_GE(r.ci_high, r.value);
    EXPECT_NE(r.ci_method, "none");
  }
  EXPECT_EQ(auroc, 8) << "of loss_mia and of the blind baseline";
  EXPECT_EQ(match, 4);
  EXPECT_EQ(cost, 6) << "three for each method, none for transforms";
  EXPECT_NE(first.records.front().model_hash, first.records.back().model_hash);

  const std::string journal = read_file(out() + "/journal.jsonl");
  const std::string records = read_file(out() + "/records.jsonl");
  const RunSummary second = run(suite_json());
  EXPECT_EQ(lines(second, true), lines(first, true));
  EXPECT_EQ(read_file(out() + "/journal.jsonl"), journal);
  EXPECT_EQ(read_file(out() + "/records.jsonl"), records);
  EXPECT_EQ(read_json(out() + "/run.json")["status"], "complete");
  EXPECT_EQ(read_records(out()).size(), first.records.size());
}

TEST_F(SuiteRun, ALostJournalLineIsComputedAgainToTheSameRecords) {
  const RunSummary first = run(suite_json());
  const std::string journal = read_file(out() + "/journal.jsonl");
  const size_t end = journal.rfind('\n', journal.size() - 2);
  write("out/journal.jsonl", journal.substr(0, end + 1));
  const RunSummary second = run(suite_json());
  EXPECT_EQ(second.failed, 0);
  EXPECT_EQ(lines(second, false), lines(first, false));
  EXPECT_NE(read_file(out() + "/journal.jsonl"), journal) << "other seconds";
}

TEST_F(SuiteRun, RowsOfIdsNeedNoTokenizer) {
  std::filesystem::remove(folder_ + "/model/tokenizer.json");
  const RunSummary summary = run(suite_json());
  EXPECT_EQ(summary.finished, 12) << "training included";
  for (const Record& r : summary.records) {
    EXPECT_NE(r.status, "failed") << r.message;
    if (r.metric != "rouge_l") continue;
    EXPECT_FALSE(r.value > 0) << "there are no texts";
  }
}

TEST_F(SuiteRun, FoldersOfOtherRunsAndOfOtherThingsAreRefused) {
  Json other = suite_json();
  run(suite_json());
  const std::string records = read_file(out() + "/records.jsonl");
  other["methods"][1]["set"]["lr"] = 0.02;
  expect_error(2, {out(), "suite"}, [&] { run(other); });
  EXPECT_EQ(read_file(out() + "/records.jsonl"), records);
  std::filesystem::remove_all(out());
  make_folder(out());
  write("out/thesis.tex", "x");
  expect_error(2, {"thesis.tex"}, [&] { run(suite_json()); });
}

}  // namespace
}  // namespace lethe
