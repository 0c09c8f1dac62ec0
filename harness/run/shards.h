// A part of a run: some of its cells, computed as the whole run would.
//
// The cells in the order of the suite (rows, then transforms) are cut into n
// runs of neighbours of equal length: a model is made in one shard, or in two
// where a cut goes through its transforms. Every shard makes the model that the
// suite starts from, if it is trained at all.
//
// A metric that compares with the reference model reads its samples of the same
// seed and transforms: a shard without that cell computes it too, and merge
// checks that the copies agree. Where no metric compares, it does not.
// What is said of rows together (the suite's selection, rows with the weights
// of others) is left to merge.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/base/run_event.h"
#include "harness/run/suite.h"
#include "harness/run/variants.h"

namespace lethe {

// Shard `index` (from 1) of `of`; of 0: the whole run.
struct Shard {
  int64_t index = 0, of = 0;
  bool whole() const { return of == 0; }
};

// "2/4" with 1 <= index <= of; none for anything else.
std::optional<Shard> read_shard(const std::string& text);
// The same of --shard. Throws: usage error.
Shard parse_shard(const std::string& text);

class ShardPlan {
 public:
  // `suite` is laid out. Throws: usage error when there are more shards than
  // cells.
  ShardPlan(const Suite& suite, const std::vector<Variant>& variants,
            const std::vector<Chain>& chains, const Shard& shard);

  // Whether the cell is computed here: it is the shard's own, or the reference
  // of one that is.
  bool runs(size_t variant, size_t chain) const;
  // Any cell of the variant.
  bool runs(size_t variant) const;

  // Drops the rows of other shards from a plan.
  void keep_own(std::vector<PlannedRow>& rows,
                const std::string& suite_hash) const;

  // All cells of the run in the order of its records: {"cell", "label",
  // "reference", "shard"}.
  OrderedJson to_json(const std::string& suite_hash) const;

 private:
  int64_t owner(size_t variant, size_t chain) const;

  const Suite& suite_;
  const std::vector<Variant>& variants_;
  const std::vector<Chain>& chains_;
  const Shard shard_;
  bool compares_ = false;  // some metric reads the reference's samples
};

}  // namespace lethe
