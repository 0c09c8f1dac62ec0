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
constexpr int kMostPieces = 10'000;   // of 400 kB, for the largest file

const char* const kGoesOn = "run the same command again: it goes on from there";
const char* const kMoved =
    "the file may have moved: name a mirror with --from, or the new place with "
    "--sources";
const char* const kChanged =
    "the release may have changed: see lethe fetch --help on --sources";

bool is_busy(int64_t status) {
  return status == 408 || status == 429 || status >= 500;
}

class Job {
 public:
  // What a killed run left beside the part is of no use: nothing notes it.
  explicit Job(const Download& what) : what_(what) { remove_file(beside()); }
  ~Job() { remove_file(beside()); }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  void run();

 private:
  std::string notes() const { return note_of(what_.part); }
  std::string beside() const { return what_.part + ".new"; }
  int64_t most() const { return what_.bytes > 0 ? what_.bytes : what_.limit; }
  void find_start();
  bool goes_on(const Answer& answer, const ContentRange& range) const;
  void begin(const Answer& answer);
  void begin_range(const Answer& answer);
  void check_total() const;
  bool take(const Answer& answer, const char* data, size_t size);
  void take_over();
  // True: the file is there; false: ask again. Throws when neither helps.
  bool settle(const Answer& answer);
  bool settle_status(const Answer& answer);
  bool settle_file(const Answer& answer);
  bool again_from_start(const Answer& answer);
  bool again_later(const Answer& answer, const std::string& why);
  void keep_longer();
  [[noreturn]] void refuse(const std::string& what);
  [[noreturn]] void refuse_cut(const Answer& answer) const;

  const Download& what_;
  Request request_;
  std::unique_ptr<PartFile> file_;
  std::unique_ptr<Progress> progress_;
  Json note_;                 // of what this answer gives
  int64_t noted_total_ = -1;  // bytes of the file, as the note has it
  int64_t start_ = 0;         // bytes that were there before this answer
  int64_t total_ = -1;        // of the file, as this answer has it
  int64_t end_ = -1;          // of the bytes that this answer announces
  bool askew_ = false;        // the answer is another range than the wanted one
  bool beside_ = false;       // it is written beside the part
  bool restarted_ = false;
  int tries_ = 0;
  int pieces_ = 0;
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
    askew_ = beside_ = false;
    total_ = end_ = -1;
    file_.reset();
    const Answer answer =
        ask(request_, [this](const Answer& a, const char* data, size_t size) {
          return take(a, data, size);
        });
    progress_.reset();
    there = settle(answer);
  }
  file_.reset();
}

// Bytes that are there count only if they are this URL's, and if the server or
// the hash will tell when they are of an older release.
void Job::find_start() {
  request_.from = 0;
  request_.validator.clear();
  noted_total_ = -1;
  if (!exists(what_.part) || !exists(notes())) return;
  const Json noted = Json::parse(read_file(notes(), 1u << 20), nullptr, false);
  if (!noted.is_object() || noted.value("url", Json()) != what_.url) return;
  const Json validator = noted.value("validator", Json());
  if (validator.is_string() && is_plain(validator.get<std::string>())) {
    request_.validator = validator.get<std::string>();
  }
  if (request_.validator.empty() && !what_.pinned) return;
  const int64_t there = file_bytes(what_.part);
  if (there > most()) return;
  request_.from = there;
  const Json total = noted.value("total", Json());
  if (total.is_number_integer()) noted_total_ = total.get<int64_t>();
}

// What was written is of no use.
void Job::refuse(const std::string& what) {
  file_.reset();
  remove_file(beside_ ? beside() : what_.part);
  if (!beside_) remove_file(notes());
  fail_input(what_.url, what, kChanged);
}

// Nothing is written yet: what is there stays, because the answer may be a page
// of another server.
void Job::check_total() const {
  if (what_.bytes > 0 && total_ >= 0 && total_ != what_.bytes) {
    fail_input(what_.url,
               fmt::format("has {} bytes, {} are wanted", total_, what_.bytes),
               kChanged);
  }
  if (total_ > what_.limit) {
    fail_input(
        what_.url,
        fmt::format("has {} bytes, at most {} are taken", total_, what_.limit),
        kChanged);
  }
}

// The range is the wanted one, of the release that is there: some servers
// ignore If-Range.
bool Job::goes_on(const Answer& answer, const ContentRange& range) const {
  const std::string& known = request_.validator;
  const std::string& given = known.rfind('"', 0) == 0
                                 ? answer.headers.etag
                                 : answer.headers.last_modified;
  return request_.from > 0 && range.first == request_.from &&
         (known.empty() || given.empty() || given == known) &&
         (noted_total_ < 0 || range.total < 0 || range.total == noted_total_) &&
         (answer.announced < 0 ||
          answer.announced == range.last - range.first + 1);
}

void Job::begin_range(const Answer& answer) {
  const auto range = parse_content_range(answer.headers.content_range);
  askew_ = !range || !goes_on(answer, *range);
  if (askew_) return;
  start_ = request_.from;
  end_ = range->last + 1;
  total_ = range->total;
  if (total_ < 0) total_ = what_.bytes > 0 ? what_.bytes : noted_total_;
  if (total_ < 0) total_ = end_;
}

void Job::begin(const Answer& answer) {
  start_ = 0;
  total_ = end_ = answer.announced;
  if (answer.status == 206) begin_range(answer);
  if (askew_) return;
  check_total();
  if (!what_.pinned && is_web_page(answer.headers)) {
    fail_runtime(answer.url, "answered with a web page", kMoved);
  }
  if (total_ >= 0) need_space(what_.part, total_ - start_);
  beside_ = start_ == 0 && request_.from > 0;
  const std::string validator = range_validator(answer.headers);
  note_ = {{"url", what_.url},
           {"validator", start_ > 0 ? request_.validator : validator},
           {"total", total_}};
  if (!beside_) {
    // Old bytes must not be found under the new note.
    if (start_ == 0) remove_file(what_.part);
    write_file_atomically(notes(), note_.dump() + "\n");
  }
  file_ = std::make_unique<PartFile>(beside_ ? beside() : what_.part, start_);
  progress_ = std::make_unique<Progress>(what_.title, "bytes",
                                         std::max<int64_t>(total_ - start_, 0));
}

bool Job::take(const Answer& answer, const char* data, size_t size) {
  if (file_ == nullptr) begin(answer);
  if (askew_) return false;
  const int64_t most_here = end_ >= 0 ? std::min(end_, most()) : most();
  if (file_->bytes() + static_cast<int64_t>(size) > most_here) {
    refuse(fmt::format("gives more than {} bytes", most_here));
  }
  file_->write(data, size);
  progress_->set(file_->bytes() - start_);
  return true;
}

// What was written beside the part takes its place. The note goes first and
// comes last: it never speaks of other bytes.
void Job::take_over() {
  file_.reset();
  remove_file(notes());
  finish_file(beside(), what_.part);
  write_file_atomically(notes(), note_.dump() + "\n");
  beside_ = false;
}

// Of two parts, the one with more bytes, if it can be gone on with.
void Job::keep_longer() {
  if (!beside_ || file_ == nullptr || file_->bytes() <= request_.from) return;
  if (what_.pinned || note_["validator"] != "") take_over();
}

bool Job::again_from_start(const Answer& answer) {
  if (restarted_) {
    fail_runtime(answer.url, "answers with other bytes than it was asked for",
                 "try again later");
  }
  restarted_ = true;
  remove_file(what_.part);
  find_start();
  return false;
}

bool Job::again_later(const Answer& answer, const std::string& why) {
  keep_longer();
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

// The body came as announced.
bool Job::settle_file(const Answer& answer) {
  if (file_ == nullptr) begin(answer);  // it is empty
  if (askew_) return again_from_start(answer);
  const int64_t has = file_->bytes();
  if (has < total_) {  // a range may be shorter than what was asked for
    if (has == start_ || ++pieces_ > kMostPieces) {
      fail_runtime(answer.url,
                   fmt::format("sends {} of the {} bytes that it was asked for",
                               has - start_, total_ - start_),
                   "name a mirror with --from, or try again later");
    }
    file_.reset();
    find_start();
    return false;
  }
  if (what_.bytes > 0 && has != what_.bytes) {
    refuse(fmt::format("gave {} bytes, {} are wanted", has, what_.bytes));
  }
  if (beside_) take_over();
  return true;
}

bool Job::settle_status(const Answer& answer) {
  if (answer.has_file()) return settle_file(answer);
  if (answer.status == 416 && request_.from > 0) {
    const auto range = parse_content_range(answer.headers.content_range);
    if (!range || range->total != request_.from) {
      return again_from_start(answer);
    }
    total_ = range->total;
    check_total();
    return true;
  }
  const std::string why = fmt::format("answers with status {}", answer.status);
  if (is_busy(answer.status)) return again_later(answer, why);
  fail_runtime(answer.url, why, kMoved);
}

void Job::refuse_cut(const Answer& answer) const {
  const int64_t has = file_bytes(what_.part);
  const int64_t whole = total_ >= 0 ? total_ : what_.bytes;
  fail_runtime(answer.url,
               whole > 0 ? fmt::format("ended after {} of {} bytes", has, whole)
                         : fmt::format("ended after {} bytes", has),
               kGoesOn);
}

bool Job::settle(const Answer& answer) {
  switch (answer.end) {
    case Answer::End::whole:
      return settle_status(answer);
    case Answer::End::stopped:
      if (askew_) return again_from_start(answer);
      break;
    case Answer::End::cut:
      if (!answer.has_file()) return settle_status(answer);
      keep_longer();
      refuse_cut(answer);
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

std::string note_of(const std::string& part) { return part + ".json"; }

}  // namespace lethe
