// Alternate preference optimisation: before training the model writes other
// answers to each forget prompt; it is then made to prefer them.
//
//   L = forget (2 / beta) mean -log sigmoid(beta (w - l))
//       + retain NLL(retain) + kl KL(original || model)(retain)
//   w, l: log p - log p_original of a written and of the forget answer, summed
//         over supervised tokens
//
// Paper: Mekala et al. 2024, arXiv:2409.13474: 5 answers a question, sampled at
// temperature 1. Peer: Alternate-Preference-Optimization @ 1c9e595; the loss
// agrees with open-unlearning DPO @ d3d7cf9 to 1e-5. form=paper leaves 2 / beta
// out, as Rafailov et al. 2023. retain is the middle of the peer's grid.
// Deviations: the request is worded by us and in no chat format (prompt=TEXT
// sets another, special tokens included); the peer leaves top_k and top_p to
// transformers. Each step draws one of a row's answers, where the peer's epochs
// hold all five pairs: 5 epochs here are one of its. Answers that rows have are
// used instead of written ones; all are left in OUT/alternates.jsonl.
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/preference.h"
#include "methods/write_answers.h"

namespace lethe {
namespace {

struct Options {
  double beta = 0.1;                     // inverse temperature, > 0
  std::string form = "open_unlearning";  // or "paper": without 2 / beta
  std::string field;  // of rows with answers; empty: "alternate", "alternates"
  int64_t written = 5;           // answers for each text, >= 1
  double temperature = 1.0;      // of the writing, > 0
  int64_t top_k = 0;             // of the writing; 0: all tokens
  int64_t max_new_tokens = 200;  // of an answer, >= 1
  int64_t writing_seed = 0;
  std::string prompt =
      "{question} {answer}\n\nAnswer the same question once more, in the same "
      "style, with plausible facts that all differ from those above.\n\nOther "
      "answer:";
  std::string text_prompt =
      "{question} {answer}\n\nThe same beginning, gone on with in the same "
      "style, with plausible facts that all differ from those above:\n\n"
      "{question}";
  double forget = 1.0;  // weight of the preference term, >= 0
  double retain = 2.0;  // weight of the retain NLL, >= 0
  double kl = 0.0;      // weight of the KL on retain, >= 0; nats a token
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, beta, form, field,
                                                written, temperature, top_k,
                                                max_new_tokens, writing_seed,
                                                prompt, text_prompt, forget,
                                                retain, kl)

class Altpo final : public Method {
 public:
  explicit Altpo(const Json& json)
      : o_(parse<Options>(json)),
        scale_(pair_scale("altpo", o_.form, o_.beta)) {
    const auto need = [](bool holds, const std::string& what) {
      if (!holds) fail_usage("altpo", what, "see describe altpo");
    };
    need(o_.written >= 1, "written is below 1");
    need(o_.temperature > 0, "temperature is not above 0");
    need(o_.top_k >= 0, "top_k is below 0");
    need(o_.max_new_tokens >= 1, "max_new_tokens is below 1");
  }

  Uses uses() const override { return pair_uses(o_.retain, o_.kl); }

  std::vector<Answers> alternates(Context& context) const override {
    std::vector<Answers> all;
    Examples without;
    for (const Example& e : context.forget_examples()) {
      all.push_back(own_alternates(e, o_.field));
      if (all.back().empty()) without.push_back(e);
    }
    if (!without.empty()) {
      std::vector<Answers> written = write_answers(context, without, writing());
      auto next = written.begin();
      for (Answers& answers : all) {
        if (answers.empty()) answers = std::move(*next++);
      }
    }
    keep_alternates(context, all);
    return all;
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return pair_loss(s, o_.beta) * scale_; });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
    s.add("kl", o_.kl, [&] { return s.original_kl(s.retain); });
  }

 private:
  WritingOptions writing() const {
    return {.written = o_.written,
            .temperature = o_.temperature,
            .top_k = o_.top_k,
            .max_new_tokens = o_.max_new_tokens,
            .seed = o_.writing_seed,
            .prompt = o_.prompt,
            .text_prompt = o_.text_prompt};
  }

  const Options o_;
  const double scale_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Altpo>(
    {.name = "altpo",
     .summary = "Preference of other answers that the model wrote itself.",
     .paper = "arXiv:2409.13474",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
