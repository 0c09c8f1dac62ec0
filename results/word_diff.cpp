#include "results/word_diff.h"

#include <algorithm>
#include <cstdint>

#include "results/escape.h"

namespace lethe {
namespace {

constexpr size_t kLongestWord = 200;  // bytes; longer ones are broken

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    const bool inside = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (space || (words.back().size() >= kLongestWord && !inside)) {
      if (!words.back().empty()) words.emplace_back();
    }
    if (c == '\n') {
      words.back() = "\n";
      words.emplace_back();
    } else if (!space) {
      words.back() += c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Lengths of the longest common subsequence of what is behind each place.
class Lengths {
 public:
  Lengths(const std::vector<std::string>& a, const std::vector<std::string>& b)
      : width_(b.size() + 1), all_((a.size() + 1) * width_) {
    for (size_t i = a.size(); i-- > 0;) {
      for (size_t j = b.size(); j-- > 0;) {
        all_[i * width_ + j] = a[i] == b[j]
                                   ? at(i + 1, j + 1) + 1
                                   : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  int32_t at(size_t i, size_t j) const { return all_[i * width_ + j]; }

 private:
  const size_t width_;
  std::vector<int32_t> all_;
};

}  // namespace

WordDiff word_diff(const std::string& before, const std::string& after,
                   size_t most) {
  std::vector<std::string> a = words_of(before), b = words_of(after);
  WordDiff diff;
  diff.cut = a.size() > most || b.size() > most;
  a.resize(std::min(a.size(), most));
  b.resize(std::min(b.size(), most));
  const Lengths common(a, b);
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      diff.before.push_back({a[i++]});
      diff.after.push_back({b[j++]});
    } else if (j == b.size() ||
               (i < a.size() && common.at(i + 1, j) >= common.at(i, j + 1))) {
      diff.before.push_back({a[i++], true});
    } else {
      diff.after.push_back({b[j++], true});
    }
  }
  return diff;
}

std::string diff_html(const std::vector<DiffWord>& words,
                      const std::string& tag) {
  std::string html;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool opens = words[i].alone && (i == 0 || !words[i - 1].alone);
    const bool closes =
        words[i].alone && (i + 1 == words.size() || !words[i + 1].alone);
    if (i > 0) html += " ";
    if (opens) html += "<" + tag + ">";
    html += html_escape(words[i].word);
    if (closes) html += "</" + tag + ">";
  }
  return html;
}

}  // namespace lethe
