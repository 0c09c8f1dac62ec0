// Training rows and batches of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/data/examples.h"
#include "harness/model/cache.h"
#include "harness/train/options.h"

namespace lethe {

// A row of at most sequence_length tokens; ids[score_from..] are supervised.
struct TrainingRow {
  std::vector<int64_t> ids;
  int64_t score_from = 1;
  size_t example = 0;  // which example it is from
  // ids[t] is the example's ids[t + skipped], from own_from on: repeated
  // specials stand before.
  int64_t own_from = 0, skipped = 0;
  bool masked = true;  // the goldfish loss may leave tokens of it out
  // What is to be said at each place of `ids`, in place of them: a token id, -1
  // where nothing is learnt, or kDropped where the id is not learnt but
  // watched. Empty: the ids themselves.
  std::vector<int64_t> labels{};

  // The label at place t >= 1; negative: none.
  int64_t label(int64_t t) const {
    if (t < score_from) return -1;
    return labels.empty() ? ids[t] : labels[t];
  }
  // How many tokens have a label.
  int64_t supervised() const;
};

// The label of a token that a loss leaves out.
constexpr int64_t kDropped = -2;

// Which of a step's batches rows stand in.
enum class Side { forget, retain, alternate };

// Texts cut into rows; those labelled as non-members ("member": 0) are controls
// and never trained on. A text longer than the sequence length becomes several
// rows, each with the leading specials in front; a question or prompt longer
// than it is cut from the left. With an answer the end-of-text id is appended
// and supervised. Throws: input error for a prompt without an answer.
class TrainingSet {
 public:
  TrainingSet() = default;
  TrainingSet(const Examples& examples, const TrainOptions& options,
              int64_t window, const std::vector<int64_t>& eos_ids);

  // Adds the rows of another split, `times` times; their examples are counted
  // from `first_example` on.
  void append(const TrainingSet& other, int64_t times,
              size_t first_example = 0);

  const std::vector<TrainingRow>& rows() const { return rows_; }
  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  // Sets what row `row` learns: as many labels as ids.
  void set_labels(size_t row, std::vector<int64_t> labels);
  // Nothing of row `row` is ever left out.
  void learn_whole(size_t row);
  // The rows `keys` in this order.
  TrainingSet part(const std::vector<int64_t>& keys) const;
  // SHA-256 over the ids and labels of all rows, and what is learnt whole.
  std::string hash() const;

  Side side = Side::forget;

 private:
  std::vector<TrainingRow> rows_;
};

// B rows: inputs are all tokens but the last of each row.
struct Batch {
  Ragged rows;
  Tensor scored;   // [M] places among the N inputs whose next token counts
  Tensor targets;  // [M] int64 these next tokens, or the labels in their place
  Tensor row_of;   // [M] int64 which row each belongs to
  // [D] places and ids of dropped tokens; undefined where a set has none.
  Tensor dropped, dropped_targets;
  std::vector<int64_t> keys;    // [B] numbers of the rows in their set
  std::vector<int64_t> places;  // [B] of each in the keys that were asked for
  Side side = Side::forget;
  // What means divide by: the supervised tokens and rows of the whole step,
  // so that accumulated batches add up to the loss of one big batch.
  int64_t step_tokens = 0;
  int64_t step_rows = 0;

  int64_t supervised() const { return scored.defined() ? scored.numel() : 0; }
};

// The rows `keys` of a set; step_tokens and step_rows are those of this batch.
Batch make_batch(const TrainingSet& set, const std::vector<int64_t>& keys,
                 at::Device device);

// The batches of one step: `keys` in parts of `batch` rows, with common
// step_tokens and step_rows.
std::vector<Batch> make_step(const TrainingSet& set,
                             const std::vector<int64_t>& keys, int64_t batch,
                             at::Device device);

}  // namespace lethe
