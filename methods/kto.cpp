// Kahneman-Tversky optimisation with the forget texts as undesirable answers.
//
//   L = forget mean f(r) + retain NLL(retain),  r = log p - log p_original
//   form=paper:          f = 1 - sigmoid(beta (max(0, z) - r))
//   form=npo_sigmoid:    f = 1 - (2 / beta) sigmoid(z - beta r)
//   form=npo_logsigmoid: f = 1 - (2 / beta) log sigmoid(z - beta r)
//   z: mean of r over the other answers to the batch's prompts; no gradient
//
// Paper: Ethayarajh et al. 2024, arXiv:2402.01306, without desirable answers,
// lambda_U = 1. Peer: negative-preference-optimization @ 2024-07-15,
// kto_sigmoid and kto_logsigmoid, with their z as it is: unscaled, and not cut
// at 0; all three are held against their formulas to 1e-5.
// The other answers: mismatched ones, of other forget texts, for the paper's
// form; refusals for the peer's (answers=FILE: those of a file for any). The
// paper shifts the answers of a batch by one; here each prompt draws its own
// from `pool` of them. z is that of one backward pass, so accumulated batches
// are not the loss of a big one.
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/answers.h"

namespace lethe {
namespace {

struct Options {
  double beta = 0.1;           // inverse temperature, > 0
  std::string form = "paper";  // or "npo_sigmoid", "npo_logsigmoid"
  std::string answers;         // file of other answers; empty: by form
  int64_t pool = 100;   // mismatched answers that a text draws from, >= 1
  double forget = 1.0;  // weight of the undesirable term, >= 0
  double retain = 1.0;  // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, beta, form, answers,
                                                pool, forget, retain)

class Kto final : public Method {
 public:
  explicit Kto(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.beta > 0)) fail_usage("kto", "beta is not above 0", "try 0.1");
    if (o_.pool < 1) fail_usage("kto", "pool is below 1", "try 100");
    const Answers forms = {"paper", "npo_sigmoid", "npo_logsigmoid"};
    for (const std::string& form : forms) {
      if (o_.form == form) return;
    }
    fail_usage("kto", "form \"" + o_.form + "\" is unknown",
               suggest(o_.form, forms));
  }

  Uses uses() const override {
    return {
        .retain = o_.retain != 0, .original_logprobs = true, .alternates = 1};
  }

  std::vector<Answers> alternates(Context& context) const override {
    if (o_.form != "paper" || !o_.answers.empty()) {
      return refusals_of_texts(context, o_.answers);
    }
    const Examples& texts = context.forget_examples();
    if (texts.size() < 2) {
      fail_usage("kto", "one forget text has no mismatched answers",
                 "give more texts, or answers=FILE");
    }
    return draw_answers(answers_of(texts), {.texts = texts.size(),
                                            .a_text = o_.pool,
                                            .skips_own = true,
                                            .name = "kto"});
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return undesirable(s); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  // z, scalar.
  static Tensor reference_point(Step& s) {
    const at::NoGradGuard no_gradients;
    return (sequence_logprobs(s.model, s.alternate) -
            s.original_logprobs(s.alternate))
        .mean();
  }

  // f of each row.
  Tensor value(const Tensor& z, const Tensor& ratio) const {
    if (o_.form == "paper") {
      return 1 - at::sigmoid((z.clamp_min(0) - ratio) * o_.beta);
    }
    const Tensor x = z - ratio * o_.beta;
    return 1 -
           (o_.form == "npo_sigmoid" ? at::sigmoid(x) : at::log_sigmoid(x)) *
               (2 / o_.beta);
  }

  Tensor undesirable(Step& s) const {
    const Tensor z = reference_point(s);
    const Tensor original = s.original_logprobs(s.forget);
    const auto rows = static_cast<double>(s.forget.step_rows);
    return row_loss(s.model, s.forget, [&](const RowNlls& nlls) {
      const Tensor ratio =
          -nlls.sums() - original.narrow(0, nlls.first_row, nlls.rows);
      return value(z, ratio).sum() / rows;
    });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Kto>(
    {.name = "kto",
     .summary = "Kahneman-Tversky optimisation, forget texts undesirable.",
     .paper = "arXiv:2402.01306",
     .options = defaults<Options>(),
     .files = {"answers"}});

}  // namespace
}  // namespace lethe
