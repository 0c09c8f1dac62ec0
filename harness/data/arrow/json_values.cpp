#include "harness/data/arrow/json_values.h"

#include <arrow/array/array_decimal.h>
#include <arrow/extension_type.h>
#include <arrow/util/float16.h>
#include <arrow/util/formatting.h>

#include <charconv>
#include <cmath>

#include "harness/data/arrow/refusal.h"

namespace lethe {
namespace {

constexpr int kMaxDepth = 64;

template <class Integer>
void append_integer(Integer value, std::string& text) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text.append(digits, end);
}

// The shortest text that reads back as the same double, with a point or an
// exponent so that it stays one.
void append_double(double value, std::string& text) {
  if (!std::isfinite(value)) {
    text += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view written(digits, static_cast<size_t>(end - digits));
  text += written;
  if (written.find_first_of(".e") == written.npos) text += ".0";
}

template <class Array>
void append_list(const Array& list, int64_t place, std::string& text,
                 int64_t most) {
  const int64_t begin = list.value_offset(place);
  const int64_t count = list.value_length(place);
  text += '[';
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    append_json(*list.values(), begin + i, text, most);
  }
  text += ']';
}

void append_struct(const arrow::StructArray& object, int64_t place,
                   std::string& text, int64_t most) {
  text += '{';
  for (int i = 0; i < object.num_fields(); ++i) {
    if (i > 0) text += ',';
    append_json_string(object.struct_type()->field(i)->name(), text);
    text += ':';
    append_json(*object.field(i), place, text, most);
  }
  text += '}';
}

// "2024-01-02 03:04:05.000Z" -> "2024-01-02T03:04:05Z": a fraction of nothing
// is left out, as Python's isoformat does.
std::string iso_time(std::string text) {
  if (text.find("out of range") != text.npos) {
    refuse("holds a date that is out of range", "correct the value");
  }
  const size_t blank = text.find(' ');
  if (blank != text.npos) text[blank] = 'T';
  const bool utc = text.back() == 'Z';
  if (utc) text.pop_back();
  const size_t point = text.find('.');
  if (point != text.npos &&
      text.find_first_not_of('0', point + 1) == text.npos) {
    text.resize(point);
  }
  if (utc) text += 'Z';
  return text;
}

template <class Type>
void append_time(const arrow::Array& array, int64_t place, std::string& text) {
  using ArrayType = typename arrow::TypeTraits<Type>::ArrayType;
  arrow::internal::StringFormatter<Type> format(array.type().get());
  std::string time;
  format(static_cast<const ArrayType&>(array).Value(place),
         [&](std::string_view piece) { time += piece; });
  append_json_string(iso_time(std::move(time)), text);
}

// Visits an array of any type that can be read.
struct Writer {
  const int64_t place;
  std::string& text;

  // Numbers, texts, decimals.
  template <class Array>
  void value(const Array& array) {
    using Type = typename Array::TypeClass;
    if constexpr (arrow::is_boolean_type<Type>::value) {
      text += array.Value(place) ? "true" : "false";
    } else if constexpr (arrow::is_half_float_type<Type>::value) {
      append_double(
          arrow::util::Float16::FromBits(array.Value(place)).ToDouble(), text);
    } else if constexpr (arrow::is_floating_type<Type>::value) {
      append_double(static_cast<double>(array.Value(place)), text);
    } else if constexpr (arrow::is_integer_type<Type>::value) {
      append_integer(array.Value(place), text);
    } else if constexpr (arrow::is_decimal_type<Type>::value) {
      append_json_string(array.FormatValue(place), text);
    } else {
      append_json_string(array.GetView(place), text);
    }
  }
};

template <class Array>
const Array& as(const arrow::Array& array) {
  return static_cast<const Array&>(array);
}

bool append_nested(const arrow::Array& array, int64_t place, std::string& text,
                   int64_t most) {
  switch (array.type_id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      append_list(as<arrow::ListArray>(array), place, text, most);
      return true;
    case arrow::Type::LARGE_LIST:
      append_list(as<arrow::LargeListArray>(array), place, text, most);
      return true;
    case arrow::Type::FIXED_SIZE_LIST:
      append_list(as<arrow::FixedSizeListArray>(array), place, text, most);
      return true;
    case arrow::Type::LIST_VIEW:
      append_list(as<arrow::ListViewArray>(array), place, text, most);
      return true;
    case arrow::Type::LARGE_LIST_VIEW:
      append_list(as<arrow::LargeListViewArray>(array), place, text, most);
      return true;
    case arrow::Type::STRUCT:
      append_struct(as<arrow::StructArray>(array), place, text, most);
      return true;
    case arrow::Type::DICTIONARY: {
      const auto& coded = as<arrow::DictionaryArray>(array);
      append_json(*coded.dictionary(), coded.GetValueIndex(place), text, most);
      return true;
    }
    case arrow::Type::EXTENSION:
      append_json(*as<arrow::ExtensionArray>(array).storage(), place, text,
                  most);
      return true;
    default:
      return false;
  }
}

bool append_time_of(const arrow::Array& array, int64_t place,
                    std::string& text) {
  switch (array.type_id()) {
    case arrow::Type::DATE32:
      append_time<arrow::Date32Type>(array, place, text);
      return true;
    case arrow::Type::DATE64:
      append_time<arrow::Date64Type>(array, place, text);
      return true;
    case arrow::Type::TIME32:
      append_time<arrow::Time32Type>(array, place, text);
      return true;
    case arrow::Type::TIME64:
      append_time<arrow::Time64Type>(array, place, text);
      return true;
    case arrow::Type::TIMESTAMP:
      append_time<arrow::TimestampType>(array, place, text);
      return true;
    default:
      return false;
  }
}

// The types with a value of their own, each with its array.
#define LETHE_ARROW_VALUES(EACH)  \
  EACH(BOOL, Boolean)             \
  EACH(INT8, Int8)                \
  EACH(INT16, Int16)              \
  EACH(INT32, Int32)              \
  EACH(INT64, Int64)              \
  EACH(UINT8, UInt8)              \
  EACH(UINT16, UInt16)            \
  EACH(UINT32, UInt32)            \
  EACH(UINT64, UInt64)            \
  EACH(HALF_FLOAT, HalfFloat)     \
  EACH(FLOAT, Float)              \
  EACH(DOUBLE, Double)            \
  EACH(STRING, String)            \
  EACH(LARGE_STRING, LargeString) \
  EACH(STRING_VIEW, StringView)   \
  EACH(DECIMAL32, Decimal32)      \
  EACH(DECIMAL64, Decimal64)      \
  EACH(DECIMAL128, Decimal128)    \
  EACH(DECIMAL256, Decimal256)

void append_value(const arrow::Array& array, int64_t place, std::string& text) {
  Writer writer{place, text};
  switch (array.type_id()) {
#define LETHE_ARROW_CASE(ID, NAME) \
  case arrow::Type::ID:            \
    return writer.value(as<arrow::NAME##Array>(array));
    LETHE_ARROW_VALUES(LETHE_ARROW_CASE)
#undef LETHE_ARROW_CASE
    default:
      refuse("holds values of the type " + array.type()->ToString(),
             "write the column as text");
  }
}

bool has_value(arrow::Type::type id) {
  switch (id) {
#define LETHE_ARROW_CASE(ID, NAME) case arrow::Type::ID:
    LETHE_ARROW_VALUES(LETHE_ARROW_CASE)
#undef LETHE_ARROW_CASE
    case arrow::Type::NA:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string unreadable_part(const arrow::DataType& type, int depth) {
  if (depth > kMaxDepth) refuse("nests deeper than 64", "write it flat");
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return unreadable_part(
          *static_cast<const arrow::DictionaryType&>(type).value_type(),
          depth + 1);
    case arrow::Type::EXTENSION:
      return unreadable_part(
          *static_cast<const arrow::ExtensionType&>(type).storage_type(),
          depth + 1);
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::MAP:
    case arrow::Type::STRUCT:
      for (const auto& field : type.fields()) {
        const std::string part = unreadable_part(*field->type(), depth + 1);
        if (!part.empty()) return part;
      }
      return "";
    default:
      return has_value(type.id()) ? "" : type.name();
  }
}

void append_json_string(std::string_view value, std::string& text) {
  static const char* const kHex = "0123456789abcdef";
  text += '"';
  for (const char c : value) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (code < 0x20) {
      text += "\\u00";
      text += kHex[code >> 4];
      text += kHex[code & 15];
    } else {
      text += c;
    }
  }
  text += '"';
}

void append_json(const arrow::Array& array, int64_t place, std::string& text,
                 int64_t most) {
  if (static_cast<int64_t>(text.size()) > most) refuse_too_long();
  if (array.IsNull(place)) {
    text += "null";
  } else if (!append_nested(array, place, text, most) &&
             !append_time_of(array, place, text)) {
    append_value(array, place, text);
  }
}

}  // namespace lethe
