#include "harness/run/merge_part.h"

#include <algorithm>
#include <set>

#include "harness/base/files.h"
#include "harness/run/shards.h"
#include "results/gate/kept_gates.h"

namespace lethe {
namespace {

// Throws unless the keys that are read have their types.
void check_form(const OrderedJson& run, const std::string& path) {
  const auto need = [&](const std::string& key, bool fits, const char* wanted) {
    if (fits) return;
    fail_input(path,
               fmt::format("\"{}\" is {}", key,
                           printable(value_at(run, key).dump(), 80)),
               std::string("it must be ") + wanted +
                   ": restore the file of the shard");
  };
  need("shard", read_shard(text_at(run, "shard")).has_value(),
       "I/N with I from 1 to N");
  need("plan", run["plan"].is_array() && !run["plan"].empty(),
       "a list of cells");
  need("cells", value_at(run, "cells").is_array(), "a list of cells");
  need("planned", value_at(run, "planned").is_object(), "an object");
}

}  // namespace

OrderedJson value_at(const OrderedJson& object, const std::string& key) {
  return object.is_object() && object.contains(key) ? object[key]
                                                    : OrderedJson();
}

std::string text_at(const OrderedJson& object, const std::string& key) {
  const OrderedJson found = value_at(object, key);
  return found.is_string() ? found.get<std::string>() : "";
}

int64_t whole_at(const OrderedJson& object, const std::string& key) {
  const OrderedJson found = value_at(object, key);
  return found.is_number_integer() ? found.get<int64_t>() : 0;
}

MergePart read_part(const std::string& folder) {
  MergePart part;
  part.folder = folder;
  const std::string path = folder + "/run.json";
  if (!exists(path)) {
    fail_usage(folder, "has no run.json", "name the --out folder of a shard");
  }
  part.run = parse_ordered_json(read_file(path), path);
  if (!part.run.is_object()) {
    fail_input(path, "is no object", "restore the file of the shard");
  }
  if (!part.run.contains("shard") || !part.run.contains("plan")) {
    fail_usage(folder, "is no shard of a run",
               "merge joins what lethe run --shard I/N wrote");
  }
  const std::string status = text_at(part.run, "status");
  if ((status != "complete" && status != "failed") ||
      !exists(folder + "/records.jsonl")) {
    fail_usage(folder, "is not finished (" + status + ")",
               "run its command again: it goes on where it stopped");
  }
  check_form(part.run, path);
  const Shard shard = *read_shard(text_at(part.run, "shard"));
  part.index = shard.index;
  part.of = shard.of;
  for (Record& r : read_records(folder)) {
    part.cells[r.cell].push_back(std::move(r));
  }
  return part;
}

std::vector<OrderedJson> journal_lines(const MergePart& part) {
  const std::string path = part.folder + "/journal.jsonl";
  std::vector<OrderedJson> lines;
  if (!exists(path)) return lines;
  for (const std::string& text : Journal::read(path)) {
    const std::string where = fmt::format("{}:{}", path, lines.size() + 1);
    lines.push_back(parse_ordered_json(text, where));
    const OrderedJson records = value_at(lines.back(), "records");
    const bool fits =
        value_at(lines.back(), "made").is_object() ||
        (records.is_array() &&
         std::all_of(records.begin(), records.end(),
                     [](const OrderedJson& one) { return one.is_object(); }));
    if (!fits) {
      fail_input(where, "is no finished unit", "restore the file of the shard");
    }
  }
  return lines;
}

bool is_of_shard(const std::string& key) {
  static const std::set<std::string> own = {
      "shard",        "status",         "cells",    "planned",
      "suite_folder", "reference_hash", "selection"};
  return own.count(key) > 0;
}

void check_same_run(const MergePart& first, const MergePart& other) {
  std::set<std::string> keys;
  for (const MergePart* part : {&first, &other}) {
    for (const auto& [key, value] : part->run.items()) keys.insert(key);
  }
  const auto gates = [](const MergePart& part) {  // each, wherever it stood
    Json all = Json::array();
    for (const Gate& gate : kept_gates(part.folder)) all.push_back(gate.json);
    return all;
  };
  if (gates(first) != gates(other)) {
    fail_usage(other.folder, "has other gates than " + first.folder,
               "run the shards of one suite");
  }
  for (const std::string& key : keys) {
    if (is_of_shard(key)) continue;
    const Json a = first.run.value(key, OrderedJson());
    const Json b = other.run.value(key, OrderedJson());
    if (a == b) continue;
    fail_usage(
        other.folder,
        fmt::format("{} is {}, that of {} is {}", key, printable(b.dump(), 80),
                    first.folder, printable(a.dump(), 80)),
        "merge shards of one suite, program, device, dtype and number "
        "of threads");
  }
}

void check_all_there(const std::vector<MergePart>& parts) {
  std::set<int64_t> there;
  for (const MergePart& part : parts) there.insert(part.index);
  std::string missing;
  for (int64_t i = 1; i <= parts.front().of; ++i) {
    if (there.count(i) > 0) continue;
    missing += fmt::format("{}{}/{}", missing.empty() ? "" : ", ", i,
                           parts.front().of);
  }
  if (missing.empty()) return;
  fail_usage("lethe merge", "the shards " + missing + " are missing",
             "name their folders too, or run them: lethe run SUITE --shard "
             "I/N --out DIR");
}

}  // namespace lethe
