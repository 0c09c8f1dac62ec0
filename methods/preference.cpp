#include "methods/preference.h"

#include "harness/base/error.h"
#include "harness/base/names.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

// log p - log p_original of each row, [B], in the order of the keys.
Tensor change(Step& s, const Batch& batch) {
  const Tensor original = s.original_logprobs(batch);
  return in_given_order(batch, sequence_logprobs(s.model, batch) - original);
}

}  // namespace

Tensor pair_loss(Step& s, double beta) {
  const Tensor margin = change(s, s.alternate) - change(s, s.forget);
  return at::log_sigmoid(margin * beta).sum() /
         -static_cast<double>(s.forget.step_rows);
}

double pair_scale(const std::string& method, const std::string& form,
                  double beta) {
  if (!(beta > 0)) fail_usage(method, "beta is not above 0", "try 0.1");
  if (form == "paper") return 1;
  if (form == "open_unlearning") return 2 / beta;
  fail_usage(method, "form \"" + form + "\" is unknown",
             suggest(form, {"paper", "open_unlearning"}));
}

Uses pair_uses(double retain, double kl) {
  return {.retain = retain != 0 || kl != 0,
          .original_logprobs = true,
          .original_retain = kl != 0,
          .alternates = 1};
}

}  // namespace lethe
