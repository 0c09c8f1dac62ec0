#include "harness/run/data.h"

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/data/split_rows.h"

namespace lethe {

SuiteData::SuiteData(const Suite& suite, int64_t limit)
    : suite_(suite), limit_(limit) {}

const std::vector<DataRow>& SuiteData::rows(const std::string& split) const {
  const auto found = rows_.find(split);
  if (found != rows_.end()) return found->second;
  const SplitSpec& spec = suite_.split(split);
  const int64_t limit = limit_ > 0 ? limit_ : spec.limit;
  return rows_[split] = split_rows(resolve(suite_.folder, spec.file),
                                   {spec.where, spec.skip, limit}, split);
}

const Examples& SuiteData::examples(const std::string& split,
                                    const Tokenizer* tokenizer) const {
  const std::pair key(split, tokenizer == nullptr ? "" : tokenizer->hash());
  const auto found = examples_.find(key);
  if (found != examples_.end()) return found->second;
  return examples_[key] = examples_of(split, rows(split), tokenizer);
}

Examples SuiteData::examples_of(const std::string& split,
                                const std::vector<DataRow>& rows,
                                const Tokenizer* tokenizer) const {
  const SplitSpec& spec = suite_.split(split);
  ExampleOptions options;
  options.split = split;
  options.prompt_template = spec.prompt_template;
  options.answer_template = spec.answer_template;
  options.question_field = spec.question_field;
  options.answer_field = spec.answer_field;
  options.plain_text = spec.plain_text;
  return make_examples(rows, tokenizer, options);
}

Examples SuiteData::examples(const std::vector<std::string>& splits,
                             const Tokenizer* tokenizer) const {
  Examples all;
  for (const std::string& split : splits) {
    const bool holdout = suite_.split(split).role == "holdout";
    for (Example e : examples(split, tokenizer)) {
      if (splits.size() > 1 && !e.member) e.member = !holdout;
      all.push_back(std::move(e));
    }
  }
  return all;
}

std::string SuiteData::hash(const std::vector<std::string>& splits) const {
  std::string all;
  for (const std::string& split : splits) all += rows_hash(rows(split));
  return splits.size() == 1 ? all : sha256(all);
}

const SplitSpec& SuiteData::split(const std::string& name) const {
  return suite_.split(name);
}

std::vector<std::string> SuiteData::trained(const std::string& role) const {
  std::vector<std::string> names;
  for (const SplitSpec& split : suite_.data) {
    if (split.role == role && split.train) names.push_back(split.name);
  }
  return names;
}

void SuiteData::check(const Tokenizer* tokenizer) const {
  for (const SplitSpec& split : suite_.data) examples(split.name, tokenizer);
}

}  // namespace lethe
