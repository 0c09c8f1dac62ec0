// Goldfish loss: the model is trained anew on everything, the forget data among
// it, and never learns one token in k of any text: prevention, not unlearning.
//
//   L = mean NLL over the tokens that are kept
//
// Masks and their options: harness/train/goldfish.h, near-duplicates among them
// (normalise, hash=minhash). The train log has the mean NLL of the tokens left
// out, `dropped_nll`, and counts those that are learnt.
//
// Paper: Hans et al. 2024, arXiv:2406.10209. Peer: goldfish-loss @ 35d29f9;
// base/goldfish_parity_test.cpp compares its masks to the bit, and the loss is
// the cross-entropy that train_parity_test.cpp compares.
// Deviation: h is 13, as in the paper's text and model cards; the published
// code's default is 4.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/train/options.h"

namespace lethe {
namespace {

struct Options {
  int64_t k = 4;              // one token in k is left out, >= 2
  int64_t h = 13;             // tokens that are hashed, >= 1
  std::string mask = "hash";  // hash, static or random
  int64_t start = 0;          // of static: the first target left out
  int64_t table_seed = 2971215073;
  std::string form = "published";      // of hash: published, or preceding
  std::string hash = "product";        // of hash: product, or minhash
  int64_t shingle = 3;                 // of minhash: tokens in a row
  std::vector<std::string> normalise;  // of hash: of the text, before
  std::string goldfish_on = "all";     // or flagged: "goldfish": true
  int64_t goldfish_from = 1;           // first step with a mask
  int64_t goldfish_to = 0;             // the last one; 0: the end
  std::string base;                    // folder of the model to start from
  std::string config;  // config.json to start from fresh weights
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, k, h, mask, start,
                                                table_seed, form, hash, shingle,
                                                normalise, goldfish_on,
                                                goldfish_from, goldfish_to,
                                                base, config)

class Goldfish final : public Method {
 public:
  explicit Goldfish(const Json& json) : o_(parse<Options>(json)) {
    if (!o_.base.empty() && !o_.config.empty()) {
      fail_usage("goldfish", "has both base and config", "give one of them");
    }
    parse_train_options(training());  // its own checks, before anything runs
  }

  Uses uses() const override {
    return {.from_start = true, .forget_data = true};
  }

  Unlearned unlearn(Context& context) const override {
    Json start;
    if (!o_.base.empty()) start["base"] = context.resolve_model(o_.base);
    if (!o_.config.empty()) start["config"] = context.resolve(o_.config);
    return context.train_anew(start, training());
  }

 private:
  Json training() const {
    Json train = o_;
    train.erase("base");
    train.erase("config");
    train["loss"] = "goldfish";
    return train;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Goldfish>(
    {.name = "goldfish",
     .summary = "Trained anew with one token in k never learnt.",
     .paper = "arXiv:2406.10209",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
