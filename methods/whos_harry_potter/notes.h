// What people read and edit between the stages of Who's Harry Potter: the
// labels of every block, and a queue of those that the baseline is unsure of.
//
// labels.jsonl, a row a block: {"block": 0, "id": "a", "tokens": ["The", ..],
// "labels": [null, ..], "probabilities": [null, 0.61, ..]}: tokens and labels
// as the vocabulary spells them, null where nothing is learnt.
//
// review.jsonl, a row a label whose probability lies below a threshold and that
// is not the text's own token: {"block": 0, "place": 12, "context": "the text
// before it", "token": " Holmes", "completion": " Weldon", "probability": 0.04,
// "verdict": null, "corrected": null}. A person sets "verdict" to accept (learn
// the completion), reject (learn nothing there) or rewrite (learn the first
// token of "corrected").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/text/tokenizer.h"
#include "harness/train/batch.h"
#include "methods/whos_harry_potter/generic_labels.h"

namespace lethe {

using BlockLabels = std::vector<std::vector<GenericLabel>>;

// Writes labels.jsonl; ids[b] is the id of block b's text. Without a tokenizer
// tokens are numbers. Throws: WriteError.
void write_labels(const std::string& path, const TrainingSet& rows,
                  const std::vector<std::string>& ids,
                  const BlockLabels& labels, const Tokenizer* tokenizer);

// The labels of an edited file; probabilities of changed ones are left as they
// stand. Throws: usage error when there is no such file; input error with file
// and line when it is of other blocks, or a label is no token.
BlockLabels read_labels(const std::string& path, const TrainingSet& rows,
                        const Tokenizer* tokenizer);

// Writes review.jsonl, the least probable first; how many rows it has.
// Throws: WriteError.
int64_t write_review(const std::string& path, const TrainingSet& rows,
                     const BlockLabels& labels, double below,
                     const Tokenizer* tokenizer);

struct Reviewed {
  int64_t accepted = 0, rejected = 0, rewritten = 0, open = 0;
};

// Changes the labels as a reviewed queue says; rows without a verdict leave
// them. Throws: as read_labels().
Reviewed apply_review(const std::string& path, const TrainingSet& rows,
                      const Tokenizer* tokenizer, BlockLabels& labels);

}  // namespace lethe
