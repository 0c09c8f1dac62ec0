#include "results/run_view.h"

#include <algorithm>
#include <cmath>

#include "harness/base/log.h"
#include "harness/base/terminal.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kMapLines = 3;
constexpr size_t kIndent = 10;  // of the texts
constexpr size_t kMostFailures = 3;
constexpr double kMinute = 60;
constexpr double kSilence =
    120;  // seconds without an event that are worth a word

struct Sign {
  char sign;
  const char* colour;
};

Sign sign_of(CellState state) {
  switch (state) {
    case CellState::done:
      return {'#', "32"};
    case CellState::running:
      return {'>', "36"};
    case CellState::failed:
      return {'x', "31"};
    case CellState::skipped:
      return {'-', "33"};
    default:
      return {'.', "2"};
  }
}

// What one sign says of several cells: the worst, else what is going on.
CellState summary_of(const std::vector<CellProgress>& cells, size_t begin,
                     size_t end) {
  for (const CellState worst : {CellState::failed, CellState::running,
                                CellState::left, CellState::done}) {
    for (size_t i = begin; i < end; ++i) {
      if (cells[i].state == worst) return worst;
    }
  }
  return CellState::skipped;
}

std::string coloured(const std::string& text, const char* colour, bool on) {
  return on ? std::string("\x1b[") + colour + "m" + text + "\x1b[0m" : text;
}

// "[####x>...]" over at most kMapLines lines.
std::vector<std::string> cell_map(const RunState& state,
                                  const ViewOptions& options) {
  const size_t room = std::max<size_t>(options.width, 4) - 2;
  const size_t lines_wanted =
      std::min(kMapLines, std::max<size_t>(1, options.height / 4));
  const size_t count = state.cells.size();
  const size_t each = (count + room * lines_wanted - 1) / (room * lines_wanted);
  std::vector<std::string> lines;
  if (count == 0) return lines;
  size_t used = 0;
  for (size_t begin = 0; begin < count; begin += each) {
    if (used == 0) lines.emplace_back(lines.empty() ? "[" : " ");
    const Sign s =
        sign_of(summary_of(state.cells, begin, std::min(begin + each, count)));
    lines.back() += coloured(std::string(1, s.sign), s.colour, options.colour);
    used = (used + 1) % room;
  }
  lines.back() += "]";
  return lines;
}

std::string counts_of(const RunState& state) {
  std::string text = fmt::format(
      "{} of {} cells done", state.count(CellState::done), state.cells.size());
  for (const auto& [which, name] : {std::pair(CellState::failed, "failed"),
                                    std::pair(CellState::skipped, "skipped"),
                                    std::pair(CellState::running, "running"),
                                    std::pair(CellState::left, "left")}) {
    const int64_t count = state.count(which);
    if (count > 0) text += fmt::format(", {} {}", count, name);
  }
  return text;
}

std::string time_of(const RunState& state, double now_seconds) {
  const double end =
      state.status == RunStatus::running ? now_seconds : state.heard;
  std::string text = human_seconds(std::max(0.0, end - state.begun));
  if (state.resumed) text += " since it was resumed";
  if (state.status != RunStatus::running) return text;
  const auto left = state.seconds_left(now_seconds);
  return text + (left ? ", about " + human_seconds(*left) + " left"
                      : ", time left not known yet");
}

// What is worked on; of a model that is trained the word for it.
std::string subject_of(const RunState& state) {
  const bool model = state.now.unit == kModelUnit;
  const RunEvent& p = state.now.progress;
  const bool trains = p.counted == "steps";
  if (!model) {
    return state.now.unit + (p.event.empty() ? "" : ": " + p.stage);
  }
  if (!state.has_current) {
    return trains ? "training the base model" : "making the base model";
  }
  if (trains) return "training";
  return "making the model" + (p.event.empty() ? "" : ": " + p.stage);
}

// "training 30 %, 120 of 400 steps, 12 s left, loss 2.31".
std::string stage_of(const RunState& state, double now_seconds) {
  const RunEvent& p = state.now.progress;
  std::string text = subject_of(state);
  if (p.event.empty()) return text;
  const auto done = static_cast<double>(p.done);
  if (p.total > 0) {
    const auto total = static_cast<double>(p.total);
    text += fmt::format(" {:.0f} %, {} of {} {}", 100 * done / total,
                        human_count(done), human_count(total), p.counted);
  } else {
    text += fmt::format(" {} {}", human_count(done), p.counted);
  }
  const auto left = state.training_left(now_seconds);
  if (left) text += ", " + human_seconds(*left) + " left";
  return text + (p.message.empty() ? "" : ", " + p.message);
}

std::string cost_of(const RunState& state) {
  std::string text =
      fmt::format("{} of work, {} tokens", human_seconds(state.seconds),
                  human_count(static_cast<double>(state.tokens)));
  if (state.peak_bytes > 0) {
    text += fmt::format(", {} at most",
                        human_bytes(static_cast<double>(state.peak_bytes)));
  }
  return text;
}

std::string title_of(const RunState& state, const ViewOptions& options) {
  std::string title = state.suite;
  if (!options.run.empty()) title += " in " + options.run;
  if (state.status != RunStatus::running) {
    title += fmt::format(": {}", status_name(state.status));
    if (!state.message.empty()) title += " (" + state.message + ")";
  }
  return title + ": ";
}

struct Entry {
  std::string name, text;
  const char* colour = nullptr;
};

void add_failures(const RunState& state, std::vector<Entry>& entries) {
  std::vector<const CellProgress*> failed;
  for (const CellProgress& cell : state.cells) {
    if (cell.state == CellState::failed || cell.failed() > 0) {
      failed.push_back(&cell);
    }
  }
  for (size_t i = 0; i < failed.size() && i < kMostFailures; ++i) {
    const CellProgress& cell = *failed[i];
    const bool more = i + 1 == kMostFailures && failed.size() > kMostFailures;
    entries.push_back({i == 0 ? "failed" : "",
                       more ? fmt::format("{} and {} more", cell.name(),
                                          failed.size() - i - 1)
                            : cell.name() + ": " + cell.message,
                       "31"});
  }
}

std::vector<Entry> entries_of(const RunState& state, double now_seconds,
                              const ViewOptions& options) {
  std::vector<Entry> entries = {{"time", time_of(state, now_seconds)}};
  const bool running = state.status == RunStatus::running;
  if (running && state.has_current) {
    const CellProgress& cell = state.cells[state.current];
    entries.push_back(
        {"cell", fmt::format("{}, {} of {} probes and tasks done", cell.name(),
                             cell.ended.size(), state.units.size())});
  }
  if (running && !state.now.unit.empty()) {
    entries.push_back({"now", stage_of(state, now_seconds), "36"});
  }
  entries.push_back({"cost", cost_of(state)});
  add_failures(state, entries);
  if (running && options.watch && now_seconds - state.heard > kSilence) {
    entries.push_back(
        {"silent",
         fmt::format("no event for {}: a long step, or the run is gone",
                     human_seconds(now_seconds - state.heard)),
         "33"});
  }
  for (const RunEvent& gate : state.gates) {
    entries.push_back(
        {"gate",
         gate.status + (gate.message.empty() ? "" : ": ") + gate.message});
  }
  if (options.watch) {
    entries.push_back({"table", "lethe leaderboard " + options.run});
  }
  return entries;
}

}  // namespace

ViewOptions fitted(ViewOptions options) {
  const TerminalSize size = terminal_size();
  // The last column stays free: some terminals break the line behind it.
  options.width = std::max<size_t>(size.columns, 2) - 1;
  options.height = std::min(options.height, std::max<size_t>(size.rows, 4) - 1);
  options.colour = coloured();
  return options;
}

std::vector<std::string> run_lines(const RunState& state, double now_seconds,
                                   const ViewOptions& options) {
  const auto put = [&](const std::string& text) {
    return clipped(printable(text, 4000), options.width);
  };
  const auto parts_of = [&](const std::string& text, size_t width) {
    if (!options.whole) return std::vector<std::string>{text};
    return wrap_text(printable(text, 4000), width);
  };
  std::vector<std::string> lines;
  for (const std::string& part :
       parts_of(title_of(state, options) + counts_of(state), options.width)) {
    lines.push_back(coloured(put(part), "1", options.colour));
  }
  for (std::string& line : cell_map(state, options)) {
    lines.push_back(std::move(line));
  }
  for (const Entry& entry : entries_of(state, now_seconds, options)) {
    if (lines.size() >= std::max<size_t>(options.height, 3)) break;
    const std::vector<std::string> parts =
        parts_of(entry.text, std::max<size_t>(options.width, 20) - kIndent);
    for (const std::string& part : parts) {
      const bool first = &part == &parts.front();
      const std::string text =
          put("  " + pad_right(first ? entry.name : "", kIndent - 2) + part);
      lines.push_back(entry.colour == nullptr
                          ? text
                          : coloured(text, entry.colour, options.colour));
    }
  }
  return lines;
}

std::string run_line(const RunState& state, double now_seconds) {
  std::string text = counts_of(state);
  if (state.has_current) text += "; " + state.cells[state.current].name();
  if (!state.now.unit.empty()) text += "; " + stage_of(state, now_seconds);
  return printable(text + "; " + time_of(state, now_seconds), 1000);
}

std::string cell_line(const RunState& state, double now_seconds) {
  if (!state.last) return run_line(state, now_seconds);
  const CellProgress& cell = state.cells[*state.last];
  const char* how = cell.state == CellState::failed    ? "failed"
                    : cell.state == CellState::skipped ? "skipped"
                                                       : "done";
  std::string text = fmt::format("{} of {} cells: {}: {} in {}", state.ended(),
                                 state.cells.size(), cell.name(), how,
                                 human_seconds(cell.seconds));
  if (cell.state != CellState::done) text += ": " + cell.message;
  const auto left = state.seconds_left(now_seconds);
  if (left && *left > 0) text += "; about " + human_seconds(*left) + " left";
  return printable(text, 1000);
}

std::string PlainLines::due(const RunState& state, double now_seconds) {
  if (told_ == 0) told_ = now_seconds;
  const int64_t ended = state.ended();
  const bool cell = ended > ended_;
  if (!cell && now_seconds - told_ < kMinute) return "";
  told_ = now_seconds;
  ended_ = ended;
  return cell ? cell_line(state, now_seconds) : run_line(state, now_seconds);
}

}  // namespace lethe
