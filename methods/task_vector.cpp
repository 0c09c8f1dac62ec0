// Task vector: the model minus what further training on the forget data adds
// to it.
//
//   w = w0 - alpha (w_tuned - w0), w_tuned: w0 trained on L = NLL(forget)
//
// Paper: Ilharco et al. 2023, arXiv:2212.04089, section 3. Peer: muse_bench
// task_vector.py @ e000038; weights_test.cpp works the weights out, to 1e-6.
// Its alpha is 5; the MUSE paper (arXiv:2407.06460) reports 2^9. The training
// options are those of the tuning. Deviation: differences are taken in float32,
// the peer's in bfloat16.
#include "harness/base/registry.h"
#include "harness/model/changed.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double alpha = 5.0;  // how far to go back, in task vectors, > 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, alpha)

// The further training.
class Tuning final : public Method {
 public:
  void step(Step& s) const override {
    s.add("forget", 1, [&] { return mean_nll(s.model, s.forget); });
  }
};

class TaskVector final : public Method {
 public:
  explicit TaskVector(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.alpha > 0)) {
      fail_usage("task_vector", "alpha is not above 0", "try 5");
    }
  }

  Unlearned unlearn(Context& context) const override {
    const Unlearned tuned = context.train(Tuning());
    const ModelFolder original(context.model_folder()), other(tuned.folder);
    bool moved = false;
    save_changed(
        original,
        [&](const std::string& name, const Tensor& weight) {
          if (!weight.is_floating_point()) return weight;
          const Tensor with = other.tensor(name);
          const Tensor vector = with.to(at::kFloat) - weight.to(at::kFloat);
          other.release(with);
          moved = moved || at::count_nonzero(vector).item<int64_t>() > 0;
          return (weight.to(at::kFloat) - vector * o_.alpha)
              .to(weight.scalar_type());
        },
        tuned.folder);
    if (!moved) {
      fail_runtime("task_vector", "training on the forget data changed nothing",
                   "raise lr, steps or epochs");
    }
    return tuned;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<TaskVector>(
    {.name = "task_vector",
     .summary = "The model minus what training on forget adds to it.",
     .paper = "arXiv:2212.04089",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
