#include "harness/base/log.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "harness/base/error.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

Verbosity g_verbosity = Verbosity::normal;
std::mutex g_mutex;
bool g_line_open = false;  // a progress line stands on the terminal

bool terminal() {
  static const bool is = ::isatty(STDERR_FILENO) == 1;
  return is;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void print_line(const std::string& line) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  if (g_line_open) std::fputs("\r\x1b[K", stderr);
  g_line_open = false;
  std::fprintf(stderr, "%s\n", line.c_str());
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

Progress::Progress(std::string title, std::string unit, int64_t total)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      start_(Clock::now()),
      drawn_(start_) {}

Progress::~Progress() { finish(); }

void Progress::set(int64_t done, const std::string& note) {
  done_ = done;
  note_ = note;
  const double pause = terminal() ? 0.1 : 10.0;
  if (seconds_since(start_) > 0.5 && seconds_since(drawn_) >= pause) {
    draw(false);
  }
}

void Progress::add(int64_t count, const std::string& note) {
  set(done_ + count, note);
}

void Progress::draw(bool last) {
  if (g_verbosity == Verbosity::quiet) return;
  drawn_ = Clock::now();
  shown_ = true;
  const double seconds = seconds_since(start_);
  const double rate = static_cast<double>(done_) / std::max(seconds, 1e-9);
  std::string line = "  " + title_;
  if (total_ > 0 && !last) {
    line += fmt::format(" {:3.0f} %", 100.0 * static_cast<double>(done_) /
                                          static_cast<double>(total_));
  }
  line += fmt::format("  {} {}  {} {}/s", human_count(double(done_)), unit_,
                      human_count(rate), unit_);
  if (last) {
    line += "  in " + human_seconds(seconds);
  } else if (total_ > 0 && done_ > 0) {
    const double left = static_cast<double>(total_ - done_) / rate;
    line += "  " + human_seconds(left) + " left";
  }
  if (!note_.empty()) line += "  " + note_;
  const std::lock_guard<std::mutex> lock(g_mutex);
  if (terminal()) {
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
  if (shown_ || seconds_since(start_) > 2.0) draw(true);
}

}  // namespace lethe
