#include "harness/base/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "harness/base/log.h"

namespace lethe {
namespace {

std::atomic<int> g_open{-1};  // what log_stop_of_signal() writes to

// One write a line: readers and signal handlers never see half of one that
// something else follows.
bool write_whole(int file, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(file, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool ends_with_newline(int file) {
  char last = '\n';
  const off_t size = ::lseek(file, 0, SEEK_END);
  return size <= 0 || (::pread(file, &last, 1, size - 1) == 1 && last == '\n');
}

}  // namespace

EventLog::EventLog(const std::string& path)
    : path_(path), opened_(wall_clock()) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) {
    give_up();
    return;
  }
  if (!ends_with_newline(file_)) append("", false);
  g_open = file_;
}

EventLog::~EventLog() {
  if (file_ < 0) return;
  g_open = -1;
  ::close(file_);
}

bool EventLog::due(double last, double now) {
  return now - last >= std::max(10.0, now / 1000);
}

void EventLog::on(const RunEvent& event) {
  if (file_ < 0 || event.kept) return;
  const double now = wall_clock();
  if (event.event == "progress") {
    if (!due(last_progress_, now - opened_)) return;
    last_progress_ = now - opened_;
  }
  RunEvent stamped = event;
  if (stamped.time.empty()) stamped.time = utc_time(now);
  // ASCII only: labels could hold a terminal's control characters.
  const std::string line = to_json(stamped).dump(
      -1, ' ', true, OrderedJson::error_handler_t::replace);
  const bool sync = now - synced_ >= 1;  // for readers on other machines
  append(line, sync);
  if (sync) synced_ = now;
}

void EventLog::append(const std::string& line, bool sync) {
  const std::string bytes = line + "\n";
  if (!write_whole(file_, bytes.data(), bytes.size())) return give_up();
  if (sync) ::fdatasync(file_);
}

void EventLog::give_up() {
  log_warning(fmt::format("{}: cannot write: {}: the run goes on without it",
                          printable(path_), std::strerror(errno)));
  if (file_ < 0) return;
  g_open = -1;
  ::close(file_);
  file_ = -1;
}

namespace {

// Decimal digits of `value`, led by zeros to `width`, written at `to`.
char* digits(char* to, int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) {
    to[i] = static_cast<char>('0' + value % 10);
  }
  return to + width;
}

char* text(char* to, const char* bytes) {
  while (*bytes != 0) *to++ = *bytes++;
  return to;
}

// "2026-01-31T12:00:00Z" by arithmetic alone: gmtime() may not be called in a
// handler. Days to dates: Hinnant, "chrono-compatible low-level date
// algorithms", civil_from_days.
char* utc(char* to, int64_t seconds) {
  const int64_t day = seconds / 86400 + 719468, era = day / 146097;
  const int64_t doe = day % 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  const int64_t month = mp < 10 ? mp + 3 : mp - 9;
  to = digits(to, yoe + era * 400 + (month <= 2 ? 1 : 0), 4);
  to = digits(text(to, "-"), month, 2);
  to = digits(text(to, "-"), doy - (153 * mp + 2) / 5 + 1, 2);
  to = digits(text(to, "T"), seconds % 86400 / 3600, 2);
  to = digits(text(to, ":"), seconds % 3600 / 60, 2);
  to = digits(text(to, ":"), seconds % 60, 2);
  return text(to, "Z");
}

}  // namespace

void log_stop_of_signal(int signal) {
  const int file = g_open;
  if (file < 0) return;
  char line[128];
  char* end = utc(text(line, R"({"time":")"), ::time(nullptr));
  end = text(end, R"(","event":"run_stopped","message":"signal )");
  end = text(digits(end, signal, 2), "\"}\n");
  write_whole(file, line, static_cast<size_t>(end - line));
}

}  // namespace lethe
