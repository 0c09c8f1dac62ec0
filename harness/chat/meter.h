// Where a render is and what it may still spend: every step and every value is
// counted, so that a hostile template ends with an error.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace lethe::chat {

constexpr size_t kMaxTemplate = size_t{4} << 20;  // bytes
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr size_t kMaxSteps = 500'000;  // with sanitizers a step takes longer
#else
constexpr size_t kMaxSteps = 20'000'000;
#endif
constexpr size_t kNamesPerStep = 16;             // that are looked through
constexpr size_t kMaxOutput = size_t{16} << 20;  // bytes, also of one string
constexpr size_t kMaxBytes = size_t{256} << 20;  // of all strings made
constexpr size_t kMaxItems = 8'000'000;          // of all containers made
constexpr int kMaxNesting = 200;                 // of expressions, blocks
constexpr int kMaxDepth = 1500;                  // of a running render
constexpr int kMaxValueDepth = 400;              // of lists in lists
constexpr long kMaxRange = 100'000;              // as jinja2's sandbox

// Whose rules hold: those of chat templates in transformers (blocks eat the
// white space around them, a newline at the end is dropped, what is undefined
// prints nothing), or those of task texts in lm-eval (none of these; more
// filters).
enum class Dialect { chat, task };

class Meter {
 public:
  // `where` names the template in errors.
  explicit Meter(std::string where, Dialect dialect = Dialect::chat)
      : where_(std::move(where)), dialect_(dialect) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Throws: input error "<where> line N: <what>: <cure>".
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail(const std::string& what,
                         const std::string& cure) const;

  Dialect dialect() const { return dialect_; }

  void at(int line) { line_ = line; }
  int line() const { return line_; }

  // Each throws an input error when the bound is passed.
  void step(size_t count = 1) {
    if ((steps_ += count) > kMaxSteps) over("steps", kMaxSteps);
  }
  // A string of `count` bytes is made.
  void bytes(size_t count) {
    if (count > kMaxOutput) over("bytes in one text", kMaxOutput);
    if ((bytes_ += count) > kMaxBytes) over("bytes of texts", kMaxBytes);
  }
  void items(size_t count) {
    if ((items_ += count) > kMaxItems) over("list items", kMaxItems);
  }
  void output(size_t total) const {
    if (total > kMaxOutput) over("bytes of output", kMaxOutput);
  }
  void enter() {
    if (++depth_ > kMaxDepth) over("levels of calls and blocks", kMaxDepth);
  }
  void leave() { --depth_; }

 private:
  [[noreturn]] void over(const std::string& what, size_t limit) const;

  std::string where_;
  Dialect dialect_;
  int line_ = 1;
  size_t steps_ = 0;
  size_t bytes_ = 0;
  size_t items_ = 0;
  int depth_ = 0;
};

// What looking for `wanted` bytes in `size` others takes at worst, in steps.
constexpr size_t search_steps(size_t size, size_t wanted) {
  return size / 64 * (1 + wanted / 64);
}

// One level deeper while it lives.
class Level {
 public:
  explicit Level(Meter& meter) : meter_(meter) { meter.enter(); }
  ~Level() { meter_.leave(); }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  Meter& meter_;
};

}  // namespace lethe::chat
