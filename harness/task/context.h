// What stands before a document's answer: instruction, examples and question,
// as plain text or as the model's chat template renders them.
//
// As lm-eval does it (api/task.py, config/evaluate_config.py at 4e7e0d4):
// nothing is stripped; in a chat the instruction is the system message, each
// example a user's and an assistant's turn (or, not multiturn, all one user
// message), and no delimiter stands before the answer. A template that refuses
// a system message is rendered without one.
#pragma once

#include <memory>
#include <string>

#include "harness/chat/template.h"
#include "harness/task/fewshot.h"

namespace lethe {

struct ContextOptions {
  std::string system_instruction;
  std::shared_ptr<const ChatTemplate> chat;  // null: plain text
  bool multiturn = true;  // of chats: examples as turns of their own
  std::string date;       // what the template takes for today, "2026-01-31"
};

class ContextBuilder {
 public:
  // All three stay alive and unchanged while it is used.
  ContextBuilder(const Task& task, const Shots& shots,
                 const ContextOptions& options);

  // Everything before the answer to `question`, which is document d's.
  // Throws: input error with the template's words when it cannot be rendered.
  std::string context(size_t d, const std::string& question);

  // What stands between a context and a choice.
  std::string delimiter() const;

 private:
  std::string plain(size_t d) const;
  OrderedJson messages(size_t d, const std::string& question) const;
  std::string rendered(size_t d, const std::string& question);

  const Task& task_;
  const Shots& shots_;
  const ContextOptions& options_;
  std::string system_;
  bool no_system_ = false;  // the template refused it
};

}  // namespace lethe
