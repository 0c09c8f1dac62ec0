// The blocks of a text that Who's Harry Potter labels: training rows beside
// their translations.
#pragma once

#include <string>
#include <vector>

#include "harness/anchors/translate.h"
#include "harness/data/examples.h"
#include "harness/train/batch.h"
#include "methods/whos_harry_potter/generic_labels.h"

namespace lethe {

struct TranslatedBlock {
  std::string id;    // of the text it is cut from
  std::string text;  // as it stands in that text
  Translation translation;
  GenericBlock tokens;
  // [T] the token belongs to an anchor.
  std::vector<bool> anchor;
};

// Row by row. Tokens of an anchor's second and later appearances in a block
// have no place, and the first tokens of its generic form are lowered behind
// its first. A character that two blocks share is in neither text.
// `rows` are those of `examples` in their order, each text's from front to back
// (TrainingSet makes them so).
// Throws: input error for rows without text, for a tokenizer whose tokens are
// no parts of the text, and for a text that is not UTF-8.
std::vector<TranslatedBlock> translated_blocks(const TrainingSet& rows,
                                               const Examples& examples,
                                               const Tokenizer& tokenizer,
                                               const Anchors& anchors);

// Tokens that begin a word of an anchor in use and are all of it, or at least
// three letters, or two with a capital in front: ascending, each once. Words
// that names share with all texts (the, of; small letters beside capitals) are
// left out.
std::vector<int64_t> anchor_tokens(const Anchors& anchors,
                                   const Tokenizer& tokenizer);

// translated.jsonl, a row a block: {"block", "id", "text", "translated",
// "anchors": [{"anchor", "generic", "repeated"}]}. Throws: WriteError.
void write_translations(const std::string& path,
                        const std::vector<TranslatedBlock>& blocks,
                        const Anchors& anchors);

}  // namespace lethe
