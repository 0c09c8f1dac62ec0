// Chat templates: parsed and rendered over messages of every kind.
#include "harness/base/fuzzing.h"
#include "harness/chat/meter.h"
#include "harness/chat/template.h"

namespace {

const char* const kMessages = R"([
  {"role": "system", "content": "Be short."},
  {"role": "user", "content": "H\u00e9llo <b>\n"},
  {"role": "assistant", "content": null, "reasoning": "why",
   "tool_calls": [{"type": "function", "function": {"name": "add",
                   "arguments": {"a": 1, "b": [2.5, true, null]}}}]},
  {"role": "tool", "name": "add", "content": "3"},
  {"role": "user", "content": [{"type": "text", "text": "Bye"}]}])";
const char* const kTools = R"([{"type": "function", "function": {
  "name": "add", "description": "Adds.", "parameters": {"type": "object",
  "properties": {"a": {"type": "number"}}, "required": ["a"]}}}])";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lethe;
  static const OrderedJson messages = OrderedJson::parse(kMessages);
  static const OrderedJson tools = OrderedJson::parse(kTools);
  static const OrderedJson specials = {{"bos_token", "<s>"},
                                       {"eos_token", "</s>"}};
  works([&] {
    const ChatTemplate chat =
        ChatTemplate::parse(fuzz_text(data, size), "input", specials);
    works([&] {
      const std::string text = chat.render(messages, {.date = "2026-01-31"});
      must_hold(text.size() <= chat::kMaxOutput, "the output is bounded");
    });
    works([&] {
      chat.render(messages, {.add_generation_prompt = true,
                             .tools = tools,
                             .date = "2026-01-31"});
    });
  });
  return 0;
}
