// Rows of training data without what should not be learnt: documents that are
// there twice, and personal data.
//
// First duplicates are left out (duplicates.h), judged on the texts that
// training reads, then personal data are replaced (scrub.h, names.h) in all
// texts of the rows that are kept. Controls ("member": 0) are never trained on:
// they stay as they are, and nothing is a duplicate of them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "harness/base/ordered_json.h"
#include "harness/sanitise/duplicates.h"
#include "harness/sanitise/row_texts.h"
#include "harness/sanitise/scrub.h"

namespace lethe {

struct SanitiseOptions {
  std::string dedup = "near";       // none, exact, near
  double dedup_threshold = 0.8;     // of near: Jaccard similarity, [0.1, 1]
  int64_t shingle = 5;              // of near: words in a row, 1 to 32
  bool ignore_space = true;         // of exact: how white space is written
  bool ignore_case = false;         // of exact
  std::vector<std::string> scrub;   // email, url, number, name
  int64_t min_digits = 7;           // of numbers, 4 to 32
  std::vector<std::string> fields;  // more fields that are texts
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SanitiseOptions, dedup,
                                                dedup_threshold, shingle,
                                                ignore_space, ignore_case,
                                                scrub, min_digits, fields)

// Throws: usage error that names `where` and the key, with near names, for a
// value out of range, or a threshold that is not read.
void check_sanitise_options(const SanitiseOptions& options,
                            const std::string& where);

// Whether they change anything.
bool sanitises(const SanitiseOptions& options);

// A replaced place; bytes of the text as it was.
struct Replacement {
  size_t row;
  std::string field;
  PersonalSpan span;
};

struct Sanitised {
  std::vector<size_t> kept;        // rows, in order
  std::vector<Duplicate> removed;  // Duplicate::text is a row
  std::vector<Replacement> replaced;
  int64_t rows = 0, controls = 0;
  int64_t exact = 0, near = 0;     // of `removed`
  std::array<int64_t, 4> kinds{};  // of `replaced`, by PersonalKind
  int64_t crowded = 0;             // see Duplicates
  std::string note;  // what weakens the result, in a sentence; empty: nothing
};

// Replaces personal data in the rows that are kept, where they stand.
// Throws: input error for a row of token ids when `scrub` is not empty.
Sanitised sanitise(std::vector<RowTexts>& rows, const SanitiseOptions& options);

// {"documents", "controls", "exact_duplicates", "near_duplicates", "kept",
// "replaced": {kind: count}}: only kinds that are scrubbed.
OrderedJson counts_json(const Sanitised& sanitised,
                        const SanitiseOptions& options);

// What was done to which row, a JSON text a line, without the texts.
std::string sanitise_report(const Sanitised& sanitised,
                            const std::vector<RowTexts>& rows);

}  // namespace lethe
