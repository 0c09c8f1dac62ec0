// The gradient of one step of DP-SGD (private_options.h says what it promises).
//
//   g = (sum over drawn documents of g_i min(1, dp_clip / |g_i|) + noise)
//       / expected documents,   noise ~ N(0, (dp_noise dp_clip)^2)
//
// g_i is the gradient of the mean negative log-likelihood of the document's
// supervised tokens (those that goldfish keeps), over all its rows. One
// backward pass a document, of `batch` rows at a time where it has more; its
// gradient and the float32 sum of the others stand beside each other.
//
// Left out: norms of linear layers from activations and output gradients, with
// no gradient formed (Li et al. 2021, arXiv:2110.05679): a second backward pass
// over whole batches, 5/3 of a plain step. One pass a document took 1.5 plain
// steps of processor time on a CPU (texts of 140 tokens): shorter texts and
// GPUs would gain.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "harness/base/json.h"
#include "harness/model/weights.h"
#include "harness/train/draws.h"
#include "harness/train/private_options.h"

namespace lethe {

class PrivateStep {
 public:
  // Of parameters that outlive it, each once (tied weights are one).
  PrivateStep(const NamedTensors& parameters, const PrivacyPlan& plan,
              const TrainOptions& options);

  // The backward passes of a step over these rows, for losses that divide by
  // step_tokens: of one document's rows those tokens are the document's.
  std::vector<Batch> batches(const TrainingSet& rows,
                             const std::vector<int64_t>& keys,
                             at::Device device);

  // To be called after each backward pass, in order. Behind the last of a
  // document its gradient is taken from the weights, clipped and added. One
  // that is not finite adds nothing and counts as clipped: whether training
  // goes on must not depend on a document.
  void passed();

  // Leaves the noisy mean in the gradients of the weights.
  void release(int64_t step);

  // Of the step since batches().
  int64_t documents() const { return documents_; }
  double clipped() const;  // share of them, NaN when none were drawn
  // Whether the weights are finite: what training may stop by.
  bool weights_are_finite() const;

  // Adds "units", "clipped" and "epsilon" to a row of the train log.
  void log(int64_t step, OrderedJson& row) const;

  const PrivacyPlan plan;

 private:
  const NamedTensors parameters_;
  const uint64_t seed_;
  const int64_t batch_;
  std::vector<Tensor> sums_;  // float32, of each parameter
  std::vector<bool> last_;    // of each pass: the last of its document
  size_t pass_ = 0;
  int64_t documents_ = 0, clipped_ = 0;
};

// Null unless the options are private. Throws: usage error for other terms than
// one over the data, and as privacy_plan.
std::unique_ptr<PrivateStep> make_private_step(const NamedTensors& parameters,
                                               const TrainingData& data,
                                               const TrainOptions& options);

// What was promised as OUT/privacy.json: epsilon, delta, noise, clip, rate,
// documents, steps, unit, and "promise", all in a line. Null: the file is gone.
void keep_privacy(const PrivateStep* step, int64_t steps,
                  const std::string& out);

// Adds scale * N(0, 1) to a float32 tensor: numbers of the stream (key, step)
// of Philox, drawn on the CPU, whatever the threads.
void add_noise(const Tensor& sum, double scale, uint64_t key, int64_t step);

}  // namespace lethe
