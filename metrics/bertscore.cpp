// BERTScore: how well the tokens of an output and of a reference match in an
// encoder's hidden states.
//
//   precision = sum_i w_i max_j cos(x_i, y_j) / sum_i w_i, over the tokens i of
//   the output and all j of the reference, specials of both among the j;
//   recall the other way round; f1 = 2 P R / (P + R)
//   w = 1, of specials 0; idf: log((N + 1) / (df + 1)) over the N references
//   rescale: (x - b) / (1 - b), each by its own b from `baseline`
//
// Paper: Zhang et al. 2020, arXiv:1904.09675. Peer: bert_score 0.3.13, to 2e-6
// (bertscore_parity_test.cpp). Deviations: with `clamp` a token whose best
// cosine is negative counts 0 in every batch (the peer: where its partner is
// padded; clamp=false is the paper's formula); f1 is NaN where precision or
// recall is (one reference with idf: all its weights are 0), in the peer 0.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/base/python_text.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/baseline_file.h"
#include "metrics/bertscore_layers.h"
#include "metrics/text_pairs.h"

namespace lethe {
namespace {

struct Options {
  std::string model;     // an encoder's folder
  int64_t layer = -1;    // 0: the embeddings; -1: the peer's for this encoder
  bool idf = false;      // weights by rarity among the references
  bool rescale = false;  // by `baseline`
  std::string baseline;  // a file: LAYER,P,R,F
  bool clamp = true;     // a negative best cosine counts 0
  std::string prefix_space = "auto";  // before a text: auto, always or never
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, model, layer, idf,
                                                rescale, baseline, clamp,
                                                prefix_space)

// The peer spaces texts for RoBERTa's and GPT-2's tokenizers, whose first word
// is another token otherwise.
bool spaced(const Options& o, const TextModelShape& shape) {
  if (o.prefix_space != "auto") return o.prefix_space == "always";
  const std::string& name = shape.tokenizer_class;
  if (name.empty()) return shape.model_type == "roberta";
  return name == "RobertaTokenizer" || name == "GPT2Tokenizer";
}

void weigh_by_rarity(TextPairs& found) {
  std::map<int64_t, double> documents;
  for (const auto& [output, reference] : found.pairs) {
    const std::vector<int64_t>& ids = found.texts[reference].ids;
    for (const int64_t id : std::set<int64_t>(ids.begin(), ids.end())) {
      ++documents[id];
    }
  }
  const auto all = static_cast<double>(found.pairs.size());
  for (WeightedText& text : found.texts) {
    for (size_t i = 0; i < text.ids.size(); ++i) {
      const auto seen = documents.find(text.ids[i]);
      const double count = seen == documents.end() ? 0 : seen->second;
      text.weights[i] = std::log((all + 1) / (count + 1));
    }
  }
}

class BertScore final : public Metric {
 public:
  explicit BertScore(const Json& json) : o_(parse<Options>(json)) {
    if (o_.model.empty()) {
      fail_usage("bertscore model", "is missing",
                 "name an encoder's folder: --set model=DIR");
    }
    if (o_.layer < -1) {
      fail_usage("bertscore layer", fmt::format("is {}", o_.layer),
                 "give 0 (the embeddings) or more");
    }
    if (o_.rescale == o_.baseline.empty()) {
      fail_usage("bertscore baseline",
                 o_.rescale ? "is missing, rescale=true needs it"
                            : "is given without rescale=true",
                 "give both, or none");
    }
    const std::vector<std::string> known = {"auto", "always", "never"};
    if (std::find(known.begin(), known.end(), o_.prefix_space) == known.end()) {
      fail_usage("bertscore prefix_space", "is \"" + o_.prefix_space + "\"",
                 suggest(o_.prefix_space, known));
    }
  }

  MetricNeeds needs() const override {
    return {.output = true, .text_model = o_.model};
  }
  std::string main_field() const override { return "f1"; }
  std::vector<std::string> fields() const override {
    return {"precision", "recall", "f1"};
  }

  void check_model(const TextModelShape& shape) const override {
    if (!shape.encoder) {
      fail_usage("bertscore model",
                 fmt::format("{} is a {}, which is a decoder", o_.model,
                             shape.model_type),
                 "name an encoder's folder");
    }
    const int64_t layer = layer_of(shape);
    if (layer > shape.layers) {
      fail_usage("bertscore layer",
                 fmt::format("is {}, the model has {}", layer, shape.layers),
                 fmt::format("give 0 (the embeddings) to {}", shape.layers));
    }
    if (o_.rescale) read_baseline(o_.baseline, layer);
  }

  std::vector<Row> items(const Observations& observations,
                         TextModel& model) const override {
    const std::string space = spaced(o_, model.shape()) ? " " : "";
    TextPairs found =
        text_pairs(observations, model, [&](const std::string& text) {
          const std::string words = python::strip(text);
          return words.empty() ? words : space + words;
        });
    if (o_.idf) weigh_by_rarity(found);
    MatchOptions options;
    options.layer = layer_of(model.shape());
    options.clamp = o_.clamp;
    const Match baseline =
        o_.rescale ? read_baseline(o_.baseline, options.layer) : Match();
    std::vector<Row> rows;
    for (const Match& raw :
         best_matches(found, match(model, found.texts, found.pairs, options))) {
      const Match best = rescaled(raw, baseline);  // 0 changes nothing
      rows.push_back({{"precision", best.precision},
                      {"recall", best.recall},
                      {"f1", best.f1}});
    }
    return rows;
  }

  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& observations) const override {
    Aggregate means = Metric::aggregate(rows, observations);
    const int64_t empty = empty_items(observations);
    if (empty == 0) return means;
    for (auto& [field, mean] : means) {
      mean.note =
          fmt::format("{} of {} items have an empty output or reference", empty,
                      rows.size());
    }
    return means;
  }

 private:
  int64_t layer_of(const TextModelShape& shape) const {
    if (o_.layer >= 0) return o_.layer;
    const TunedLayer* tuned = tuned_layer(shape);
    if (tuned != nullptr) return tuned->layer;
    fail_usage(
        "bertscore layer",
        fmt::format("is not given, and bert_score has none for a {} of {} "
                    "layers, width {} and {} tokens",
                    shape.model_type, shape.layers, shape.hidden_size,
                    shape.vocab_size),
        fmt::format("--set layer=N, 0 (the embeddings) to {}", shape.layers));
  }

  static int64_t empty_items(const Observations& observations) {
    int64_t count = 0;
    for (const Observation& seen : observations) {
      bool empty = python::strip(seen.output).empty();
      for (const std::string& reference : seen.references) {
        empty = empty || python::strip(reference).empty();
      }
      count += empty ? 1 : 0;
    }
    return count;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<BertScore>(
    {.name = "bertscore",
     .summary =
         "Tokens of output and reference matched by an encoder's states.",
     .paper = "arXiv:1904.09675",
     .options = defaults<Options>(),
     .files = {"baseline"},
     .models = {"model"}});

}  // namespace
}  // namespace lethe
