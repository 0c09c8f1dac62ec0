#include "results/run_follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

// The bytes of a file from `offset` on, and its inode; none without a file.
struct Tail {
  std::string bytes;
  uint64_t size = 0;
  uint64_t inode = 0;
};

Tail tail_of(const std::string& path, uint64_t offset) {
  Tail tail;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return tail;
  struct stat info {};
  if (::fstat(file, &info) == 0 && S_ISREG(info.st_mode)) {
    tail.inode = info.st_ino;
    tail.size = static_cast<uint64_t>(info.st_size);
    if (tail.size > offset) tail.bytes.resize(tail.size - offset);
    const ssize_t n = ::pread(file, tail.bytes.data(), tail.bytes.size(),
                              static_cast<off_t>(offset));
    tail.bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
  }
  ::close(file);
  return tail;
}

Json parsed(const std::string& line) {
  return Json::parse(line, nullptr, false);
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : "";
}

RunStatus status_of(const std::string& name) {
  return name == "running"    ? RunStatus::running
         : name == "complete" ? RunStatus::complete
         : name == "failed"   ? RunStatus::failed
                              : RunStatus::unknown;
}

}  // namespace

RunFollower::RunFollower(std::string run) : run_(std::move(run)) {
  if (!exists(run_ + "/run.json")) {
    fail_usage(run_, is_folder(run_) ? "holds no run.json" : "no such folder",
               "name the --out folder of a run");
  }
  read();
}

bool RunFollower::read() {
  if (!exists(run_ + "/events.jsonl")) {
    const int64_t ended = state_.ended();
    const RunStatus status = state_.status;
    read_folder();
    return state_.ended() != ended || state_.status != status;
  }
  const bool changed = read_events();
  return notice_end() || changed;
}

bool RunFollower::read_events() {
  const std::string path = run_ + "/events.jsonl";
  Tail tail = tail_of(path, offset_);
  if (tail.inode != file_ || tail.size < offset_) {  // the run began anew
    state_ = {};
    torn_.clear();
    offset_ = 0;
    file_ = tail.inode;
    tail = tail_of(path, 0);
  }
  offset_ += tail.bytes.size();
  const std::string bytes = torn_ + tail.bytes;
  size_t begin = 0;
  for (size_t end = bytes.find('\n'); end != std::string::npos;
       begin = end + 1, end = bytes.find('\n', begin)) {
    if (end == begin) continue;
    const RunEvent event =
        run_event_from_json(parsed(bytes.substr(begin, end - begin)));
    if (event.event.empty()) ++damaged_;
    state_.apply(event);
  }
  torn_ = bytes.substr(begin);
  return !tail.bytes.empty();
}

bool RunFollower::notice_end() {
  if (state_.status != RunStatus::running ||
      process_state(state_.process) != ProcessState::ended) {
    return false;
  }
  read_events();  // its last words
  if (state_.status != RunStatus::running) return true;
  RunEvent end;
  end.event = "run_stopped";
  end.message = "its process is gone; the same command goes on";
  state_.apply(end);
  return true;
}

void RunFollower::read_folder() {
  const std::string path = run_ + "/run.json";
  const Json run = read_json(path);
  state_ = {};
  if (!run.is_object()) fail_input(path, "is no object", "restore the file");
  state_.suite = text_at(run, "suite");
  if (run.contains("suite") && run["suite"].is_object()) {
    state_.suite = text_at(run["suite"], "suite");
  }
  state_.status = status_of(text_at(run, "status"));
  for (const Json& cell : run.value("cells", Json::array())) {
    CellProgress one;
    one.row = {text_at(cell, "cell"), text_at(cell, "label"),
               text_at(cell, "transform"), 0};
    one.message = text_at(cell, "message");
    one.state = text_at(cell, "status") == "failed" ? CellState::failed
                                                    : CellState::done;
    state_.cells.push_back(one);
  }
  const std::string journal = run_ + "/journal.jsonl";
  if (!exists(journal)) return;
  for (const std::string& line : Journal::read(journal)) {
    const std::string unit = text_at(parsed(line), "unit");
    for (CellProgress& cell : state_.cells) {
      if (unit.rfind(cell.row.cell + " ", 0) == 0) cell.ended[unit] = true;
    }
  }
}

}  // namespace lethe
