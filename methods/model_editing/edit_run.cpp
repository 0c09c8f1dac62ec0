#include "methods/model_editing/edit_run.h"

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/ordered_json.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"
#include "methods/model_editing/update.h"

namespace lethe {

void check_edit_options(const std::string& method, const EditOptions& o) {
  const auto least = [&](const char* key, double value, double bound) {
    if (value >= bound) return;
    fail_usage(method, fmt::format("{} is {}", key, value),
               fmt::format("give at least {}", bound));
  };
  const auto above = [&](const char* key, double value) {
    if (value > 0) return;
    fail_usage(method, fmt::format("{} is {}", key, value),
               "give a number above 0");
  };
  if (o.target != "refusal" && o.target != "erase") {
    fail_usage(method, "target is " + o.target, "choose refusal or erase");
  }
  if (o.target == "erase" && !o.answers.empty()) {
    fail_usage(method, "has answers, which target=erase does not read",
               "leave answers out, or set target=refusal");
  }
  if (o.fact_token != "subject_last" && o.fact_token != "last") {
    fail_usage(method, "fact_token is " + o.fact_token,
               "choose subject_last or last");
  }
  least("v_num_grad_steps", static_cast<double>(o.v_num_grad_steps), 1);
  above("v_lr", o.v_lr);
  least("v_weight_decay", o.v_weight_decay, 0);
  above("clamp_norm_factor", o.clamp_norm_factor);
  least("kl_factor", o.kl_factor, 0);
  least("contexts", static_cast<double>(o.contexts), 0);
  least("context_tokens", static_cast<double>(o.context_tokens), 1);
  least("mom2_samples", static_cast<double>(o.mom2_samples), 1);
  least("ridge", o.ridge, 0);
}

namespace {

FactOptions fact_options(const std::string& method, const Context& context,
                         const EditOptions& o) {
  FactOptions options{o.target, o.fact_token, method, {}};
  if (o.target == "refusal") {
    options.answers = o.answers.empty()
                          ? refusals()
                          : read_answers(context.resolve(o.answers));
  }
  return options;
}

}  // namespace

EditRun::EditRun(std::string method, Context& context,
                 const EditOptions& options)
    : method_(std::move(method)),
      context_(context),
      o_(options),
      folder_(context.model_folder()),
      tokenizer_(load_tokenizer(folder_)),
      model_(Model::load(folder_, context.compute())),
      prefixes_(drawn_prefixes(context.retain_examples(), options.contexts,
                               options.context_tokens)) {
  if (model_->config().experts > 0) {
    fail_usage(method_,
               fmt::format("{} has mixtures of experts, no one down projection",
                           model_->config().model_type),
               "use a model with one MLP a block");
  }
  const int64_t prefix = o_.contexts > 0 ? o_.context_tokens : 0;
  for (Fact& fact : facts_of(context.forget_examples(), tokenizer_.get(),
                             fact_options(method_, context, o_))) {
    facts_.push_back(
        fitted(std::move(fact), model_->config().max_positions, prefix));
  }
  if (facts_.empty()) {
    fail_usage(method_, "no forget text to edit", "give forget data");
  }
  found_.resize(facts_.size());
}

void EditRun::check_layer(int64_t layer) const {
  const int64_t layers = model_->config().layers;
  if (layer < 0 || layer > layers - 2) {
    fail_usage(method_,
               fmt::format("block {} of a model of {} blocks", layer, layers),
               layers < 2 ? "it needs two blocks or more"
                          : fmt::format("give one from 0 to {}: nothing reads "
                                        "what the last one writes",
                                        layers - 2));
  }
}

Tensor EditRun::moment(int64_t layer) {
  const Tensor mean =
      key_moment(*model_, layer, context_.training_rows(Side::retain),
                 o_.mom2_samples, &tokens_);
  return with_ridge(mean, o_.ridge);
}

FoundValue EditRun::value(const Model& model, int64_t layer, size_t i,
                          bool of_block) {
  const ValueOptions options{o_.v_num_grad_steps,
                             o_.v_lr,
                             o_.v_weight_decay,
                             o_.clamp_norm_factor,
                             o_.kl_factor,
                             o_.target == "erase",
                             of_block};
  found_[i] = find_value(model, layer, facts_[i], prefixes_, options, &tokens_);
  return found_[i];
}

KeyStates EditRun::states(const Model& model, int64_t layer, size_t i) {
  return key_states(model, layer, facts_[i], prefixes_, &tokens_);
}

void EditRun::write_notes() const {
  const auto text = [&](const Ids& ids) {
    return tokenizer_ != nullptr ? OrderedJson(tokenizer_->decode(ids))
                                 : OrderedJson(ids);
  };
  std::string lines;
  for (size_t i = 0; i < facts_.size(); ++i) {
    const Fact& fact = facts_[i];
    OrderedJson row;
    row["id"] = fact.id;
    row["subject"] =
        fact.subject.empty() ? OrderedJson() : OrderedJson(fact.subject);
    row["key_token"] = text({fact.prompt[static_cast<size_t>(fact.key)]});
    row["target"] = text(fact.target);
    row["probability_before"] = found_[i].probability_before;
    row["probability"] = found_[i].probability;
    lines += row.dump() + "\n";
  }
  make_folder(context_.notes_folder());
  write_file_atomically(context_.notes_folder() + "/facts.jsonl", lines);
}

Unlearned EditRun::write(const Model& edited) {
  double before = 0, after = 0;
  int64_t subjects = 0;
  for (size_t i = 0; i < facts_.size(); ++i) {
    before += found_[i].probability_before;
    after += found_[i].probability;
    subjects += facts_[i].subject.empty() ? 0 : 1;
  }
  const auto count = static_cast<double>(facts_.size());
  log_info(fmt::format(
      "{}: {} facts, {} with a subject; the values take the probability of "
      "{} from {:.3g} to {:.3g} on average; what was edited is in "
      "{}/facts.jsonl",
      method_, facts_.size(), subjects,
      o_.target == "erase" ? "the answers" : "the refusals", before / count,
      after / count, context_.notes_folder()));
  write_notes();
  save_model(edited, folder_, context_.out_folder());
  return {.folder = context_.out_folder(), .tokens = tokens_};
}

}  // namespace lethe
