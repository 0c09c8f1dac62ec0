#include "harness/sanitise/row_texts.h"

#include <algorithm>

#include "harness/base/error.h"
#include "harness/data/member.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Reads one row of either kind of JSON.
template <class AnyJson>
class RowReader {
 public:
  RowReader(AnyJson& row, const std::string& where, const TextNames& names)
      : row_(row), where_(where), names_(names) {}

  RowTexts read() {
    RowTexts all;
    all.where = where_;
    if (row_.contains("id")) {
      const AnyJson& id = row_["id"];
      all.id = id.is_string() ? id.template get<std::string>() : id.dump();
    }
    if (row_.contains("member")) {
      const Json fields = {{"member", Json(row_["member"])}};
      all.control = !member_of({fields, where_}).value_or(true);
    }
    if (row_.contains("ids")) read_ids(&all.ids);
    read_fields(&all);
    if (all.fields.empty() && all.ids.empty()) {
      fail_input(
          where_, "has no text",
          "give it text, prompt, " + names_.question + ", messages or ids");
    }
    return all;
  }

 private:
  void read_ids(std::vector<int64_t>* ids) const {
    const AnyJson& list = row_["ids"];
    const bool good =
        list.is_array() && !list.empty() &&
        std::all_of(list.begin(), list.end(),
                    [](const AnyJson& id) { return id.is_number_integer(); });
    if (!good) {
      fail_input(where_, "\"ids\" is no list of token ids",
                 "give at least one integer");
    }
    *ids = list.template get<std::vector<int64_t>>();
  }

  void read_fields(RowTexts* all) {
    const std::vector<std::vector<std::string>> forms = {
        {"text"}, {"prompt", "completion"}, {names_.question, names_.answer}};
    bool learnt = all->ids.empty();  // ids win over texts
    std::vector<std::string> seen;
    for (const auto& form : forms) {
      if (!row_.contains(form[0])) continue;
      for (const std::string& name : form) add(name, learnt, all);
      seen.insert(seen.end(), form.begin(), form.end());
      if (learnt) {
        for (const std::string& name : names_.more) add(name, true, all);
        seen.insert(seen.end(), names_.more.begin(), names_.more.end());
      }
      learnt = false;
    }
    if (row_.contains("messages")) add_messages(learnt, all);
    for (const char* name :
         {"text", "prompt", "completion", "question", "answer",
          "paraphrased_question", "paraphrased_answer", "perturbed_answer"}) {
      if (std::find(seen.begin(), seen.end(), name) == seen.end()) {
        add(name, false, all);
      }
    }
  }

  // A string, or each string of a list.
  void add(const std::string& name, bool learnt, RowTexts* all) {
    if (!row_.contains(name)) return;
    AnyJson& value = row_[name];
    if (!value.is_array()) {
      add_text(name, value, learnt, all);
      return;
    }
    for (size_t i = 0; i < value.size(); ++i) {
      add_text(fmt::format("{}[{}]", name, i), value[i], learnt, all);
    }
  }

  void add_messages(bool learnt, RowTexts* all) {
    AnyJson& messages = row_["messages"];
    if (!messages.is_array() || messages.empty()) {
      fail_input(where_, "\"messages\" is no list of messages",
                 R"(write [{"role": "user", "content": "..."}])");
    }
    for (size_t i = 0; i < messages.size(); ++i) {
      const std::string name = fmt::format("messages[{}].content", i);
      if (!messages[i].is_object() || !messages[i].contains("content")) {
        fail_input(where_, name + " is missing", "add it");
      }
      add_text(name, messages[i]["content"], learnt, all);
    }
  }

  void add_text(const std::string& name, AnyJson& value, bool learnt,
                RowTexts* all) {
    auto* const text = value.template get_ptr<std::string*>();
    if (value.is_null() || (text == nullptr && !learnt)) return;
    if (text == nullptr) {
      fail_input(where_, "\"" + name + "\" is a " + value.type_name(),
                 "give a string");
    }
    if (!valid_utf8(*text)) {
      fail_input(where_, "\"" + name + "\" is not valid UTF-8", "convert it");
    }
    // A field that is named twice is one text.
    for (RowField& field : all->fields) {
      if (field.text != text) continue;
      field.learnt = field.learnt || learnt;
      return;
    }
    all->fields.push_back({name, text, learnt});
  }

  AnyJson& row_;
  const std::string& where_;
  const TextNames& names_;
};

}  // namespace

RowTexts row_texts(Json& row, const std::string& where,
                   const TextNames& names) {
  return RowReader<Json>(row, where, names).read();
}

RowTexts row_texts(OrderedJson& row, const std::string& where,
                   const TextNames& names) {
  return RowReader<OrderedJson>(row, where, names).read();
}

}  // namespace lethe
