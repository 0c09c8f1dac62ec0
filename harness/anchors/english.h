// The word lists of the anchor extractor, all in one place. They are English;
// a word of another language is in none of them, and the extractor then relies
// on capital letters and frequencies alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace lethe {

enum class Gender : uint8_t { unknown, male, female };

// What is known of a word in lower case, as bits.
enum WordTrait : uint32_t {
  kTitle = 1,     // Mr, Colonel, Uncle: before a name, no name itself
  kNamePart = 2,  // St: a title that belongs to the name
  kMale = 4,      // of titles, ranks and pronouns
  kFemale = 8,
  kFunctionWord = 16,   // the, and, what, I'll: begins sentences, names nothing
  kNoAnchor = 32,       // months, days, nations, languages, God, Christmas
  kAddress = 64,        // Majesty, Sir: what people are called
  kConnector = 128,     // of, the, de, von: inside a name, in lower case
  kPlaceHead = 256,     // Street, Lodge: kept, "Baker Street" > "Harrow Street"
  kGroupHead = 512,     // Bank, League: kept
  kRank = 1024,         // King, Duchess: names a person by a common noun
  kSpeech = 2048,       // said, replied: stands beside a person
  kPlaceBefore = 4096,  // in, at, near: stands before a place
  kDeterminer = 8192,   // the, a, my, this: stands before a common noun
  kNeuter = 16384,      // it, its
  kDirect = 32768,      // Oh, Ah: interjections
  kGivenName = 65536,   // Mary, James, with kMale or kFemale
  kCreature = 131072    // rabbit, gryphon: a common noun that can be a name
};

// The bits of a word in lower case without its full stop; 0 for most words.
uint32_t word_traits(std::string_view folded);

}  // namespace lethe
