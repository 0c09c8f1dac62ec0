// Quantisation as an attack: unlearning that only nudged the weights comes
// undone when they are rounded.
//
//   w = round(w / s) s,  s = max |w_row| / 127   for each output channel
//
// Paper: Zhang et al. 2024, arXiv:2410.16454. Symmetric round-to-nearest int8
// of every linear layer of the blocks; embedding, head and norms stay as they
// are, activations stay in the compute dtype. Not compared with a peer yet.
#include "harness/base/registry.h"
#include "harness/model/model.h"
#include "harness/plugin/attack.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

struct Options {
  std::string form = "int8";
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, form)

Tensor rounded(const Tensor& weight, int64_t input_dim) {
  const Tensor wide = weight.to(at::kFloat);
  const Tensor scale =
      wide.abs().amax({input_dim}, true).clamp_min(1e-30) / 127.0;
  return ((wide / scale).round().clamp(-127, 127) * scale)
      .to(weight.scalar_type());
}

class Quantise final : public Transform {
 public:
  explicit Quantise(const Json& json) : o_(parse<Options>(json)) {
    if (o_.form != "int8") {
      fail_usage("quantise", "form \"" + o_.form + "\" is not supported",
                 "supported: int8");
    }
  }

  std::shared_ptr<const Target> apply(
      std::shared_ptr<const Target> target) const override {
    if (target->model() == nullptr) {
      fail_usage("quantise", "the target has no weights",
                 "quantise a model folder");
    }
    return target->with_model(
        target->model()->with_linear_weights([](const Linear& linear) {
          return rounded(linear.weight, linear.transposed ? 0 : 1);
        }));
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Transform>::add<Quantise>(
    {.name = "quantise",
     .summary = "Weights rounded to int8, one scale per output channel.",
     .paper = "arXiv:2410.16454",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
