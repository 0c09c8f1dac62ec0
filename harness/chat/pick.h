// Attributes by path and keys to sort by, as several filters use them.
#pragma once

#include "harness/chat/builtins.h"

namespace lethe::chat {

// item.a.b for the attribute "a.b" (digits are indices); the item itself if
// the attribute is None.
Value by_path(Meter& meter, const Value& item, const Value& attribute);

// What sort, unique, min and max compare: lower case unless case_sensitive.
Value sort_key(Meter& meter, const Value& item, const Value& attribute,
               bool case_sensitive);

}  // namespace lethe::chat
