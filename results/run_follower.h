// A run watched from outside, through the files of its folder.
#pragma once

#include <cstdint>
#include <string>

#include "results/run_state.h"

namespace lethe {

// Reads what RUN/events.jsonl gained; works over a shared folder. Lines that
// are torn or hold no event are passed over and counted.
class RunFollower {
 public:
  // Reads what is there. A folder without an event log (its log could not be
  // written, or an earlier version made the run) is shown as run.json and the
  // journal have it. Throws: usage error when `run` is no run folder.
  explicit RunFollower(std::string run);

  // Reads on; whether anything changed. A run whose process is gone without a
  // word has stopped; of a process on another machine only its events tell.
  bool read();

  const RunState& state() const { return state_; }
  int64_t damaged() const { return damaged_; }

 private:
  bool read_events();
  void read_folder();
  bool notice_end();

  const std::string run_;
  RunState state_;
  std::string torn_;     // the start of a line whose end is not there yet
  uint64_t offset_ = 0;  // bytes read
  uint64_t file_ = 0;    // inode: another file starts anew
  int64_t damaged_ = 0;
};

}  // namespace lethe
