// What stands behind a guard prompt is scored and continued as the same tokens
// in a row are.
#include "harness/target/prompt_guard.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/model/test_fixtures.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

const std::string kFolder =
    std::string(LETHE_SOURCE_DIR) + "/attacks/testdata/target";

Ids operator+(Ids a, const Ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Example example(const Ids& ids, int64_t score_from) {
  Example e;
  e.ids = ids;
  e.score_from = score_from;
  return e;
}

class Guarded : public testing::Test {
 protected:
  Guarded() {
    TargetOptions options;
    options.progress = false;
    loaded_ = load_target(kFolder, test_compute(), options);
    prompt_.leading = {0};
    prompt_.plain = {50, 60, 70, 80};
    prompt_.chat = {0, 90, 91};
    prompt_.guarded_chat = {0, 92, 50, 60, 93, 90, 91};
    guard_ = std::make_shared<PromptGuard>(loaded_.target, prompt_);
  }

  // Of ids[from ..] in a row of tokens, by the model itself.
  std::vector<float> alone(const Ids& ids, int64_t from) const {
    return loaded_.target->statistics({example(ids, from)})[0]->logprobs;
  }

  static void expect_near(const std::vector<float>& a,
                          const std::vector<float>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
  }

  LoadedModel loaded_;
  GuardPrompt prompt_;
  std::shared_ptr<const PromptGuard> guard_;
};

TEST_F(Guarded, StatisticsAreThoseBehindThePrompt) {
  const Ids own = {100, 101, 102, 103, 104};
  const auto led = guard_->statistics({example(Ids{0} + own, 1)})[0];
  expect_near(led->logprobs, alone(Ids{0} + prompt_.plain + own, 5));
  EXPECT_EQ(led->ids, Ids{0} + own) << "its own tokens, as they were given";
  EXPECT_EQ(led->score_from, 1);
  EXPECT_FALSE(led->truncated);
  const auto answer = guard_->statistics({example(Ids{0} + own, 4)})[0];
  expect_near(answer->logprobs, alone(Ids{0} + prompt_.plain + own, 8));
  // Without a leading special; its first token is not scored, as before.
  const auto bare = guard_->statistics({example(own, 1)})[0];
  expect_near(bare->logprobs, alone(Ids{0} + prompt_.plain + own, 6));
  EXPECT_EQ(bare->count(), 4U);
  EXPECT_NE(led->logprobs, alone(Ids{0} + own, 1)) << "the prompt says nothing";
}

TEST_F(Guarded, LikelihoodsDrawsAndGradientsAreConditionalToo) {
  const Ids ids = {0, 100, 101, 102};
  const Ids whole = Ids{0} + prompt_.plain + Ids{100, 101, 102};
  EXPECT_NEAR(guard_->likelihoods({{ids, 2}})[0].sum,
              loaded_.target->likelihoods({{whole, 6}})[0].sum, 1e-5);
  EXPECT_EQ(guard_->likelihoods({{ids, 2}})[0].tokens, 2);
  GenerateOptions top;
  top.top_k = 20;
  EXPECT_EQ(guard_->sampling_logprobs({{ids, 2}}, top),
            loaded_.target->sampling_logprobs({{whole, 6}}, top));
  EXPECT_EQ(guard_->gradient_norms({{ids, 2}}, {}),
            loaded_.target->gradient_norms({{whole, 6}}, {}));
}

TEST_F(Guarded, ContinuesPromptsBehindTheGuard) {
  const Prompts prompts = {{0, 100, 101}, {110, 111}};
  GenerateOptions options;
  options.max_new_tokens = 6;
  options.num_beams = 2;
  const Generation found = guard_->generate(prompts, options);
  const Generation want =
      loaded_.target->generate({Ids{0} + prompt_.plain + Ids{100, 101},
                                Ids{0} + prompt_.plain + Ids{110, 111}},
                               options);
  for (size_t p = 0; p < prompts.size(); ++p) {
    EXPECT_EQ(found.sequences[p].front().ids, want.sequences[p].front().ids);
  }
}

TEST_F(Guarded, ChatsHaveASystemMessage) {
  const Ids chat = prompt_.chat + Ids{100, 101, 102};
  const auto seen = guard_->statistics({example(chat, 4)})[0];
  expect_near(seen->logprobs,
              alone(prompt_.guarded_chat + Ids{100, 101, 102}, 8));
  EXPECT_EQ(seen->ids, chat);
  // Where the head itself is scored nothing is put into it.
  const auto whole = guard_->statistics({example(chat, 1)})[0];
  expect_near(whole->logprobs,
              alone(Ids{0} + prompt_.plain + Ids{90, 91, 100, 101, 102}, 5));
}

TEST_F(Guarded, ThePromptStaysWhenATextIsCut) {
  EXPECT_EQ(guard_->window(), 48 - 5);
  Ids longer = {0};
  for (int64_t i = 0; i < 60; ++i) longer.push_back(100 + i);
  const auto cut = guard_->statistics({example(longer, 1)})[0];
  EXPECT_TRUE(cut->truncated);
  // 49 ids fit, the last one is never read: 44 of them are the text's own.
  const Ids tail(longer.end() - 44, longer.end());
  expect_near(cut->logprobs, alone(Ids{0} + prompt_.plain + tail, 5));
  EXPECT_EQ(cut->count(), 44U);
  EXPECT_EQ(cut->ids.size() - static_cast<size_t>(cut->score_from), 44U);
  EXPECT_EQ(cut->ids.back(), longer.back());
  EXPECT_TRUE(guard_->likelihoods({{longer, 1}})[0].truncated);
  const auto end = guard_->statistics({example(longer, 59)})[0];
  expect_near(end->logprobs, alone(Ids{0} + prompt_.plain + tail, 47));
  EXPECT_EQ(end->count(), 2U);
  EXPECT_FALSE(guard_->statistics({example({0, 1, 2}, 1)})[0]->truncated);
}

TEST_F(Guarded, SharesThePromptAmongTheTextsOfABatch) {
  Examples many;
  int64_t own = 0;
  for (int64_t i = 0; i < 8; ++i) {
    many.push_back(example({0, 100 + i, 120, 130 + i}, 1));
    own += 3;
  }
  const int64_t before = guard_->tokens_computed();
  guard_->statistics(many);
  EXPECT_LE(guard_->tokens_computed() - before, 5 + own)
      << "the prompt was computed more than once";
}

TEST_F(Guarded, SaysWhatItCannotDoAndKeepsTheRest) {
  EXPECT_TRUE(guard_->can().gradients);
  EXPECT_FALSE(guard_->can().drift);
  EXPECT_NE(guard_->limits(), "");
  // Another model behind the same prompt.
  const auto again = guard_->with_model(guard_->model());
  EXPECT_EQ(again->likelihoods({{{0, 100, 101}, 1}})[0].sum,
            guard_->likelihoods({{{0, 100, 101}, 1}})[0].sum);
}

TEST_F(Guarded, RefusesPromptsThatLeaveNoRoom) {
  GuardPrompt longer = prompt_;
  longer.plain.assign(24, 50);
  EXPECT_THROW(PromptGuard(loaded_.target, longer), Error);
  longer.plain.clear();
  EXPECT_THROW(PromptGuard(loaded_.target, longer), Error);
}

class Built : public testing::Test {
 protected:
  static GuardPrompt built(const std::string& chat) {
    static const auto tokenizer = Tokenizer::load(kFolder);
    if (chat.empty()) return guard_prompt("Say no.", *tokenizer, {});
    return guard_prompt("Say no.", *tokenizer,
                        ChatTemplate::parse(chat, "chat"));
  }
  static std::string text(const Ids& ids) {
    return Tokenizer::load(kFolder)->decode(ids, {.skip_special_tokens = true});
  }
};

TEST_F(Built, AParagraphBeforePlainTexts) {
  EXPECT_EQ(text(built("").plain), "Say no.\n\n");
  EXPECT_TRUE(built("").chat.empty());
}

TEST_F(Built, ASystemMessageWhereTheTemplateHasOne) {
  const GuardPrompt two = built(
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}");
  EXPECT_EQ(text(two.chat), "<user>");
  EXPECT_EQ(text(two.guarded_chat), "<system>Say no.\n<user>");
  // One that replaces the template's own.
  const GuardPrompt own = built(
      "{% if messages[0].role != 'system' %}<system>Be kind.\n{% endif %}"
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}");
  EXPECT_EQ(text(own.chat), "<system>Be kind.\n<user>");
  EXPECT_EQ(text(own.guarded_chat), "<system>Say no.\n<user>");
}

TEST_F(Built, NoneWhereItHasNoPlaceForOne) {
  for (const char* chat :
       {"{% if messages[0].role == 'system' %}{{ raise_exception('no') }}"
        "{% endif %}<user>{{ messages[0].content }}",
        "{% for m in messages %}{% if m.role == 'user' %}<user>{{ m.content }}"
        "{% endif %}{% endfor %}",
        "{% for m in messages %}{{ m.content }} {% endfor %}"}) {
    EXPECT_TRUE(built(chat).chat.empty()) << chat;
  }
}

}  // namespace
}  // namespace lethe
