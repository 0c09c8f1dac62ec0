// A small run that verify is asked about.
#pragma once

#include <gmock/gmock.h>

#include "harness/stored/stored_testing.h"
#include "harness/stored/verify.h"

namespace lethe {

class Verify : public StoredRunTest {
 protected:
  Verified all() const { return verify(run_, {.sample = -1}); }

  static const Check& check(const Verified& verified, const std::string& name) {
    for (const Check& one : verified.checks) {
      if (one.name == name) return one;
    }
    throw std::runtime_error("no check " + name);
  }

  // The differences of one check, and that no other has any.
  static std::string only(const Verified& verified, const std::string& name) {
    std::string text;
    for (const Check& one : verified.checks) {
      for (const std::string& difference : one.differences) {
        if (one.name != name) {
          ADD_FAILURE() << one.name << ": " << difference;
        }
        text += difference + "\n";
      }
    }
    EXPECT_FALSE(verified.intact());
    return text;
  }

  void write_journal() const {
    Journal journal(run_ + "/journal.jsonl");
    for (const Record& r : records_) {
      OrderedJson line = {{"unit", r.cell + " " + r.probe + r.field},
                          {"records", OrderedJson::array({to_json(r)})}};
      journal.append(line.dump());
    }
  }
};

}  // namespace lethe
