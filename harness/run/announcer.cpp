#include "harness/run/announcer.h"

#include <algorithm>

#include "harness/run/evaluate.h"

namespace lethe {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

bool all_skipped(const std::vector<Record>& records) {
  return !records.empty() &&
         std::all_of(records.begin(), records.end(),
                     [](const Record& r) { return r.status == "skipped"; });
}

}  // namespace

RunEvent run_started(const Suite& suite, const std::string& suite_hash,
                     const std::vector<Variant>& variants,
                     const std::vector<Chain>& chains) {
  RunEvent event;
  event.event = "run_started";
  event.suite = suite.name;
  for (const ProbeSpec& probe : suite.attacks) {
    event.units.push_back(asked_name(probe));
  }
  for (const TaskSpec& task : suite.tasks) {
    event.units.push_back("task " + task.name);
  }
  for (const bool first : {true, false}) {
    for (const Variant& variant : variants) {
      if (is_reference(suite, variant) != first) continue;
      for (const Chain& chain : chains) {
        event.plan.push_back({cell_hash(suite_hash, variant, chain),
                              variant.label, chain.name(), variant.seed});
      }
    }
  }
  return event;
}

Announcer::Announcer(const std::string& out, RunObserver* observer)
    : log_(out + "/events.jsonl"),
      observer_(observer),
      run_start_(Clock::now()) {}

void Announcer::tell(RunEvent event) {
  event.time = utc_time(wall_clock());
  log_.on(event);
  if (observer_ != nullptr) observer_->on(event);
}

RunEvent Announcer::of_unit(const std::string& event,
                            const std::string& unit) const {
  RunEvent e;
  e.event = event;
  e.cell = cell_;
  e.unit = unit;
  e.seconds = unit == unit_ ? seconds_since(unit_start_) : 0;
  return e;
}

void Announcer::started(RunEvent plan, bool resumed) {
  plan.resumed = resumed;
  plan.process = process_name();
  tell(std::move(plan));
}

void Announcer::cell_started(const std::string& cell) {
  if (!cell.empty() && cell == cell_) return;
  cell_ = cell;
  done_ = units_ = 0;
  cell_start_ = Clock::now();
  unit_.clear();
  if (!cell.empty()) tell(of_unit("cell_started", ""));
}

void Announcer::cell_finished(const std::string& status,
                              const std::string& message) {
  RunEvent e = of_unit("cell_finished", "");
  e.status = status;
  e.message = message;
  e.done = done_;
  e.total = units_;
  e.seconds = seconds_since(cell_start_);
  tell(std::move(e));
  cell_.clear();
}

void Announcer::unit_started(const std::string& unit) {
  unit_ = unit;
  unit_start_ = Clock::now();
  RunEvent e = of_unit("unit_started", unit);
  e.seconds = 0;
  tell(std::move(e));
}

void Announcer::unit_done(const std::string& unit,
                          const std::vector<Record>& records, bool kept) {
  ++done_, ++units_;
  const bool skipped = all_skipped(records);
  RunEvent e = of_unit(skipped ? "unit_skipped" : "unit_done", unit);
  e.kept = kept;
  if (!records.empty()) {  // each repeats what its pass took
    const Record& r = records.front();
    if (kept) e.seconds = r.seconds;
    e.tokens = r.tokens;
    e.peak_bytes = r.peak_bytes;
    if (skipped) e.message = r.message;
  }
  tell(std::move(e));
  unit_.clear();
}

void Announcer::model_done(const Made& made, bool kept) {
  RunEvent e = of_unit("unit_done", kModelUnit);
  e.kept = kept;
  if (kept) e.seconds = made.seconds;
  e.tokens = made.tokens;
  e.peak_bytes = made.peak_bytes;
  e.message = made.message;
  tell(std::move(e));
  unit_.clear();
}

void Announcer::unit_failed(const std::string& unit,
                            const std::string& message) {
  if (unit != kModelUnit) ++units_;
  RunEvent e = of_unit("unit_failed", unit);
  e.message = message;
  tell(std::move(e));
  unit_.clear();
}

void Announcer::finished(const std::string& status, int64_t done,
                         int64_t total) {
  RunEvent e;
  e.event = "run_finished";
  e.status = status;
  e.done = done;
  e.total = total;
  e.seconds = seconds_since(run_start_);
  tell(std::move(e));
}

void Announcer::stopped(const std::string& message) {
  RunEvent e;
  e.event = "run_stopped";
  e.message = message;
  e.seconds = seconds_since(run_start_);
  tell(std::move(e));
}

bool Announcer::on_progress(const Stage& stage) {
  RunEvent e = of_unit("progress", unit_);
  e.stage = stage.title;
  e.counted = stage.unit;
  e.done = stage.done;
  e.total = stage.total;
  e.message = stage.note;
  tell(std::move(e));
  return observer_ != nullptr;
}

}  // namespace lethe
