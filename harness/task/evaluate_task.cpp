#include "harness/task/evaluate_task.h"

#include <algorithm>
#include <cmath>

#include "harness/base/hash.h"
#include "harness/task/answer_text.h"
#include "harness/task/task_metrics.h"

namespace lethe {
namespace {

// The documents of one task while they are asked.
class Evaluation {
 public:
  Evaluation(const Target& target, const Tokenizer& tokenizer, const Task& task,
             const TaskOptions& options)
      : target_(target), tokenizer_(tokenizer), task_(task), o_(options) {
    result_.name = task.name;
    result_.version = task.version;
    result_.groups = task.groups;
    rules_ = options.rules;
    if (rules_.max_length == 0) rules_.max_length = target.window();
    rules_.max_length = std::min(rules_.max_length, target.window());
  }

  TaskResult run() {
    read();
    const ScoreCost before = target_.scoring_cost();
    if (task_.kind == TaskKind::generate) {
      generate();
    } else {
      score();
    }
    const ScoreCost after = target_.scoring_cost();
    result_.cost = after;
    result_.cost.tokens -= before.tokens;
    result_.cost.naive_tokens -= before.naive_tokens;
    result_.cost.scored_tokens -= before.scored_tokens;
    result_.cost.batches -= before.batches;
    result_.metric_names = metric_fields(task_);
    for (size_t d = 0; d < documents_.size(); ++d) {
      TaskItem& item = result_.items[d];
      item.values = item_values(task_, documents_[d], item);
      result_.nonfinite +=
          std::all_of(item.values.begin(), item.values.end(),
                      [](double value) { return std::isfinite(value); })
              ? 0
              : 1;
    }
    result_.metrics = task_metrics(task_, result_.items, o_.bootstrap_iters);
    return std::move(result_);
  }

 private:
  void read() {
    result_.data = find_split(task_, task_.eval_splits, o_.sources, o_.limit);
    documents_ = make_documents(task_, result_.data);
    result_.num_fewshot = task_.fewshot.count;
    if (o_.num_fewshot >= 0 && o_.num_fewshot != task_.fewshot.count) {
      result_.fewshot_fixed = task_.fewshot.fixed;
      if (!task_.fewshot.fixed) result_.num_fewshot = o_.num_fewshot;
    }
    result_.shots = draw_shots(task_, result_.data, o_.sources,
                               result_.num_fewshot, o_.fewshot_seed);
    ContextBuilder contexts(task_, result_.shots, o_.context);
    Sha256 items;
    for (size_t d = 0; d < documents_.size(); ++d) {
      TaskItem item;
      item.answer = documents_[d].answer;
      item.cluster = documents_[d].cluster;
      ask(d, contexts, item);
      items.add(result_.data.rows[d].fields.dump() + "\n");
      result_.items.push_back(std::move(item));
    }
    result_.items_hash = items.hex();
    result_.shots.worked.clear();
    result_.data.rows.clear();
  }

  void ask(size_t number, ContextBuilder& contexts, TaskItem& item) const {
    const TaskDocument& d = documents_[number];
    if (task_.kind == TaskKind::rolling) {
      item.arguments.emplace_back("", d.target);
      return;
    }
    if (d.contexts.empty()) item.context = contexts.context(number, d.prompt);
    if (task_.kind == TaskKind::loglikelihood) {
      item.arguments.emplace_back(item.context, d.target);
    } else if (task_.kind == TaskKind::multiple_choice) {
      ask_choices(number, contexts, item);
    }
  }

  void ask_choices(size_t number, ContextBuilder& contexts,
                   TaskItem& item) const {
    const TaskDocument& d = documents_[number];
    const std::string between = contexts.delimiter();
    const bool in_context = !d.contexts.empty();
    for (size_t c = 0; c < d.choices.size(); ++c) {
      item.arguments.emplace_back(
          in_context ? contexts.context(number, d.contexts[c]) : item.context,
          between + (in_context ? d.target : d.choices[c]));
    }
    const auto& metrics = task_.metrics;
    if (std::find(metrics.begin(), metrics.end(), "acc_mutual_info") ==
        metrics.end()) {
      return;
    }
    for (const std::string& choice : d.choices) {  // each without a question
      item.arguments.emplace_back("", between + choice);
    }
  }

  void score() {
    RequestEncoder encoder(tokenizer_, rules_);
    std::vector<ScoreItem> requests;
    std::vector<std::pair<size_t, size_t>> belongs;  // document, argument
    Sha256 prompts;
    const auto add = [&](size_t d, size_t a, EncodedRequest request) {
      check(request, documents_[d]);
      result_.truncated += request.truncated ? 1 : 0;
      result_.boundary_mismatch += request.boundary_mismatch ? 1 : 0;
      hash(request.item, prompts);
      requests.push_back(std::move(request.item));
      belongs.emplace_back(d, a);
    };
    for (size_t d = 0; d < documents_.size(); ++d) {
      const auto& arguments = result_.items[d].arguments;
      for (size_t a = 0; a < arguments.size(); ++a) {
        if (task_.kind != TaskKind::rolling) {
          add(d, a, encoder.pair(arguments[a].first, arguments[a].second));
          continue;
        }
        for (EncodedRequest& window : encoder.windows(arguments[a].second)) {
          add(d, a, std::move(window));
        }
      }
      result_.items[d].likelihoods.resize(arguments.size());
    }
    result_.prompt_hash = prompts.hex();
    const std::vector<Likelihood> all = target_.likelihoods(requests);
    for (size_t i = 0; i < all.size(); ++i) {
      join(all[i],
           result_.items[belongs[i].first].likelihoods[belongs[i].second]);
    }
  }

  static void hash(const ScoreItem& item, Sha256& into) {
    into.add(fmt::format("{}:{}:", item.score_from, item.ids.size()));
    into.add({reinterpret_cast<const char*>(item.ids.data()),
              item.ids.size() * sizeof(int64_t)});
  }

  // Windows of one text add up.
  static void join(const Likelihood& part, Likelihood& whole) {
    const bool first = whole.tokens == 0;
    whole.sum = first ? part.sum : whole.sum + part.sum;
    whole.greedy = (first || whole.greedy) && part.greedy;
    whole.tokens += part.tokens;
    whole.truncated = whole.truncated || part.truncated;
  }

  // The peer stops there, too.
  void check(const EncodedRequest& request, const TaskDocument& d) const {
    if (!request.too_long) return;
    fail_input(d.where,
               fmt::format("a continuation is longer than the {} tokens that "
                           "are read",
                           rules_.max_length),
               "use a model with a longer window");
  }

  void generate() {
    RequestEncoder encoder(tokenizer_, rules_);
    GenerateOptions options;
    options.max_new_tokens = task_.match.max_new_tokens;
    options.eos_ids = target_.eos_ids();
    options.stop = [&](const std::vector<int64_t>& ids) {
      return ends_answer(target_.decode(ids), task_.match.until);
    };
    Prompts prompts;
    Sha256 hashes;
    for (const TaskItem& item : result_.items) {
      prompts.push_back(encoder.prompt(item.context, options.max_new_tokens));
      hash({prompts.back(), 1}, hashes);
    }
    result_.prompt_hash = hashes.hex();
    const Generation generation = target_.generate(prompts, options);
    for (size_t d = 0; d < prompts.size(); ++d) {
      result_.items[d].output =
          answer_text(target_.decode(generation.sequences[d].front().ids),
                      task_.match.until);
    }
  }

  const Target& target_;
  const Tokenizer& tokenizer_;
  const Task& task_;
  const TaskOptions& o_;
  EncodingRules rules_;
  std::vector<TaskDocument> documents_;
  TaskResult result_;
};

}  // namespace

TaskResult evaluate_task(const Target& target, const Tokenizer& tokenizer,
                         const Task& task, const TaskOptions& options) {
  return Evaluation(target, tokenizer, task, options).run();
}

}  // namespace lethe
