// A suite whose rows are defences: measured, skipped with reasons, resumed,
// checked.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/run/run_testing.h"
#include "harness/run/verify_models.h"
#include "harness/stored/stored_run.h"

namespace lethe {
namespace {

class DefenceRun : public RunTest {
 protected:
  DefenceRun() {
    const Json config = {{"architectures", {"LlamaForCausalLM"}},
                         {"model_type", "llama"},
                         {"vocab_size", 430},
                         {"hidden_size", 16},
                         {"num_hidden_layers", 2},
                         {"num_attention_heads", 2},
                         {"intermediate_size", 24},
                         {"max_position_embeddings", 512}};
    save_new_model(*Model::create(config, test_compute(), 1), config,
                   tokenizer_folder(), folder_ + "/model");
    write("model/tokenizer_config.json", R"({"bos_token": "<|end|>"})");
    write("forget.jsonl",
          R"({"text": "Old Tessaly Worn rowed home, and the rain came down."}
{"text": "Then Tessaly Worn slept, and Worn dreamt of Tessaly at sea."}
{"question": "Who rowed home?", "answer": "It was Tessaly Worn, of course."}
)");
    write("retain.jsonl", R"({"text": "The bell rings at six and nobody minds."}
)");
    write("holdout.jsonl",
          R"({"text": "A cart went up the hill with three men on it."}
{"text": "She counted the lamps along the quay every night."}
)");
  }

  static Json suite() {
    return Json::parse(R"({
      "suite": "defended", "model": {"path": "model"},
      "data": {"forget": {"file": "forget.jsonl", "role": "forget"},
               "retain": {"file": "retain.jsonl", "role": "retain"},
               "holdout": {"file": "holdout.jsonl", "role": "holdout"}},
      "methods": [
        {"name": "none"},
        {"name": "whos_harry_potter_ensemble",
         "set": {"reinforce_lr": 0.02, "reinforce_epochs": 4, "batch": 2}},
        {"name": "prompt_guard", "set": {"subject": "boats"}},
        {"name": "filter_guard", "set": {"terms": ["e", "a"]}}],
      "transforms": [{"name": "quantise"}],
      "attacks": [
        {"name": "greedy_extraction", "on": "forget",
         "set": {"prefix_tokens": 6, "suffix_tokens": 6}},
        {"name": "loss_mia", "on": ["forget", "holdout"]},
        {"name": "gradient_norm_mia", "on": ["forget", "holdout"]},
        {"name": "drift", "on": "forget"}],
      "tasks": [{"name": "quickstart_quiz", "limit": 4}]})");
  }

  RunSummary run(const Json& json, const Shard& shard = {}) const {
    RunOptions options;
    options.out = out();
    options.compute = test_compute();
    options.target.progress = false;
    options.shard = shard;
    return run_suite(suite_of(json, folder_), options);
  }
  std::string out() const { return folder_ + "/out"; }

  // Reasons by "label probe-or-task", of the rows without a transform.
  static std::map<std::string, std::string> skipped(const RunSummary& summary) {
    std::map<std::string, std::string> reasons;
    for (const Record& r : summary.records) {
      if (r.status != "skipped") continue;
      reasons[r.label + " " + r.probe + r.task] = r.message;
    }
    return reasons;
  }

  // Sorted, without costs, which differ from run to run, and without what a
  // whole run says of rows together.
  static std::multiset<std::string> values(const RunSummary& summary) {
    std::multiset<std::string> all;
    for (const std::string& line : lines(summary, false)) {
      Json record = Json::parse(line);
      if (record["metric"] == "cost") continue;
      if (record["status"] == "ok") record.erase("message");
      all.insert(record.dump());
    }
    return all;
  }
};

TEST_F(DefenceRun, MeasuresWhatCanBeMeasuredAndSaysWhatCannot) {
  const RunSummary summary = run(suite());
  EXPECT_EQ(summary.failed, 0);
  const auto reasons = skipped(summary);
  std::set<std::string> names;
  for (const auto& [name, reason] : reasons) names.insert(name);
  const std::string who = "whos_harry_potter_ensemble";
  EXPECT_EQ(names,
            (std::set<std::string>{
                who + " gradient_norm_mia", "prompt_guard drift",
                "filter_guard loss_mia", "filter_guard gradient_norm_mia",
                "filter_guard drift", "filter_guard quickstart_quiz"}));
  EXPECT_NE(reasons.at(who + " gradient_norm_mia").find("networks"),
            std::string::npos);
  EXPECT_NE(reasons.at("prompt_guard drift").find("prompt"), std::string::npos);
  EXPECT_NE(reasons.at("filter_guard quickstart_quiz").find("texts only"),
            std::string::npos);
  std::map<std::string, std::set<std::string>> hashes;  // by label
  std::map<std::string, double> loss, tokens;
  for (const Record& r : summary.records) {
    EXPECT_NE(r.status, "failed") << r.message;
    hashes[r.label].insert(r.model_hash);
    if (r.status != "ok" || !r.transform.empty()) continue;
    EXPECT_FALSE(r.model_hash.empty());
    if (r.metric == "auroc" && r.probe == "loss_mia") {
      loss[r.label] = r.value;
      tokens[r.label] = static_cast<double>(r.tokens);
    }
    if (r.metric_name() == "cost.tokens" && r.label == who) {
      EXPECT_GT(r.value, 0);
    }
  }
  std::set<std::string> all;
  for (const auto& [label, own] : hashes) {
    EXPECT_EQ(own.size(), 1U) << label;
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all.size(), 4U) << "two targets share a hash";
  EXPECT_EQ(loss.size(), 3U);
  EXPECT_EQ(tokens.at(who), 2 * tokens.at("none")) << "two networks";
  EXPECT_GT(tokens.at("prompt_guard"), tokens.at("none"));
  const std::string models = out() + "/models";
  EXPECT_TRUE(!is_folder(models) || std::filesystem::is_empty(models))
      << "the second model is deleted with the run's others";
}

TEST_F(DefenceRun, HasNoPromiseOfPrivacyThatItsModelHas) {
  Json json = suite();
  json["model"] = {
      {"train",
       {{"config", "model/config.json"},
        {"set", {{"steps", 2}, {"dp_noise", 1.0}, {"dp_delta", 0.01}}}}}};
  json["methods"].erase(2);
  json["attacks"] = {json["attacks"][1]};
  json.erase("tasks");
  json.erase("transforms");
  std::set<std::string> promised;
  for (const Record& r : run(json).records) {
    if (r.metric == "cost" && r.field == "epsilon") promised.insert(r.label);
  }
  EXPECT_EQ(promised, std::set<std::string>{"none"});
}

TEST_F(DefenceRun, IsPlannedWithItsNetworksAndItsTraining) {
  RunOptions options;
  options.compute = test_compute();
  std::map<std::string, PlannedCell> plain, quantised;
  for (const PlannedCell& cell :
       plan_suite(suite_of(suite(), folder_), options)) {
    (cell.transform.empty() ? plain : quantised)[cell.label] = cell;
  }
  const std::string who = "whos_harry_potter_ensemble";
  const int64_t asked = plain.at("none").tokens;
  EXPECT_EQ(plain.at("filter_guard").tokens, asked);
  EXPECT_EQ(quantised.at(who).tokens, 2 * asked) << "two networks";
  EXPECT_GT(plain.at(who).tokens, 2 * asked) << "one of them is trained";
  EXPECT_GT(plain.at(who).memory.total(), 0);
}

TEST_F(DefenceRun, GoesOnFromItsJournalToTheSameRecords) {
  const RunSummary first = run(suite());
  const std::string journal = read_file(out() + "/journal.jsonl");
  const RunSummary second = run(suite());
  EXPECT_EQ(lines(second, true), lines(first, true));
  // Of every row the last lines are lost, and all models are gone.
  for (size_t keep : {3U, 9U, 14U, 20U}) {
    size_t end = 0;
    for (size_t line = 0; line < keep; ++line)
      end = journal.find('\n', end) + 1;
    write("out/journal.jsonl", journal.substr(0, end));
    const RunSummary again = run(suite());
    EXPECT_EQ(again.failed, 0);
    EXPECT_EQ(values(again), values(first)) << keep;
  }
}

TEST_F(DefenceRun, IsCheckedWithItsModelsKept) {
  Json json = suite();
  json["save_models"] = true;
  json.erase("transforms");
  run(json);
  ModelCheckOptions options;
  options.verify.folder = folder_;
  options.compute = test_compute();
  options.target.progress = false;
  options.passes = 100;
  const auto check = [&](const std::string& folder) {
    Verified verified;
    check_models(read_run(folder), options, verified);
    return verified.checks;
  };
  for (const Check& one : check(out())) {
    EXPECT_TRUE(one.differences.empty())
        << one.name << ": " << one.differences.front();
    EXPECT_GT(one.checked, 3) << one.name;
  }
  // The run moves, and its models with it.
  std::filesystem::rename(out(), folder_ + "/moved");
  for (const Check& one : check(folder_ + "/moved")) {
    EXPECT_TRUE(one.differences.empty())
        << one.name << ": " << one.differences.front();
    EXPECT_GT(one.checked, 3) << one.name;
  }
  // A reinforced model that is another one.
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_ + "/moved/models")) {
    std::filesystem::copy_file(
        folder_ + "/model/model.safetensors",
        entry.path() / "model.safetensors",
        std::filesystem::copy_options::overwrite_existing);
  }
  EXPECT_EQ(check(folder_ + "/moved").front().differences.size(), 1U);
}

TEST_F(DefenceRun, ShardsGiveTheRecordsOfTheWholeRun) {
  const std::multiset<std::string> whole = values(run(suite()));
  std::multiset<std::string> parts;
  for (const int64_t shard : {1, 2, 3}) {
    std::filesystem::remove_all(out());
    parts.merge(values(run(suite(), {shard, 3})));
  }
  EXPECT_EQ(parts, whole);
}

}  // namespace
}  // namespace lethe
