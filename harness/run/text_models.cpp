#include "harness/run/text_models.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "harness/base/log.h"
#include "harness/model/encoder.h"
#include "harness/model/model.h"
#include "harness/model/text_window.h"
#include "harness/score/embed.h"
#include "harness/score/oom.h"
#include "harness/score/score.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string tokenizer_class(const Json& config) {
  const Json value = config.value("tokenizer_class", Json());
  std::string name = value.is_string() ? value.get<std::string>() : "";
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return name;
}

// What encoders and decoders share: texts to ids.
class FolderText : public TextModel {
 public:
  FolderText(const std::string& path, const TextModelOptions& options)
      : o_(options), folder_(path), shape_(text_model_shape(path)) {
    tokenizer_ = load_tokenizer(folder_);
    leading_ = tokenizer_->leading_specials();
    around_ = tokenizer_->encode("");
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
    int64_t tokens = 0;
    for (const auto& ids : texts) tokens += static_cast<int64_t>(ids.size());
    std::optional<Progress> progress;
    std::function<void(int64_t)> count;
    if (o_.progress) {
      progress.emplace("reading texts", "tokens", tokens);
      count = [&](int64_t done) { progress->add(done); };
    }
    compute(texts, layer, take, count);
    log_debug(fmt::format("{} texts, {} tokens: read in {:.3f} s", texts.size(),
                          tokens, seconds_since(start)));
  }

 protected:
  virtual void compute(const std::vector<std::span<const int64_t>>& texts,
                       int64_t layer, const Take& take,
                       const std::function<void(int64_t)>& progress) = 0;

  const TextModelOptions& options() const { return o_; }
  const ModelFolder& folder() const { return folder_; }

  void set_window(int64_t of_model) {
    window_ = text_window(of_model, tokenizer_config(folder_.path()));
    if (window_ == 0 || static_cast<size_t>(window_) > around_.size()) return;
    fail_input(
        folder_.path(),
        fmt::format("its window of {} tokens has no room for a text", window_),
        "name another folder");
  }

  // Hands the rows of [N, H] over: text numbers[b] has those from offsets[b].
  static void hand_over(const Tensor& states,
                        const std::vector<size_t>& numbers,
                        const std::vector<int64_t>& offsets, const Take& take) {
    const Tensor all = states.to(at::kCPU, at::kFloat).contiguous();
    const auto width = static_cast<size_t>(all.size(1));
    const float* data = all.const_data_ptr<float>();
    for (size_t b = 0; b < numbers.size(); ++b) {
      const auto begin = static_cast<size_t>(offsets[b]) * width;
      const auto end = static_cast<size_t>(offsets[b + 1]) * width;
      take(numbers[b], {data + begin, end - begin});
    }
  }

 private:
  const TextModelOptions o_;
  const ModelFolder folder_;
  const TextModelShape shape_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  int64_t window_ = 0;
  std::vector<int64_t> leading_, around_;
  int64_t cut_ = 0;
};

class EncoderText final : public FolderText {
 public:
  EncoderText(const std::string& path, const TextModelOptions& options)
      : FolderText(path, options),
        encoder_(Encoder::load(folder(), options.compute)) {
    set_window(encoder_->config().window());
  }

 private:
  void compute(const std::vector<std::span<const int64_t>>& texts,
               int64_t layer, const Take& take,
               const std::function<void(int64_t)>& progress) override {
    std::vector<EncoderRow> rows;
    for (const auto& ids : texts) {
      rows.push_back({{ids.begin(), ids.end()}, {}});
      encoder_->check(rows.back(), "text");
    }
    embed(*encoder_, rows, {{layer}, options().batch_tokens, progress},
          [&](const EmbeddedBatch& batch) {
            hand_over(batch.states[0], batch.rows, batch.offsets, take);
          });
  }

  std::shared_ptr<const Encoder> encoder_;
};

// A decoder's states after its last norm.
class DecoderText final : public FolderText {
 public:
  DecoderText(const std::string& path, const TextModelOptions& options)
      : FolderText(path, options),
        model_(Model::load(folder(), options.compute)) {
    set_window(model_->config().max_positions);
  }

 private:
  void compute(const std::vector<std::span<const int64_t>>& texts,
               int64_t layer, const Take& take,
               const std::function<void(int64_t)>& progress) override {
    if (layer != shape().layers) {
      fail_usage("layer", fmt::format("is {}, of {}", layer, shape().layers),
                 "of decoders the last one is read");
    }
    const c10::InferenceMode inference;
    std::vector<size_t> order(texts.size());
    std::iota(order.begin(), order.end(), 0);
    // Longest first: out of memory shows at once.
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return texts[a].size() > texts[b].size();
    });
    std::vector<int64_t> sizes;
    for (const size_t text : order) {
      sizes.push_back(static_cast<int64_t>(texts[text].size()));
    }
    in_batches(
        sizes,
        options().batch_tokens > 0 ? options().batch_tokens
                                   : default_batch_tokens(model_->device()),
        [&](size_t begin, size_t end) {
          std::vector<std::vector<int64_t>> rows;
          for (size_t i = begin; i < end; ++i) {
            const auto& ids = texts[order[i]];
            rows.emplace_back(ids.begin(), ids.end());
          }
          const Ragged together = ragged(rows, model_->device());
          const auto first = order.begin();
          hand_over(model_->hidden(together),
                    {first + static_cast<long>(begin),
                     first + static_cast<long>(end)},
                    together.offsets, take);
        },
        progress);
  }

  std::shared_ptr<const Model> model_;
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
  } else {
    const DecoderConfig config = read_config(folder);
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
    const TextModelShape shape = text_model_shape(folder);
    metric.check_model(shape);
    const auto start = Clock::now();
    if (shape.encoder) {
      model_ = std::make_unique<EncoderText>(folder, o_);
    } else {
      model_ = std::make_unique<DecoderText>(folder, o_);
    }
    name_ = name;
    log_debug(
        fmt::format("{}: loaded in {:.3f} s", folder, seconds_since(start)));
  }
  return model_.get();
}

void check_text_model(const Metric& metric) {
  const std::string name = metric.needs().text_model;
  if (!name.empty()) metric.check_model(text_model_shape(find_model(name)));
}

}  // namespace lethe
