#include "harness/target/text_classifier.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "harness/base/log.h"
#include "harness/model/text_window.h"
#include "harness/score/classify.h"
#include "harness/target/model_target.h"

namespace lethe {

TextClassifier::TextClassifier(const std::string& folder,
                               const TextClassifierOptions& options)
    : o_(options), folder_(folder), tokenizer_(load_tokenizer(folder_)) {
  if (tokenizer_ == nullptr) {
    fail_usage(folder, "has no tokenizer to read texts with",
               "put tokenizer.json there");
  }
  model_ = SequenceClassifier::load(folder_, options.compute);
  const Json config = tokenizer_config(folder);
  window_ = text_window(model_->encoder().config().window(), config);
  keep_end_ = config.value("truncation_side", Json()) == "left";
  leading_ = tokenizer_->leading_specials();
  const std::vector<int64_t> around = tokenizer_->encode("");
  trailing_.assign(around.begin() + static_cast<long>(leading_.size()),
                   around.end());
  if (window_ > 0 && window_ <= static_cast<int64_t>(around.size())) {
    fail_input(
        folder,
        fmt::format("its window of {} tokens has no room for a text", window_),
        "name another folder");
  }
}

TextClassifier::Row TextClassifier::row(const std::string& text,
                                        const std::string& where) const {
  EncodeOptions own;
  own.special_tokens = false;
  own.plain_text = true;
  const std::vector<int64_t> inner = tokenizer_->encode(text, own);
  const size_t around = leading_.size() + trailing_.size();
  const size_t most =
      window_ == 0 ? inner.size() : static_cast<size_t>(window_) - around;
  Row row;
  row.truncated = inner.size() > most;
  const auto length = static_cast<long>(std::min(inner.size(), most));
  const auto begin =
      row.truncated && keep_end_ ? inner.end() - length : inner.begin();
  row.ids = leading_;
  row.ids.insert(row.ids.end(), begin, begin + length);
  row.ids.insert(row.ids.end(), trailing_.begin(), trailing_.end());
  model_->encoder().check({row.ids, {}}, where);
  return row;
}

std::vector<std::vector<float>> TextClassifier::logits(
    const std::vector<std::vector<int64_t>>& rows) const {
  std::map<std::vector<int64_t>, size_t> number_of;
  std::vector<EncoderRow> distinct;
  std::vector<size_t> numbers;
  int64_t tokens = 0;
  for (const std::vector<int64_t>& ids : rows) {
    const auto [found, fresh] = number_of.emplace(ids, distinct.size());
    numbers.push_back(found->second);
    if (!fresh) continue;
    distinct.push_back({ids, {}});
    tokens += static_cast<int64_t>(ids.size());
  }
  std::optional<Progress> progress;
  ClassifyOptions options;
  options.batch_tokens = o_.batch_tokens;
  if (o_.progress) {
    progress.emplace("classifying", "tokens", tokens);
    options.progress = [&](int64_t count) { progress->add(count); };
  }
  const auto start = std::chrono::steady_clock::now();
  const auto found = classify(*model_, distinct, options);
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  log_debug(fmt::format("{} texts, {} tokens: classified in {:.3f} s",
                        distinct.size(), tokens, seconds.count()));
  std::vector<std::vector<float>> all;
  for (const size_t number : numbers) all.push_back(found[number]);
  return all;
}

}  // namespace lethe
