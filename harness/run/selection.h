// Which rows of a suite's grids stand for them in a table: chosen by a rule of
// the suite on validation splits, whose values no table shows.
#pragma once

#include <vector>

#include "harness/base/record.h"
#include "harness/run/data.h"
#include "harness/run/suite.h"
#include "harness/run/variants.h"

namespace lethe {

// The suite's selection with probe and field of every term filled in. `suite`
// is laid out. Throws: usage error when a term is not measured, or names more
// than one value of a row.
SelectionSpec settled_selection(const Suite& suite);

// Throws: usage error when a row of a validation split also stands in a split
// that is trained on, or asked about and shown.
void check_validation(const Suite& suite, const SuiteData& data);

// Sets `selection` of every record: "chosen", or "left" for the rows that were
// not. A value is the mean over the suite's seeds, without transforms; a row
// that lacks one of them, or breaks a condition, cannot be chosen. The only row
// of its method is chosen whatever its values; of equal ones the first. `suite`
// is laid out and has a selection.
//
// Returns what run.json keeps: {"rule", "by", "seeds", "choices": [{"of",
// "chosen" (null: none meets the conditions), "candidates": [{"label",
// "value", "n", "conditions": [..], "meets", "reason"}]}]}.
OrderedJson choose_rows(const Suite& suite,
                        const std::vector<Variant>& variants,
                        std::vector<Record>& records);

}  // namespace lethe
