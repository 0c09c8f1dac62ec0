// Selective synaptic dampening: weights that matter much more to the forget
// data than to all data are made smaller, without any training.
//
//   F(D) = mean over the rows of D of (d NLL / d w)^2, NLL: mean of a row
//   w <- min(dampening F(all) / F(forget), 1) w
//   where F(forget) > selection F(all); all: forget and retain
//
// Paper: Foster et al. 2024, arXiv:2308.07707. Peer:
// if-loops/selective-synaptic-dampening ssd.py @ 77161cc, whose defaults for
// ResNet these are; weights_test.cpp works the weights out, to 1e-6.
// Of the training options sequence_length, label_mask and repeat count. A
// selection above the rows of all over those of forget chooses no weight, which
// is refused; against retain alone it can.
// Deviation: gradients are those of rows, as in the paper's formula; the peer
// squares the mean gradient of a batch (rows_a_gradient above 1).
#include <algorithm>
#include <numeric>

#include "harness/base/registry.h"
#include "harness/model/model.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double selection = 10.0;      // alpha, > 0: higher changes fewer weights
  double dampening = 1.0;       // lambda, > 0: higher changes weights less
  int64_t rows_a_gradient = 1;  // >= 1
  std::string against = "all";  // all, or retain: F(retain) for F(all)
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, selection, dampening,
                                                rows_a_gradient, against)

// Sums of squared gradients, in the order of the model's parameters.
struct Squares {
  std::vector<Tensor> sums;  // float32
  double gradients = 0;
  int64_t tokens = 0;  // run forward
};

Squares squares(const Model& model, const TrainingSet& set,
                int64_t a_gradient) {
  Squares all;
  for (const auto& [name, weight] : model.parameters()) {
    all.sums.push_back(at::zeros_like(weight.detach(), at::kFloat));
  }
  for (int64_t begin = 0; begin < set.size(); begin += a_gradient) {
    std::vector<int64_t> keys(std::min(a_gradient, set.size() - begin));
    std::iota(keys.begin(), keys.end(), begin);
    const Batch batch = make_batch(set, keys, model.device());
    mean_nll(model, batch).backward();
    for (size_t i = 0; i < all.sums.size(); ++i) {
      Tensor weight = model.parameters()[i].second;
      if (!weight.grad().defined()) continue;
      all.sums[i] += weight.grad().to(at::kFloat).square();
      weight.mutable_grad().reset();
    }
    all.tokens += batch.rows.tokens();
    ++all.gradients;
  }
  return all;
}

class Ssd final : public Method {
 public:
  explicit Ssd(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.selection > 0 && o_.dampening > 0 && o_.rows_a_gradient > 0)) {
      fail_usage("ssd",
                 "selection, dampening or rows_a_gradient is not above 0",
                 "try 10, 1 and 1");
    }
    if (o_.against != "all" && o_.against != "retain") {
      fail_usage("ssd", "against is " + o_.against, "choose all or retain");
    }
  }

  Uses uses() const override { return {.retain = true}; }

  Unlearned unlearn(Context& context) const override {
    const ModelFolder source(context.model_folder());
    const auto model = Model::load(source, context.compute(), true);
    const Squares forget = squares(*model, context.training_rows(Side::forget),
                                   o_.rows_a_gradient);
    const Squares retain = squares(*model, context.training_rows(Side::retain),
                                   o_.rows_a_gradient);
    const double both = o_.against == "all" ? 1 : 0;
    int64_t changed = 0;
    const at::NoGradGuard no_gradients;
    for (size_t i = 0; i < forget.sums.size(); ++i) {
      const Tensor own = forget.sums[i] / forget.gradients;
      const Tensor other = (retain.sums[i] + forget.sums[i] * both) /
                           (retain.gradients + forget.gradients * both);
      const Tensor factor =
          at::where(own > other * o_.selection,
                    (other * o_.dampening / own).clamp_max(1), 1.0);
      model->parameters()[i].second.detach().mul_(factor);
      changed += factor.ne(1).sum().item<int64_t>();
    }
    if (changed == 0) fail_runtime("ssd", "changes nothing", "lower selection");
    save_model(*model, source, context.out_folder());
    return {.folder = context.out_folder(),
            .tokens = forget.tokens + retain.tokens};
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Ssd>(
    {.name = "ssd",
     .summary = "Weights that matter to forget alone are dampened.",
     .paper = "arXiv:2308.07707",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
