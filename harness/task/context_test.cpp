// What stands before an answer: plain text, and chats of both forms.
#include "harness/task/context.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

constexpr const char* kTemplate =
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>\n{% endif %}";
constexpr const char* kNoSystem =
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}{{ messages[0].content }}";

class ContextTest : public testing::Test {
 protected:
  ContextTest() {
    task_.name = "own";
    task_.instruction = DocumentTemplate::parse("Answer.\n\n", "instruction");
    task_.variables = OrderedJson::object();
    shots_.chosen = {{1, 0}, {}};
    shots_.worked = {{"Q: a\nA:", "x"}, {"Q: b\nA:", {}}};
  }

  void chat(const std::string& text) {
    options_.chat = std::make_shared<const ChatTemplate>(
        ChatTemplate::parse(text, "chat template"));
  }

  std::string context(size_t d) {
    return ContextBuilder(task_, shots_, options_).context(d, "Q: c\nA:");
  }

  Task task_;
  Shots shots_;
  ContextOptions options_;
};

TEST_F(ContextTest, PlainTextJoinsTheParts) {
  EXPECT_EQ(context(0), "Answer.\n\nQ: b\nA:Q: a\nA: x\n\nQ: c\nA:");
  EXPECT_EQ(context(1), "Answer.\n\nQ: c\nA:");
  EXPECT_EQ(ContextBuilder(task_, shots_, options_).delimiter(), " ");
  options_.system_instruction = "Be brief.";
  EXPECT_EQ(context(1), "Be brief.\n\nAnswer.\n\nQ: c\nA:");
  options_.system_instruction = "Be brief. ";
  EXPECT_EQ(context(1), "Be brief. Answer.\n\nQ: c\nA:");
}

TEST_F(ContextTest, ChatsHaveATurnAnExampleOrOneMessage) {
  chat(kTemplate);
  EXPECT_EQ(context(0),
            "<system>Answer.\n\n</s>\n<user>Q: b\nA:</s>\n<user>Q: a\nA:</s>\n"
            "<assistant>x</s>\n<user>Q: c\nA:</s>\n<assistant>\n");
  EXPECT_EQ(ContextBuilder(task_, shots_, options_).delimiter(), "");
  options_.multiturn = false;
  EXPECT_EQ(context(0),
            "<system>Answer.\n\n</s>\n<user>Q: b\nA:Q: a\nA: x\n\nQ: c\nA:"
            "</s>\n<assistant>\n");
  task_.instruction.reset();
  EXPECT_EQ(context(1), "<user>Q: c\nA:</s>\n<assistant>\n");
}

TEST_F(ContextTest, ASystemMessageThatIsRefusedIsLeftOut) {
  chat(kNoSystem);
  EXPECT_EQ(context(1), "Q: c\nA:");
  chat("{{ raise_exception('never') }}");
  EXPECT_THROW(context(1), Error);
}

TEST_F(ContextTest, TheDateIsPinned) {
  chat("{{ strftime_now('%d %b %Y') }}");
  options_.date = "2026-01-31";
  EXPECT_EQ(context(1), "31 Jan 2026");
}

}  // namespace
}  // namespace lethe
