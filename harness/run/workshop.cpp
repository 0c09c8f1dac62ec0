#include "harness/run/workshop.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/run/watched.h"
#include "harness/train/checkpoint.h"
#include "harness/train/losses.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::string parent(const std::string& path) {
  return fs::path(path).parent_path().string();
}

// One short name for all that decides a training run.
std::string recipe(const std::vector<std::string>& parts) {
  return short_hash(canonical(Json(parts)));
}

std::string tokenizer_hash(const std::string& folder) {
  return Tokenizer::present(folder) ? Tokenizer::load(folder)->hash() : "";
}

std::string diverged_message(const TrainResult& result) {
  return result.diverged
             ? fmt::format(
                   "diverged: the loss or gradient of step {} is not "
                   "finite",
                   result.steps + 1)
             : "";
}

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

  Unlearned train(const Method& method) override {
    const Uses uses = method.uses();
    const TrainOptions options = parse_train_options(variant_.train);
    const ModelFolder source(base_.folder);
    TrainTask task;
    const TrainingSet forget = set_of("forget", options, source, uses);
    const TrainingSet retain = set_of("retain", options, source, {});
    if (uses.forget) need_rows(forget, "forget");
    if (uses.retain) need_rows(retain, "retain");
    const Alternates alternates = alternates_of(method, options, source);
    // Without a forget term the retain data decide the epochs.
    task.data.data = uses.forget ? &forget : &retain;
    task.data.retain = uses.retain && uses.forget ? &retain : nullptr;
    task.data.alternates = uses.alternates > 0 ? &alternates : nullptr;
    task.model = Model::load(source, shop_.compute_, true);
    task.uses = uses;
    task.step = [&](Step& step) { method.step(step); };
    if (!uses.forget) task.step = as_retain(task.step);
    task.before_step = [&](TrainState& state) { method.before_step(state); };
    task.original = [&] { return Model::load(source, shop_.compute_); };
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
    task.out = out_;
    task.identity =
        recipe({variant_.id(), std::to_string(variant_.seed), base_.model_hash,
                forget.hash(), retain.hash(), alternates.rows.hash()});
    task.title = variant_.label;
    const TrainResult result = lethe::train(task, options);
    save_model(*task.model, source, out_);
    remove_checkpoints(out_);
    return {out_, result.steps, result.tokens, 0, diverged_message(result)};
  }

  Unlearned retrain(const Json& given) override {
    Json start = given;
    Json set = variant_.train;
    std::vector<std::string> splits = shop_.pretraining_splits("forget");
    if (start.is_null()) {
      const PretrainSpec& train = shop_.suite_.model.train;
      if (train.config.empty()) {
        fail_usage("retrain",
                   "the suite's model is a folder, so nothing says what came "
                   "before it saw the forget data",
                   "give retrain \"base\" or \"config\"");
      }
      start = {{"config", resolve(train.config)}};
      // As the suite trained its model; the variant's own options win.
      Json merged = train.set;
      merged.update(set);
      merged["seed"] =
          train.set.value("seed", int64_t{0}) + set.value("seed", int64_t{0});
      set = merged;
    }
    const Made made = shop_.pretrain(start, splits, set, out_);
    return {out_, made.steps, made.tokens, 0, made.message};
  }

 private:
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

  TrainingSet set_of(const std::string& role, const TrainOptions& options,
                     const ModelFolder& source, const Uses& uses) const {
    Examples all = role == "forget" ? forget_examples() : retain_examples();
    if (uses.alternates > 0) {
      for (Example& e : all) {
        if (e.score_from <= 1) e.score_from = second_half_from(e);
      }
    }
    const DecoderConfig decoder = read_config(source.path());
    TrainingSet rows;
    for (size_t begin = 0; begin < all.size();) {
      size_t end = begin;
      while (end < all.size() && all[end].split == all[begin].split) ++end;
      const TrainingSet part({all.begin() + begin, all.begin() + end}, options,
                             decoder.max_positions, decoder.eos_ids);
      rows.append(part, options.repeat.value(all[begin].split, int64_t{1}),
                  begin);
      begin = end;
    }
    rows.side = role == "forget" ? Side::forget : Side::retain;
    return rows;
  }

  // Every other answer to every forget text as a row.
  Alternates alternates_of(const Method& method, const TrainOptions& options,
                           const ModelFolder& source) {
    Alternates all;
    all.a_row = method.uses().alternates;
    if (all.a_row == 0) return all;
    const Examples& forget = forget_examples();
    const auto answers = method.alternates(*this);
    if (answers.size() != forget.size()) {
      fail_runtime(variant_.method,
                   fmt::format("gives other answers to {} texts of {}",
                               answers.size(), forget.size()),
                   "alternates() must give some for each");
    }
    const auto tokenizer = load_tokenizer(source);
    const DecoderConfig decoder = read_config(source.path());
    Examples texts;
    all.of.resize(forget.size());
    for (size_t i = 0; i < forget.size(); ++i) {
      for (const std::string& answer : answers[i]) {
        Example e = forget[i];
        e.references = {answer};
        const OtherAnswer other = with_answer(e, answer, tokenizer.get());
        e.ids = other.ids;
        e.score_from = other.score_from;
        all.of[i].push_back(static_cast<int64_t>(texts.size()));
        texts.push_back(std::move(e));
      }
    }
    all.rows =
        TrainingSet(texts, options, decoder.max_positions, decoder.eos_ids);
    all.rows.side = Side::alternate;
    return all;
  }

  // Batches of the retain data stand where the forget batches would.
  static std::function<void(Step&)> as_retain(
      const std::function<void(Step&)>& step);

  Workshop& shop_;
  const Variant& variant_;
  const Made& base_;
  const std::string out_;
  mutable std::string forget_file_, retain_file_;
  mutable std::optional<Examples> forget_examples_, retain_examples_;
};

namespace {

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

}  // namespace

std::function<void(Step&)> MethodContext::as_retain(
    const std::function<void(Step&)>& step) {
  return [step](Step& inner) {
    RetainStep retain(inner);
    step(retain);
  };
}

Workshop::Workshop(const Suite& suite, const SuiteData& data,
                   const Compute& compute, std::string folder)
    : suite_(suite),
      data_(data),
      compute_(compute),
      folder_(std::move(folder)) {}

std::string Workshop::folder_of(const Variant& variant) const {
  return only_.empty() ? folder_ + "/" + variant.id() : only_;
}

std::string Workshop::start_folder() const {
  if (suite_.model.path.empty()) {
    return parent(resolve(suite_.folder, suite_.model.train.config));
  }
  const std::string local = resolve(suite_.folder, suite_.model.path);
  return is_folder(local) ? local : find_model(suite_.model.path);
}

std::string Workshop::start_adapter() const {
  return suite_.model.adapter.empty()
             ? ""
             : resolve(suite_.folder, suite_.model.adapter);
}

std::string Workshop::start_hash() const {
  if (suite_.model.path.empty()) return "";
  if (start_hash_.empty()) {
    start_hash_ = model_hash(ModelFolder(start_folder()), start_adapter());
  }
  return start_hash_;
}

std::shared_ptr<const Tokenizer> Workshop::tokenizer() const {
  const std::string folder = start_folder();
  return Tokenizer::present(folder) ? Tokenizer::load(folder) : nullptr;
}

std::vector<std::string> Workshop::pretraining_splits(
    const std::string& without) const {
  std::vector<std::string> splits = suite_.model.train.splits;
  if (splits.empty()) {
    for (const SplitSpec& split : suite_.data) {
      if (split.train) splits.push_back(split.name);
    }
  }
  std::vector<std::string> kept;
  for (const std::string& name : splits) {
    if (suite_.split(name).role != without) kept.push_back(name);
  }
  return kept;
}

// `start` is {"base": FOLDER} or {"config": FILE}.
Made Workshop::pretrain(const Json& start,
                        const std::vector<std::string>& splits, const Json& set,
                        const std::string& out) {
  const Cost cost;
  const TrainOptions options = parse_train_options(set);
  const bool fresh = start.contains("config");
  const std::string given = start[fresh ? "config" : "base"];
  const std::string path = fresh ? given : find_model(given);
  const std::string tokens = fresh ? parent(path) : path;
  const Json config =
      fresh ? read_json(path, 16u << 20) : read_config_json(path);
  const DecoderConfig decoder =
      fresh ? config_from_json(config, path) : read_config(path);
  const auto tokenizer =
      Tokenizer::present(tokens) ? Tokenizer::load(tokens) : nullptr;
  TrainingSet all;
  for (const std::string& split : splits) {
    const TrainingSet part(data_.examples(split, tokenizer.get()), options,
                           decoder.max_positions, decoder.eos_ids);
    all.append(part, options.repeat.value(split, int64_t{1}));
  }
  TrainTask task;
  task.model = fresh ? Model::create(config, compute_,
                                     static_cast<uint64_t>(options.seed))
                     : Model::load(ModelFolder(path), compute_, true);
  task.data.data = &all;
  const Watched watched(suite_, options, [&](const std::string& split) {
    return TrainingSet(
        Watched::unlabelled(data_.examples(split, tokenizer.get())), options,
        decoder.max_positions, decoder.eos_ids);
  });
  task.evaluations = watched.sets();
  task.step = [](Step& s) {
    s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
  };
  task.out = out;
  task.identity = recipe({canonical(set), canonical(config), all.hash(),
                          fresh ? "" : ModelFolder(path).hash()});
  task.title = "training " + fs::path(out).filename().string();
  const TrainResult result = lethe::train(task, options);
  if (fresh) {
    save_new_model(*task.model, config, tokens, out);
  } else {
    save_model(*task.model, ModelFolder(path), out);
  }
  remove_checkpoints(out);
  Made made;
  made.folder = out;
  made.model_hash = ModelFolder(out).hash();
  made.tokenizer_hash = tokenizer == nullptr ? "" : tokenizer->hash();
  made.steps = result.steps;
  made.tokens = result.tokens;
  made.message = diverged_message(result);
  cost.put(made);
  return made;
}

Made Workshop::base() {
  if (suite_.model.path.empty()) {
    const PretrainSpec& train = suite_.model.train;
    return pretrain({{"config", resolve(suite_.folder, train.config)}},
                    pretraining_splits(""), train.set, folder_ + "/base");
  }
  Made made;
  made.folder = start_folder();
  made.adapter = start_adapter();
  made.model_hash = start_hash();
  made.tokenizer_hash = tokenizer_hash(made.folder);
  return made;
}

Made Workshop::make(const Variant& variant, const Made& base) {
  const Cost cost;
  MethodContext context(*this, variant, base);
  const auto method = Registry<Method>::make(variant.method, variant.own);
  const Unlearned result = method->unlearn(context);
  Made made;
  made.folder = result.folder;
  made.steps = result.steps;
  made.tokens = result.tokens;
  made.peak_bytes = result.peak_bytes;
  made.message = result.message;
  cost.put(made);
  const bool same = result.folder == base.folder;
  if (same) made.adapter = base.adapter;
  made.model_hash = same ? base.model_hash : ModelFolder(result.folder).hash();
  made.tokenizer_hash = tokenizer_hash(result.folder);
  return made;
}

}  // namespace lethe
