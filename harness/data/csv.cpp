#include "harness/data/csv.h"

#include <algorithm>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr size_t kMaxFields = 16'384;  // as many as spreadsheets have
constexpr size_t kMaxField = size_t{1} << 30;

}  // namespace

bool CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  do {
    if (!lines_.next(line_)) return false;
  } while (without_end(line_).empty());
  where_ = lines_.where();
  at_ = 0;
  for (bool more = true; more;) {
    if (fields.size() == kMaxFields) {
      fail_input(where_, fmt::format("more than {} fields", kMaxFields),
                 "check the separator, or use fewer columns");
    }
    std::string& field = fields.emplace_back();
    if (line_[at_] == '"') {
      read_quoted(field);
    } else {
      read_plain(field);
    }
    more = at_ < without_end(line_).size();  // then a separator is next
    if (more) ++at_;
  }
  return true;
}

void CsvReader::read_plain(std::string& field) {
  const size_t end =
      std::min(line_.find(separator_, at_), without_end(line_).size());
  field.assign(line_, at_, end - at_);
  at_ = end;
  if (field.find('\r') != field.npos) {
    fail_input(lines_.where(), "a carriage return without a line feed",
               "end lines with \\n, or quote the field");
  }
}

void CsvReader::read_quoted(std::string& field) {
  const std::string opened = lines_.where();
  ++at_;
  while (true) {
    const size_t quote = line_.find('"', at_);
    field.append(line_, at_, std::min(quote, line_.size()) - at_);
    if (field.size() > kMaxField) {
      fail_input(opened, fmt::format("a field above {} bytes", kMaxField),
                 "check its closing quote");
    }
    if (quote == line_.npos) {
      if (!lines_.next(line_)) {
        fail_input(opened, "a quoted field that is never closed",
                   "close it with \", and double quotes inside it");
      }
      at_ = 0;
      continue;
    }
    at_ = quote + 1;
    if (at_ == line_.size() || line_[at_] != '"') break;
    field += '"';
    ++at_;
  }
  if (at_ < without_end(line_).size() && line_[at_] != separator_) {
    fail_input(lines_.where(), "text behind a closing quote",
               "double the quotes inside a quoted field");
  }
}

}  // namespace lethe
