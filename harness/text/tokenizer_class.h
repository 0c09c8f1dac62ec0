// Which class of transformers reads a folder's vocabulary files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "harness/text/special_tokens.h"

namespace lethe {

struct TokenizerClass {
  enum class Files { byte_level, word_piece, sentencepiece };

  std::string name;  // empty: none is named, or one that fits every file
  Files files = Files::sentencepiece;
  SpecialTokens::Defaults tokens = {};
  // A further name of the file, where the class has one: "spiece.model".
  std::string own_file = {};
};

// The class that the folder names; see vocab_files.h. `config` is its
// tokenizer_config.json. Throws: input error if the class is not supported.
TokenizerClass find_tokenizer_class(const std::string& folder,
                                    const OrderedJson& config);

// The class of a vocab.txt whose folder names none.
const TokenizerClass& bert_class();

}  // namespace lethe
