#include "harness/data/member.h"

namespace lethe {

std::optional<bool> member_of(const DataRow& row) {
  if (!row.fields.contains("member") || row.fields["member"].is_null()) {
    return {};
  }
  const Json& label = row.fields["member"];
  if (label.is_boolean()) return label.get<bool>();
  if (label.is_number_integer() &&
      (label.get<int64_t>() == 0 || label.get<int64_t>() == 1)) {
    return label.get<int64_t>() == 1;
  }
  fail_input(row.where, "\"member\" is " + label.dump(),
             "it must be 0 or 1, true or false");
}

}  // namespace lethe
