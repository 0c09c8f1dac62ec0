// Decoders: how the tokens of some ids become a text again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/text/component.h"

namespace lethe {

// Immutable, so safe in threads.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Rewrites the tokens; the text is all of them in a row. Valid UTF-8.
  virtual void decode(std::vector<std::string>* tokens) const = 0;
};

// The decoder of a tokenizer.json, null if the file has null there.
// Throws: input error if a type or option is unknown or malformed.
std::unique_ptr<const Decoder> make_decoder(const Json& json,
                                            const Place& place);

// word_decoder.cpp: those that put spaces between words, null if the type is
// none of them. `names` gets the types.
std::unique_ptr<const Decoder> make_word_decoder(
    const std::string& type, const Json& json, const Place& place,
    std::vector<std::string>* names);

}  // namespace lethe
