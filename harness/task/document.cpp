#include "harness/task/document.h"

#include <algorithm>

namespace lethe {
namespace {

OrderedJson fields_of(const Task& task, const OrderedRow& row) {
  OrderedJson fields = task.variables;
  for (const auto& [key, value] : row.fields.items()) fields[key] = value;
  fields["doc"] = row.fields;
  fields["task"] = task.variables;
  return fields;
}

std::vector<std::string> texts_of(const OrderedJson& value,
                                  const std::string& what,
                                  const OrderedRow& row) {
  std::vector<std::string> texts;
  const bool list = value.is_array();
  for (const OrderedJson& text : list ? value : OrderedJson::array({value})) {
    if (!text.is_string()) {
      fail_input(row.where, fmt::format("{} are {}", what, value.dump()),
                 "they must be texts");
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

int64_t answer_of(const OrderedJson& value,
                  const std::vector<std::string>& choices,
                  const OrderedRow& row) {
  int64_t answer = -1;
  if (value.is_boolean()) {  // as Python counts
    answer = value.get<bool>() ? 1 : 0;
  } else if (value.is_number_integer()) {
    answer = value.get<int64_t>();
  } else if (value.is_string()) {
    const auto found =
        std::find(choices.begin(), choices.end(), value.get<std::string>());
    if (found != choices.end()) answer = found - choices.begin();
  }
  if (answer < 0 || answer >= static_cast<int64_t>(choices.size())) {
    fail_input(row.where,
               fmt::format("answer {} is none of the {} choices", value.dump(),
                           choices.size()),
               "answers count from 0; is the split labelled?");
  }
  return answer;
}

void add_choices(const Task& task, const TaskForm& form,
                 const OrderedJson& fields, const OrderedRow& row,
                 TaskDocument& d) {
  if (form.contexts) {
    d.contexts = texts_of(form.contexts->evaluate(fields), "contexts", row);
    d.choices = d.contexts;
  } else {
    d.choices = texts_of(form.choices->evaluate(fields), "choices", row);
  }
  if (d.choices.size() < 2 || d.choices.size() > 1000) {
    fail_input(row.where, fmt::format("has {} choices", d.choices.size()),
               "give from 2 to 1000");
  }
  for (const std::string& choice : d.choices) {
    if (choice.empty() && task.delimiter.empty()) {
      fail_input(row.where, "a choice is empty", "give it a text");
    }
  }
  d.answer = answer_of(form.answer->evaluate(fields), d.choices, row);
  if (!form.labels) return;
  const OrderedJson labels = form.labels->evaluate(fields);
  if (!labels.is_array() || labels.size() != d.choices.size()) {
    fail_input(row.where, "labels are " + labels.dump(),
               "there must be one for each choice");
  }
  for (const OrderedJson& label : labels) {
    d.labels.push_back(label.is_number_integer() && label.get<int64_t>() == 1);
  }
}

// lm-eval takes such a prompt for the place of a context (api/task.py,
// doc_to_text), so that the number would be another one.
void refuse_digits(const TaskDocument& d, const OrderedRow& row) {
  const bool digits =
      !d.prompt.empty() &&
      d.prompt.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) return;
  fail_input(row.where, "the prompt is nothing but the number " + d.prompt,
             "ask in words, or give \"contexts\" and \"target\"");
}

// Whole numbers as texts, as lm-eval compares them: one alone, and those of a
// list with texts, of which NumPy makes texts. Of a list of numbers none is
// equal to a text there, so that such a list is left to be refused.
OrderedJson numbers_as_texts(OrderedJson value) {
  if (value.is_number_integer()) return value.dump();
  const bool texts =
      value.is_array() &&
      std::any_of(value.begin(), value.end(),
                  [](const OrderedJson& one) { return one.is_string(); });
  if (!texts) return value;
  for (OrderedJson& one : value) {
    if (one.is_number_integer()) one = one.dump();
  }
  return value;
}

}  // namespace

TaskDocument make_document(const Task& task, const TaskForm& form,
                           const OrderedRow& row) {
  const OrderedJson fields = fields_of(task, row);
  TaskDocument d;
  d.where = row.where;
  try {
    if (form.prompt) d.prompt = form.prompt->render(fields);
    if (form.target) d.target = form.target->render(fields);
    if (task.kind == TaskKind::multiple_choice) {
      refuse_digits(d, row);
      add_choices(task, form, fields, row, d);
    } else if (task.kind == TaskKind::rolling) {
      d.target = form.text->render(fields);
      d.counted = form.counted ? form.counted->render(fields) : d.target;
    } else if (task.kind == TaskKind::generate) {
      d.targets = texts_of(numbers_as_texts(form.targets->evaluate(fields)),
                           "targets", row);
    }
    if (task.cluster_of) {
      d.cluster = task.cluster_of->evaluate(fields).dump();
    }
  } catch (const Error& error) {
    const std::string what = error.what();
    if (what.rfind(row.where, 0) == 0) throw;
    fail_input(row.where, what, "check the row's fields");
  }
  return d;
}

std::vector<TaskDocument> make_documents(const Task& task,
                                         const SplitData& data) {
  std::vector<TaskDocument> documents;
  for (const OrderedRow& row : data.rows) {
    documents.push_back(make_document(task, task.forms[data.form], row));
  }
  return documents;
}

WorkedExample worked_example(const Task& task, const TaskDocument& d) {
  const auto answer = static_cast<size_t>(std::max<int64_t>(0, d.answer));
  const std::string& question =
      d.contexts.empty() ? d.prompt : d.contexts[answer];
  const bool chosen =
      task.kind == TaskKind::multiple_choice && d.contexts.empty();
  const std::string& right = chosen              ? d.choices[answer]
                             : d.targets.empty() ? d.target
                                                 : d.targets.front();
  // As lm-eval has it: a target of no characters is none, a choice is one.
  if (!chosen && right.empty() && d.targets.size() < 2) return {question, {}};
  return {question, right};
}

}  // namespace lethe
