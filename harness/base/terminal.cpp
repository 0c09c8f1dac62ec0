#include "harness/base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace lethe {
namespace {

std::mutex g_mutex;
std::vector<std::string> g_lines;  // of the block that stands there
std::atomic<bool> g_forgotten{false};

void write_out(const std::string& bytes) {
  std::fflush(stderr);
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::write(STDERR_FILENO, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the terminal is gone
    done += static_cast<size_t>(n);
  }
}

// Columns of a line without its colours, one a character: only a line with wide
// characters on a terminal that became narrower takes more rows than this says.
size_t columns_of(const std::string& line) {
  size_t columns = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = std::min(line.find('m', i), line.size());
    } else if ((static_cast<uint8_t>(line[i]) & 0xC0) != 0x80) {
      ++columns;
    }
  }
  return columns;
}

// Rows between the first line of the block and the cursor.
size_t rows_above() {
  if (g_forgotten.exchange(false)) g_lines.clear();
  std::vector<size_t> widths;
  for (const std::string& line : g_lines) widths.push_back(columns_of(line));
  return rows_of(widths, terminal_size().columns);
}

bool in_background() {
  const pid_t owner = ::tcgetpgrp(STDERR_FILENO);
  return owner > 0 && owner != ::getpgrp();
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
      size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

bool redraws() {
  static const bool can = [] {
    const char* term = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && term != nullptr && *term != '\0' &&
           std::string(term) != "dumb";
  }();
  return can;
}

bool coloured() {
  const char* no = std::getenv("NO_COLOR");
  return redraws() && (no == nullptr || *no == '\0');
}

size_t rows_of(const std::vector<size_t>& widths, size_t columns) {
  size_t rows = 0;
  for (const size_t width : widths) {
    rows += std::max<size_t>(1, (width + columns - 1) / columns);
  }
  return rows;
}

std::string block_frame(size_t above, const std::vector<std::string>& lines) {
  std::string frame = "\r";
  if (above > 0) frame += "\x1b[" + std::to_string(above) + "A";
  for (const std::string& line : lines) frame += line + "\x1b[K\n";
  return frame + "\x1b[J";
}

void show_block(const std::vector<std::string>& lines) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  if (!redraws() || in_background()) return;
  const size_t above = rows_above();
  write_out(block_frame(above, lines));
  g_lines = lines;
}

void clear_block() {
  const std::lock_guard<std::mutex> lock(g_mutex);
  const size_t above = rows_above();
  if (above > 0) write_out(block_frame(above, {}));
  g_lines.clear();
}

void print_above_block(const std::string& text) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  const size_t above = rows_above();
  if (above == 0) {
    write_out(text + "\n");
    return;
  }
  std::vector<std::string> lines = {text};
  lines.insert(lines.end(), g_lines.begin(), g_lines.end());
  write_out(block_frame(above, lines));
}

void forget_block() { g_forgotten = true; }

}  // namespace lethe
