#include "harness/run/method_context.h"

#include <filesystem>
#include <optional>

#include "harness/base/files.h"
#include "harness/run/trainee.h"
#include "harness/run/training_rows.h"
#include "harness/run/watched.h"
#include "harness/train/checkpoint.h"
#include "harness/train/private_options.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

// The rows of several splits as one JSON Lines file.
std::string write_rows(const SuiteData& data,
                       const std::vector<std::string>& splits,
                       const std::string& path) {
  std::string text;
  for (const std::string& split : splits) {
    for (const DataRow& row : data.rows(split)) {
      text += canonical(row.fields) + "\n";
    }
  }
  write_file_atomically(path, text);
  return path;
}

void need_rows(const TrainingSet& set, const std::string& role) {
  if (set.size() == 0) {
    fail_usage("suite", "the method needs data of role " + role,
               "add a split with \"role\": \"" + role + "\"");
  }
}

// A step whose retain batch is the loop's main batch.
class RetainStep final : public Step {
 public:
  explicit RetainStep(Step& inner)
      : Step(inner.model, {inner.forget, inner.forget, inner.alternate},
             inner.state),
        inner_(inner) {}
  void add(const std::string& name, double weight,
           const std::function<Tensor()>& value) override {
    inner_.add(name, weight, value);
  }
  Tensor original_logprobs(const Batch& batch) override {
    return inner_.original_logprobs(batch);
  }
  Tensor original_kl(const Batch& batch) override {
    return inner_.original_kl(batch);
  }
  Tensor original_states(const Batch& batch) override {
    return inner_.original_states(batch);
  }
  const Head& original_head() override { return inner_.original_head(); }

 private:
  Step& inner_;
};

// Batches of the retain data stand where the forget batches would.
std::function<void(Step&)> as_retain(const std::function<void(Step&)>& step) {
  return [step](Step& inner) {
    RetainStep retain(inner);
    step(retain);
  };
}

}  // namespace

// What a method sees of the workshop.
class MethodContext final : public Context {
 public:
  MethodContext(Workshop& shop, const Variant& variant, const Made& base)
      : shop_(shop),
        variant_(variant),
        base_(base),
        out_(shop.folder_of(variant)) {}
  MethodContext(const MethodContext&) = delete;
  MethodContext& operator=(const MethodContext&) = delete;
  ~MethodContext() override {
    std::error_code ignored;  // only what was written here
    for (const std::string& path : {forget_file_, retain_file_}) {
      if (!path.empty()) fs::remove(path, ignored);
    }
    if (!forget_file_.empty() || !retain_file_.empty()) {
      fs::remove(data_folder(), ignored);  // if nothing else is in it
    }
  }

  const std::string& model_folder() const override { return base_.folder; }
  const std::string& out_folder() const override { return out_; }
  const std::string& forget_file() const override {
    return file(forget_file_, "forget");
  }
  const std::string& retain_file() const override {
    return file(retain_file_, "retain");
  }
  std::string resolve(const std::string& path) const override {
    return lethe::resolve(shop_.suite_.folder, path);
  }

  std::string resolve_model(const std::string& path) const override {
    const std::string local = resolve(path);
    return is_folder(local) ? local : find_model(path);
  }

  const Examples& forget_examples() const override {
    return examples(forget_examples_, "forget");
  }
  const Examples& retain_examples() const override {
    return examples(retain_examples_, "retain");
  }

  TrainingSet training_rows(Side side) const override {
    const std::string role = side == Side::forget ? "forget" : "retain";
    const TrainingSet rows = set_of(role, parse_train_options(variant_.train),
                                    ModelFolder(base_.folder), {});
    need_rows(rows, role);
    return rows;
  }

  const Compute& compute() const override { return shop_.compute_; }

  Unlearned train(const Method& method) override {
    return train_into(out_, method, variant_.train);
  }

  Unlearned train_aside(const Method& method, const std::string& name,
                        const Json& given) override {
    Json set = variant_.train;
    set.update(given);
    return train_into(out_ + "." + name, method, set);
  }

  std::string notes_folder() const override {
    if (!shop_.only_.empty()) return out_ + ".notes";
    return fs::path(shop_.folder_).parent_path().string() + "/notes/" +
           variant_.id();
  }

  Unlearned retrain(const Json& given) override {
    return anew(given, variant_.train, "forget");
  }

  Unlearned train_anew(const Json& given, const Json& options) override {
    Json set = variant_.train;
    set.update(options);
    return anew(given, set, "");
  }

 private:
  // On all splits but those of the role `without`.
  Unlearned anew(const Json& given, Json set, const std::string& without) {
    Json start = given;
    const std::vector<std::string> splits = shop_.pretraining_splits(without);
    if (start.is_null()) {
      const PretrainSpec& train = shop_.suite_.model.train;
      if (train.config.empty()) {
        fail_usage(variant_.method,
                   "the suite's model is a folder, so nothing says what came "
                   "before it saw the forget data",
                   "give it \"base\" or \"config\"");
      }
      start = {{"config", resolve(train.config)}};
      // As the suite trained its model; the variant's own options win.
      Json merged = training_over(train.set, set);
      merged["seed"] =
          train.set.value("seed", int64_t{0}) + set.value("seed", int64_t{0});
      set = merged;
    }
    const Made made = shop_.pretrain(start, splits, set, out_);
    return {made.folder, made.steps,   made.tokens,
            0,           made.message, made.adapter};
  }

  Unlearned train_into(const std::string& out, const Method& method,
                       const Json& set) {
    const Uses uses = method.uses();
    const TrainOptions options = parse_train_options(set);
    if (options.loss != "nll") {
      fail_usage(variant_.method, "has a loss of its own, and loss is given",
                 "the goldfish loss is for training a model: the method "
                 "goldfish, model.train.set, or lethe train");
    }
    const ModelFolder source(base_.folder);
    TrainTask task;
    TrainingSet forget = set_of("forget", options, source, uses);
    method.label(*this, forget);
    const TrainingSet retain = set_of("retain", options, source, {});
    if (uses.forget) need_rows(forget, "forget");
    if (uses.retain) need_rows(retain, "retain");
    const Alternates alternates = alternates_of(method, options, source);
    // Without a forget term the retain data decide the epochs.
    task.data.data = uses.forget ? &forget : &retain;
    task.data.retain = uses.retain && uses.forget ? &retain : nullptr;
    task.data.alternates = uses.alternates > 0 ? &alternates : nullptr;
    const Trainee trainee = open_trainee(source, shop_.compute_, options);
    task.model = trainee.model;
    task.original = trainee.original;
    task.uses = uses;
    task.step = [&](Step& step) { method.step(step); };
    if (!uses.forget) task.step = as_retain(task.step);
    task.before_step = [&](TrainState& state) { method.before_step(state); };
    const Watched watched(shop_.suite_, options, [&](const std::string& split) {
      const DecoderConfig decoder = read_config(source.path());
      const auto tokenizer = load_tokenizer(source);
      return TrainingSet(
          Watched::unlabelled(shop_.data_.examples(split, tokenizer.get())),
          options, decoder.max_positions, decoder.eos_ids);
    });
    task.evaluations = watched.sets();
    if (forget.size() > 0) task.evaluations.emplace_back("forget", &forget);
    if (retain.size() > 0) task.evaluations.emplace_back("retain", &retain);
    task.out = out;
    task.identity =
        recipe({variant_.id(), std::to_string(variant_.seed), base_.model_hash,
                forget.hash(), retain.hash(), alternates.rows.hash()});
    task.title = variant_.label;
    const TrainResult result = lethe::train(task, options);
    Unlearned made = write_trained(*task.model, source, options, out);
    remove_checkpoints(out);
    made.steps = result.steps;
    made.tokens = result.tokens;
    made.message = diverged_message(result);
    return made;
  }

  // Beside the model, which the method writes whole.
  std::string data_folder() const { return out_ + ".lethe-data"; }

  const std::string& file(std::string& path, const std::string& role) const {
    if (path.empty()) {
      make_folder(data_folder());
      path = write_rows(shop_.data_, shop_.data_.trained(role),
                        data_folder() + "/" + role + ".jsonl");
    }
    return path;
  }

  // Without controls, which are never trained on.
  const Examples& examples(std::optional<Examples>& kept,
                           const std::string& role) const {
    if (!kept) {
      kept.emplace();
      const auto tokenizer = load_tokenizer(ModelFolder(base_.folder));
      for (const std::string& split : shop_.data_.trained(role)) {
        for (const Example& e : shop_.data_.examples(split, tokenizer.get())) {
          if (e.member.value_or(true)) kept->push_back(e);
        }
      }
    }
    return *kept;
  }

  // The training rows of a role.
  TrainingSet set_of(const std::string& role, const TrainOptions& options,
                     const ModelFolder& source, const Uses& uses) const {
    TrainingSet rows =
        rows_of(role == "forget" ? forget_examples() : retain_examples(),
                options, read_config(source.path()), uses.alternates > 0);
    rows.side = role == "forget" ? Side::forget : Side::retain;
    return rows;
  }

  Alternates alternates_of(const Method& method, const TrainOptions& options,
                           const ModelFolder& source) {
    const int64_t a_row = method.uses().alternates;
    if (a_row == 0) return {};
    const auto answers = method.alternates(*this);
    if (answers.size() != forget_examples().size()) {
      fail_runtime(variant_.method,
                   fmt::format("gives other answers to {} texts of {}",
                               answers.size(), forget_examples().size()),
                   "alternates() must give some for each");
    }
    Alternates all =
        alternate_rows(forget_examples(), answers, options, source);
    all.a_row = a_row;
    return all;
  }

  Workshop& shop_;
  const Variant& variant_;
  const Made& base_;
  const std::string out_;
  mutable std::string forget_file_, retain_file_;
  mutable std::optional<Examples> forget_examples_, retain_examples_;
};

std::unique_ptr<Context> method_context(Workshop& shop, const Variant& variant,
                                        const Made& base) {
  return std::make_unique<MethodContext>(shop, variant, base);
}

}  // namespace lethe
