#include <algorithm>
#include <cmath>

#include "harness/chat/template.h"
#include "harness/judge/judge.h"
#include "harness/target/model_target.h"

namespace lethe {
namespace {

constexpr char kChatDate[] = "2026-01-31";

// The prompt with the row's fields in it; one pass, so that nothing of a row is
// read as a field.
std::string filled(const std::string& pattern, const Completion& item) {
  std::string text;
  for (size_t at = 0; at < pattern.size();) {
    const size_t open = std::min(pattern.find('{', at), pattern.size());
    text.append(pattern, at, open - at);
    const size_t close = pattern.find('}', open);
    if (open == pattern.size() || close == pattern.npos) {
      text.append(pattern, open, pattern.npos);
      break;
    }
    const std::string field = pattern.substr(open + 1, close - open - 1);
    at = close + 1;
    Json value = item.fields.value(field, Json());
    if (field == "prompt") value = item.prompt;
    if (field == "output") value = item.output;
    if (value.is_array() && !value.empty()) value = value[0];
    if (!value.is_string()) {
      fail_input(item.where,
                 "has no text in \"" + field + "\", which the rubric asks for",
                 "add it, or use another rubric");
    }
    text += value.get<std::string>();
  }
  return text;
}

// How many tokens the question and all answered ones begin with in common: an
// answer may melt into the question's last token.
int64_t shared_tokens(const std::vector<int64_t>& asked,
                      const std::vector<std::vector<int64_t>>& answered) {
  size_t shared = asked.size();
  for (const std::vector<int64_t>& ids : answered) {
    const auto end = std::mismatch(asked.begin(),
                                   asked.begin() + std::min(shared, ids.size()),
                                   ids.begin());
    shared = std::min(shared, static_cast<size_t>(end.first - asked.begin()));
  }
  return static_cast<int64_t>(shared);
}

class ModelJudge final : public Judge {
 public:
  ModelJudge(Rubric rubric, std::shared_ptr<const Target> model,
             const std::string& folder)
      : rubric_(std::move(rubric)),
        model_(std::dynamic_pointer_cast<const ModelTarget>(model)),
        chat_(load_chat_template(folder)) {
    if (rubric_.prompt.empty()) {
      fail_usage("rubric " + rubric_.name, "has no prompt for a model",
                 "leave the model out: its rules judge");
    }
    if (model_ == nullptr || model_->tokenizer() == nullptr) {
      fail_usage(folder, "has no tokenizer, which a judge needs",
                 "add its tokenizer.json");
    }
  }

  std::vector<Judgement> judge(
      const std::vector<Completion>& completions) const override {
    std::vector<ScoreItem> items;
    for (const Completion& completion : completions) {
      const std::string text = filled(rubric_.prompt, completion);
      std::vector<std::vector<int64_t>> answered;
      for (const Verdict& verdict : rubric_.verdicts) {
        answered.push_back(encoded(text, verdict.answer));
      }
      const int64_t shared = shared_tokens(encoded(text, ""), answered);
      for (size_t v = 0; v < answered.size(); ++v) {
        if (shared < 1 || static_cast<int64_t>(answered[v].size()) <= shared) {
          fail_input(completion.where,
                     "\"" + rubric_.verdicts[v].answer +
                         "\" has no token of its own behind the prompt",
                     "give the verdict another answer");
        }
        items.push_back({std::move(answered[v]), shared});
      }
    }
    const std::vector<Likelihood> likelihoods = model_->likelihoods(items);
    std::vector<Judgement> all;
    const size_t count = rubric_.verdicts.size();
    for (size_t i = 0; i < completions.size(); ++i) {
      all.push_back(
          judged({likelihoods.begin() + static_cast<int64_t>(i * count),
                  likelihoods.begin() + static_cast<int64_t>((i + 1) * count)},
                 completions[i]));
    }
    return all;
  }

 private:
  // The ids of the question with an answer behind it (empty: none).
  std::vector<int64_t> encoded(const std::string& text,
                               const std::string& answer) const {
    if (!chat_) {
      return model_->encode(
          text + (answer.empty() ? "" : rubric_.delimiter + answer), true);
    }
    const Tokenizer& tokenizer = *model_->tokenizer();
    const EncodeOptions own{.special_tokens = false, .plain_text = true};
    const std::vector<int64_t> plain = tokenizer.encode(text, own);
    if (plain == tokenizer.encode(text, {.special_tokens = false})) {
      return tokenizer.encode(rendered(text) + answer,
                              {.special_tokens = false});
    }
    // The text has special strings, which must stay text: it is read apart
    // from the template around it.
    const std::string mark = "lethe-judged-text";
    const std::string frame = rendered(mark);
    const size_t at = frame.find(mark);
    if (at == frame.npos || frame.find(mark, at + 1) != frame.npos) {
      fail_input("chat template", "does not show the message once, as it is",
                 "use a judge with another template");
    }
    std::vector<int64_t> ids =
        tokenizer.encode(frame.substr(0, at), {.special_tokens = false});
    ids.insert(ids.end(), plain.begin(), plain.end());
    const std::vector<int64_t> tail = tokenizer.encode(
        frame.substr(at + mark.size()) + answer, {.special_tokens = false});
    ids.insert(ids.end(), tail.begin(), tail.end());
    return ids;
  }

  std::string rendered(const std::string& text) const {
    ChatOptions options;
    options.add_generation_prompt = true;
    options.date = kChatDate;
    return chat_->render(
        OrderedJson::array({{{"role", "user"}, {"content", text}}}), options);
  }

  static Judgement judged(const std::vector<Likelihood>& answers,
                          const Completion& item) {
    Judgement one;
    double best = -std::numeric_limits<double>::infinity();
    for (size_t v = 0; v < answers.size(); ++v) {
      if (answers[v].sum > best) {
        best = answers[v].sum;
        one.verdict = v;
      }
      one.truncated = one.truncated || answers[v].truncated;
    }
    if (!std::isfinite(best)) {
      fail_runtime(item.where, "the judge's log-probs are not finite",
                   "use another judge, or float32");
    }
    double sum = 0;
    for (const Likelihood& answer : answers) sum += std::exp(answer.sum - best);
    for (const Likelihood& answer : answers) {
      one.probabilities.push_back(std::exp(answer.sum - best) / sum);
    }
    one.mass = std::exp(best) * sum;
    return one;
  }

  const Rubric rubric_;
  const std::shared_ptr<const ModelTarget> model_;
  const std::optional<ChatTemplate> chat_;
};

}  // namespace

std::unique_ptr<Judge> model_judge(Rubric rubric,
                                   std::shared_ptr<const Target> model,
                                   const std::string& folder) {
  return std::make_unique<ModelJudge>(std::move(rubric), std::move(model),
                                      folder);
}

}  // namespace lethe
