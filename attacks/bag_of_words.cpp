#include "attacks/bag_of_words.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

#include "harness/base/rng.h"
#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// Scripts that are written without spaces: kana and Chinese characters.
bool stands_alone(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

// A text's features: which words, as numbers, and two of length.
struct Features {
  std::vector<int64_t> words;
  double length[2] = {0, 0};
  double weight = 0;  // of each word: 1 / sqrt(words)
};

// Of the words in their order, the two lengths and the constant.
using Weights = std::vector<double>;

double product(const Features& x, const Weights& w) {
  const size_t words = w.size() - 3;
  double sum = w[words] * x.length[0] + w[words + 1] * x.length[1] + w.back();
  for (const int64_t at : x.words) sum += x.weight * w[static_cast<size_t>(at)];
  return sum;
}

// to += times x.
void add(double times, const Features& x, Weights& to) {
  const size_t words = to.size() - 3;
  for (const int64_t at : x.words) {
    to[static_cast<size_t>(at)] += times * x.weight;
  }
  to[words] += times * x.length[0];
  to[words + 1] += times * x.length[1];
  to.back() += times;
}

// What a fold's classifier knows of words and lengths, from its training texts.
class Vocabulary {
 public:
  explicit Vocabulary(const std::vector<LabelledText>& training) {
    std::unordered_map<std::string, int64_t> in_texts;
    for (const LabelledText& text : training) {
      for (const std::string& word : distinct(text)) ++in_texts[word];
    }
    // In the order of the texts, so that sums come out alike.
    for (const LabelledText& text : training) {
      for (const std::string& word : distinct(text)) {
        if (in_texts[word] > 1) {
          numbers_.emplace(word, static_cast<int64_t>(numbers_.size()));
        }
      }
    }
    for (int part = 0; part < 2; ++part) {
      double sum = 0, squares = 0;
      for (const LabelledText& text : training) {
        const double x = raw(text, part);
        sum += x;
        squares += x * x;
      }
      const auto n = static_cast<double>(training.size());
      mean_[part] = sum / n;
      const double variance = squares / n - mean_[part] * mean_[part];
      scale_[part] = variance > 1e-12 ? 1 / std::sqrt(variance) : 0;
    }
  }

  size_t size() const { return numbers_.size(); }

  Features features(const LabelledText& text) const {
    Features x;
    for (const std::string& word : distinct(text)) {
      const auto found = numbers_.find(word);
      if (found != numbers_.end()) x.words.push_back(found->second);
    }
    if (!x.words.empty()) {
      x.weight = 1 / std::sqrt(static_cast<double>(x.words.size()));
    }
    for (int part = 0; part < 2; ++part) {
      x.length[part] = (raw(text, part) - mean_[part]) * scale_[part];
    }
    return x;
  }

 private:
  static std::set<std::string> distinct(const LabelledText& text) {
    return {text.words.begin(), text.words.end()};
  }
  static double raw(const LabelledText& text, int part) {
    return std::log1p(part == 0 ? text.length
                                : static_cast<double>(text.words.size()));
  }

  std::unordered_map<std::string, int64_t> numbers_;
  double mean_[2], scale_[2];
};

double dot(const Weights& a, const Weights& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// a + times b.
Weights sum(Weights a, double times, const Weights& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += times * b[i];
  return a;
}

// Logistic regression with L2 (C = 1, the constant free): the minimum of
// |w|^2 / 2 + sum of log(1 + exp(-sign x.w)), by Newton's method with conjugate
// gradients. Steps along the gradient alone would take thousands where one text
// is much longer or shorter than the others.
class Regression {
 public:
  Regression(const std::vector<Features>& xs, const std::vector<double>& signs)
      : xs_(xs), signs_(signs) {}

  Weights fitted(size_t words) const {
    constexpr int kSteps = 100;
    constexpr double kFlat = 1e-7;
    Weights w(words + 3);
    for (int step = 0; step < kSteps; ++step) {
      const Weights down = descent(w);
      if (std::sqrt(dot(down, down)) < kFlat) break;
      const Weights way = newton(w, down);
      const double before = loss(w), gain = dot(down, way);
      double rate = 1;
      while (rate > 1e-9 && loss(sum(w, rate, way)) >
                                before * (1 + 1e-13) - 1e-4 * rate * gain) {
        rate /= 2;
      }
      w = sum(w, rate, way);
    }
    return w;
  }

 private:
  // Without the constant, which is not held back.
  static Weights penalised(Weights w) {
    w.back() = 0;
    return w;
  }

  double loss(const Weights& w) const {
    double total = dot(penalised(w), w) / 2;
    for (size_t i = 0; i < xs_.size(); ++i) {
      const double z = signs_[i] * product(xs_[i], w);
      total += std::max(-z, 0.0) + std::log1p(std::exp(-std::abs(z)));
    }
    return total;
  }

  // Minus the gradient.
  Weights descent(const Weights& w) const {
    Weights all = sum(Weights(w.size()), -1, penalised(w));
    for (size_t i = 0; i < xs_.size(); ++i) {
      const double z = signs_[i] * product(xs_[i], w);
      add(signs_[i] / (1 + std::exp(z)), xs_[i], all);
    }
    return all;
  }

  // Solves Hessian(w) way = down about, with its diagonal as preconditioner.
  Weights newton(const Weights& w, const Weights& down) const {
    constexpr int kSteps = 200;
    std::vector<double> curves;
    Weights diagonal = penalised(Weights(w.size(), 1));
    for (const Features& x : xs_) {
      const double p = 1 / (1 + std::exp(-product(x, w)));
      curves.push_back(p * (1 - p));
      Features squares = x;
      squares.weight *= x.weight;
      for (double& length : squares.length) length *= length;
      add(curves.back(), squares, diagonal);
    }
    const auto eased = [&](Weights r) {
      for (size_t i = 0; i < r.size(); ++i)
        r[i] /= std::max(diagonal[i], 1e-12);
      return r;
    };
    const double size = std::sqrt(dot(down, down));
    const double enough = size * std::min(0.1, std::sqrt(size));
    Weights way(w.size()), rest = down, ahead = eased(rest);
    double square = dot(rest, ahead);
    for (int step = 0; step < kSteps; ++step) {
      Weights bent = penalised(ahead);
      for (size_t i = 0; i < xs_.size(); ++i) {
        add(curves[i] * product(xs_[i], ahead), xs_[i], bent);
      }
      const double rate = square / dot(ahead, bent);
      way = sum(std::move(way), rate, ahead);
      rest = sum(std::move(rest), -rate, bent);
      if (std::sqrt(dot(rest, rest)) < enough) break;
      const Weights next = eased(rest);
      const double before = std::exchange(square, dot(rest, next));
      ahead = sum(next, square / before, ahead);
    }
    return way;
  }

  const std::vector<Features>& xs_;
  const std::vector<double>& signs_;
};

// The fold of every text; equal texts share one, of both classes too: a text's
// label on one side would teach against it on the other. Each class is spread
// evenly over the folds.
std::vector<int64_t> folds_of(const std::vector<LabelledText>& texts,
                              int64_t folds, uint64_t seed) {
  struct Group {
    std::vector<size_t> places;
    bool of[2] = {false, false};
  };
  std::map<std::vector<std::string>, Group> equal;
  for (size_t i = 0; i < texts.size(); ++i) {
    Group& group = equal[texts[i].words];
    group.places.push_back(i);
    group.of[texts[i].member ? 1 : 0] = true;
  }
  std::vector<const Group*> kinds[3];  // others, members, both
  for (const auto& [words, group] : equal) {
    kinds[group.of[0] && group.of[1] ? 2
          : group.of[1]              ? 1
                                     : 0]
        .push_back(&group);
  }
  const char* const streams[] = {"blind others", "blind members", "blind both"};
  std::vector<int64_t> fold(texts.size());
  for (int kind = 0; kind < 3; ++kind) {
    Rng rng(seed, streams[kind]);
    const auto count = static_cast<int64_t>(kinds[kind].size());
    const std::vector<int64_t> order = rng.permutation(count);
    // Those of one class go on where those of both end.
    const auto first =
        kind == 2 ? int64_t{0} : static_cast<int64_t>(kinds[2].size());
    for (size_t k = 0; k < kinds[kind].size(); ++k) {
      for (const size_t i : kinds[kind][k]->places) {
        fold[i] = (first + order[k]) % folds;
      }
    }
  }
  return fold;
}

// The number of different texts of the smaller class.
int64_t smaller_class(const std::vector<LabelledText>& texts) {
  std::set<std::vector<std::string>> of[2];
  for (const LabelledText& text : texts) {
    of[text.member ? 1 : 0].insert(text.words);
  }
  return static_cast<int64_t>(std::min(of[0].size(), of[1].size()));
}

}  // namespace

std::vector<std::string> words_of(const std::string& given) {
  const std::string text = repaired_utf8(given);
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text.data() + i);
    i += c.size;
    if (stands_alone(c.value)) finish();
    if ((unicode_classes()[c.value] & (kLetter | kNumber | kWord)) == 0) {
      finish();
      continue;
    }
    append_lower(c.value, &word);
    if (stands_alone(c.value)) finish();
  }
  finish();
  return words;
}

std::vector<double> log_odds(const std::vector<LabelledText>& training,
                             const std::vector<LabelledText>& texts) {
  const Vocabulary vocabulary(training);
  std::vector<Features> xs;
  std::vector<double> signs;
  for (const LabelledText& text : training) {
    xs.push_back(vocabulary.features(text));
    signs.push_back(text.member ? 1 : -1);
  }
  const Weights weights = Regression(xs, signs).fitted(vocabulary.size());
  std::vector<double> odds;
  for (const LabelledText& text : texts) {
    odds.push_back(product(vocabulary.features(text), weights));
  }
  return odds;
}

std::vector<double> held_out_log_odds(const std::vector<LabelledText>& texts,
                                      int64_t folds, uint64_t seed) {
  std::vector<double> scores(texts.size(),
                             std::numeric_limits<double>::quiet_NaN());
  folds = std::min(folds, smaller_class(texts));
  if (folds < 2) return scores;
  const std::vector<int64_t> fold = folds_of(texts, folds, seed);
  for (int64_t held = 0; held < folds; ++held) {
    std::vector<LabelledText> training, left_out;
    std::vector<size_t> places;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (fold[i] != held) {
        training.push_back(texts[i]);
      } else {
        left_out.push_back(texts[i]);
        places.push_back(i);
      }
    }
    const std::vector<double> odds = log_odds(training, left_out);
    for (size_t k = 0; k < places.size(); ++k) scores[places[k]] = odds[k];
  }
  return scores;
}

}  // namespace lethe
