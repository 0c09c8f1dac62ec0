// What the readers of vocabulary files share; for vocab_files.cpp and
// vocab_sentencepiece.cpp.
#pragma once

#include <string>
#include <vector>

#include "harness/text/special_tokens.h"
#include "harness/text/tokenizer_class.h"
#include "harness/text/vocab_files.h"

namespace lethe {

// A folder's configuration, and the tokenizer as it comes together.
struct VocabBuilder {
  const std::string& folder;
  const OrderedJson& config;  // tokenizer_config.json
  TokenizerClass chosen;
  TokenizerSource source = {};

  // The flag of tokenizer_config.json, `fallback` if it is absent or null.
  // Throws: input error unless it is true or false.
  bool flag(const char* key, bool fallback) const;

  // Fills in "added_tokens", and the source's config: named special tokens, and
  // add_bos_token and add_eos_token unless the class has a template.
  void add_tokens(const SpecialTokens& tokens, const SpecialTokens::Find& find,
                  int64_t size);

  // Sets a template: "$A" and "$B" are texts, "$B:1" one with type id 1, other
  // parts are keys of special tokens, "cls_token".
  // Throws: input error if there is no such token.
  void set_template(const std::vector<std::string>& single,
                    const std::vector<std::string>& pair);

  // The text of the named token. Throws: input error if there is none.
  std::string require_named(const std::string& key) const;
  // The id of an added token. Throws: input error if there is none.
  int64_t added_id(const std::string& content) const;
};

// vocab_sentencepiece.cpp: from the model file at `path`.
void build_from_sentencepiece(const std::string& path, VocabBuilder* builder);

}  // namespace lethe
