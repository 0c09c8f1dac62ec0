#include "harness/model/ensemble.h"

#include <algorithm>

#include "harness/base/error.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

DecoderConfig common_config(const Model& first, const Model& second) {
  if (first.networks() + second.networks() > 2) {
    fail_usage("ensemble", "one of the models is an ensemble already",
               "join two single models");
  }
  DecoderConfig config = first.config();
  const int64_t other = second.config().vocab_size;
  if (config.vocab_size != other) {
    fail_usage("ensemble",
               fmt::format("one model has {} tokens, the other {}",
                           config.vocab_size, other),
               "join models with one vocabulary");
  }
  config.max_positions =
      std::min(config.max_positions, second.config().max_positions);
  return config;
}

class Ensemble final : public Model {
 public:
  Ensemble(std::shared_ptr<const Model> first,
           std::shared_ptr<const Model> second, Combine combine)
      : Model(common_config(*first, *second), first->compute()),
        first_(std::move(first)),
        second_(std::move(second)),
        combine_(std::move(combine)),
        width_(first_->head_weights().weight.size(1)) {}

  Tensor hidden(const Ragged& rows, Cache* cache) const override {
    Cache* beside = cache == nullptr ? nullptr : &cache->beside();
    return at::cat({first_->hidden(rows, cache), second_->hidden(rows, beside)},
                   1);
  }

  Tensor head(const Tensor& states) const override {
    const int64_t rest = states.size(1) - width_;
    return combine_(first_->head(states.narrow(1, 0, width_).contiguous()),
                    second_->head(states.narrow(1, width_, rest).contiguous()));
  }

  Cache new_cache() const override {
    Cache cache = first_->new_cache();
    cache.add_beside(second_->config());
    return cache;
  }

  int64_t networks() const override { return 2; }

  std::shared_ptr<const Model> with_linear_weights(
      const std::function<Tensor(const Linear&)>& change) const override {
    return ensemble(first_->with_linear_weights(change),
                    second_->with_linear_weights(change), combine_);
  }

 private:
  const std::shared_ptr<const Model> first_, second_;
  const Combine combine_;
  const int64_t width_;  // of the first network's states
};

}  // namespace

std::shared_ptr<const Model> ensemble(std::shared_ptr<const Model> first,
                                      std::shared_ptr<const Model> second,
                                      Combine combine) {
  return std::make_shared<Ensemble>(std::move(first), std::move(second),
                                    std::move(combine));
}

}  // namespace lethe
