#include "harness/data/profile.h"

#include <unordered_map>
#include <unordered_set>

#include "harness/base/file_reader.h"
#include "harness/base/hash.h"

namespace lethe {
namespace {

std::string type_name(const OrderedJson& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_array()) return "list";
  return value.type_name();
}

bool empty(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

// The fields of all rows, found by their names.
class Fields {
 public:
  void add(const OrderedJson& row) {
    for (const auto& [name, value] : row.items()) {
      FieldProfile& field = at(name);
      ++field.types[type_name(value)];
      --field.missing;
      if (value.is_string() && empty(value.get_ref<const std::string&>())) {
        ++field.empty;
      }
    }
  }

  std::vector<FieldProfile> take(int64_t rows) {
    for (FieldProfile& field : fields_) field.missing += rows;
    return std::move(fields_);
  }

 private:
  FieldProfile& at(const std::string& name) {
    const auto [found, added] = places_.emplace(name, fields_.size());
    if (added) fields_.push_back({name, {}, 0, 0});
    return fields_[found->second];
  }

  std::vector<FieldProfile> fields_;
  std::unordered_map<std::string, size_t> places_;
};

void hash_file(const std::string& path, FileProfile& profile) {
  FileReader file(path);
  Sha256 hash;
  std::string piece(size_t{1} << 16, '\0');
  while (const size_t count = file.read(piece.data(), piece.size())) {
    hash.add(std::string_view(piece).substr(0, count));
    profile.bytes += static_cast<int64_t>(count);
  }
  profile.sha256 = hash.hex();
}

}  // namespace

FileProfile profile_file(const std::string& path, const RowOptions& options) {
  const RowFile file = read_row_file(path, options);
  FileProfile profile;
  profile.format = file.format;
  profile.rows = static_cast<int64_t>(file.rows.size());
  hash_file(path, profile);
  Fields fields;
  std::unordered_set<std::string> rows, ids;
  for (const OrderedRow& row : file.rows) {
    fields.add(row.fields);
    // Hashes, so that the texts do not lie in memory twice.
    const bool fresh = rows.insert(sha256(canonical(Json(row.fields)))).second;
    profile.duplicate_rows += fresh ? 0 : 1;
    const auto id = row.fields.find("id");
    if (id == row.fields.end()) continue;
    const bool known = !ids.insert(sha256(canonical(Json(*id)))).second;
    profile.duplicate_ids = profile.duplicate_ids.value_or(0) + (known ? 1 : 0);
  }
  profile.fields = fields.take(profile.rows);
  profile.first = file.rows.front().fields;
  return profile;
}

}  // namespace lethe
