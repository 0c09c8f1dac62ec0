// data check: what files of rows hold, and which tasks they could be for. data
// sanitise is in sanitise.cpp.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>

#include "harness/app/light.h"
#include "harness/data/profile.h"
#include "harness/task/fitting_tasks.h"

namespace lethe {
namespace {

std::string types_text(const FieldProfile& field) {
  std::vector<std::string> all;
  for (const auto& [type, count] : field.types) {
    all.push_back(fmt::format("{} {}", type, count));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

OrderedJson profile_json(const std::string& path, const FileProfile& profile) {
  OrderedJson json = {{"path", path},
                      {"format", profile.format},
                      {"rows", profile.rows},
                      {"bytes", profile.bytes},
                      {"sha256", profile.sha256},
                      {"duplicate_rows", profile.duplicate_rows},
                      {"duplicate_ids", nullptr},
                      {"fits", fitting_tasks(profile.first)},
                      {"fields", OrderedJson::array()}};
  if (profile.duplicate_ids) json["duplicate_ids"] = *profile.duplicate_ids;
  for (const FieldProfile& field : profile.fields) {
    json["fields"].push_back({{"name", field.name},
                              {"types", field.types},
                              {"missing", field.missing},
                              {"empty", field.empty}});
  }
  return json;
}

void print_fields(const std::vector<FieldProfile>& fields) {
  size_t name = 5, types = 5;
  for (const FieldProfile& field : fields) {
    name = std::max(name, printable(field.name).size());
    types = std::max(types, types_text(field).size());
  }
  fmt::print("\n{:{}}  {:{}}  {:>8}  {:>8}\n", "field", name, "types", types,
             "missing", "empty");
  for (const FieldProfile& field : fields) {
    fmt::print("{:{}}  {:{}}  {:>8}  {:>8}\n", printable(field.name), name,
               types_text(field), types, field.missing, field.empty);
  }
}

void print_profile(const std::string& path, const FileProfile& profile) {
  const std::string ids = profile.duplicate_ids
                              ? std::to_string(*profile.duplicate_ids)
                              : "- (no field \"id\")";
  fmt::print("{:16}{}\n", "path", printable(path, 4000));
  fmt::print("{:16}{}\n", "format", printable(profile.format));
  fmt::print("{:16}{}\n", "rows", profile.rows);
  fmt::print("{:16}{}\n", "bytes", profile.bytes);
  fmt::print("{:16}{}\n", "sha256", profile.sha256);
  fmt::print("{:16}{}\n", "duplicate rows", profile.duplicate_rows);
  fmt::print("{:16}{}\n", "duplicate ids", ids);
  const std::vector<std::string> tasks = fitting_tasks(profile.first);
  if (!tasks.empty()) {
    fmt::print("{:16}{}\n", "fits tasks", fmt::join(tasks, ", "));
  }
  print_fields(profile.fields);
}

}  // namespace

int data_command(const Arguments& arguments) {
  const std::string& action = arguments.positional()[0];
  if (action == "sanitise") return sanitise_command(arguments);
  if (action != "check") {
    fail_usage("lethe data " + action, "unknown action",
               suggest(action, {"check", "sanitise"}));
  }
  for (const char* option : {"--data", "--out", "--report", "--set"}) {
    if (arguments.has(option)) {
      fail_usage("lethe data check", std::string(option) + " is for sanitise",
                 "name the files: lethe data check FILE..");
    }
  }
  if (arguments.positional().size() < 2) {
    fail_usage("lethe data check", "1 arguments, it takes 2",
               "name a file: lethe data check FILE..");
  }
  RowOptions options;
  options.limit = arguments.integer("--limit", 0);
  options.columns = arguments.list("--columns");
  OrderedJson all = OrderedJson::array();
  for (size_t i = 1; i < arguments.positional().size(); ++i) {
    const std::string& path = arguments.positional()[i];
    const FileProfile profile = profile_file(path, options);
    if (arguments.has("--json")) {
      all.push_back(profile_json(path, profile));
    } else {
      if (i > 1) std::printf("\n");
      print_profile(path, profile);
    }
  }
  if (arguments.has("--json")) {
    const std::string text = OrderedJson{{"files", all}}.dump(
        -1, ' ', false, OrderedJson::error_handler_t::replace);
    std::printf("%s\n", text.c_str());
  }
  return 0;
}

}  // namespace lethe
