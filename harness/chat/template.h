// The chat template of a model: messages to the one text that the model reads,
// byte for byte as transformers renders it.
//
//   const auto chat = load_chat_template("models/zephyr");
//   if (chat) {
//     chat->render(OrderedJson::parse(R"([{"role": "user", "content":
//     "Hi"}])"),
//                  {.add_generation_prompt = true});
//   }  // "<|user|>\nHi</s>\n<|assistant|>\n"
//
// The language is the part of Jinja that published templates use, with
// trim_blocks, lstrip_blocks, break, continue, raise_exception, strftime_now,
// namespace, tojson and {% generation %}. What lies outside is refused by name
// and line when the template is parsed. Templates come with downloaded models
// and are not trusted: they see the values that are given and nothing else, and
// steps, memory, output and nesting are bounded (see meter.h).
//
// Differs from the peer: integers have 64 bits; the results of `escape` and
// `safe` are plain text (later text is not escaped again); methods, generators
// and namespaces cannot be printed (the peer prints their addresses).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/base/json.h"

namespace lethe {

struct ChatOptions {
  // Ends the text with the head of an answer.
  bool add_generation_prompt = false;
  // Replace those that the template was loaded with; empty: as loaded.
  std::string bos_token = {};
  std::string eos_token = {};
  OrderedJson tools = nullptr;      // a list of JSON schemas, or null
  OrderedJson documents = nullptr;  // a list of objects, or null
  // More names that the template sees (an object), e.g. enable_thinking, or
  // other special tokens.
  OrderedJson variables = OrderedJson::object();
  // What strftime_now() takes for today, "2026-01-31"; empty: the clock, which
  // makes the text of some templates differ from day to day.
  std::string date = {};
};

// Immutable; render() may be called from several threads at once.
class ChatTemplate {
 public:
  // `where` names the template in errors, e.g. "chat template".
  // Throws: input error "<where> line N: ..." on what is not supported.
  static ChatTemplate parse(
      const std::string& text, const std::string& where,
      const OrderedJson& special_tokens = OrderedJson::object());

  ChatTemplate(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  // The text of a chat. As in transformers' apply_chat_template, keys of a
  // message whose value is null count as absent, and reasoning is found as
  // `reasoning_content` (also `thinking`) whichever of its names it has. Keys
  // keep their order, which tojson and loops show.
  // Throws: input error with the template's own words when it raises one, when
  // messages is not a list of objects, or when a bound is passed.
  std::string render(const OrderedJson& messages,
                     const ChatOptions& options = {}) const;

  // The bare template over an object of names, `date` as above.
  std::string render_variables(const OrderedJson& variables,
                               const std::string& date = "") const;

 private:
  struct Parts;
  explicit ChatTemplate(std::unique_ptr<const Parts> parts);
  std::unique_ptr<const Parts> parts_;
};

// The folder's template: chat_template.jinja and chat_templates/*.jinja, else
// "chat_template" of tokenizer_config.json (a text, or a list of {name,
// template}), with the special tokens of tokenizer_config.json and
// special_tokens_map.json. Of several, `name`, or if that is empty "default",
// and "tool_use" where there is one and `tools` is set.
// nullopt if the folder has none. Throws: input error on a malformed file, or
// if no template has that name.
struct ChatTemplateChoice {
  std::string name = {};
  bool tools = false;
};
std::optional<ChatTemplate> load_chat_template(
    const std::string& folder, const ChatTemplateChoice& choice = {});

}  // namespace lethe
