// Where other answers come from: rows, files, refusals, other texts, the model.
#include "methods/answers.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <set>

#include "harness/base/files.h"
#include "harness/base/registry.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/train/batch.h"

namespace lethe {
namespace {

std::string tokenizer_folder() {
  return LETHE_SOURCE_DIR "/harness/text/testdata/byte_level";
}

// A context without an engine.
class FakeContext final : public Context {
 public:
  FakeContext() {
    std::string name = testing::TempDir() + "lethe_answers_XXXXXX";
    out = ::mkdtemp(name.data());
  }
  ~FakeContext() override { std::filesystem::remove_all(out); }
  FakeContext(const FakeContext&) = delete;
  FakeContext& operator=(const FakeContext&) = delete;

  const std::string& model_folder() const override { return out; }
  const std::string& out_folder() const override { return out; }
  const std::string& forget_file() const override { return out; }
  const std::string& retain_file() const override { return out; }
  std::string resolve(const std::string& path) const override {
    return lethe::resolve(out, path);
  }
  std::string resolve_model(const std::string& path) const override {
    return path;
  }
  const Examples& forget_examples() const override { return forget; }
  const Examples& retain_examples() const override { return retain; }
  std::string notes_folder() const override { return out + ".notes"; }
  Unlearned train(const Method&) override { return {}; }
  Unlearned train_aside(const Method&, const std::string&,
                        const Json&) override {
    return {};
  }
  Unlearned retrain(const Json&) override { return {}; }
  Unlearned train_anew(const Json&, const Json&) override { return {}; }
  TrainingSet training_rows(Side) const override { return {}; }
  const Compute& compute() const override {
    ++opened;
    return compute_;
  }

  // Where the model that writes answers is read from.
  void make_model() const {
    const Json config = {{"architectures", {"LlamaForCausalLM"}},
                         {"model_type", "llama"},
                         {"vocab_size", 430},
                         {"hidden_size", 8},
                         {"num_hidden_layers", 1},
                         {"num_attention_heads", 2},
                         {"intermediate_size", 12},
                         {"max_position_embeddings", 400}};
    save_new_model(*Model::create(config, test_compute(), 3), config,
                   tokenizer_folder(), out);
  }

  static std::shared_ptr<const Tokenizer> tokenizer() {
    static const auto loaded = Tokenizer::load(tokenizer_folder());
    return loaded;
  }
  static Examples rows(const std::vector<std::string>& lines) {
    std::vector<DataRow> all;
    for (size_t i = 0; i < lines.size(); ++i) {
      all.push_back({parse_json(lines[i], "row"), fmt::format("f:{}", i + 1)});
    }
    return make_examples(all, tokenizer().get(), {});
  }
  std::string write(const std::string& name, const std::string& bytes) const {
    write_file_atomically(out + "/" + name, bytes);
    return name;
  }

  Examples forget, retain;
  std::string out;
  mutable int opened = 0;

 private:
  const Compute compute_ = test_compute();
};

std::vector<Answers> alternates(const std::string& method, Context& context,
                                const Json& options = Json::object()) {
  return Registry<Method>::make(method, options)->alternates(context);
}

// The call ends in an error that names all the words.
void expect_refused(const std::vector<std::string>& words,
                    const std::function<void()>& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    for (const std::string& word : words) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << error.what() << " does not name " << word;
    }
  }
}

TEST(Answers, OfRowsAreStringsOrLists) {
  FakeContext context;
  context.forget = FakeContext::rows(
      {R"({"question": "a", "answer": "b", "alternate": "c"})",
       R"({"text": "a long text", "alternates": ["d", "e"], "wrong": "f"})",
       R"({"prompt": "a", "completion": "b", "alternate": null,
           "alternates": ["g"]})"});
  EXPECT_EQ(alternates("dpo", context),
            (std::vector<Answers>{{"c"}, {"d", "e"}, {"g"}}));
  expect_refused({"f:1", "wrong"}, [&] {
    alternates("dpo", context, {{"field", "wrong"}});
  });
  context.forget = FakeContext::rows({R"({"text": "a b", "alternate": 3})"});
  expect_refused({"f:1", "alternate", "3"},
                 [&] { alternates("dpo", context); });
  context.forget = FakeContext::rows({R"({"text": "a b", "alternates": []})"});
  expect_refused({"f:1", "alternates"}, [&] { alternates("dpo", context); });
}

TEST(Answers, RefusalsAreAHundredDifferentSentences) {
  const std::set<std::string> all(refusals().begin(), refusals().end());
  EXPECT_EQ(all.size(), 100u);
  for (const std::string& one : all) {
    EXPECT_GE(one.size(), 8u) << one;
    EXPECT_EQ(one.back(), '.') << one;
  }
  FakeContext context;
  context.forget =
      FakeContext::rows({R"({"text": "a b"})", R"({"text": "c d"})"});
  for (const char* method : {"idk_nll", "idk_dpo", "refusal_tuning"}) {
    EXPECT_EQ(alternates(method, context), std::vector<Answers>(2, refusals()));
  }
  EXPECT_EQ(alternates("kto", context, {{"form", "npo_sigmoid"}}),
            std::vector<Answers>(2, refusals()));
}

TEST(Answers, OfFilesAreLinesStringsOrLists) {
  FakeContext context;
  context.forget = FakeContext::rows({R"({"text": "a b"})"});
  const std::vector<Answers> wanted = {{"I don't.", "No \"idea\"."}};
  const std::pair<const char*, const char*> files[] = {
      {"idk.jsonl", "I don't.\r\n\n  No \"idea\". \n"},
      {"strings.jsonl", "\"I don't.\"\n\"No \\\"idea\\\".\"\n"},
      {"objects.jsonl",
       "{\"text\": \"I don't.\"}\n{\"text\": \"No \\\"idea\\\".\"}\n"},
      {"list.json", "[\"I don't.\",\n \"No \\\"idea\\\".\"]\n"}};
  for (const auto& [name, bytes] : files) {
    SCOPED_TRACE(name);
    const Json options = {{"answers", context.write(name, bytes)}};
    for (const char* method : {"idk_nll", "idk_dpo", "refusal_tuning", "kto"}) {
      EXPECT_EQ(alternates(method, context, options), wanted) << method;
    }
  }
}

TEST(Answers, OfFilesAreRefusedByLine) {
  FakeContext context;
  const std::pair<const char*, const char*> wrong[] = {
      {"empty.txt:no answer", "\n \n"},
      {"number.json:3", "[\"a\", 3]"},
      {"object.jsonl:2", "\"a\"\n{\"text\": \"b\", \"id\": \"c\"}\n"},
      {"open.jsonl:2", "\"a\"\n\"b\n"},
      {"bytes.txt:1", "\xff\xfe\n"}};
  for (const auto& [words, bytes] : wrong) {
    const std::string all = words;
    const size_t colon = all.find(':');
    const std::string name = context.write(all.substr(0, colon), bytes);
    expect_refused({name, all.substr(colon + 1)}, [&] {
      alternates("idk_nll", context, {{"answers", name}});
    });
  }
  expect_refused({"absent.txt"}, [&] {
    alternates("idk_nll", context, {{"answers", "absent.txt"}});
  });
}

TEST(Answers, MismatchedOnesAreNeverATextsOwn) {
  FakeContext context;
  std::vector<std::string> lines;
  for (int i = 0; i < 12; ++i) {
    lines.push_back(
        fmt::format(R"({{"question": "q{0}", "answer": "a{0}"}})", i));
  }
  context.forget = FakeContext::rows(lines);
  std::set<std::string> drawn;
  for (const int64_t pool : {1, 4, 11, 100}) {
    const auto all = alternates("kto", context, {{"pool", pool}});
    EXPECT_EQ(all, alternates("kto", context, {{"pool", pool}}));
    for (size_t i = 0; i < all.size(); ++i) {
      const std::set<std::string> own(all[i].begin(), all[i].end());
      EXPECT_EQ(own.size(), std::min<size_t>(static_cast<size_t>(pool), 11u));
      EXPECT_EQ(own.count(fmt::format("a{}", i)), 0u);
      if (pool == 1) drawn.insert(own.begin(), own.end());
    }
  }
  EXPECT_GT(drawn.size(), 4u) << "texts draw by themselves";
  context.forget.resize(1);
  expect_refused({"kto", "mismatched"}, [&] { alternates("kto", context); });
}

TEST(Answers, OfNormalTextsAreTheirReferencesOrSecondHalves) {
  FakeContext context;
  context.forget =
      FakeContext::rows({R"({"text": "a b"})", R"({"text": "c d"})"});
  context.retain = FakeContext::rows(
      {R"({"question": "q", "answer": "the answer"})",
       R"({"text": "The first half, and then the second."})"});
  const std::set<std::string> wanted = {"the answer", "then the second."};
  for (const Answers& own : alternates("llm_unlearn", context)) {
    EXPECT_EQ(std::set<std::string>(own.begin(), own.end()), wanted);
  }
  for (const Answers& own : alternates("llm_unlearn", context, {{"pool", 1}})) {
    EXPECT_EQ(own.size(), 1u);
  }
  const Json options = {{"answers", context.write("a.txt", "one\ntwo\n")}};
  EXPECT_EQ(alternates("llm_unlearn", context, options)[1],
            (Answers{"one", "two"}));
  context.retain.clear();
  expect_refused({"retain", "answers=FILE"},
                 [&] { alternates("llm_unlearn", context); });
}

TEST(WrittenAnswers, ComeFromTheModelWhereRowsHaveNone) {
  FakeContext context;
  context.forget = FakeContext::rows(
      {R"({"id": "x", "question": "a", "answer": "b", "alternate": "given"})",
       R"({"id": "y", "question": "who?", "answer": "she"})",
       R"({"id": "z", "text": "A plain text with two halves."})"});
  context.make_model();
  const Json options = {{"written", 3}, {"max_new_tokens", 6}};
  const auto all = alternates("altpo", context, options);
  EXPECT_EQ(context.opened, 1);
  EXPECT_EQ(all[0], Answers{"given"});
  for (const size_t i : {1u, 2u}) {
    EXPECT_LE(all[i].size(), 3u);
    ASSERT_FALSE(all[i].empty());
    for (const std::string& one : all[i]) EXPECT_FALSE(one.empty());
  }
  EXPECT_NE(all[1], all[2]);
  EXPECT_EQ(alternates("altpo", context, options), all) << "the same again";
  Json other = options;
  other["writing_seed"] = 1;
  EXPECT_NE(alternates("altpo", context, other)[1], all[1]);

  alternates("altpo", context, options);
  const auto kept = read_rows(context.out + "/alternates.jsonl");
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[1].fields["id"], "y");
  EXPECT_EQ(kept[1].fields["alternates"].get<Answers>(), all[1]);
}

TEST(WrittenAnswers, NeedNoModelWhenRowsHaveThem) {
  FakeContext context;
  context.forget =
      FakeContext::rows({R"({"text": "a b", "alternate": "given"})"});
  EXPECT_EQ(alternates("altpo", context), std::vector<Answers>{{"given"}});
  EXPECT_EQ(context.opened, 0);
}

TEST(WrittenAnswers, RefuseAPromptThatFillsTheWindow) {
  FakeContext context;
  context.forget = FakeContext::rows(
      {Json{{"id", "x"}, {"text", std::string(900, 'x')}}.dump()});
  context.make_model();
  expect_refused({"f:1", "400"}, [&] { alternates("altpo", context); });
}

}  // namespace
}  // namespace lethe
