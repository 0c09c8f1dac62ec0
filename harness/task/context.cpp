#include "harness/task/context.h"

#include "harness/base/log.h"
#include "harness/chat/python_text.h"

namespace lethe {
namespace {

// Both parts, with `delimiter` between them unless one brings white space.
std::string joined(const std::string& first, const std::string& second,
                   const std::string& delimiter) {
  if (first.empty() || second.empty()) return first + second;
  const bool apart = chat::strip(first, false, true) != first ||
                     chat::strip(second, true, false) != second;
  return first + (apart ? "" : delimiter) + second;
}

OrderedJson message(const std::string& role, const std::string& content) {
  return {{"role", role}, {"content", content}};
}

}  // namespace

ContextBuilder::ContextBuilder(const Task& task, const Shots& shots,
                               const ContextOptions& options)
    : task_(task), shots_(shots), options_(options) {
  system_ =
      joined(options.system_instruction,
             task.instruction ? task.instruction->render(task.variables) : "",
             task.fewshot.delimiter);
}

std::string ContextBuilder::delimiter() const {
  return options_.chat ? "" : task_.delimiter;
}

// The examples as one text; without an answer no delimiter stands there.
std::string ContextBuilder::plain(size_t d) const {
  std::string text;
  for (const int64_t row : shots_.chosen[d]) {
    const WorkedExample& example = shots_.worked[static_cast<size_t>(row)];
    text += example.question;
    if (!example.answer) continue;
    text += task_.delimiter + *example.answer + task_.fewshot.delimiter;
  }
  return text;
}

OrderedJson ContextBuilder::messages(size_t d,
                                     const std::string& question) const {
  OrderedJson all = OrderedJson::array();
  if (!system_.empty() && !no_system_)
    all.push_back(message("system", system_));
  if (!options_.multiturn) {
    all.push_back(message("user", plain(d) + question));
    return all;
  }
  for (const int64_t row : shots_.chosen[d]) {
    const WorkedExample& example = shots_.worked[static_cast<size_t>(row)];
    all.push_back(message("user", example.question));
    if (!example.answer) continue;
    all.push_back(message("assistant", *example.answer));
  }
  all.push_back(message("user", question));
  return all;
}

std::string ContextBuilder::rendered(size_t d, const std::string& question) {
  ChatOptions options;
  options.add_generation_prompt = true;
  options.date = options_.date;
  if (system_.empty() || no_system_) {
    return options_.chat->render(messages(d, question), options);
  }
  try {
    return options_.chat->render(messages(d, question), options);
  } catch (const Error& error) {
    no_system_ = true;
    std::string text = options_.chat->render(messages(d, question), options);
    log_warning(
        fmt::format("{}: the chat template takes no system message "
                    "({}): it is left out",
                    task_.name, error.what()));
    return text;
  }
}

std::string ContextBuilder::context(size_t d, const std::string& question) {
  return options_.chat ? rendered(d, question) : system_ + plain(d) + question;
}

}  // namespace lethe
