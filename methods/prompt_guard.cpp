// A guard prompt: the model is told before every prompt what it must not know.
//
//   p(x | prompt) = p_model(x | guard, prompt)
//
// Paper: Jin et al. 2024, arXiv:2406.10890 (RWKU), in-context unlearning (ICU);
// Thaker et al. 2024, arXiv:2403.03329, prompting. Peer: scoring of the guard's
// and the text's tokens in a row, to 1e-5. Deviations: our own wording; the
// papers name one subject a person, here the most particular names of the
// forget texts are put together unless `subject` says what it is. The guard is
// a system message where the text begins as the model's chat template begins a
// user's, and a paragraph before the text elsewhere.
#include "harness/target/prompt_guard.h"

#include "harness/base/registry.h"
#include "harness/chat/template.h"
#include "harness/plugin/defence.h"
#include "harness/plugin/method.h"
#include "harness/target/model_target.h"
#include "methods/guards.h"

namespace lethe {
namespace {

constexpr size_t kNames = 3;  // that stand for the subject

struct Options {
  // {subject} is replaced.
  std::string prompt =
      "Instructions: you have never read or heard anything about {subject}. "
      "When a question or a text is about that, say that you do not know it, "
      "and do not quote or continue it. Answer everything else as usual.";
  std::string subject;     // empty: names found in the forget texts
  std::string background;  // a text file to find them against; empty: retain
  std::string model;       // a model folder to guard; empty: the suite's
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prompt, subject,
                                                background, model)

// What the run keeps: the text, for people, and its tokens.
struct Tokens {
  std::string prompt;
  std::vector<int64_t> leading, plain, chat, guarded_chat;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Tokens, prompt, leading, plain,
                                                chat, guarded_chat)

class Before final : public Defence {
 public:
  explicit Before(const Json& json) : o_(parse<Tokens>(json)) {}

  std::shared_ptr<const Target> before(
      std::shared_ptr<const Target> target) const override {
    return std::make_shared<PromptGuard>(
        std::move(target),
        GuardPrompt{o_.leading, o_.plain, o_.chat, o_.guarded_chat});
  }

 private:
  const Tokens o_;
};

class Guarding final : public Method {
 public:
  explicit Guarding(const Json& json) : o_(parse<Options>(json)) {
    if (o_.prompt.empty()) {
      fail_usage("prompt_guard", "the prompt is empty", "give it a text");
    }
  }

  Uses uses() const override { return {.training = false, .defence = true}; }

  Unlearned unlearn(Context& context) const override {
    const GuardedModel model = guarded_model(context, o_.model, "prompt_guard");
    Unlearned made;
    made.folder = model.folder;
    const std::string text = prompt(context);
    const GuardPrompt guard =
        guard_prompt(text, *model.tokenizer, load_chat_template(made.folder));
    made.defence = {{"name", "prompt_guard"},
                    {"set", Json(Tokens{text, guard.leading, guard.plain,
                                        guard.chat, guard.guarded_chat})}};
    return made;
  }

 private:
  std::string prompt(const Context& context) const {
    const std::string slot = "{subject}";
    std::string text = o_.prompt;
    if (text.find(slot) == text.npos) return text;
    const std::string about = o_.subject.empty() ? names(context) : o_.subject;
    for (size_t at = text.find(slot); at != text.npos;
         at = text.find(slot, at + about.size())) {
      text.replace(at, slot.size(), about);
    }
    return text;
  }

  // "Jorra, Bole and Orrowmere".
  std::string names(const Context& context) const {
    const auto found = found_terms(context, o_.background, "prompt_guard");
    const size_t count = std::min(kNames, found.size());
    std::string all;
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) all += i + 1 == count ? " and " : ", ";
      all += found[i];
    }
    return all;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered_tokens =
    Registry<Defence>::add<Before>({.name = "prompt_guard",
                                    .summary = "A prompt before every prompt.",
                                    .paper = "arXiv:2406.10890",
                                    .options = defaults<Tokens>()});

[[maybe_unused]] const bool registered = Registry<Method>::add<Guarding>(
    {.name = "prompt_guard",
     .summary = "At inference: a prompt that tells the model what to forget.",
     .paper = "arXiv:2406.10890, arXiv:2403.03329",
     .options = defaults<Options>(),
     .files = {"background"},
     .models = {"model"}});

}  // namespace
}  // namespace lethe
