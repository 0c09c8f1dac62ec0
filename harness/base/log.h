// Log and progress, both on stderr; stdout carries results only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lethe {

enum class Verbosity { quiet = 0, normal = 1, verbose = 2 };

void set_verbosity(Verbosity verbosity);
Verbosity verbosity();

// One line. `info` unless quiet, `debug` only when verbose; a warning always.
void log_info(const std::string& line);
void log_debug(const std::string& line);
void log_warning(const std::string& line);

// "1.2 k", "3.4 M": counts; "12 s", "3 min 05 s": times; "412 MB": bytes.
std::string human_count(double count);
std::string human_seconds(double seconds);
std::string human_bytes(double bytes);

// How far a piece of work is.
struct Stage {
  std::string title;  // "training base"
  std::string unit;   // what is counted
  int64_t done = 0;
  int64_t total = 0;  // 0: unknown
  std::string note;   // "loss 2.31"
};

// Hears of the progress of all work while it lives. The one made last hears.
class ProgressListener {
 public:
  ProgressListener();
  virtual ~ProgressListener();
  ProgressListener(const ProgressListener&) = delete;
  ProgressListener& operator=(const ProgressListener&) = delete;

  // Called often. True: it is shown elsewhere, no line is drawn for it.
  virtual bool on_progress(const Stage& stage) = 0;

 private:
  ProgressListener* const before_;
};

// A progress line with rate and time left. On a terminal it is redrawn in
// place ten times a second; elsewhere a plain line every ten seconds.
// Nothing is shown for work that ends within half a second.
class Progress {
 public:
  // `unit` is what is counted ("tokens", "steps"); total 0 = unknown.
  Progress(std::string title, std::string unit, int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Moves to `done`; `note` is shown behind the rate ("loss 2.31").
  void set(int64_t done, const std::string& note = "");
  void add(int64_t count, const std::string& note = "");
  // Ends the line and logs the total time.
  void finish();

 private:
  void draw(bool last);

  Stage stage_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
  bool shown_ = false;
  bool elsewhere_ = false;  // a listener shows it
  bool finished_ = false;
};

}  // namespace lethe
