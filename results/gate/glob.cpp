#include "results/gate/glob.h"

namespace lethe {
namespace {

// The places of the pattern that can be reached: reached[i] is true when the
// first i characters of the pattern match what was read.
class Reader {
 public:
  explicit Reader(const std::string& pattern)
      : pattern_(pattern), reached_(pattern.size() + 1) {
    reached_[0] = true;
    pass_stars();
  }

  void read(char c) {
    std::vector<bool> next(reached_.size());
    for (size_t i = 0; i < pattern_.size(); ++i) {
      if (!reached_[i]) continue;
      if (pattern_[i] == '*') next[i] = true;
      if (pattern_[i] == '?' || pattern_[i] == c) next[i + 1] = true;
    }
    reached_ = std::move(next);
    pass_stars();
  }

  bool complete() const { return reached_.back(); }
  bool alive() const {
    for (const bool place : reached_) {
      if (place) return true;
    }
    return false;
  }

 private:
  void pass_stars() {
    for (size_t i = 0; i < pattern_.size(); ++i) {
      if (reached_[i] && pattern_[i] == '*') reached_[i + 1] = true;
    }
  }

  const std::string& pattern_;
  std::vector<bool> reached_;
};

Reader after(const std::string& pattern, const std::string& text) {
  Reader reader(pattern);
  for (const char c : text) reader.read(c);
  return reader;
}

}  // namespace

bool glob_matches(const std::string& pattern, const std::string& text) {
  return after(pattern, text).complete();
}

bool glob_could_match(const std::string& pattern, const std::string& start) {
  return after(pattern, start).alive();
}

bool chosen_by(const std::vector<std::string>& patterns,
               const std::string& text) {
  bool wanted = false, any = false;
  for (const std::string& pattern : patterns) {
    if (!pattern.empty() && pattern[0] == '!') {
      if (glob_matches(pattern.substr(1), text)) return false;
      continue;
    }
    any = true;
    wanted = wanted || glob_matches(pattern, text);
  }
  return wanted || !any;
}

}  // namespace lethe
