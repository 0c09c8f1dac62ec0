#include "harness/run/journal.h"

#include <filesystem>

namespace lethe {

RunJournal::RunJournal(const std::string& out)
    : journal_(out + "/journal.jsonl") {
  for (size_t i = 0; i < journal_.lines().size(); ++i) {
    const std::string where = fmt::format("{}/journal.jsonl:{}", out, i + 1);
    const Json line = parse_json(journal_.lines()[i], where);
    const std::string unit = require_string(line, "unit", where);
    if (line.contains("made")) {
      made_[unit] = made_from_json(line["made"], where);
      continue;
    }
    std::vector<Record> records;
    for (const Json& record : require(line, "records", where)) {
      records.push_back(record_from_json(record, where));
    }
    done_[unit] = {line.value("judges", ""), std::move(records)};
  }
}

const Made* RunJournal::made(const std::string& unit) const {
  const auto found = made_.find(unit);
  return found == made_.end() ? nullptr : &found->second;
}

const std::vector<Record>* RunJournal::records(
    const std::string& unit, const std::string& judges) const {
  const auto found = done_.find(unit);
  const bool fits = found != done_.end() && found->second.judges == judges;
  return fits ? &found->second.records : nullptr;
}

void RunJournal::put(const std::string& unit, const Made& made) {
  OrderedJson line;
  line["unit"] = unit;
  line["made"] = to_json(made);
  journal_.append(line.dump());
  made_[unit] = made;
}

void RunJournal::put(const std::string& unit, const std::string& judges,
                     const std::vector<Record>& records) {
  OrderedJson line;
  line["unit"] = unit;
  if (!judges.empty()) line["judges"] = judges;
  line["records"] = OrderedJson::array();
  for (const Record& record : records) {
    line["records"].push_back(to_json(record));
  }
  journal_.append(
      line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
  done_[unit] = {judges, records};
}

void check_run_folder(const std::string& out, const OrderedJson& wanted) {
  const std::string path = out + "/run.json";
  if (exists(path)) {
    const Json found = read_json(path);
    if (found.contains("shard") && !wanted.contains("shard")) {
      fail_usage(out, "is shard " + found["shard"].dump() + " of the run",
                 "choose another --out, or add --shard");
    }
    for (const auto& [key, value] : wanted.items()) {
      if (found.contains(key) && found[key] == Json(value)) continue;
      fail_usage(out, "belongs to another run (" + key + " differs)",
                 "choose another --out, or delete the folder");
    }
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    const std::string name = entry.path().filename();
    if (name == "lock" || name.find(".tmp") != std::string::npos) continue;
    fail_usage(out, "holds files of something else (" + name + ")",
               "choose another --out");
  }
}

}  // namespace lethe
