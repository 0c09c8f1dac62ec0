#include "harness/data/split_rows.h"

namespace lethe {
namespace {

// Data files write labels as 0 and 1 or as false and true.
bool same(const Json& a, const Json& b) {
  const auto number = [](const Json& value) {
    return value.is_boolean() ? Json(value.get<bool>() ? 1 : 0) : value;
  };
  return number(a) == number(b);
}

bool fits(const DataRow& row, const Json& where) {
  for (const auto& [field, value] : where.items()) {
    const auto found = row.fields.find(field);
    if (found == row.fields.end() || !same(*found, value)) return false;
  }
  return true;
}

}  // namespace

std::vector<DataRow> split_rows(const std::string& file,
                                const RowChoice& choice,
                                const std::string& split) {
  if (choice.where.empty() && choice.skip == 0) {
    return read_rows(file, choice.limit);
  }
  std::vector<DataRow> kept;
  int64_t passed = 0;
  for (DataRow& row : read_rows(file)) {
    if (choice.limit > 0 && static_cast<int64_t>(kept.size()) == choice.limit) {
      break;
    }
    if (!fits(row, choice.where) || passed++ < choice.skip) continue;
    kept.push_back(std::move(row));
  }
  if (kept.empty()) {
    fail_usage("data." + split,
               "\"where\" and \"skip\" leave no row of " + file, "change them");
  }
  return kept;
}

}  // namespace lethe
