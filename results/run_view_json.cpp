#include <algorithm>

#include "results/run_view.h"

namespace lethe {

std::string status_name(RunStatus status) {
  switch (status) {
    case RunStatus::running:
      return "running";
    case RunStatus::complete:
      return "complete";
    case RunStatus::failed:
      return "failed";
    case RunStatus::stopped:
      return "stopped";
    default:
      return "unknown";
  }
}

namespace {

OrderedJson now_json(const RunState& state) {
  if (state.now.unit.empty()) return nullptr;
  OrderedJson json = {{"unit", state.now.unit}};
  if (state.has_current) {
    const CellProgress& cell = state.cells[state.current];
    json["cell"] = cell.row.cell;
    json["name"] = cell.name();
  }
  const RunEvent& p = state.now.progress;
  if (!p.event.empty()) {
    json["stage"] = p.stage;
    json["done"] = p.done;
    json["total"] = p.total > 0 ? OrderedJson(p.total) : OrderedJson();
    json["counted"] = p.counted;
  }
  return json;
}

}  // namespace

OrderedJson run_json(const RunState& state, double now_seconds) {
  OrderedJson json = {{"status", status_name(state.status)},
                      {"suite", state.suite}};
  json["cells"] = {{"total", state.cells.size()},
                   {"done", state.count(CellState::done)},
                   {"running", state.count(CellState::running)},
                   {"failed", state.count(CellState::failed)},
                   {"skipped", state.count(CellState::skipped)},
                   {"left", state.count(CellState::left)}};
  int64_t ended = 0, failed = 0;
  json["failures"] = OrderedJson::array();
  for (const CellProgress& cell : state.cells) {
    ended += static_cast<int64_t>(cell.ended.size());
    failed += cell.failed();
    if (cell.state != CellState::failed && cell.failed() == 0) continue;
    json["failures"].push_back({{"cell", cell.row.cell},
                                {"name", cell.name()},
                                {"message", cell.message}});
  }
  json["units"] = {{"total", state.cells.size() * state.units.size()},
                   {"ended", ended},
                   {"failed", failed}};
  json["now"] = now_json(state);
  const bool running = state.status == RunStatus::running;
  json["seconds"] =
      std::max(0.0, (running ? now_seconds : state.heard) - state.begun);
  const auto left = state.seconds_left(now_seconds);
  json["seconds_left"] = left ? OrderedJson(*left) : OrderedJson();
  json["work_seconds"] = state.seconds;
  json["tokens"] = state.tokens;
  json["peak_bytes"] = state.peak_bytes;
  json["heard"] =
      state.heard > 0 ? OrderedJson(utc_time(state.heard)) : OrderedJson();
  json["message"] = state.message;
  json["gates"] = OrderedJson::array();
  for (const RunEvent& gate : state.gates) {
    json["gates"].push_back(
        {{"verdict", gate.status}, {"message", gate.message}});
  }
  return json;
}

}  // namespace lethe
