// Discoverable extraction: how likely one sampled continuation of a prefix is
// the suffix, word for word. One teacher-forced pass tells exactly; nothing is
// sampled.
//
//   log_pz = sum_t log q(z_t | prefix, z_<t) [nats], q the model's distribution
//            after temperature, top_k and top_p; -inf: never
//
// Paper: Hayes et al. 2024, arXiv:2410.19482, section 3 ((n, p)-discoverable
// extraction; top_k 40, temperature 1). Peer: transformers 5.23.0's warpers on
// teacher-forced logits (canary_parity_test.cpp), to 1e-2 nats a suffix.
#include "attacks/extraction.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  int64_t prefix_tokens = 0;  // the text's own tokens; 0: half of the text
  int64_t suffix_tokens = 0;  // 0: the rest
  double temperature = 1;     // > 0
  int64_t top_k = 40;         // 0: all tokens
  double top_p = 1;           // in (0, 1]
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prefix_tokens,
                                                suffix_tokens, temperature,
                                                top_k, top_p)

class DiscoverableExtraction final : public Probe {
 public:
  explicit DiscoverableExtraction(const Json& json)
      : o_(extraction_options<Options>("discoverable_extraction", json)),
        sampling_(sampling_of(o_)) {}
  Needs needs() const override { return {.token_statistics = true}; }
  std::vector<std::string> metrics() const override { return {"discoverable"}; }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto splits = split_examples(examples, o_.prefix_tokens,
                                       o_.suffix_tokens, target.window());
    const std::vector<double> sums = log_pz(target, splits, sampling_);
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      Observation seen = observe(*splits[i].example);
      seen.numbers["log_pz"] = {sums[i]};
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  const Options o_;
  const GenerateOptions sampling_;
};

[[maybe_unused]] const bool registered =
    Registry<Probe>::add<DiscoverableExtraction>(
        {.name = "discoverable_extraction",
         .summary = "Probability that one sample of a prefix is its suffix.",
         .paper = "arXiv:2410.19482",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
