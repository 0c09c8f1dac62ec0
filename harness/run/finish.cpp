#include "harness/run/finish.h"

#include "harness/base/files.h"
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

void write_records(const std::string& out, const std::vector<Record>& records) {
  std::string text;
  for (const Record& record : records) {
    text += to_json(record).dump(-1, ' ', false,
                                 OrderedJson::error_handler_t::replace) +
            "\n";
  }
  write_file_atomically(out + "/records.jsonl", text);
}

}  // namespace lethe
