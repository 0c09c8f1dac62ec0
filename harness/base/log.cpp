#include "harness/base/log.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "harness/base/error.h"
#include "harness/base/terminal.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

Verbosity g_verbosity = Verbosity::normal;
std::mutex g_mutex;
bool g_line_open = false;  // a progress line stands on the terminal

ProgressListener* g_listener = nullptr;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void print_line(const std::string& line) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  if (g_line_open) std::fputs("\r\x1b[K", stderr);
  g_line_open = false;
  print_above_block(line);
}

}  // namespace

void set_verbosity(Verbosity verbosity) { g_verbosity = verbosity; }
Verbosity verbosity() { return g_verbosity; }

void log_info(const std::string& line) {
  if (g_verbosity != Verbosity::quiet) print_line(line);
}

void log_debug(const std::string& line) {
  if (g_verbosity == Verbosity::verbose) print_line(line);
}

void log_warning(const std::string& line) { print_line("warning: " + line); }

std::string human_count(double count) {
  if (count < 1e4) return fmt::format("{:.0f}", count);
  if (count < 1e6) return fmt::format("{:.1f} k", count / 1e3);
  if (count < 1e9) return fmt::format("{:.1f} M", count / 1e6);
  return fmt::format("{:.1f} G", count / 1e9);
}

std::string human_seconds(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600)
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string human_bytes(double bytes) {
  if (bytes < 1e6) return fmt::format("{:.0f} kB", bytes / 1e3);
  if (bytes < 1e9) return fmt::format("{:.0f} MB", bytes / 1e6);
  return fmt::format("{:.1f} GB", bytes / 1e9);
}

ProgressListener::ProgressListener() : before_(g_listener) {
  g_listener = this;
}

ProgressListener::~ProgressListener() { g_listener = before_; }

Progress::Progress(std::string title, std::string unit, int64_t total)
    : stage_{std::move(title), std::move(unit), 0, total, ""},
      start_(Clock::now()),
      drawn_(start_) {}

Progress::~Progress() { finish(); }

void Progress::set(int64_t done, const std::string& note) {
  stage_.done = done;
  stage_.note = note;
  elsewhere_ = g_listener != nullptr && g_listener->on_progress(stage_);
  if (elsewhere_) return;
  const double pause = redraws() ? 0.1 : 10.0;
  if (seconds_since(start_) > 0.5 && seconds_since(drawn_) >= pause) {
    draw(false);
  }
}

void Progress::add(int64_t count, const std::string& note) {
  set(stage_.done + count, note);
}

void Progress::draw(bool last) {
  if (g_verbosity == Verbosity::quiet) return;
  drawn_ = Clock::now();
  shown_ = true;
  const double seconds = seconds_since(start_);
  const double rate =
      static_cast<double>(stage_.done) / std::max(seconds, 1e-9);
  std::string line = "  " + stage_.title;
  if (stage_.total > 0 && !last) {
    line += fmt::format(" {:3.0f} %", 100.0 * static_cast<double>(stage_.done) /
                                          static_cast<double>(stage_.total));
  }
  line += fmt::format("  {} {}  {} {}/s", human_count(double(stage_.done)),
                      stage_.unit, human_count(rate), stage_.unit);
  if (last) {
    line += "  in " + human_seconds(seconds);
  } else if (stage_.total > 0 && stage_.done > 0) {
    const double left = static_cast<double>(stage_.total - stage_.done) / rate;
    line += "  " + human_seconds(left) + " left";
  }
  if (!stage_.note.empty()) line += "  " + stage_.note;
  const std::lock_guard<std::mutex> lock(g_mutex);
  if (redraws()) {
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    g_line_open = !last;
    if (last) std::fputc('\n', stderr);
    std::fflush(stderr);
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  if (elsewhere_) return;
  if (shown_ || seconds_since(start_) > 2.0) draw(true);
}

}  // namespace lethe
