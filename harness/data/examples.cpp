#include "harness/data/examples.h"

#include <algorithm>

#include "harness/base/hash.h"
#include "harness/data/member.h"

namespace lethe {
namespace {

std::vector<int64_t> id_list(const DataRow& row) {
  const Json& list = require(row.fields, "ids", row.where);
  if (!list.is_array() || list.empty()) {
    fail_input(row.where, "\"ids\" is no list of token ids",
               "give at least one non-negative integer");
  }
  std::vector<int64_t> ids;
  for (const Json& id : list) {
    if (!id.is_number_integer() || id.get<int64_t>() < 0) {
      fail_input(row.where, "\"ids\" is no list of token ids",
                 "give non-negative integers");
    }
    ids.push_back(id.get<int64_t>());
  }
  return ids;
}

std::optional<int64_t> count_field(const DataRow& row, const char* key) {
  if (!row.fields.contains(key) || row.fields[key].is_null()) return {};
  const int64_t count = require_int(row.fields, key, row.where);
  if (count < 0) {
    fail_input(row.where, fmt::format("\"{}\" is {}", key, count),
               "it must not be negative");
  }
  return count;
}

// Whether the row wants leading specials before its ids.
bool wants_specials(const DataRow& row) {
  if (!row.fields.contains("add_special_tokens")) return true;
  const Json& wanted = row.fields["add_special_tokens"];
  if (!wanted.is_boolean()) {
    fail_input(row.where, "\"add_special_tokens\" is " + wanted.dump(),
               "it must be true or false");
  }
  return wanted.get<bool>();
}

std::string id_of(const DataRow& row, size_t number) {
  if (!row.fields.contains("id")) return std::to_string(number);
  const Json& id = row.fields["id"];
  return id.is_string() ? id.get<std::string>() : id.dump();
}

std::vector<std::string> strings_of(const DataRow& row,
                                    const std::string& key) {
  const Json& value = require(row.fields, key, row.where);
  if (value.is_array() && !value.empty()) {
    std::vector<std::string> all;
    for (const Json& one : value) {
      if (!one.is_string()) {
        fail_input(row.where, "\"" + key + "\" holds " + one.dump(),
                   "it must hold strings");
      }
      all.push_back(one.get<std::string>());
    }
    return all;
  }
  return {require_string(row.fields, key, row.where)};
}

std::string wrapped(const std::string& answer, const std::string& pattern) {
  const size_t slot = pattern.find("{answer}");
  if (slot == std::string::npos) return answer;
  return pattern.substr(0, slot) + answer + pattern.substr(slot + 8);
}

int64_t first_scored(const std::vector<int64_t>& head,
                     const std::vector<int64_t>& ids) {
  return std::max<int64_t>(
      1, static_cast<int64_t>(std::min(head.size(), ids.size())));
}

// What goes behind a text goes behind the completion.
void drop_trailing(std::vector<int64_t>& head, const Tokenizer& tokenizer) {
  const std::vector<int64_t> leading = tokenizer.leading_specials(),
                             trailing = tokenizer.trailing_specials();
  const bool starts = head.size() >= leading.size() &&
                      std::equal(leading.begin(), leading.end(), head.begin());
  const size_t left = head.size() - (starts ? leading.size() : 0);
  if (left >= trailing.size() &&
      std::equal(trailing.rbegin(), trailing.rend(), head.rbegin())) {
    head.resize(head.size() - trailing.size());
  }
}

class Reader {
 public:
  Reader(const Tokenizer* tokenizer, const ExampleOptions& options)
      : tokenizer_(tokenizer), o_(options) {
    if (tokenizer_ == nullptr) return;
    leading_ = tokenizer_->leading_specials();
    trailing_ = tokenizer_->trailing_specials();
  }

  Example read(const DataRow& row, size_t number) const {
    Example e;
    e.id = id_of(row, number);
    e.split = o_.split;
    e.where = row.where;
    e.plain_text = o_.plain_text;
    e.member = member_of(row);
    e.prefix_tokens = count_field(row, "prefix_tokens");
    e.suffix_tokens = count_field(row, "suffix_tokens");
    e.fields = row.fields;
    if (row.fields.contains("text")) {
      e.text = require_string(row.fields, "text", row.where);
    }
    if (row.fields.contains("ids")) {
      read_ids(row, e);
    } else if (row.fields.contains("text")) {
      read_text(row, e);
    } else if (row.fields.contains("prompt")) {
      read_pair(row, require_string(row.fields, "prompt", row.where), "",
                "completion", e);
    } else if (row.fields.contains(o_.question_field)) {
      read_pair(row, fill_template(o_.prompt_template, row), o_.answer_template,
                o_.answer_field, e);
    } else if (row.fields.contains("messages")) {
      fail_input(row.where, "\"messages\" (chat) is not supported yet",
                 "give prompt and completion");
    } else {
      fail_input(row.where,
                 "has none of text, ids, prompt, " + o_.question_field,
                 "add the field that holds the text");
    }
    return e;
  }

 private:
  std::vector<int64_t> encode(const std::string& text,
                              const DataRow& row) const {
    if (tokenizer_ == nullptr) {
      fail_input(row.where, "has text, but the model folder has no tokenizer",
                 "give \"ids\", or a folder with a tokenizer");
    }
    EncodeOptions options;
    options.plain_text = o_.plain_text;
    return tokenizer_->encode(text, options);
  }

  int64_t count_leading(const std::vector<int64_t>& ids) const {
    const bool there =
        ids.size() >= leading_.size() &&
        std::equal(leading_.begin(), leading_.end(), ids.begin());
    return there ? static_cast<int64_t>(leading_.size()) : 0;
  }

  int64_t count_trailing(const std::vector<int64_t>& ids) const {
    const size_t left = ids.size() - static_cast<size_t>(count_leading(ids));
    const bool there =
        left >= trailing_.size() &&
        std::equal(trailing_.rbegin(), trailing_.rend(), ids.rbegin());
    return there ? static_cast<int64_t>(trailing_.size()) : 0;
  }

  void read_text(const DataRow& row, Example& e) const {
    e.ids = encode(e.text, row);
    e.leading = count_leading(e.ids);
    e.trailing = count_trailing(e.ids);
  }

  void read_ids(const DataRow& row, Example& e) const {
    e.ids = id_list(row);
    const bool wanted = wants_specials(row);
    if (wanted && count_leading(e.ids) == 0) {
      e.ids.insert(e.ids.begin(), leading_.begin(), leading_.end());
    }
    e.leading = wanted ? static_cast<int64_t>(leading_.size()) : 0;
    if (const auto from = count_field(row, "score_from")) {
      e.score_from = std::max<int64_t>(1, *from);
    }
    if (e.text.empty() && tokenizer_ != nullptr) {
      DecodeOptions skip;
      skip.skip_special_tokens = true;
      e.text = tokenizer_->decode(e.ids, skip);
    }
  }

  // `pattern` wraps the answer; empty: the field as it is.
  void read_pair(const DataRow& row, const std::string& prompt,
                 const std::string& pattern, const std::string& field,
                 Example& e) const {
    e.prompt = prompt;
    e.text = prompt;
    e.answer_template = pattern;
    if (row.fields.contains(field)) {
      e.references = strings_of(row, field);
      e.text += wrapped(e.references.front(), pattern);
    }
    read_text(row, e);
    std::vector<int64_t> head = encode(prompt, row);
    drop_trailing(head, *tokenizer_);
    e.boundary_mismatch = head.size() > e.ids.size() ||
                          !std::equal(head.begin(), head.end(), e.ids.begin());
    e.score_from = first_scored(head, e.ids);
    const auto others = [&](const char* key, std::vector<OtherAnswer>& all) {
      if (!row.fields.contains(key)) return;
      for (const std::string& answer : strings_of(row, key)) {
        std::vector<int64_t> ids =
            encode(prompt + wrapped(answer, pattern), row);
        const int64_t from = first_scored(head, ids);
        all.push_back({std::move(ids), from});
      }
    };
    others("paraphrased_answer", e.paraphrased);
    others("perturbed_answer", e.perturbed);
  }

  const Tokenizer* tokenizer_;
  const ExampleOptions& o_;
  std::vector<int64_t> leading_, trailing_;
};

}  // namespace

std::string fill_template(const std::string& pattern, const DataRow& row) {
  std::string text;
  for (size_t i = 0; i < pattern.size();) {
    const size_t end =
        pattern[i] == '{' ? pattern.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      text += pattern[i++];
      continue;
    }
    text += require_string(row.fields, pattern.substr(i + 1, end - i - 1),
                           row.where);
    i = end + 1;
  }
  return text;
}

int64_t second_half_from(const Example& e) {
  const auto own = static_cast<int64_t>(e.ids.size()) - e.leading - e.trailing;
  return std::max<int64_t>(1, e.leading + own / 2);
}

OtherAnswer with_answer(const Example& e, const std::string& answer,
                        const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) {
    fail_input(e.where, "another answer cannot be written without a tokenizer",
               "give a model folder with a tokenizer");
  }
  EncodeOptions options;
  options.plain_text = e.plain_text;
  if (!e.prompt.empty()) {
    std::vector<int64_t> head = tokenizer->encode(e.prompt, options);
    drop_trailing(head, *tokenizer);
    OtherAnswer other;
    other.ids = tokenizer->encode(e.prompt + wrapped(answer, e.answer_template),
                                  options);
    other.score_from = first_scored(head, other.ids);
    return other;
  }
  OtherAnswer other;
  other.score_from = e.score_from > 1 ? e.score_from : second_half_from(e);
  other.ids.assign(e.ids.begin(), e.ids.begin() + other.score_from);
  options.special_tokens = false;
  const std::vector<int64_t> behind = tokenizer->encode(" " + answer, options);
  other.ids.insert(other.ids.end(), behind.begin(), behind.end());
  return other;
}

Examples make_examples(const std::vector<DataRow>& rows,
                       const Tokenizer* tokenizer,
                       const ExampleOptions& options) {
  const Reader reader(tokenizer, options);
  Examples examples;
  for (size_t i = 0; i < rows.size(); ++i) {
    examples.push_back(reader.read(rows[i], i));
  }
  return examples;
}

std::string items_hash(const Examples& examples) {
  Sha256 hash;
  for (const Example& e : examples) hash.add(e.id + "\n");
  return hash.hex();
}

std::string prompt_hash(const Examples& examples) {
  Sha256 hash;
  for (const Example& e : examples) {
    hash.add(canonical(Json(e.ids)) + std::to_string(e.score_from) + "\n");
  }
  return hash.hex();
}

}  // namespace lethe
