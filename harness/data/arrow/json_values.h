// Values of Arrow arrays as JSON.
//
// Dates and times become ISO 8601 text (with Z where the column has a time
// zone), decimals text, numbers that are not finite null, lists and maps lists
// (a map's of {"key", "value"}), structs objects; dictionaries and extension
// types are what they stand for. Class labels stay numbers.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <string>

namespace lethe {

// What a column of this type holds that JSON has no form for ("binary"), or
// empty. Throws: Refusal for types nested deeper than 64.
std::string unreadable_part(const arrow::DataType& type, int depth = 0);

// Appends the value at `place`, which REQUIRES a type without unreadable parts
// and an array that was validated. Throws: Refusal for dates out of range, and
// where a value follows more than `most` bytes of text: a list of nothing but
// nulls takes no bytes of a file.
void append_json(const arrow::Array& array, int64_t place, std::string& text,
                 int64_t most);

void append_json_string(std::string_view value, std::string& text);

}  // namespace lethe
