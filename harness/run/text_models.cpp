#include "harness/run/text_models.h"

#include <chrono>
#include <cmath>
#include <optional>

#include "harness/base/folder_file.h"
#include "harness/base/log.h"
#include "harness/model/encoder.h"
#include "harness/score/embed.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// tokenizer_config.json, empty if there is none.
Json tokenizer_config(const std::string& folder) {
  const std::string path = folder_file(folder, "tokenizer_config.json");
  if (path.empty()) return Json::object();
  const Json json = read_json(path);
  return json.is_object() ? json : Json::object();
}

std::string tokenizer_class(const Json& config) {
  const Json value = config.value("tokenizer_class", Json());
  std::string name = value.is_string() ? value.get<std::string>() : "";
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return name;
}

// Tokens that a text may have: the model's window, or what the tokenizer was
// made for where that is less. 0: any number.
int64_t window_of(int64_t model, const Json& config) {
  const Json most = config.value("model_max_length", Json());
  if (!most.is_number() || !(most.get<double>() >= 1) ||
      most.get<double>() > 1e9) {  // transformers writes 1e30 for none
    return model;
  }
  const auto tokens = most.get<int64_t>();
  return model == 0 ? tokens : std::min(model, tokens);
}

class EncoderText final : public TextModel {
 public:
  EncoderText(const std::string& path, const TextModelOptions& options)
      : o_(options), shape_(text_model_shape(path)) {
    const auto start = Clock::now();
    const ModelFolder folder(path);
    tokenizer_ = load_tokenizer(folder);
    encoder_ = Encoder::load(folder, o_.compute);
    window_ = window_of(encoder_->config().window(), tokenizer_config(path));
    leading_ = tokenizer_->leading_specials();
    around_ = tokenizer_->encode("");
    if (window_ > 0 && static_cast<size_t>(window_) <= around_.size()) {
      fail_input(path,
                 fmt::format("its window of {} tokens has no room for a "
                             "text",
                             window_),
                 "name another folder");
    }
    log_debug(
        fmt::format("{}: loaded in {:.3f} s", path, seconds_since(start)));
  }

  const TextModelShape& shape() const override { return shape_; }
  std::vector<int64_t> specials() const override { return around_; }
  int64_t cut() const override { return cut_; }

  std::vector<int64_t> encode(const std::string& text) override {
    std::vector<int64_t> ids = tokenizer_->encode(text);
    const auto most = static_cast<size_t>(window_);
    if (window_ == 0 || ids.size() <= most) return ids;
    ++cut_;
    EncodeOptions own;
    own.special_tokens = false;
    std::vector<int64_t> inner = tokenizer_->encode(text, own);
    inner.resize(most - around_.size());
    ids = leading_;
    ids.insert(ids.end(), inner.begin(), inner.end());
    ids.insert(ids.end(), around_.begin() + static_cast<long>(leading_.size()),
               around_.end());
    return ids;
  }

  void states(const std::vector<std::span<const int64_t>>& texts, int64_t layer,
              const Take& take) override {
    const auto start = Clock::now();
    std::vector<EncoderRow> rows;
    int64_t tokens = 0;
    for (const auto& ids : texts) {
      rows.push_back({{ids.begin(), ids.end()}, {}});
      encoder_->check(rows.back(), "text");
      tokens += static_cast<int64_t>(ids.size());
    }
    EmbedOptions options{{layer}, o_.batch_tokens, nullptr};
    std::optional<Progress> progress;
    if (o_.progress) {
      progress.emplace("encoding texts", "tokens", tokens);
      options.progress = [&](int64_t count) { progress->add(count); };
    }
    embed(*encoder_, rows, options, [&](const EmbeddedBatch& batch) {
      const Tensor all = batch.states[0].to(at::kCPU, at::kFloat).contiguous();
      const auto width = static_cast<size_t>(all.size(1));
      const float* data = all.const_data_ptr<float>();
      for (size_t b = 0; b < batch.rows.size(); ++b) {
        const auto begin = static_cast<size_t>(batch.offsets[b]) * width;
        const auto end = static_cast<size_t>(batch.offsets[b + 1]) * width;
        take(batch.rows[b], {data + begin, end - begin});
      }
    });
    log_debug(fmt::format("{} texts, {} tokens: encoded in {:.3f} s",
                          rows.size(), tokens, seconds_since(start)));
  }

 private:
  const TextModelOptions o_;
  const TextModelShape shape_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::shared_ptr<const Encoder> encoder_;
  int64_t window_ = 0;
  std::vector<int64_t> leading_, around_;
  int64_t cut_ = 0;
};

}  // namespace

TextModelShape text_model_shape(const std::string& folder) {
  const std::string where = folder + "/config.json";
  const Json json = read_json(where);
  TextModelShape shape;
  shape.model_type = require_string(json, "model_type", where);
  shape.encoder = is_encoder(shape.model_type);
  if (shape.encoder) {
    const EncoderConfig config = encoder_config_from_json(json, where);
    shape.vocab_size = config.vocab_size;
    shape.layers = config.layers;
    shape.hidden_size = config.hidden_size;
  }
  if (!Tokenizer::present(folder)) {
    fail_usage(folder, "has no tokenizer to read texts with",
               "put tokenizer.json there");
  }
  shape.tokenizer_class = tokenizer_class(tokenizer_config(folder));
  return shape;
}

TextModel* TextModels::of(const Metric& metric) {
  const std::string name = metric.needs().text_model;
  if (name.empty()) return nullptr;
  if (model_ == nullptr || name != name_) {
    model_.reset();
    const std::string folder = find_model(name);
    metric.check_model(text_model_shape(folder));
    model_ = std::make_unique<EncoderText>(folder, o_);
    name_ = name;
  }
  return model_.get();
}

void check_text_model(const Metric& metric) {
  const std::string name = metric.needs().text_model;
  if (!name.empty()) metric.check_model(text_model_shape(find_model(name)));
}

}  // namespace lethe
