// What the program asks of liblethe_arrow.so, the one part that is linked with
// pyarrow's libraries: rows of Parquet and Arrow files as JSON texts.
//
// Plain C types, so that the program starts, and reads everything else, without
// those libraries.
#pragma once

#include <cstddef>

namespace lethe {

struct ColumnRows;  // an open file

// Texts belong to the file and live until its next call.
struct ArrowInterface {
  int version;  // kArrowInterfaceVersion of the module

  // Never null; what went wrong is told by `next`.
  ColumnRows* (*open)(const char* path);
  // 1: `text` is a row as a JSON object, its keys in the order of the columns.
  // 0: no more rows. -1: the file is refused.
  int (*next)(ColumnRows* rows, const char** text, size_t* size);
  // "Parquet", "Arrow stream" or "Arrow file"; the columns that rows leave out
  // stand behind it.
  const char* (*format)(ColumnRows* rows);
  // Of a refused file: what is wrong, and the cure.
  const char* (*fault)(ColumnRows* rows);
  const char* (*cure)(ColumnRows* rows);
  void (*close)(ColumnRows* rows);
};

constexpr int kArrowInterfaceVersion = 1;

// The symbol's name and type.
constexpr const char* kArrowInterfaceName = "lethe_arrow_interface";
using ArrowInterfaceFunction = const ArrowInterface* (*)();

}  // namespace lethe
