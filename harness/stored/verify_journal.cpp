// Records against the journal that they were written from.
#include <algorithm>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/stored/verify.h"

namespace lethe {
namespace {

std::string record_key(const Record& r) {
  return canonical(Json{r.cell, r.probe, r.probe_options, r.task, r.split,
                        r.metric, r.metric_options, r.field, r.seed});
}

// What is set when a run ends is not in its journal.
OrderedJson unmarked(const Record& record) {
  OrderedJson json = to_json(record);
  for (const char* key : {"message", "selection", "reference_hash", "run"}) {
    json.erase(key);
  }
  return json;
}

std::string first_difference(const OrderedJson& a, const OrderedJson& b) {
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key) || b[key] != value) {
      return fmt::format("{} is {} in records.jsonl, {} in the journal", key,
                         value.dump(),
                         b.contains(key) ? b[key].dump() : "absent");
    }
  }
  return "it has more fields in the journal";
}

struct JournalLines {
  std::map<std::string, std::vector<Record>> units;
  std::multimap<std::string, Json> made;  // by model_hash
};

JournalLines read_journal(const std::string& path, Check& check) {
  JournalLines lines;
  int64_t number = 0;
  for (const std::string& text : Journal::read(path)) {
    const std::string where = fmt::format("{}:{}", path, ++number);
    const Json line = parse_json(text, where);
    ++check.checked;
    const std::string unit = require_string(line, "unit", where);
    if (line.contains("made")) {
      const Json& made = line["made"];
      lines.made.emplace(require_string(made, "model_hash", where), made);
    }
    if (!line.contains("records")) continue;
    std::vector<Record> records;
    for (const Json& record : line["records"]) {
      records.push_back(record_from_json(record, where));
    }
    lines.units[unit] = std::move(records);
  }
  check.of = check.checked;
  return lines;
}

class JournalCheck {
 public:
  JournalCheck(const StoredRun& run, Check& check)
      : run_(run),
        check_(check),
        lines_(read_journal(run.folder + "/journal.jsonl", check)) {
    for (const Record& r : run.records) {
      if (r.metric == "cost") {
        check_cost(r);
      } else if (r.status != "failed") {  // tried again, never in the journal
        finished_[record_key(r)].push_back(&r);
      }
    }
  }

  void compare() {
    for (const auto& [unit, records] : lines_.units) {
      for (const Record& r : records) {
        ++known_[record_key(r)];
        check_measured(unit, r);
      }
    }
    for (const auto& [key, records] : finished_) check_added(key, records);
  }

 private:
  // Probes that were skipped as a whole may have the same key.
  void check_measured(const std::string& unit, const Record& r) {
    const auto found = finished_.find(record_key(r));
    if (found == finished_.end()) {
      check_.differences.push_back(unit + ": " + r.metric_name() +
                                   " is missing in records.jsonl");
      return;
    }
    const OrderedJson wanted = unmarked(r);
    const bool there = std::any_of(
        found->second.begin(), found->second.end(),
        [&](const Record* own) { return unmarked(*own) == wanted; });
    if (there) return;
    check_.differences.push_back(fmt::format(
        "{}: {}: {}", unit, r.metric_name(),
        first_difference(unmarked(*found->second.front()), wanted)));
  }

  void check_added(const std::string& key,
                   const std::vector<const Record*>& records) {
    const Record& r = *records.front();
    const auto known = known_.find(key);
    const int64_t wanted = known == known_.end() ? 0 : known->second;
    const auto count = static_cast<int64_t>(records.size());
    const std::string name =
        fmt::format("{}: {} {}", r.label, r.probe + r.task, r.metric_name());
    if (count == 1 && wanted == 0) {
      if (r.versions.contains("rescored")) return;
      check_.differences.push_back(name +
                                   " is in records.jsonl, not in the journal");
    } else if (count > wanted) {
      check_.differences.push_back(
          fmt::format("{} stands {} times in records.jsonl, {} in the journal",
                      name, count, wanted));
    }
  }

  // Several rows may have the same model, each with costs of its own.
  void check_cost(const Record& r) {
    const std::string name = r.label + ": " + r.metric_name();
    const auto [begin, end] = lines_.made.equal_range(r.model_hash);
    if (begin == end) {
      check_.differences.push_back(
          fmt::format("{} is of the model {}, which the journal has not", name,
                      r.model_hash.substr(0, 12)));
      return;
    }
    std::string first;
    for (auto made = begin; made != end; ++made) {
      const std::string found = cost_difference(r, made->second);
      if (found.empty()) return;
      if (first.empty()) first = found;
    }
    check_.differences.push_back(first);
  }

  std::string cost_difference(const Record& r, const Json& made) const {
    const std::string where = run_.folder + "/journal.jsonl";
    const auto differs = [&](const std::string& what, double own,
                             const char* key) {
      const double wanted = require_number(made, key, where);
      return own == wanted ? std::string()
                           : fmt::format(
                                 "{}: {} is {} in records.jsonl, {} in the "
                                 "journal",
                                 r.label, what, own, wanted);
    };
    std::string found;
    if (made.contains(r.field)) {
      found = differs(r.metric_name(), r.value, r.field.c_str());
    }
    const std::pair<const char*, double> all[] = {
        {"seconds", r.seconds},
        {"tokens", static_cast<double>(r.tokens)},
        {"peak_bytes", static_cast<double>(r.peak_bytes)},
        {"steps", static_cast<double>(r.step)}};
    for (const auto& [key, own] : all) {
      if (found.empty()) found = differs(key, own, key);
    }
    return found;
  }

  const StoredRun& run_;
  Check& check_;
  const JournalLines lines_;
  std::map<std::string, std::vector<const Record*>> finished_;
  std::map<std::string, int64_t> known_;
};

}  // namespace

void check_journal(const StoredRun& run, Check& check) {
  if (!exists(run.folder + "/journal.jsonl")) {
    check.skipped = "the folder has no journal";
    return;
  }
  JournalCheck(run, check).compare();
}

}  // namespace lethe
