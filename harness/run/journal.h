// What a run has finished: units of work by name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/record.h"
#include "harness/run/workshop.h"

namespace lethe {

// OUT/journal.jsonl: one line a finished unit, {"unit": NAME, "made": {...}}
// for a model or {"unit": NAME, "records": [...]} for a probe or task.
class RunJournal {
 public:
  explicit RunJournal(const std::string& out);

  const Made* made(const std::string& unit) const;
  const std::vector<Record>* records(const std::string& unit) const;

  void put(const std::string& unit, const Made& made);
  void put(const std::string& unit, const std::vector<Record>& records);

 private:
  Journal journal_;
  std::map<std::string, Made> made_;
  std::map<std::string, std::vector<Record>> records_;
};

// Throws: usage error unless the folder is new, empty, or holds the run whose
// run.json has these keys; it names what differs.
void check_run_folder(const std::string& out, const OrderedJson& wanted);

}  // namespace lethe
