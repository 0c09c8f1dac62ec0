// Results of other harnesses, item by item, as rows that metrics read.
//
// open-unlearning's TOFU_EVAL.json and MUSE_EVAL.json:
//   {METRIC: {"agg_value": x, "value_by_index": {"0": {"prob", "avg_loss"} or
//   {"rougeL_recall", "input", "ground_truth", "generation"} or {"score"}}}};
//   attacks {"forget": {..}, "holdout": {..}, "auc": x}
// tofu's eval_log_aggregated.json, and each of its four logs by itself:
//   {"eval_log_forget.json": {"avg_gt_loss": {"0": x}, "average_perturb_loss":
//   {"0": [..]}, "avg_paraphrased_loss", "rougeL_recall", "generated_text"}}
//
// A file has several parts, in this order:
//   forget, retain, real_authors, world_facts: TOFU's sets, a row an item:
//     prompt, output, reference, probability, answer_nll, perturbed_nll,
//     rouge (ROUGE-L recall), epsilon (0 of tofu: it adds nothing); score, the
//     file's own truth ratio, where it has no losses to compute one from
//   utility: what model utility is made of, probability, rouge, truth_ratio of
//     the last three sets, with their names as `split`; only if all nine are
//     there
//   mia_min_k, then the other attacks: member (1: forget), score (turned, so
//     that higher is a member)
//   every other metric under its own name, e.g. forget_knowmem_ROUGE
// lm-eval's results*.json: the part `results`, a row a metric of a task: id,
//   task, metric (a filter's name behind it), value, stderr, n, n_expected,
//   version, num_fewshot, higher_is_better, tasks (of a group)
// open-unlearning's *_SUMMARY.json, {METRIC: number}: the part `summary`, a row
//   a metric: id, metric, value
//
// What is normalised follows the file: open-unlearning adds 1e-10 to the
// divisors, tofu nothing; both take geometric means of the wrong answers.
//
// A value that is null, NaN or infinite there is null in the row: the metric
// says so, nothing is dropped. Of several answers to an item the losses and
// scores are averaged, as both peers do; texts become a row each, "3/0".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/data/rows.h"

namespace lethe {

struct ResultPart {
  std::string name;
  std::vector<DataRow> rows;
};

struct PeerResults {
  // "open-unlearning", "tofu", "lm-eval", "open-unlearning's summary"
  std::string format;
  std::vector<ResultPart> parts;
};

// The results in a .json file (.gz may follow); nullopt when it is something
// else, e.g. rows. Throws: as LineReader; input error with the place when a
// value has a type that the format does not have there.
std::optional<PeerResults> read_peer_results(const std::string& path);

// The same from the text of a file; `where` names it.
std::optional<PeerResults> parse_peer_results(const std::string& text,
                                              const std::string& where);

// The object in such a file, NaN and infinities as null; nullopt when it is
// none. Throws: as LineReader.
std::optional<Json> read_peer_object(const std::string& path);

}  // namespace lethe
