// What fuzz targets do with a tokenizer's folder.
#pragma once

#include <string>

#include "harness/base/fuzzing.h"
#include "harness/text/tokenizer.h"

namespace lethe {

// Loads the folder, encodes `text` (or one of ours, if empty) in every way and
// decodes the ids.
inline void try_tokenizer(const std::string& folder, const std::string& text) {
  std::shared_ptr<const Tokenizer> tokenizer;
  works([&] { tokenizer = Tokenizer::load(folder); });
  if (!tokenizer) return;
  const std::string given = text.empty() ? " The a\tab \xC3\xA9<s>12\n" : text;
  const auto all_in_vocabulary = [&](const std::vector<int64_t>& ids) {
    for (const int64_t id : ids) {
      must_hold(id >= 0 && id < tokenizer->vocab_size(), "ids are in range");
    }
  };
  works([&] {
    const auto ids = tokenizer->encode(given);
    all_in_vocabulary(ids);
    tokenizer->decode(ids);
    tokenizer->decode(ids, {.skip_special_tokens = true});
    for (const int64_t id : ids) works([&] { tokenizer->token(id); });
  });
  works([&] {
    all_in_vocabulary(tokenizer->encode(
        given, {.special_tokens = false, .plain_text = true}));
  });
  works([&] {
    std::vector<int64_t> types;
    const auto ids = tokenizer->encode_pair(given, "b", {}, &types);
    must_hold(types.size() == ids.size(), "every id has a segment");
  });
  all_in_vocabulary(tokenizer->leading_specials());
  for (const auto& id : {tokenizer->bos_id(), tokenizer->eos_id(),
                         tokenizer->pad_id(), tokenizer->unk_id()}) {
    if (id) all_in_vocabulary({*id});
  }
}

}  // namespace lethe
