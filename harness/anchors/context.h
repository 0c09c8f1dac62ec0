// What stands around a name, and what that says of it. For the extractor.
#pragma once

#include "harness/anchors/extract.h"
#include "harness/anchors/names.h"

namespace lethe {

struct NameContext {
  int64_t places = 0;
  int64_t male = 0, female = 0, neuter = 0;  // pronouns behind it
  int64_t titled_male = 0, titled_female = 0;
  int64_t determined = 0;  // behind the, a, this
  int64_t speaks = 0;      // beside said, replied, cried
  int64_t placed = 0;      // behind in, at, near
};

// The context of every name, with and without titles.
std::map<WordIds, NameContext> name_contexts(const ReadSide& side,
                                             const WordTable& table,
                                             const FoundNames& found);

// Sets kind, gender, surname, common and neuter.
void describe_name(const WordTable& table, const WordIds& ids,
                   const NameUse& use, const NameContext& context,
                   FoundAnchor* anchor);

}  // namespace lethe
