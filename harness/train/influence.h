// Which training texts move a model's output most: inner products of gradients.
//
//   score(z, q) = sum over checkpoints i of lr_i <g_i(z), g_i(q)>    or cosines
//
// g is the gradient of the mean NLL of a text in the matrices B of LoRA at
// B = 0: for a linear layer y = (W + B A) x it is G A^T, where G is the
// gradient in W. A [rank, in] is random, normal with variance 1 / rank, so
//
//   E <G A^T, G' A^T> = <G, G'>,  Var <= 2 / rank |G|^2 |G'|^2  a layer
//
// and what all layers give together is projected once more by a count sketch
// into `projection` numbers: every coordinate is added to one of them with a
// random sign, which keeps inner products right on average with the variance
// (|u|^2 |v|^2 + <u, v>^2) / projection at most.
//
// Papers: Pruthi et al. 2020, arXiv:2002.08484 (TracIn, checkpoints); Xia et
// al. 2024, arXiv:2402.04333 (LESS: gradients of LoRA, projected, cosine);
// Charikar et al. 2002 (count sketch). Deviations: gradients are plain, where
// LESS scales those of training texts as Adam would, for which checkpoints keep
// no state; LESS trains its LoRA first, here B is 0 and stands for the whole
// layer. Embeddings, norms and the head are not looked at.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/model/model.h"
#include "harness/plugin/scoring.h"

namespace lethe {

struct GradientOptions {
  int64_t lora_rank = 8;
  int64_t projection =
      8192;          // numbers a text; 0: all of them, [out, rank] each
  int64_t seed = 0;  // of A and of the projection
  std::vector<std::string> lora_targets = {"all-linear"};
};

// The gradients of texts under one model, as vectors.
class GradientFeatures {
 public:
  // Keeps the weights of `base`. Throws: usage error when a target names no
  // layer.
  GradientFeatures(const Model& base, const GradientOptions& options);

  // The vector [size] float32 on the model's device of one text; undefined
  // where nothing is scored. Items longer than the window are cut from the
  // left. Takes one backward pass and the memory of its gradients.
  Tensor of(const ScoreItem& item) const;

  int64_t size() const { return size_; }

 private:
  struct Part {
    Tensor up;      // B, recording gradients
    Tensor places;  // [out * rank] int64, where each number is added
    Tensor signs;   // [out * rank] float32
  };

  std::shared_ptr<Model> model_;
  std::vector<Part> parts_;
  int64_t size_ = 0;
  bool projected_ = false;
};

// <a, b> or, with `cosine`, a b / |a| |b|, of vectors a [Q, D] and b [D]: [Q]
// float32. The cosine with a vector of zeros is 0.
Tensor similarities(const Tensor& a, const Tensor& b, bool cosine);

}  // namespace lethe
