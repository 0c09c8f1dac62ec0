// A target that stands before another one and is, but for what it changes, it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/plugin/attack.h"

namespace lethe {

class WrappedTarget : public Target {
 public:
  explicit WrappedTarget(std::shared_ptr<const Target> inner)
      : inner_(std::move(inner)) {}

  Needs can() const override { return inner_->can(); }
  std::string limits() const override { return inner_->limits(); }
  std::vector<std::shared_ptr<const TokenDrift>> drift(
      const std::vector<ScoreItem>& items, const Target& base) const override {
    return inner_->drift(items, base);
  }
  std::vector<int64_t> encode(const std::string& text,
                              bool plain_text) const override {
    return inner_->encode(text, plain_text);
  }
  std::string decode(const std::vector<int64_t>& ids) const override {
    return inner_->decode(ids);
  }
  std::vector<int64_t> eos_ids() const override { return inner_->eos_ids(); }
  std::vector<int64_t> special_ids() const override {
    return inner_->special_ids();
  }
  int64_t window() const override { return inner_->window(); }
  std::shared_ptr<const Model> model() const override {
    return inner_->model();
  }
  std::shared_ptr<const Target> base() const override { return inner_->base(); }
  std::shared_ptr<const Target> open(const std::string& folder) const override {
    return inner_->open(folder);
  }
  std::shared_ptr<const MaskFiller> mask_filler(
      const std::string& folder) const override {
    return inner_->mask_filler(folder);
  }
  int64_t tokens_computed() const override { return inner_->tokens_computed(); }
  ScoreCost scoring_cost() const override { return inner_->scoring_cost(); }

 protected:
  const Target& inner() const { return *inner_; }

 private:
  std::shared_ptr<const Target> inner_;
};

}  // namespace lethe
