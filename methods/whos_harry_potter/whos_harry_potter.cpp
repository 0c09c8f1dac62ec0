// Who's Harry Potter: the model is trained on what a reader who never saw the
// forget texts would say in their place.
//
//   L = forget mean NLL(generic labels) + retain NLL(retain)
//
// 1. A reinforced model: trained further on the forget texts.
// 2. Anchors: what is particular to the texts, from a dictionary file or found
//    by comparing with a background (harness/anchors), each with a generic
//    form.
// 3. Generic labels of every block (generic_labels.h): the model's own
//    predictions behind the block's translation, less what reinforcement
//    raised. Anchors that appeared before in a block are left out, the generic
//    forms of those are lowered by `penalty`. Ours: with `anchor_penalty` the
//    anchors themselves are lowered everywhere, for a model that knows the text
//    by heart says them behind its translation, too.
// 4. Training on the labels.
// All stages but the weights lie in notes/: dictionary.jsonl, translated.jsonl,
// labels.jsonl, review.jsonl, summary.json. `dictionary`, `labels` and
// `reviewed` take them back as people changed them.
//
// Paper: Eldan and Russinovich 2023, arXiv:2310.02238; alpha, and 3 epochs at
// 3e-6 for the reinforced model, are the paper's (lr 1e-6 and 2 epochs for the
// last stage are training options). Peer: none is published; the logits are
// compared with trainer.json's, to 1e-5.
// Deviations: anchors come from a local extractor in place of GPT-4, and are
// made to be corrected; the paper gives no number for how far earlier
// translations are lowered. Needs two models at a time while labels are made.
#include <filesystem>

#include "harness/anchors/documents.h"
#include "harness/anchors/extract.h"
#include "harness/anchors/generics.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/ordered_json.h"
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/whos_harry_potter/blocks.h"
#include "methods/whos_harry_potter/notes.h"
#include "methods/whos_harry_potter/reinforced.h"

namespace lethe {
namespace {

struct Options {
  std::string dictionary;  // anchors and generic forms; empty: extracted
  std::string background;  // a text file to extract against; empty: retain
  double alpha = 5.0;      // of the generic logits, >= 0; 0: no reinforcing
  double penalty = 5.0;    // logits that earlier generic forms lose, >= 0
  double anchor_penalty = 0.0;  // logits that anchors lose everywhere, >= 0
  std::string reinforced;       // a model folder; empty: trained here
  double reinforce_lr = 3e-6;
  double reinforce_epochs = 3.0;
  std::string labels;         // labels.jsonl as corrected; empty: computed
  double review_below = 0.0;  // labels less probable go to review.jsonl
  std::string reviewed;       // review.jsonl with verdicts
  double retain = 0.0;        // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, dictionary, background,
                                                alpha, penalty, anchor_penalty,
                                                reinforced, reinforce_lr,
                                                reinforce_epochs, labels,
                                                review_below, reviewed, retain)

// Training on labels.
class OnLabels final : public Method {
 public:
  OnLabels(const BlockLabels& labels, double retain)
      : labels_(labels), retain_(retain) {}

  Uses uses() const override { return {.retain = retain_ != 0}; }

  void label(Context&, TrainingSet& rows) const override {
    for (size_t b = 0; b < labels_.size(); ++b) {
      std::vector<int64_t> ids;
      for (const GenericLabel& label : labels_[b]) ids.push_back(label.id);
      rows.set_labels(b, std::move(ids));
    }
  }

  void step(Step& s) const override {
    s.add("forget", 1, [&] { return mean_nll(s.model, s.forget); });
    s.add("retain", retain_, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  const BlockLabels& labels_;
  const double retain_;
};

std::vector<std::string> texts_of(const Examples& examples) {
  std::vector<std::string> texts;
  for (const Example& e : examples) texts.push_back(e.text);
  return texts;
}

// Shares of labels that are not what the model itself says of the text.
struct Changes {
  int64_t labelled[2] = {0, 0}, changed[2] = {0, 0};  // elsewhere, at anchors

  double share(int where) const {
    return labelled[where] == 0 ? 0
                                : static_cast<double>(changed[where]) /
                                      static_cast<double>(labelled[where]);
  }
};

// One run of the method.
class Run {
 public:
  Run(Context& context, const Options& options)
      : context_(context),
        o_(options),
        notes_(context.notes_folder()),
        rows_(context.training_rows(Side::forget)),
        folder_(context.model_folder()),
        tokenizer_(load_tokenizer(folder_)) {
    if (tokenizer_ == nullptr) {
      fail_usage("whos_harry_potter", "the model has no tokenizer",
                 "copy its tokenizer files into " + folder_.path());
    }
    make_folder(notes_);
  }

  Unlearned unlearn() {
    BlockLabels labels =
        o_.labels.empty()
            ? computed()
            : read_labels(context_.resolve(o_.labels), rows_, tokenizer_.get());
    if (!o_.reviewed.empty()) {
      const Reviewed counts = apply_review(context_.resolve(o_.reviewed), rows_,
                                           tokenizer_.get(), labels);
      log_info(fmt::format(
          "review: {} accepted, {} rejected, {} rewritten, {} open",
          counts.accepted, counts.rejected, counts.rewritten, counts.open));
    }
    int64_t labelled = 0;
    for (const auto& block : labels) {
      for (const GenericLabel& label : block) labelled += label.id >= 0 ? 1 : 0;
    }
    if (labelled == 0) {
      fail_input("whos_harry_potter", "no token has a label",
                 "give longer texts, or fewer rejections");
    }
    Unlearned made = context_.train(OnLabels(labels, o_.retain));
    made.tokens += tokens_;
    return made;
  }

 private:
  Anchors anchors() {
    const std::string path = notes_ + "/dictionary.jsonl";
    Anchors all;
    if (!o_.dictionary.empty()) {
      const std::string given = context_.resolve(o_.dictionary);
      if (!read_lines(given).empty()) all = read_anchors(given);
    } else {
      const std::vector<std::string> target =
          texts_of(context_.forget_examples());
      const std::vector<std::string> background =
          o_.background.empty()
              ? texts_of(context_.retain_examples())
              : read_text_documents(context_.resolve(o_.background)).texts;
      const Extraction found = extract_anchors(target, background);
      if (!found.note.empty()) log_warning("anchors: " + found.note);
      all = propose_generics(found, target);
    }
    write_file_atomically(path, anchors_text(all));
    if (all.empty()) {
      log_warning("anchors: none were found, so no text is translated");
    }
    return all;
  }

  BlockLabels computed() {
    const Anchors found = anchors();
    const std::vector<TranslatedBlock> blocks = translated_blocks(
        rows_, context_.forget_examples(), *tokenizer_, found);
    write_translations(notes_ + "/translated.jsonl", blocks, found);
    std::vector<GenericBlock> tokens;
    for (const TranslatedBlock& block : blocks) {
      GenericBlock own = block.tokens;
      const auto from = rows_.rows()[tokens.size()].score_from;
      std::fill_n(own.places.begin(), from, -1);  // prompts are not learnt
      tokens.push_back(std::move(own));
    }
    const auto reinforced = reinforced_model();
    const auto baseline = Model::load(folder_, context_.compute());
    GenericOptions options{o_.alpha, o_.penalty};
    options.tokens = tokenizer_->vocab_size();
    options.everywhere_penalty = o_.anchor_penalty;
    if (o_.anchor_penalty > 0) {
      options.everywhere = anchor_tokens(found, *tokenizer_);
    }
    BlockLabels labels =
        generic_labels(*baseline, reinforced.get(), tokens, options);
    write(blocks, labels, changes_of(*baseline, blocks, tokens, labels));
    return labels;
  }

  // Null: alpha is 0.
  std::shared_ptr<const Model> reinforced_model() {
    if (o_.alpha == 0) return nullptr;
    if (!o_.reinforced.empty()) {
      return Model::load(ModelFolder(context_.resolve_model(o_.reinforced)),
                         context_.compute());
    }
    const Unlearned made = reinforce(context_, "whos_harry_potter",
                                     {o_.reinforce_lr, o_.reinforce_epochs});
    tokens_ += made.tokens;
    const auto model =
        Model::load(ModelFolder(made.folder), context_.compute());
    std::error_code ignored;  // its weights stay mapped
    std::filesystem::remove_all(made.folder, ignored);
    return model;
  }

  // Against the model's own predictions behind the text itself.
  static Changes changes_of(const Model& baseline,
                            const std::vector<TranslatedBlock>& blocks,
                            std::vector<GenericBlock> tokens,
                            const BlockLabels& labels) {
    for (GenericBlock& block : tokens) {
      block.translated = block.ids;
      block.lowered.clear();
      for (size_t t = 0; t < block.places.size(); ++t) {
        if (block.places[t] >= 0) block.places[t] = static_cast<int64_t>(t);
      }
    }
    const BlockLabels plain = generic_labels(baseline, nullptr, tokens, {0, 0});
    Changes changes;
    for (size_t b = 0; b < labels.size(); ++b) {
      for (size_t t = 0; t < labels[b].size(); ++t) {
        if (labels[b][t].id < 0) continue;
        const int where = blocks[b].anchor[t] ? 1 : 0;
        ++changes.labelled[where];
        if (labels[b][t].id != plain[b][t].id) ++changes.changed[where];
      }
    }
    return changes;
  }

  void write(const std::vector<TranslatedBlock>& blocks,
             const BlockLabels& labels, const Changes& changes) {
    std::vector<std::string> ids;
    for (const TranslatedBlock& block : blocks) ids.push_back(block.id);
    write_labels(notes_ + "/labels.jsonl", rows_, ids, labels,
                 tokenizer_.get());
    const int64_t queue = write_review(notes_ + "/review.jsonl", rows_, labels,
                                       o_.review_below, tokenizer_.get());
    const OrderedJson summary = {
        {"blocks", blocks.size()},
        {"labelled_tokens", changes.labelled[0] + changes.labelled[1]},
        {"labelled_at_anchors", changes.labelled[1]},
        {"changed_at_anchors", changes.share(1)},
        {"changed_elsewhere", changes.share(0)},
        {"to_review", queue}};
    write_file_atomically(notes_ + "/summary.json", summary.dump(2) + "\n");
    log_info(fmt::format(
        "generic labels: {:.1f} % of those at anchors are not what the model "
        "says of the text, {:.1f} % of the others; files to read and edit are "
        "in {}",
        100 * changes.share(1), 100 * changes.share(0), notes_));
  }

  Context& context_;
  const Options& o_;
  const std::string notes_;
  const TrainingSet rows_;
  const ModelFolder folder_;
  const std::shared_ptr<const Tokenizer> tokenizer_;
  int64_t tokens_ = 0;  // run forward to reinforce
};

class WhosHarryPotter final : public Method {
 public:
  explicit WhosHarryPotter(const Json& json) : o_(parse<Options>(json)) {
    const auto refuse_below = [](const char* name, double value, double least) {
      if (value >= least) return;
      fail_usage("whos_harry_potter", fmt::format("{} is {}", name, value),
                 fmt::format("give at least {}", least));
    };
    refuse_below("alpha", o_.alpha, 0);
    refuse_below("penalty", o_.penalty, 0);
    refuse_below("anchor_penalty", o_.anchor_penalty, 0);
    refuse_below("retain", o_.retain, 0);
    refuse_below("review_below", o_.review_below, 0);
    const auto refuse_beside = [&](const std::string& given, const char* name,
                                   const char* key) {
      const Json known = Options();
      if (given.empty() || json.value(key, known[key]) == known[key]) return;
      fail_usage(
          "whos_harry_potter", fmt::format("has both {} and {}", name, key),
          fmt::format("{} takes the place of {}: give one of them", name, key));
    };
    for (const char* key : {"dictionary", "background", "reinforced", "alpha",
                            "penalty", "anchor_penalty", "reinforce_lr",
                            "reinforce_epochs", "review_below"}) {
      refuse_beside(o_.labels, "labels", key);
    }
    refuse_beside(o_.dictionary, "dictionary", "background");
    refuse_beside(o_.reinforced, "reinforced", "reinforce_lr");
    refuse_beside(o_.reinforced, "reinforced", "reinforce_epochs");
  }

  Uses uses() const override { return {.retain = o_.retain != 0}; }

  Unlearned unlearn(Context& context) const override {
    return Run(context, o_).unlearn();
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<WhosHarryPotter>(
    {.name = "whos_harry_potter",
     .summary = "Training on what a reader who never saw the texts would say.",
     .paper = "arXiv:2310.02238",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
