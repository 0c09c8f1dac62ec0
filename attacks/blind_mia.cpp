// Blind baseline of membership inference: a classifier that never asks the
// model tells members from non-members by their words and length. Where it does
// as well as an attack, the two sides differ by themselves (another year,
// another source), and the attack's number says nothing of memorisation.
//
//   score = log-odds of a logistic regression on words and length, trained on
//           the other folds; higher: a member
//   both_sides = 1 when the same text stands among the others, too
//
// Paper: Das et al. 2024, arXiv:2406.16201; Meeus et al. 2024,
// arXiv:2406.17975. Peer: none; the classifier is checked against
// scikit-learn's definition (bag_of_words_test.cpp). Texts are compared by
// their tokens where a row has no text.
#include <map>

#include "attacks/bag_of_words.h"
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

struct Options {
  int64_t folds = 5;  // at least 2; fewer where a class has fewer texts
  int64_t seed = 0;   // of the folds
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, folds, seed)

// By words when every example has a text, else by token ids.
std::vector<LabelledText> labelled_texts(const Examples& examples) {
  bool texts = true;
  for (const Example& e : examples) texts = texts && !e.text.empty();
  std::vector<LabelledText> all;
  for (const Example& e : examples) {
    LabelledText one;
    one.member = e.member.value_or(false);
    if (texts) {
      one.words = words_of(e.text);
      one.length = static_cast<double>(e.text.size());
    } else {
      for (const int64_t id : e.ids) one.words.push_back(std::to_string(id));
      one.length = static_cast<double>(e.ids.size());
    }
    all.push_back(std::move(one));
  }
  return all;
}

class BlindMia final : public Probe {
 public:
  explicit BlindMia(const Json& json) : o_(parse<Options>(json)) {
    if (o_.folds < 2) {
      fail_usage("blind_mia", fmt::format("folds is {}", o_.folds),
                 "give 2 or more, e.g. 5");
    }
  }
  Needs needs() const override { return {}; }
  bool blind() const override { return true; }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr", "both_sides"};
  }

  Observations ask(const Target& /*target*/,
                   const Examples& examples) const override {
    const std::vector<double> scores = held_out_log_odds(
        labelled_texts(examples), o_.folds, static_cast<uint64_t>(o_.seed));
    std::map<std::vector<int64_t>, int> sides;  // 1: others, 2: members
    for (const Example& e : examples) {
      sides[e.ids] |= e.member.value_or(false) ? 2 : 1;
    }
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.score = scores[i];
      seen.numbers["both_sides"] = {sides[examples[i].ids] == 3 ? 1.0 : 0.0};
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<BlindMia>(
    {.name = "blind_mia",
     .summary = "What words and length tell of membership without the model.",
     .paper = "arXiv:2406.16201",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
