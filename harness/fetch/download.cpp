#include "harness/fetch/download.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/fetch/exchange.h"
#include "harness/fetch/place.h"

namespace lethe {
namespace {

constexpr int kRetries = 3;
constexpr int64_t kLongestWait = 30;  // seconds

const char* const kGoesOn = "run the same command again: it goes on from there";

bool is_busy(int64_t status) {
  return status == 408 || status == 429 || status >= 500;
}

class Job {
 public:
  explicit Job(const Download& what) : what_(what) {}
  void run();

 private:
  std::string notes() const { return what_.part + ".json"; }
  int64_t most() const { return what_.bytes > 0 ? what_.bytes : what_.limit; }
  void find_start();
  void begin(const Answer& answer);
  bool take(const Answer& answer, const char* data, size_t size);
  // True: the file is there; false: ask again. Throws when neither helps.
  bool settle(const Answer& answer);
  bool settle_status(const Answer& answer);
  bool again_from_start(const Answer& answer);
  bool again_later(const Answer& answer, const std::string& why);
  [[noreturn]] void refuse(const std::string& what);

  const Download& what_;
  Request request_;
  std::unique_ptr<PartFile> file_;
  std::unique_ptr<Progress> progress_;
  int64_t start_ = 0;   // bytes that were there before this answer
  int64_t total_ = -1;  // of the file, as this answer has it
  bool askew_ = false;  // the answer is another range than the wanted one
  bool restarted_ = false;
  int tries_ = 0;
};

void Job::run() {
  request_.url = what_.url;
  find_start();
  if (request_.from > 0) {
    log_info(fmt::format("  {}: goes on behind {} bytes", what_.title,
                         request_.from));
  }
  bool there = what_.bytes > 0 && request_.from == what_.bytes;
  while (!there) {
    askew_ = false;
    file_.reset();
    const Answer answer =
        ask(request_, [this](const Answer& a, const char* data, size_t size) {
          return take(a, data, size);
        });
    progress_.reset();
    there = settle(answer);
  }
  file_.reset();
  const int64_t bytes = file_bytes(what_.part);
  if (what_.bytes > 0 && bytes != what_.bytes) {
    refuse(fmt::format("gave {} bytes, {} are wanted", bytes, what_.bytes));
  }
  remove_file(notes());
}

// Bytes that are there count only if they are this URL's, and if the server or
// the hash will tell when they are of an older release.
void Job::find_start() {
  request_.from = 0;
  request_.validator.clear();
  if (!exists(what_.part) || !exists(notes())) return;
  const Json noted = Json::parse(read_file(notes(), 1u << 20), nullptr, false);
  if (!noted.is_object() || noted.value("url", Json()) != what_.url) return;
  const Json validator = noted.value("validator", Json());
  if (validator.is_string()) {
    const auto text = validator.get<std::string>();
    const bool plain = std::all_of(text.begin(), text.end(),
                                   [](unsigned char c) { return c >= 0x20; });
    if (plain) request_.validator = text;
  }
  if (request_.validator.empty() && !what_.pinned) return;
  const int64_t there = file_bytes(what_.part);
  if (there <= most()) request_.from = there;
}

void Job::refuse(const std::string& what) {
  file_.reset();
  remove_file(what_.part);
  remove_file(notes());
  fail_input(what_.url, what,
             "the release may have changed: see lethe fetch --help on "
             "--sources");
}

void Job::begin(const Answer& answer) {
  start_ = 0;
  total_ = answer.announced;
  if (answer.status == 206) {
    const auto range = parse_content_range(answer.headers.content_range);
    askew_ = !range || range->first != request_.from;
    if (askew_) return;
    start_ = request_.from;
    total_ = range->total;
    if (total_ < 0 && answer.announced >= 0) total_ = start_ + answer.announced;
  }
  if (what_.bytes > 0 && total_ >= 0 && total_ != what_.bytes) {
    refuse(fmt::format("has {} bytes, {} are wanted", total_, what_.bytes));
  }
  if (total_ > what_.limit) {
    refuse(
        fmt::format("has {} bytes, at most {} are taken", total_, what_.limit));
  }
  if (total_ >= 0) need_space(what_.part, total_ - start_);
  const Json noted = {{"url", what_.url},
                      {"validator", range_validator(answer.headers)}};
  write_file_atomically(notes(), noted.dump() + "\n");
  file_ = std::make_unique<PartFile>(what_.part, start_);
  progress_ = std::make_unique<Progress>(what_.title, "bytes",
                                         std::max<int64_t>(total_ - start_, 0));
}

bool Job::take(const Answer& answer, const char* data, size_t size) {
  if (file_ == nullptr) begin(answer);
  if (askew_) return false;
  if (file_->bytes() + static_cast<int64_t>(size) > most()) {
    refuse(fmt::format("gives more than {} bytes", most()));
  }
  file_->write(data, size);
  progress_->set(file_->bytes() - start_);
  return true;
}

bool Job::again_from_start(const Answer& answer) {
  if (restarted_) {
    fail_runtime(answer.url, "answers with other bytes than it was asked for",
                 "try again later");
  }
  restarted_ = true;
  remove_file(what_.part);
  request_.from = 0;
  request_.validator.clear();
  return false;
}

bool Job::again_later(const Answer& answer, const std::string& why) {
  if (tries_ == kRetries) {
    fail_runtime(answer.url, fmt::format("{}, {} times", why, kRetries + 1),
                 "try again later: what is there is gone on with");
  }
  const auto pause = std::chrono::milliseconds(500 << tries_++);
  const auto asked =
      std::chrono::seconds(std::min(answer.retry_after, kLongestWait));
  log_info(fmt::format("  {}: {}; trying again", what_.title, printable(why)));
  std::this_thread::sleep_for(
      std::max<std::chrono::milliseconds>(pause, asked));
  file_.reset();
  find_start();
  return false;
}

bool Job::settle_status(const Answer& answer) {
  if (answer.status == 200 || answer.status == 206) {
    if (file_ == nullptr) begin(answer);  // an empty file
    return askew_ ? again_from_start(answer) : true;
  }
  if (answer.status == 416 && request_.from > 0) {
    const auto range = parse_content_range(answer.headers.content_range);
    return range && range->total == request_.from ? true
                                                  : again_from_start(answer);
  }
  const std::string why = fmt::format("answers with status {}", answer.status);
  if (is_busy(answer.status)) return again_later(answer, why);
  fail_runtime(answer.url, why,
               "the file may have moved: name a mirror with --from, or the "
               "new place with --sources");
}

bool Job::settle(const Answer& answer) {
  switch (answer.end) {
    case Answer::End::whole:
      return settle_status(answer);
    case Answer::End::stopped:
      if (askew_) return again_from_start(answer);
      break;
    case Answer::End::cut:
      if (is_busy(answer.status)) return settle_status(answer);
      fail_runtime(answer.url,
                   fmt::format("ended after {} of {} bytes",
                               file_bytes(what_.part), total_),
                   kGoesOn);
    case Answer::End::reset:
    case Answer::End::stalled:
      return again_later(answer, answer.message);
    case Answer::End::offline:
      throw OfflineError(Fault::runtime,
                         printable(answer.url + ": " + answer.message +
                                       ": check the network and the proxy",
                                   4000));
    case Answer::End::refused:
      break;
  }
  fail_runtime(answer.url, answer.message,
               "name a mirror with --from, or another place with --sources");
}

}  // namespace

void download(const Download& what) { Job(what).run(); }

}  // namespace lethe
