// How the sentencepiece library itself prepares a text and puts it together
// again; the Python package tokenizers does both in other ways.
//
// Peer: sentencepiece 0.2.3.
#pragma once

#include <memory>

#include "harness/text/decoder.h"
#include "harness/text/normalizer.h"
#include "harness/text/sentencepiece.h"

namespace lethe {

// The characters map applied, longest match first; user-defined pieces left as
// they are; white space and the dummy prefix as the model says.
// Throws: input error if the map is malformed.
std::unique_ptr<const Normalizer> make_sentencepiece_normalizer(
    const SentencePieceModel& model);

// The text of pieces: bytes to characters one by one (U+FFFD for each byte of
// none), U+2581 to spaces, and the white space before the first word dropped
// that the normalizer put there.
std::unique_ptr<const Decoder> make_sentencepiece_decoder(
    const SentencePieceModel& model);

}  // namespace lethe
