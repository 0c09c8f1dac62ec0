// LLM unlearning: ascent on the forget answers, random answers of normal texts
// to the same prompts, and closeness to the original model on normal texts.
//
//   L = -forget N(forget) + mismatch N(random answers | forget prompts)
//       + kl KL(original || model)(retain)
//   N: mean over rows of each row's mean NLL of its answer's tokens
//
// Paper: Yao et al. 2023, arXiv:2310.10683. Peer: llm_unlearn @ 2023-10-21;
// held against its formulas to 1e-5. The paper sums over tokens, the peer and
// this take means. normal=cross_entropy adds the original's entropy to the KL,
// as the peer does: another value, the same gradient.
// Deviations: the peer takes its KL over every position, padding included,
// this over supervised tokens (label_mask=all: a text's); it gives a batch the
// same random answers, here each row draws its own. Its loss bound is held
// against the negated NLL and never ends a run; `bound` is of the NLL.
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/answers.h"

namespace lethe {
namespace {

struct Options {
  double forget = 0.5;         // weight of the ascent, >= 0
  double mismatch = 1.0;       // weight of the random answers, >= 0
  double kl = 1.0;             // weight of the closeness on retain, >= 0
  std::string normal = "kl";   // or "cross_entropy"; nats a token
  int64_t random_answers = 5;  // a forget row and step, >= 1
  std::string answers;  // file of random answers; empty: the retain texts'
  int64_t pool = 100;   // answers that a forget text draws from, >= 1
  double bound = 0;     // ends training at this forget NLL, nats; 0: none
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, forget, mismatch, kl,
                                                normal, random_answers, answers,
                                                pool, bound)

Tensor mean_of_row_means(const Model& model, const Batch& batch) {
  return row_loss(model, batch, [&](const RowNlls& nlls) {
    return (nlls.sums() / nlls.counts().clamp_min(1)).sum() /
           static_cast<double>(batch.step_rows);
  });
}

// Mean over the step's supervised tokens of the original's entropy, nats.
Tensor original_entropy(Step& s, const Batch& batch) {
  const at::NoGradGuard no_gradients;
  const Tensor states = s.original_states(batch);
  const Head& head = s.original_head();
  Tensor sum = at::zeros({}, states.options().dtype(at::kFloat));
  for (const TokenRange& r :
       token_ranges(states.size(0), head.weight.size(0))) {
    const Tensor logits = head_logits(head, states.narrow(0, r.begin, r.count));
    sum -= (at::softmax(logits, 1) * at::log_softmax(logits, 1)).sum();
  }
  return sum / static_cast<double>(batch.step_tokens);
}

class LlmUnlearn final : public Method {
 public:
  explicit LlmUnlearn(const Json& json) : o_(parse<Options>(json)) {
    const auto need = [](bool holds, const std::string& what) {
      if (!holds) fail_usage("llm_unlearn", what, "see describe llm_unlearn");
    };
    need(o_.random_answers >= 1 && o_.pool >= 1,
         "random_answers or pool is below 1");
    need(o_.bound >= 0, "bound is below 0");
    need(o_.normal == "kl" || o_.normal == "cross_entropy",
         "normal \"" + o_.normal + "\" is neither kl nor cross_entropy");
  }

  Uses uses() const override {
    return {.retain = o_.kl != 0,
            .original_retain = o_.kl != 0,
            .alternates = o_.mismatch != 0 ? o_.random_answers : 0};
  }

  std::vector<Answers> alternates(Context& context) const override {
    const Answers all = normal_answers(context, o_.answers);
    return draw_answers(all, {.texts = context.forget_examples().size(),
                              .a_text = o_.pool,
                              .name = "llm_unlearn"});
  }

  void step(Step& s) const override {
    s.add("forget", -o_.forget,
          [&] { return mean_of_row_means(s.model, s.forget); });
    s.add("mismatch", o_.mismatch,
          [&] { return mean_of_row_means(s.model, s.alternate); });
    s.add("kl", o_.kl, [&] {
      const Tensor kl = s.original_kl(s.retain);
      return o_.normal == "kl" ? kl : kl + original_entropy(s, s.retain);
    });
  }

  void before_step(TrainState& state) const override {
    const auto last = state.terms.find("forget");
    const double nll = last == state.terms.end() ? 0 : last->second;
    state.stop = o_.bound > 0 && nll >= o_.bound;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<LlmUnlearn>(
    {.name = "llm_unlearn",
     .summary = "Ascent, random answers to forget prompts, KL on normal text.",
     .paper = "arXiv:2310.10683",
     .options = defaults<Options>(),
     .files = {"answers"}});

}  // namespace
}  // namespace lethe
