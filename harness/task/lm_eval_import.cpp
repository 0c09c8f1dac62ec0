#include "harness/task/lm_eval_import.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "harness/base/error.h"
#include "harness/chat/document.h"
#include "harness/task/lm_eval_data.h"
#include "harness/task/lm_eval_file.h"
#include "harness/task/lm_eval_keys.h"
#include "harness/task/lm_eval_scoring.h"
#include "harness/task/lm_eval_template.h"
#include "harness/task/lm_eval_text.h"
#include "harness/task/task.h"

namespace lethe {
namespace {

using Kind = YamlNode::Kind;

bool same_value(const YamlNode& a, const YamlNode& b) {
  return a.kind == b.kind && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(),
                    b.items.end(), same_value) &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(),
                    b.entries.end(), [](const auto& one, const auto& other) {
                      return one.key == other.key &&
                             same_value(one.value, other.value);
                    });
}

class Importer {
 public:
  Importer(const YamlNode& root, const std::string& path)
      : path_(path), keys_(root) {}

  ImportedTask run() {
    refuse_lm_eval_keys(keys_);
    if (keys_.integer("repeats", 1) != 1) {
      keys_.refuse("repeats", "is " + keys_.find("repeats")->shown(),
                   "answers are greedy: write 1");
    }
    splits_ = lm_eval_splits(keys_);
    add("task", name());
    add("version", version());
    add("description",
        "Imported from lm-eval's YAML; data: " + lm_eval_dataset(keys_) + ".");
    add("kind", kind_ = kind());
    add("data", lm_eval_data(keys_, splits_));
    add("eval", OrderedJson::array({splits_.evaluated}));
    texts();
    instruction();
    if (kind_ != "rolling") {
      add("delimiter", delimiter("target_delimiter", " "));
      fewshot();
    } else if (keys_.integer("num_fewshot", 0) != 0) {
      keys_.refuse("num_fewshot", "is of a text that has no examples",
                   "write 0");
    }
    scoring();
    left_out();
    // What it says is read as the program reads it.
    parse_tasks(task_.json.dump(), path_ + " (imported)");
    return std::move(task_);
  }

 private:
  void add(const std::string& key, OrderedJson value) {
    task_.json[key] = std::move(value);
  }
  void note(const std::string& text) { task_.notes.push_back(text); }

  const YamlNode& needed(const std::string& key) const {
    const YamlNode* value = keys_.find(key);
    if (value == nullptr) keys_.refuse(key, "is missing", "the kind needs it");
    return *value;
  }

  std::string name() {
    const std::string name = keys_.text("task", "");
    const bool plain =
        !name.empty() && name.size() <= 200 && name[0] != '.' &&
        std::none_of(name.begin(), name.end(), [](unsigned char c) {
          return c == '/' || c == '\\' || c == ',' || std::iscntrl(c) != 0;
        });
    if (!plain) {
      keys_.refuse("task", "\"" + printable(name, 60) + "\" is no name",
                   "it is the name of a file, too: leave out / \\ and ,");
    }
    return task_.name = name;
  }

  int64_t version() {
    const YamlNode* metadata = keys_.find("metadata");
    const YamlNode* given =
        metadata == nullptr ? nullptr : metadata->find("version");
    if (given == nullptr) return 1;
    double version = given->real;
    if (given->is(Kind::text))
      version = std::strtod(given->text.c_str(), nullptr);
    const bool whole = version == std::floor(version) && version >= 0 &&
                       version < 1e9 && (version > 0 || given->text == "0");
    if (whole) return static_cast<int64_t>(version);
    note("metadata.version " + given->shown() + " is written as 1");
    return 1;
  }

  std::string kind() const {
    const std::string type = keys_.text("output_type", "generate_until");
    if (type == "multiple_choice" || type == "loglikelihood") return type;
    if (type == "loglikelihood_rolling") return "rolling";
    if (type == "generate_until") return "generate";
    keys_.refuse("output_type", "\"" + printable(type, 60) + "\" is not read",
                 "known: multiple_choice, loglikelihood, "
                 "loglikelihood_rolling, generate_until");
  }

  // A delimiter is never null: lm-eval would write "None".
  std::string delimiter(const std::string& key, const std::string& usual) {
    return keys_.text(key, usual);
  }

  void texts() {
    const YamlNode& target = needed("doc_to_target");
    const std::string where = keys_.where("doc_to_target");
    if (kind_ != "multiple_choice" && keys_.find("doc_to_choice") != nullptr) {
      keys_.refuse("doc_to_choice", "is of multiple choice only",
                   "write the answer itself in doc_to_target");
    }
    if (kind_ == "rolling") return add("text", lm_eval_template(target, where));
    prompt();
    if (kind_ == "loglikelihood") {
      refuse_brackets(target, where);
      add("target", lm_eval_template(target, where));
    } else if (kind_ == "generate") {
      targets(target, where);
    } else {
      add("choices", lm_eval_choices(needed("doc_to_choice"),
                                     keys_.where("doc_to_choice")));
      if (target.is(Kind::text) && !has_jinja(target.text) && is_table()) {
        keys_.refuse("doc_to_target",
                     "is a column of a table, which lm-eval takes for a number "
                     "or a text by all of its rows",
                     names_field(target.text) ? "write {{" + target.text + "}}"
                                              : "write the rows as JSON Lines");
      }
      add("answer", lm_eval_answer(target, where));
    }
  }

  void prompt() {
    const YamlNode* text = keys_.find("doc_to_text");
    if (text != nullptr && text->is(Kind::integer)) {
      keys_.refuse("doc_to_text", "is the place of a context",
                   "write a task with \"contexts\": suites/tasks/README.md");
    }
    add("prompt",
        lm_eval_template(needed("doc_to_text"), keys_.where("doc_to_text")));
  }

  void targets(const YamlNode& target, const std::string& where) {
    if (target.is(Kind::list)) {
      return add("targets", keys_.texts("doc_to_target"));
    }
    const OrderedJson targets = lm_eval_targets(target, where);
    add("targets", targets);
    const bool begins_so =
        targets.is_string() && targets.get<std::string>().starts_with('\'');
    if (has_jinja(target.text) && (!begins_so || target.text[0] == '[')) {
      note(
          "a right answer that is a text in brackets, \"[..]\", is one answer "
          "here and a Python list of them in lm-eval");
    }
  }

  bool is_table() const { return lm_eval_has_table(keys_, task_.json["data"]); }

  // The same before every document: it may name no field.
  void instruction() {
    const YamlNode* given = keys_.find("description");
    if (given == nullptr || (given->is(Kind::text) && given->text.empty())) {
      return;
    }
    const std::string where = keys_.where("description");
    const std::string text = keys_.text("description", "");
    if (names_field(text)) {
      fail_input(where, "\"" + printable(text, 60) + "\" may name a field",
                 "write it into doc_to_text");
    }
    const std::string made = has_jinja(text) ? lm_eval_template(*given, where)
                                             : with_unix_lines(text);
    try {
      DocumentTemplate::parse(made, where).render(OrderedJson::object());
    } catch (const Error& error) {
      fail_input(where, "is not the same for every document",
                 "write it into doc_to_text");
    }
    if (kind_ == "rolling") return note("description: has no effect there");
    add("instruction", made);
  }

  void fewshot() {
    OrderedJson rule;
    const int64_t count = keys_.find("num_fewshot") == nullptr
                              ? 0
                              : keys_.integer("num_fewshot", 0);
    rule["count"] = count;
    if (keys_.find("num_fewshot") != nullptr && count == 0) {
      rule["fixed"] = true;  // --num_fewshot does not change it there
    }
    const std::string usual = delimiter("fewshot_delimiter", "\n\n");
    std::string between = usual;
    if (const YamlNode* given = keys_.find("fewshot_config")) {
      const LmEvalKeys config(*given, "fewshot_config.");
      check_config(config);
      const std::string sampler = config.text("sampler", "default");
      if (sampler != "default" && sampler != "first_n") {
        config.refuse("sampler",
                      "\"" + printable(sampler, 60) + "\" is not read",
                      "known: default, first_n");
      }
      if (sampler == "first_n") rule["sampler"] = "first";
      between = config.text("fewshot_delimiter", usual);
      // lm-eval joins --system_instruction with the description by the task's.
      if (between != usual && task_.json.contains("instruction")) {
        config.refuse("fewshot_delimiter",
                      "is another one than of the task, beside a description",
                      "write one fewshot_delimiter, that of the task");
      }
    }
    rule["splits"] = {splits_.fewshot};
    rule["leave_out"] = splits_.leave_out;
    rule["delimiter"] = between;
    add("fewshot", rule);
  }

  // What of the examples is other than of the documents is refused.
  void check_config(const LmEvalKeys& config) const {
    for (const char* key : {"samples", "fewshot_indices", "process_docs"}) {
      if (config.find(key) == nullptr) continue;
      config.refuse(key, "is not read",
                    "write the examples into a file, and name its split");
    }
    for (const char* key : {"doc_to_text", "doc_to_target", "doc_to_choice",
                            "gen_prefix", "target_delimiter"}) {
      const YamlNode* own = config.find(key);
      if (own == nullptr) continue;
      const YamlNode* usual = keys_.find(key);
      const bool space = own->is(Kind::text) && own->text == " ";
      const bool same = usual == nullptr
                            ? space && key == std::string("target_delimiter")
                            : same_value(*own, *usual);
      if (same) continue;
      config.refuse(key, "is another one than of the task",
                    "examples are written as the documents are");
    }
    config.only({"sampler", "split", "fewshot_delimiter", "doc_to_text",
                 "doc_to_target", "doc_to_choice", "target_delimiter",
                 "samples", "fewshot_indices", "process_docs", "gen_prefix"});
  }

  void scoring() {
    const OrderedJson metrics = lm_eval_metrics(keys_, kind_);
    const OrderedJson match = lm_eval_match(keys_, kind_);
    if (kind_ == "generate") {
      add("match", match);
    } else if (match.contains("extract")) {
      keys_.refuse("filter_list", "looks for text in what is not written",
                   "leave it out");
    }
    if (kind_ == "multiple_choice") add("metrics", metrics);
  }

  void left_out() {
    std::string names;
    for (const char* key : {"tag", "group", "task_alias", "group_alias",
                            "recipe", "should_decontaminate"}) {
      if (keys_.find(key) == nullptr) continue;
      names += (names.empty() ? "" : ", ") + std::string(key);
    }
    if (kind_ != "generate" && keys_.find("generation_kwargs") != nullptr) {
      names += (names.empty() ? "" : ", ") + std::string("generation_kwargs");
    }
    if (!names.empty()) note(names + ": left out, it changes no number");
    if (is_table()) {
      note(
          "csv: fields are texts here; lm-eval makes numbers of columns that "
          "look so, and nothing of NA and empty fields");
    } else if (keys_.text("dataset_path", "") == "json") {
      note(
          "json: lm-eval gives a column one type, so that texts that are all "
          "dates become times, and whole numbers beside fractions fractions; "
          "here they stay as they are written");
    }
  }

  const std::string path_;
  const LmEvalKeys keys_;
  LmEvalSplits splits_;
  std::string kind_;
  ImportedTask task_;
};

}  // namespace

ImportedTask import_lm_eval_task(const std::string& path) {
  const YamlNode root = read_lm_eval_file(path);
  return Importer(root, path).run();
}

}  // namespace lethe
