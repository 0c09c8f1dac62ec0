#include "harness/target/model_target.h"

#include <algorithm>
#include <optional>

#include "harness/base/hash.h"
#include "harness/base/log.h"
#include "harness/generate/generate.h"
#include "harness/model/adapter.h"
#include "harness/score/drift.h"
#include "harness/target/mask_filler.h"
#include "harness/target/special_ids.h"
#include "harness/train/gradient_norm.h"

namespace lethe {

namespace {

std::string key_of(const ScoreItem& item) {
  Sha256 hash;
  hash.add(fmt::format("{}:", item.score_from));
  hash.add({reinterpret_cast<const char*>(item.ids.data()),
            item.ids.size() * sizeof(int64_t)});
  return hash.hex().substr(0, 32);
}

std::string key_of(const std::string& folder, const Compute& compute) {
  return fmt::format("{} {} {}", compute.device_name(), compute.dtype_name(),
                     folder);
}

}  // namespace

ModelTarget::ModelTarget(std::shared_ptr<const Model> model,
                         std::shared_ptr<const Tokenizer> tokenizer,
                         const TargetOptions& options)
    : model_(std::move(model)),
      tokenizer_(std::move(tokenizer)),
      options_(options) {
  const DecoderConfig& c = model_->config();
  const bool ends = c.positions != Positions::rotary ||
                    c.rope.type == "dynamic" || c.rope.type == "longrope";
  if (ends && options_.max_length > c.max_positions) {
    fail_usage("--max-length",
               fmt::format("is {}, the model has {} positions",
                           options_.max_length, c.max_positions),
               "give at most that");
  }
}

Needs ModelTarget::can() const {
  return {.token_statistics = true,
          .generate = true,
          .gradients = model_->networks() == 1,
          .tokenizer = tokenizer_ != nullptr,
          .drift = true};
}

std::string ModelTarget::limits() const {
  return model_->networks() == 1
             ? ""
             : "several networks answer together: there is no gradient of one";
}

std::vector<std::shared_ptr<const TokenStatistics>> ModelTarget::statistics(
    const Examples& examples) const {
  std::vector<ScoreItem> missing;
  std::vector<Key> keys;
  int64_t tokens = 0;
  for (const Example& e : examples) {
    Key key{e.ids, e.score_from};
    if (statistics_.emplace(key, nullptr).second) {
      tokens += static_cast<int64_t>(e.ids.size());
      missing.push_back({e.ids, e.score_from});
      keys.push_back(std::move(key));
    }
  }
  std::optional<Progress> progress;
  const ScoreOptions options = score_options(tokens, progress);
  try {
    const ScoreResult result = score(*model_, missing, options);
    count(result.cost);
    for (size_t i = 0; i < keys.size(); ++i) {
      statistics_[keys[i]] = result.statistics[i];
    }
  } catch (...) {  // leave no empty entries behind
    for (const Key& key : keys) statistics_.erase(key);
    throw;
  }
  std::vector<std::shared_ptr<const TokenStatistics>> all;
  for (const Example& e : examples) {
    all.push_back(statistics_.at({e.ids, e.score_from}));
  }
  return all;
}

std::vector<Likelihood> ModelTarget::likelihoods(
    const std::vector<ScoreItem>& items) const {
  std::vector<ScoreItem> missing;
  std::vector<std::string> keys, missing_keys;
  int64_t tokens = 0;
  for (const ScoreItem& item : items) {
    keys.push_back(key_of(item));
    if (likelihoods_.contains(keys.back())) continue;
    tokens += static_cast<int64_t>(item.ids.size());
    missing.push_back(item);
    missing_keys.push_back(keys.back());
  }
  std::optional<Progress> progress;
  const LikelihoodResult result =
      lethe::likelihoods(*model_, missing, score_options(tokens, progress));
  count(result.cost);
  for (size_t i = 0; i < missing.size(); ++i) {
    likelihoods_[missing_keys[i]] = result.likelihoods[i];
  }
  std::vector<Likelihood> all;
  for (const std::string& key : keys) all.push_back(likelihoods_.at(key));
  return all;
}

std::vector<std::shared_ptr<const TokenDrift>> ModelTarget::drift(
    const std::vector<ScoreItem>& items, const Target& base) const {
  const std::shared_ptr<const Model> other = base.model();
  if (other == nullptr) {
    fail_usage("drift", "the base has no weights here",
               "name a model folder as the base");
  }
  int64_t tokens = 0;
  for (const ScoreItem& item : items) {
    tokens += static_cast<int64_t>(item.ids.size());
  }
  tokens_ += (model_->networks() + other->networks()) * tokens;
  std::optional<Progress> progress;
  return lethe::drift(*model_, *other, items, score_options(tokens, progress));
}

ScoreOptions ModelTarget::score_options(
    int64_t tokens, std::optional<Progress>& progress) const {
  ScoreOptions options;
  options.batch_tokens = options_.batch_tokens;
  options.alone = options_.deterministic;
  options.max_length = options_.max_length;
  if (options_.progress) {
    progress.emplace("scoring", "tokens", tokens);
    options.progress = [&](int64_t count) { progress->add(count); };
  }
  return options;
}

void ModelTarget::count(const ScoreCost& cost) const {
  const int64_t networks = model_->networks();
  tokens_ += networks * cost.tokens;
  cost_.tokens += networks * cost.tokens;
  cost_.naive_tokens += networks * cost.naive_tokens;
  cost_.scored_tokens += cost.scored_tokens;
  cost_.batches += cost.batches;
  cost_.largest_batch = std::max(cost_.largest_batch, cost.largest_batch);
}

std::vector<std::vector<float>> ModelTarget::sampling_logprobs(
    const std::vector<ScoreItem>& items,
    const GenerateOptions& sampling) const {
  int64_t tokens = 0;
  for (const ScoreItem& item : items) {
    tokens += static_cast<int64_t>(item.ids.size());
  }
  std::optional<Progress> progress;
  ScoreOptions options = score_options(tokens, progress);
  options.full_statistics = false;
  options.sampling = &sampling;
  const ScoreResult result = score(*model_, items, options);
  count(result.cost);
  std::vector<std::vector<float>> all;
  for (const auto& one : result.statistics) all.push_back(one->logprobs);
  return all;
}

std::vector<double> ModelTarget::gradient_norms(
    const std::vector<ScoreItem>& items,
    const GradientNormOptions& options) const {
  int64_t tokens = 0;
  for (const ScoreItem& item : items) {
    tokens += static_cast<int64_t>(item.ids.size());
  }
  std::optional<Progress> progress;
  if (options_.progress) progress.emplace("gradients", "tokens", tokens);
  std::vector<double> norms;
  for (const ScoreItem& item : items) {
    norms.push_back(gradient_norm(*model_, item, options, options_.max_length));
    if (progress) progress->add(static_cast<int64_t>(item.ids.size()));
  }
  tokens_ += tokens;
  return norms;
}

Generation ModelTarget::generate(const Prompts& prompts,
                                 const GenerateOptions& given) const {
  GenerateOptions options = given;
  if (options.batch_tokens == 0) options.batch_tokens = options_.batch_tokens;
  std::optional<Progress> progress;
  if (options_.progress) {
    progress.emplace("generating", "tokens", 0);
    options.progress = [&](int64_t count) { progress->add(count); };
  }
  Generation result = lethe::generate(*model_, prompts, options);
  result.tokens *= model_->networks();
  tokens_ += result.tokens;
  return result;
}

std::vector<int64_t> ModelTarget::encode(const std::string& text,
                                         bool plain_text) const {
  if (tokenizer_ == nullptr) {
    fail_usage("the model folder", "has no tokenizer for a text",
               "add its tokenizer.json");
  }
  EncodeOptions options;
  options.plain_text = plain_text;
  return tokenizer_->encode(text, options);
}

std::string ModelTarget::decode(const std::vector<int64_t>& ids) const {
  if (tokenizer_ == nullptr) return "";
  DecodeOptions options;
  options.skip_special_tokens = true;
  return tokenizer_->decode(ids, options);
}

std::vector<int64_t> ModelTarget::eos_ids() const {
  std::vector<int64_t> all = model_->config().eos_ids;
  const int64_t rows = model_->config().vocab_size;
  std::erase_if(all, [&](int64_t id) { return id < 0 || id >= rows; });
  return all;
}

std::vector<int64_t> ModelTarget::special_ids() const {
  std::vector<int64_t> all = eos_ids();
  if (tokenizer_ == nullptr) return all;
  const std::vector<int64_t> known =
      lethe::special_ids(*tokenizer_, model_->config().vocab_size);
  all.insert(all.end(), known.begin(), known.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

int64_t ModelTarget::window() const {
  return options_.max_length > 0 ? options_.max_length
                                 : model_->config().max_positions;
}

std::shared_ptr<const Target> ModelTarget::open(
    const std::string& folder) const {
  TargetOptions options = options_;
  options.max_length = 0;  // each model has a window of its own
  options.base = nullptr;
  options.opened = nullptr;  // it would hold itself
  const std::string path = find_model(folder);
  const auto load = [&] {
    log_debug("opening " + path);
    return load_target(path, model_->compute(), options).target;
  };
  if (options_.opened == nullptr) return load();
  return options_.opened->targets.get(key_of(path, model_->compute()), load);
}

std::shared_ptr<const MaskFiller> ModelTarget::mask_filler(
    const std::string& folder) const {
  const std::string path = find_model(folder);
  const auto load = [&] {
    log_debug("opening " + path);
    return load_mask_filler(path, model_->compute(),
                            {options_.batch_tokens, options_.progress});
  };
  if (options_.opened == nullptr) return load();
  return options_.opened->mask_fillers.get(key_of(path, model_->compute()),
                                           load);
}

std::shared_ptr<const Target> ModelTarget::with_model(
    std::shared_ptr<const Model> model) const {
  return std::make_shared<ModelTarget>(std::move(model), tokenizer_, options_);
}

std::shared_ptr<const Tokenizer> load_tokenizer(const ModelFolder& folder) {
  if (!Tokenizer::present(folder.path())) return nullptr;
  auto tokenizer = Tokenizer::load(folder.path());
  const int64_t rows = config_size(folder.config_json(), "vocab_size",
                                   folder.path() + "/config.json");
  if (tokenizer->vocab_size() > rows) {
    fail_input(folder.path(),
               fmt::format("the tokenizer has {} tokens, config.json's "
                           "vocab_size is {}",
                           tokenizer->vocab_size(), rows),
               "the tokenizer and the model do not belong together");
  }
  return tokenizer;
}

std::string model_hash(const ModelFolder& folder, const std::string& adapter) {
  return adapter.empty() ? folder.hash()
                         : sha256(folder.hash() + Adapter(adapter).hash());
}

LoadedModel load_target(const std::string& path, const Compute& compute,
                        const TargetOptions& options,
                        const std::string& adapter) {
  LoadedModel loaded;
  loaded.folder = std::make_shared<ModelFolder>(path);
  loaded.tokenizer = load_tokenizer(*loaded.folder);
  std::shared_ptr<const Model> model = Model::load(*loaded.folder, compute);
  if (!adapter.empty()) model = Adapter(adapter).on(*model);
  loaded.target =
      std::make_shared<ModelTarget>(model, loaded.tokenizer, options);
  return loaded;
}

}  // namespace lethe
