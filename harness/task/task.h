// Downstream tasks as data: what a document asks, which answers it offers and
// which is right. A task is one JSON file of suites/tasks (or the user's), with
// comments; see suites/tasks/README.md for its keys and examples.
//
// Texts are Jinja over a document's fields (harness/chat/document.h), as in
// lm-eval, whose numbers these tasks give (0.4.13 at 4e7e0d4).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/chat/document.h"

namespace lethe {

enum class TaskKind {
  multiple_choice,  // the likeliest of several continuations
  loglikelihood,    // one continuation after a context
  rolling,          // a whole text, window by window
  generate,         // what the model writes
};

// How rows of one schema become documents: the original release of a benchmark
// and its exports spell the same things differently.
struct TaskForm {
  std::string schema;            // shown with the data
  std::vector<std::string> has;  // fields that rows of it have, "a" or "a.b"
  std::optional<DocumentTemplate> prompt;
  // multiple_choice: the choices and the place of the right one (a number, or
  // the choice's text). With `contexts` the choices stand in the prompt and
  // `target` is the one continuation.
  std::optional<DocumentExpression> choices, contexts, answer;
  std::optional<DocumentExpression> labels;   // 1: a true choice
  std::optional<DocumentTemplate> target;     // loglikelihood, contexts
  std::optional<DocumentExpression> targets;  // generate: the right answers
  std::optional<DocumentTemplate> text;       // rolling: what is scored
  std::optional<DocumentTemplate> counted;    // rolling: words and bytes of it
  std::optional<DocumentExpression> keep;     // rows that are documents
};

struct FewshotRule {
  int64_t count = 0;
  bool fixed = false;               // the count belongs to the task
  bool first = false;               // the first ones, else drawn
  std::vector<std::string> splits;  // the first that has data
  // Whether one example more is drawn and the document itself left out; unset:
  // by the splits (see fewshot.h).
  std::optional<bool> leave_out;
  std::string delimiter = "\n\n";
};

// What counts as the right text (generate).
struct MatchRule {
  std::vector<std::string> until;  // ends the model's answer
  int64_t max_new_tokens = 256;
  bool ignore_case = false;
  bool ignore_punctuation = false;
  bool strip = true;  // white space at the ends of the whole answer
  std::vector<std::string> ignore;  // regular expressions that are cut out
  // Names of fields and the expressions that find the answer in the text.
  struct Extract {
    std::string name;
    std::string regex;
    bool last = false;  // of several matches; else the first
  };
  std::vector<Extract> extract;
};

struct Task {
  std::string name;
  std::string file;  // its path
  int64_t version = 1;
  TaskKind kind = TaskKind::multiple_choice;
  std::vector<std::string> groups;  // that it is counted in, the widest last
  OrderedJson variables = OrderedJson::object();  // e.g. {"subject": "anatomy"}
  std::optional<DocumentTemplate> instruction;    // before everything
  std::string delimiter = " ";                    // before a choice or target
  FewshotRule fewshot;
  MatchRule match;
  std::vector<std::string> metrics;
  std::string cluster;  // expression: questions that share it are no strangers
  std::optional<DocumentExpression> cluster_of;
  std::vector<TaskForm> forms;  // the first that fits the rows
  // Names of the files of each split, with * for any characters; "data" alone
  // is a path beside the task's file.
  std::map<std::string, std::vector<std::string>> files;
  std::map<std::string, std::vector<std::string>> label_files;
  std::vector<std::string> eval_splits;
  std::vector<std::string> columns;  // of tables without a header
  // Of files of lines: an expression; a line that it matches starts a document,
  // whose lines are the field "page".
  std::string page_start;
  std::string own_data;  // path, or empty
};

// The task of that name, the tasks of a group ("mmlu") or of a task's file, in
// the order of the file. A path is looked for from `folder`. Throws: usage
// error with near names when there is none; input error when the file is not a
// task.
// `more` is a folder with further task files.
std::vector<Task> find_tasks(const std::string& name_or_path,
                             const std::string& folder,
                             const std::string& more = "");

// All tasks of a file.
std::vector<Task> read_task_file(const std::string& path);

// All tasks of the text of a file, which need not be there yet.
std::vector<Task> parse_tasks(const std::string& text, const std::string& path);

// All tasks of the suites folder, and before them those of `more`.
std::vector<Task> all_tasks(const std::string& more = "");

// Names of all tasks and groups of the suites folder and of `more`, sorted.
std::vector<std::string> task_names(const std::string& more = "");

}  // namespace lethe
