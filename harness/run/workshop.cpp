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
#include "harness/run/method_context.h"
#include "harness/run/sanitised.h"
#include "harness/run/trainee.h"
#include "harness/run/watched.h"
#include "harness/target/defended.h"
#include "harness/train/checkpoint.h"
#include "harness/train/goldfish.h"
#include "harness/train/losses.h"
#include "harness/train/private_options.h"
#include "harness/train/selection.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::string parent(const std::string& path) {
  return fs::path(path).parent_path().string();
}

std::string tokenizer_hash(const std::string& folder) {
  return Tokenizer::present(folder) ? Tokenizer::load(folder)->hash() : "";
}

}  // namespace

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

namespace {

// How texts become rows.
struct RowForm {
  const TrainOptions& options;
  const DecoderConfig& decoder;
};

// The rows of all splits, examples counted through, with what goldfish leaves
// out.
TrainingSet rows_of(const TrainedTexts& texts,
                    const std::vector<std::string>& splits,
                    const Tokenizer* tokenizer, const RowForm& form) {
  TrainingSet all;
  size_t first = 0;  // example of the split among those of all
  for (const std::string& split : splits) {
    const Examples& own = texts.examples(split);
    TrainingSet part(own, form.options, form.decoder.max_positions,
                     form.decoder.eos_ids);
    drop_tokens(part, own, tokenizer, form.options);
    all.append(part, form.options.repeat.value(split, int64_t{1}), first);
    first += own.size();
  }
  check_drops(all, form.options);
  return all;
}

// The model of the folder, or one of fresh weights.
std::shared_ptr<Model> trainee(const Json& config,
                               const std::optional<ModelFolder>& source,
                               const Compute& compute,
                               const TrainOptions& options) {
  if (source) return open_trainee(*source, compute, options).model;
  if (options.lora_rank > 0) {
    fail_usage("lora_rank", "is given, but there is no model to stand on",
               "train from a folder: --model");
  }
  auto model =
      Model::create(config, compute, static_cast<uint64_t>(options.seed));
  select_trainable(*model, options);
  return model;
}

void nll_step(Step& s) {
  s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
}

void goldfish_step(Step& s) {
  s.add("nll", 1, [&] {
    const GoldfishLoss found = goldfish_nll(s.model, s.forget);
    const Tensor& left_out = s.forget.dropped;
    s.note("dropped_nll", found.dropped,
           left_out.defined() ? left_out.numel() : 0);
    return found.loss;
  });
}

// What was left out of the texts, beside the model and in the log.
void say_sanitised(const TrainedTexts& texts, const std::string& title,
                   const std::string& out) {
  if (texts.counts().is_null()) {
    fs::remove(out + "/sanitised.jsonl");  // of another training
    return;
  }
  log_info(title + ": " + texts.summary());
  write_file_atomically(out + "/sanitised.jsonl", texts.report());
}

}  // namespace

// `start` is {"base": FOLDER} or {"config": FILE}.
Made Workshop::pretrain(const Json& start,
                        const std::vector<std::string>& splits, const Json& set,
                        const std::string& out) {
  const Cost cost;
  const TrainOptions options = parse_train_options(set);
  check_privacy(options, splits);
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
  const TrainedTexts texts(data_, splits, tokenizer.get(), options);
  const TrainingSet all =
      rows_of(texts, splits, tokenizer.get(), {options, decoder});
  const std::optional<ModelFolder> source =
      fresh ? std::nullopt : std::optional<ModelFolder>(path);
  TrainTask task;
  task.model = trainee(config, source, compute_, options);
  task.data.data = &all;
  task.uses.forget = false;
  const Watched watched(suite_, options, [&](const std::string& split) {
    return TrainingSet(
        Watched::unlabelled(data_.examples(split, tokenizer.get())), options,
        decoder.max_positions, decoder.eos_ids);
  });
  task.evaluations = watched.sets();
  task.step = options.loss == "goldfish" ? goldfish_step : nll_step;
  task.out = out;
  task.identity = recipe({canonical(set), canonical(config), all.hash(),
                          fresh ? "" : source->hash()});
  task.title = "training " + fs::path(out).filename().string();
  const TrainResult result = lethe::train(task, options);
  Made made;
  made.folder = out;
  if (fresh) {
    save_new_model(*task.model, config, tokens, out);
  } else {
    const Unlearned left = write_trained(*task.model, *source, options, out);
    made.folder = left.folder;
    made.adapter = left.adapter;
  }
  remove_checkpoints(out);
  made.model_hash = model_hash(ModelFolder(made.folder), made.adapter);
  made.tokenizer_hash = tokenizer == nullptr ? "" : tokenizer->hash();
  made.steps = result.steps;
  made.tokens = result.tokens;
  made.message = diverged_message(result);
  made.sanitised = sanitised_ = texts.counts();
  say_sanitised(texts, task.title, out);
  if (is_private(options)) put_privacy(out, made);
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
  const auto context = method_context(*this, variant, base);
  const auto method = Registry<Method>::make(variant.method, variant.own);
  sanitised_ = nullptr;
  const Unlearned result = method->unlearn(*context);
  Made made;
  made.sanitised = sanitised_;
  made.folder = result.folder;
  made.steps = result.steps;
  made.tokens = result.tokens;
  made.peak_bytes = result.peak_bytes;
  made.message = result.message;
  made.defence = result.defence;
  cost.put(made);
  if (method->uses().from_start) put_privacy(folder_of(variant), made);
  const bool same = result.folder == base.folder && result.adapter.empty();
  made.adapter = same ? base.adapter : result.adapter;
  if (same && made.defence.is_null()) {  // defences read the forget data
    made.privacy = base.privacy;
    made.epsilon = base.epsilon;
  }
  made.model_hash =
      defended_hash(same ? base.model_hash
                         : model_hash(ModelFolder(made.folder), made.adapter),
                    made.defence);
  if (suite_.save_models && !made.defence.is_null()) {
    log_warning(fmt::format(
        "{} leaves no checkpoint to keep: it is {} behind a defence that works "
        "when the model is asked",
        variant.label, made.folder));
  }
  made.tokenizer_hash = tokenizer_hash(result.folder);
  return made;
}

}  // namespace lethe
