// zlib membership inference: a text that the model finds easier than a
// compressor does was probably in its training set.
//
//   score = mean log-prob [nats/token] / zlib size [bytes]; higher: a member
//
// Paper: Carlini et al. 2021, arXiv:2012.07805, section 5.1. Peer: mimir
// @ 1b6fd64, whose sign is the opposite; to 1e-3 relative. Of a prompt with its
// completion both are the completion's, as open-unlearning @ d3d7cf9 has it.
#include "attacks/other_texts.h"
#include "harness/base/registry.h"
#include "harness/base/zlib_size.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

class ZlibMia final : public Probe {
 public:
  explicit ZlibMia(const Json& json) { reject_options(json); }
  Needs needs() const override { return {.token_statistics = true}; }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      if (examples[i].text.empty()) continue;  // ids only, no tokenizer
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = statistics[i]->mean_logprob() /
                   static_cast<double>(zlib_size(scored_text(examples[i])));
      all.push_back(std::move(seen));
    }
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<ZlibMia>(
    {.name = "zlib_mia",
     .summary = "Mean log-prob over the text's zlib size.",
     .paper = "arXiv:2012.07805"});

}  // namespace
}  // namespace lethe
