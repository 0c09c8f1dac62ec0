// A filter: answers that hold a term of what is to be forgotten are replaced
// by a refusal.
//
//   y' = refusal if y (with inputs: or the prompt) holds a term, else y
//
// Paper: Thaker et al. 2024, arXiv:2403.03329, filtering; there a model or a
// list decides, here a list (harness/target/term_filter.h says what a term
// matches). Peer: none. The reader sees texts only: what needs log-probs is
// skipped. The terms are listed, read from an anchor dictionary (rows with
// "use": false left out), or the anchors found in the forget texts.
#include "harness/target/filter_guard.h"

#include "harness/anchors/dictionary.h"
#include "harness/base/registry.h"
#include "harness/plugin/defence.h"
#include "harness/plugin/method.h"
#include "harness/target/model_target.h"
#include "methods/guards.h"

namespace lethe {
namespace {

struct Options {
  std::vector<std::string> terms;  // empty: of the dictionary, else found
  std::string dictionary;          // anchors as `lethe anchors` writes them
  std::string background;          // a text file to find against; empty: retain
  std::string refusal = "I do not know anything about that.";
  bool inputs = false;  // prompts that hold a term are refused, too
  std::string model;    // a model folder to guard; empty: the suite's
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, terms, dictionary,
                                                background, refusal, inputs,
                                                model)

// What the run keeps.
struct Filter {
  std::vector<std::string> terms;
  std::string refusal;               // for people
  std::vector<int64_t> refusal_ids;  // its tokens
  bool inputs = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Filter, terms, refusal,
                                                refusal_ids, inputs)

class Behind final : public Defence {
 public:
  explicit Behind(const Json& json) : o_(parse<Filter>(json)) {}

  std::shared_ptr<const Target> before(
      std::shared_ptr<const Target> target) const override {
    return std::make_shared<FilterGuard>(
        std::move(target), FilterOptions{o_.terms, o_.refusal_ids, o_.inputs});
  }

 private:
  const Filter o_;
};

class Filtering final : public Method {
 public:
  explicit Filtering(const Json& json) : o_(parse<Options>(json)) {
    const int sources = (o_.terms.empty() ? 0 : 1) +
                        (o_.dictionary.empty() ? 0 : 1) +
                        (o_.background.empty() ? 0 : 1);
    if (sources > 1) {
      fail_usage("filter_guard", "has several of terms, dictionary, background",
                 "each says what the terms are: give one of them");
    }
    if (o_.refusal.empty()) {
      fail_usage("filter_guard", "the refusal is empty", "give it a text");
    }
    TermFilter{o_.terms};  // its own checks
  }

  Uses uses() const override { return {.training = false, .defence = true}; }

  Unlearned unlearn(Context& context) const override {
    const GuardedModel model = guarded_model(context, o_.model, "filter_guard");
    Unlearned made;
    made.folder = model.folder;
    const Filter filter{
        terms(context), o_.refusal,
        model.tokenizer->encode(o_.refusal,
                                {.special_tokens = false, .plain_text = true}),
        o_.inputs};
    made.defence = {{"name", "filter_guard"}, {"set", Json(filter)}};
    return made;
  }

 private:
  std::vector<std::string> terms(const Context& context) const {
    if (!o_.terms.empty()) return o_.terms;
    if (o_.dictionary.empty()) {
      return found_terms(context, o_.background, "filter_guard");
    }
    std::vector<std::string> all;
    for (const Anchor& one : read_anchors(context.resolve(o_.dictionary))) {
      if (one.use) all.push_back(one.anchor);
    }
    if (all.empty()) {
      fail_usage("filter_guard", o_.dictionary + " has no anchor in use",
                 "give one that has");
    }
    return all;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered_filter =
    Registry<Defence>::add<Behind>({.name = "filter_guard",
                                    .summary = "A filter behind every answer.",
                                    .paper = "arXiv:2403.03329",
                                    .options = defaults<Filter>()});

[[maybe_unused]] const bool registered = Registry<Method>::add<Filtering>(
    {.name = "filter_guard",
     .summary = "At inference: answers that hold listed terms are replaced.",
     .paper = "arXiv:2403.03329",
     .options = defaults<Options>(),
     .files = {"dictionary", "background"},
     .models = {"model"}});

}  // namespace
}  // namespace lethe
