#include "results/run_state.h"

#include <algorithm>
#include <cmath>

namespace lethe {
namespace {

// Means over several names.
constexpr const char* kAny = "";
constexpr const char* kTrained = "\x1F";  // models that took tokens

std::string with_transform(const std::string& unit,
                           const std::string& transform) {
  return unit + "\x1F" + transform;
}

}  // namespace

int64_t CellProgress::failed() const {
  return std::count_if(ended.begin(), ended.end(),
                       [](const auto& unit) { return !unit.second; });
}

std::string CellProgress::name() const {
  return row.label + (row.transform.empty() ? "" : " + " + row.transform) +
         fmt::format(" (seed {})", row.seed);
}

void MeanSeconds::add(const std::string& name, double seconds) {
  auto& [sum, count] = sums_[name];
  sum += seconds;
  ++count;
}

std::optional<double> MeanSeconds::of(const std::string& name) const {
  const auto found = sums_.find(name);
  if (found == sums_.end()) return std::nullopt;
  return found->second.first / static_cast<double>(found->second.second);
}

CellProgress* RunState::cell_of(const RunEvent& event) {
  const auto found = places_.find(event.cell);
  return found == places_.end() ? nullptr : &cells[found->second];
}

void RunState::apply(const RunEvent& event) {
  const double at = seconds_of(event.time);
  if (std::isfinite(at)) heard = at;
  if (event.event == "run_started") {
    start(event);
  } else if (event.event == "cell_started") {
    if (CellProgress* cell = cell_of(event); cell != nullptr) {
      cell->state = CellState::running;
      current = static_cast<size_t>(cell - cells.data());
      has_current = true;
    }
  } else if (event.event == "unit_started") {
    now = {event.unit, heard, {}, {}};
  } else if (event.event == "progress") {
    const RunEvent& before = now.progress;
    const bool same = event.stage == before.stage &&
                      event.total == before.total && event.done >= before.done;
    if (!same) now.first = event;
    now.progress = event;
  } else if (event.event == "unit_done" || event.event == "unit_skipped") {
    end_unit(event, true);
  } else if (event.event == "unit_failed") {
    end_unit(event, false);
  } else if (event.event == "cell_finished") {
    end_cell(event);
  } else if (event.event == "run_finished" || event.event == "run_stopped") {
    finish(event);
  } else if (event.event == "gate") {
    gates.push_back(event);
  }
}

void RunState::finish(const RunEvent& event) {
  now = {};
  has_current = false;
  message = event.message;
  const bool stopped = event.event == "run_stopped";
  status = stopped                      ? RunStatus::stopped
           : event.status == "complete" ? RunStatus::complete
                                        : RunStatus::failed;
  for (CellProgress& cell : cells) {  // of one that stopped in a cell
    if (cell.state == CellState::running) cell.state = CellState::left;
  }
}

void RunState::start(const RunEvent& event) {
  std::map<std::string, CellProgress> known;
  for (CellProgress& cell : cells) known[cell.row.cell] = std::move(cell);
  cells.clear();
  places_.clear();
  for (const PlannedRow& row : event.plan) {
    CellProgress cell;
    if (event.resumed) cell = known[row.cell];
    cell.row = row;
    std::erase_if(cell.ended, [](const auto& unit) { return !unit.second; });
    const bool over =
        cell.state == CellState::done || cell.state == CellState::skipped;
    if (!over) cell.state = CellState::left;
    cell.message.clear();
    places_[row.cell] = cells.size();
    cells.push_back(std::move(cell));
  }
  if (!event.resumed) {
    seconds = 0;
    tokens = peak_bytes = 0;
  }
  units = event.units;
  suite = event.suite;
  process = event.process;
  resumed = event.resumed;
  begun = heard;
  status = RunStatus::running;
  message.clear();
  now = {};
  has_current = false;
  last.reset();
  gates.clear();
}

void RunState::end_unit(const RunEvent& event, bool ok) {
  now = {};
  peak_bytes = std::max(peak_bytes, event.peak_bytes);
  CellProgress* cell = cell_of(event);
  const bool model = event.unit == kModelUnit;
  // What the journal kept was counted when it was done, if it was seen then.
  const bool seen = cell != nullptr &&
                    (model ? cell->model : cell->ended.contains(event.unit));
  if (!seen) {
    seconds += event.seconds;
    tokens += event.tokens;
  }
  if (cell == nullptr) return;
  if (!seen) cell->seconds += event.seconds;
  if (!ok) cell->message = event.message;
  if (model) {
    if (ok) cell->model = true;
    if (ok && !seen) {
      model_seconds_.add(cell->row.label, event.seconds);
      model_seconds_.add(kAny, event.seconds);
      if (event.tokens > 0) model_seconds_.add(kTrained, event.seconds);
    }
    return;
  }
  cell->ended[event.unit] = ok;
  if (event.event == "unit_skipped" && !seen) {
    ++cell->skipped;
    if (cell->message.empty()) cell->message = event.message;
  }
  if (!ok || seen) return;
  for (const std::string& name :
       {with_transform(event.unit, cell->row.transform), event.unit,
        std::string(kAny)}) {
    unit_seconds_.add(name, event.seconds);
  }
}

void RunState::end_cell(const RunEvent& event) {
  CellProgress* cell = cell_of(event);
  has_current = false;
  now = {};
  if (cell == nullptr) return;
  last = static_cast<size_t>(cell - cells.data());
  if (!event.message.empty()) cell->message = event.message;
  const auto all = static_cast<int64_t>(units.size());
  cell->state = event.status == "failed"          ? CellState::failed
                : all > 0 && cell->skipped >= all ? CellState::skipped
                                                  : CellState::done;
}

int64_t RunState::count(CellState state) const {
  return std::count_if(
      cells.begin(), cells.end(),
      [&](const CellProgress& cell) { return cell.state == state; });
}

int64_t RunState::ended() const {
  return static_cast<int64_t>(cells.size()) - count(CellState::left) -
         count(CellState::running);
}

int64_t RunState::units_left(const CellProgress& cell) const {
  if (cell.state != CellState::left && cell.state != CellState::running) {
    return 0;
  }
  return std::count_if(
      units.begin(), units.end(),
      [&](const std::string& unit) { return !cell.ended.contains(unit); });
}

std::optional<double> RunState::expected_unit(
    const std::string& unit, const std::string& transform) const {
  for (const std::string& name :
       {with_transform(unit, transform), unit, std::string(kAny)}) {
    if (const auto mean = unit_seconds_.of(name)) return mean;
  }
  return std::nullopt;
}

std::optional<double> RunState::expected_model(const std::string& label) const {
  for (const std::string& name : {label, std::string(kTrained)}) {
    if (const auto mean = model_seconds_.of(name)) return mean;
  }
  return model_seconds_.of(kAny);
}

// What runs at the moment is left out: see running_left().
std::optional<double> RunState::cell_left(const CellProgress& cell) const {
  const bool here = has_current && &cell == &cells[current];
  double left = 0;
  if (cell.row.transform.empty() && !cell.model &&
      !(here && now.unit == kModelUnit)) {
    const auto model = expected_model(cell.row.label);
    if (!model) return std::nullopt;
    left += *model;
  }
  for (const std::string& unit : units) {
    if (cell.ended.contains(unit) || (here && now.unit == unit)) continue;
    const auto one = expected_unit(unit, cell.row.transform);
    if (!one) return std::nullopt;
    left += *one;
  }
  return left;
}

std::optional<double> RunState::training_left(double now_seconds) const {
  const RunEvent &p = now.progress, &first = now.first;
  if (p.counted != "steps" || p.done <= first.done || p.total < p.done) {
    return std::nullopt;
  }
  const double each = (seconds_of(p.time) - seconds_of(first.time)) /
                      static_cast<double>(p.done - first.done);
  const double since = std::max(0.0, now_seconds - seconds_of(p.time));
  return std::max(0.0, static_cast<double>(p.total - p.done) * each - since);
}

std::optional<double> RunState::running_left(double now_seconds) const {
  if (now.unit.empty()) return 0;
  const double spent = std::max(0.0, now_seconds - now.begun);
  std::optional<double> whole;
  if (has_current) {
    const PlannedRow& row = cells[current].row;
    whole = now.unit == kModelUnit ? expected_model(row.label)
                                   : expected_unit(now.unit, row.transform);
  }
  // Training counts its steps from the first to the last; a probe has several
  // stages, so how far one of them is says less than what others took.
  if (const auto steps = training_left(now_seconds)) return steps;
  if (!whole) return std::nullopt;
  return std::max(0.0, *whole - spent);
}

std::optional<double> RunState::seconds_left(double now_seconds) const {
  if (status != RunStatus::running || cells.empty()) return std::nullopt;
  const auto running = running_left(now_seconds);
  if (!running) return std::nullopt;
  double left = *running;
  for (const CellProgress& cell : cells) {
    if (cell.state != CellState::left && cell.state != CellState::running) {
      continue;
    }
    const auto own = cell_left(cell);
    if (!own) return std::nullopt;
    left += *own;
  }
  return left;
}

}  // namespace lethe
