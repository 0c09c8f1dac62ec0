#include "harness/run/finish.h"

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/same_models.h"
#include "harness/run/blind.h"
#include "harness/run/selection.h"

namespace lethe {
namespace {

std::vector<std::string> mark_same_models(std::vector<Record>& records,
                                          OrderedJson& status) {
  std::vector<std::string> warnings;
  for (const SameModel& same :
       same_models(records, status.value("base_hash", ""))) {
    for (Record& r : records) {
      const bool cost = r.cell == same.cell && r.metric == "cost";
      if (cost && r.message.empty()) r.message = same.flag + ": " + same.reason;
    }
    for (OrderedJson& cell : status["cells"]) {
      if (cell["cell"] == same.cell) cell["flags"].push_back(same.flag);
    }
    warnings.push_back(fmt::format("{} (seed {}): {}: {}", same.label,
                                   same.seed, same.flag, same.reason));
  }
  return warnings;
}

std::vector<Record> rescored_records(const std::string& out,
                                     const std::vector<Record>& records,
                                     const std::set<std::string>& asked) {
  const std::string path = out + "/records.jsonl";
  if (!exists(path)) return {};
  std::vector<Record> before, kept;
  try {
    // Not read_records(): of a run that is going that is its journal.
    for (const std::string& line : read_lines(path)) {
      before.push_back(record_from_json(parse_json(line, path), path));
    }
  } catch (const Error& error) {
    if (error.fault() != Fault::input) throw;
    log_warning(
        fmt::format("values of lethe rescore are lost, if there were "
                    "any: {}",
                    error.what()));
  }
  std::set<std::string> cells;
  for (const Record& r : records) cells.insert(r.cell);
  for (Record& r : before) {
    const std::string unit =
        fmt::format("{} {} on {}", r.cell,
                    name_with_options(r.probe, r.probe_options), r.split);
    if (!r.versions.contains("rescored") || cells.count(r.cell) == 0) continue;
    if (asked.count(unit) == 0) kept.push_back(std::move(r));
  }
  return kept;
}

}  // namespace

std::vector<std::string> mark_records(const Suite& suite,
                                      const std::vector<Variant>& variants,
                                      std::vector<Record>& records,
                                      OrderedJson& status) {
  std::vector<std::string> warnings = mark_blind_wins(records);
  for (const std::string& warning : mark_same_models(records, status)) {
    warnings.push_back(warning);
  }
  if (suite.selection) {
    status["selection"] = choose_rows(suite, variants, records);
    for (const OrderedJson& choice : status["selection"]["choices"]) {
      if (!choice["chosen"].is_null()) continue;
      warnings.push_back(fmt::format(
          "{}: none of {} rows meets the suite's selection",
          choice["of"].get<std::string>(), choice["candidates"].size()));
    }
  }
  for (Record& record : records) {
    record.reference_hash = status.value("reference_hash", "");
  }
  return warnings;
}

void write_records(const std::string& out, const std::vector<Record>& records,
                   const std::set<std::string>& asked) {
  std::string text;
  for (const auto& some : {records, rescored_records(out, records, asked)}) {
    for (const Record& record : some) {
      text += to_json(record).dump(-1, ' ', false,
                                   OrderedJson::error_handler_t::replace) +
              "\n";
    }
  }
  write_file_atomically(out + "/records.jsonl", text);
}

}  // namespace lethe
