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
// for a model or {"unit": NAME, "records": [...]} for a probe or task, with
// "judges" where verdicts were read: the hash of what they rest on. Of several
// lines of a unit the last counts.
class RunJournal {
 public:
  explicit RunJournal(const std::string& out);

  const Made* made(const std::string& unit) const;
  // Null too when other judges gave the verdicts. `judges`: empty for none.
  const std::vector<Record>* records(const std::string& unit,
                                     const std::string& judges) const;

  void put(const std::string& unit, const Made& made);
  void put(const std::string& unit, const std::string& judges,
           const std::vector<Record>& records);

 private:
  Journal journal_;
  std::map<std::string, Made> made_;
  struct Done {
    std::string judges;
    std::vector<Record> records;
  };
  std::map<std::string, Done> done_;
};

// Throws: usage error unless the folder is new, empty, or holds the run whose
// run.json has these keys; it names what differs.
void check_run_folder(const std::string& out, const OrderedJson& wanted);

}  // namespace lethe
