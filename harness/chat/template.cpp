#include "harness/chat/template.h"

#include <ctime>

#include "harness/chat/interpreter.h"
#include "harness/chat/parser.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Noon of the day, so that formats of the time are defined too.
std::tm clock_of(const std::string& date) {
  std::tm clock{};
  if (date.empty()) {
    const std::time_t now = std::time(nullptr);
    localtime_r(&now, &clock);
    return clock;
  }
  int used = 0;
  if (std::sscanf(date.c_str(), "%4d-%2d-%2d%n", &clock.tm_year, &clock.tm_mon,
                  &clock.tm_mday, &used) != 3 ||
      static_cast<size_t>(used) != date.size()) {
    fail_usage("date", "\"" + date + "\" is no date", "write 2026-01-31");
  }
  clock.tm_year -= 1900;
  clock.tm_mon -= 1;
  clock.tm_hour = 12;
  clock.tm_isdst = -1;
  std::mktime(&clock);
  return clock;
}

// A message as transformers hands it on: without nulls, its reasoning under
// every name that templates read.
OrderedJson prepared(const OrderedJson& message) {
  OrderedJson kept = OrderedJson::object();
  for (const auto& [key, value] : message.items()) {
    if (!value.is_null()) kept[key] = value;
  }
  for (const char* name : {"reasoning_content", "thinking", "reasoning"}) {
    if (!kept.contains(name)) continue;
    const OrderedJson reasoning = kept[name];
    OrderedJson aliased = OrderedJson::object();
    aliased["thinking"] = reasoning;
    for (const auto& [key, value] : kept.items()) aliased[key] = value;
    aliased["reasoning_content"] = reasoning;
    return aliased;
  }
  return kept;
}

}  // namespace

struct ChatTemplate::Parts {
  std::string where;
  OrderedJson special_tokens;
  chat::Statements body;
};

ChatTemplate::ChatTemplate(std::unique_ptr<const Parts> parts)
    : parts_(std::move(parts)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

ChatTemplate ChatTemplate::parse(const std::string& text,
                                 const std::string& where,
                                 const OrderedJson& special_tokens) {
  chat::Meter meter(where);
  if (text.size() > chat::kMaxTemplate) {
    meter.fail("is longer than 4 MiB", "use a smaller template");
  }
  if (!valid_utf8(text)) meter.fail("is not UTF-8", "save it as UTF-8");
  auto parts = std::make_unique<Parts>();
  parts->where = where;
  parts->special_tokens = special_tokens;
  parts->body = chat::Parser(chat::tokens_of(text, meter), meter).parse();
  return ChatTemplate(std::move(parts));
}

std::string ChatTemplate::render(const OrderedJson& messages,
                                 const ChatOptions& options) const {
  if (!messages.is_array() || messages.empty()) {
    fail_input(parts_->where, "messages are no list, or an empty one",
               "give at least one message");
  }
  OrderedJson variables = parts_->special_tokens;
  if (!options.bos_token.empty()) variables["bos_token"] = options.bos_token;
  if (!options.eos_token.empty()) variables["eos_token"] = options.eos_token;
  for (const auto& [name, value] : options.variables.items()) {
    variables[name] = value;
  }
  variables["messages"] = OrderedJson::array();
  for (const auto& message : messages) {
    if (!message.is_object()) {
      fail_input(parts_->where, "a message is no object",
                 "write {\"role\": ..., \"content\": ...}");
    }
    variables["messages"].push_back(prepared(message));
  }
  variables["tools"] = options.tools;
  variables["documents"] = options.documents;
  variables["add_generation_prompt"] = options.add_generation_prompt;
  return render_variables(variables, options.date);
}

std::string ChatTemplate::render_variables(const OrderedJson& variables,
                                           const std::string& date) const {
  chat::Meter meter(parts_->where);
  chat::Interpreter interpreter(meter, clock_of(date));
  for (const auto& [name, value] : variables.items()) {
    interpreter.set_global(name, chat::from_json(meter, value));
  }
  return interpreter.run(parts_->body);
}

}  // namespace lethe
