#include "harness/run/sanitised.h"

#include <algorithm>

#include "harness/base/log.h"
#include "harness/sanitise/sanitise.h"

namespace lethe {
namespace {

// The fields between { and } in a template, but `known`.
std::vector<std::string> other_fields(const std::string& pattern,
                                      const std::string& known) {
  std::vector<std::string> fields;
  for (size_t open = pattern.find('{'); open != pattern.npos;
       open = pattern.find('{', open + 1)) {
    const size_t close = pattern.find('}', open);
    if (close == pattern.npos) break;
    const std::string name = pattern.substr(open + 1, close - open - 1);
    if (name != known) fields.push_back(name);
  }
  return fields;
}

// The rows of several splits behind each other.
struct AllRows {
  std::vector<DataRow> rows;
  std::vector<std::string> splits;  // of the rows
  std::vector<RowTexts> texts;      // point into the rows
};

AllRows rows_of_splits(const SuiteData& data,
                       const std::vector<std::string>& splits) {
  AllRows all;
  for (const std::string& split : splits) {
    const std::vector<DataRow>& own = data.rows(split);
    all.rows.insert(all.rows.end(), own.begin(), own.end());
    all.splits.resize(all.rows.size(), split);
  }
  for (size_t i = 0; i < all.rows.size(); ++i) {
    const SplitSpec& spec = data.split(all.splits[i]);
    RowTexts texts =
        row_texts(all.rows[i].fields, all.rows[i].where,
                  {spec.question_field, spec.answer_field,
                   other_fields(spec.prompt_template, spec.question_field)});
    if (texts.id.empty()) texts.id = std::to_string(i);
    all.texts.push_back(std::move(texts));
  }
  return all;
}

std::vector<std::string> each_once(const std::vector<std::string>& names) {
  std::vector<std::string> once;
  for (const std::string& name : names) {
    if (std::find(once.begin(), once.end(), name) == once.end()) {
      once.push_back(name);
    }
  }
  return once;
}

}  // namespace

TrainedTexts::TrainedTexts(const SuiteData& data,
                           const std::vector<std::string>& splits,
                           const Tokenizer* tokenizer,
                           const TrainOptions& options)
    : data_(data), tokenizer_(tokenizer) {
  const SanitiseOptions how = sanitise_options(options);
  if (!sanitises(how)) return;
  const std::vector<std::string> once = each_once(splits);
  AllRows all = rows_of_splits(data, once);
  const Sanitised done = sanitise(all.texts, how);
  if (!done.note.empty()) log_warning(done.note);
  counts_ = Json::parse(counts_json(done, how).dump());
  report_ = sanitise_report(done, all.texts);
  std::map<std::string, std::vector<DataRow>> kept;
  for (const std::string& split : once) kept[split];
  for (const size_t row : done.kept) {
    kept[all.splits[row]].push_back(std::move(all.rows[row]));
  }
  for (const auto& [split, rows] : kept) {
    examples_[split] = data.examples_of(split, rows, tokenizer);
  }
}

const Examples& TrainedTexts::examples(const std::string& split) const {
  return counts_.is_null() ? data_.examples(split, tokenizer_)
                           : examples_.at(split);
}

std::string TrainedTexts::summary() const {
  std::string text = fmt::format(
      "{} of {} documents kept: {} exact and {} near duplicates left out",
      counts_["kept"].get<int64_t>(), counts_["documents"].get<int64_t>(),
      counts_["exact_duplicates"].get<int64_t>(),
      counts_["near_duplicates"].get<int64_t>());
  for (const auto& [kind, count] : counts_["replaced"].items()) {
    text += fmt::format(", {} {}s replaced", count.get<int64_t>(), kind);
  }
  return text;
}

}  // namespace lethe
