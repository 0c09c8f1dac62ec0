#include "attacks/bag_of_words.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

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

struct Model {
  std::vector<double> words;
  double length[2] = {0, 0};
  double bias = 0;

  double log_odds(const Features& x) const {
    double sum = bias + length[0] * x.length[0] + length[1] * x.length[1];
    for (const int64_t w : x.words) {
      sum += x.weight * words[static_cast<size_t>(w)];
    }
    return sum;
  }
};

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

// One step along the gradient of the mean log-loss with L2 at `at`, into `to`.
void descend(const std::vector<Features>& xs, const std::vector<double>& signs,
             const Model& at, double rate, Model& to) {
  const auto n = static_cast<double>(xs.size());
  const double keep = 1 - rate / n;  // C = 1: the penalty is |w|^2 / 2n
  to.words.resize(at.words.size());
  for (size_t w = 0; w < at.words.size(); ++w) to.words[w] = keep * at.words[w];
  for (int part = 0; part < 2; ++part) {
    to.length[part] = keep * at.length[part];
  }
  to.bias = at.bias;
  for (size_t i = 0; i < xs.size(); ++i) {
    const double pull =
        rate / n * signs[i] / (1 + std::exp(signs[i] * at.log_odds(xs[i])));
    for (const int64_t w : xs[i].words) {
      to.words[static_cast<size_t>(w)] += pull * xs[i].weight;
    }
    for (int part = 0; part < 2; ++part) {
      to.length[part] += pull * xs[i].length[part];
    }
    to.bias += pull;
  }
}

// The largest |x|^2 of a text, bias included.
double largest_square(const std::vector<Features>& xs) {
  double most = 0;
  for (const Features& x : xs) {
    most = std::max(most,
                    2 + x.length[0] * x.length[0] + x.length[1] * x.length[1]);
  }
  return most;
}

// a + share (a - b), for Nesterov's steps.
Model beyond(const Model& a, const Model& b, double share) {
  Model c = a;
  for (size_t w = 0; w < a.words.size(); ++w) {
    c.words[w] += share * (a.words[w] - b.words[w]);
  }
  for (int part = 0; part < 2; ++part) {
    c.length[part] += share * (a.length[part] - b.length[part]);
  }
  c.bias += share * (a.bias - b.bias);
  return c;
}

Model trained(const std::vector<Features>& xs, const std::vector<double>& signs,
              size_t words) {
  constexpr int kSteps = 200;
  const double rate =
      1 / (0.25 * largest_square(xs) + 1 / static_cast<double>(xs.size()));
  Model now, before;
  now.words.resize(words);
  before = now;
  for (int step = 0; step < kSteps; ++step) {
    const Model at = beyond(now, before, step / (step + 3.0));
    before = std::move(now);
    descend(xs, signs, at, rate, now);
  }
  return now;
}

// The fold of every text; equal texts of a class share one.
std::vector<int64_t> folds_of(const std::vector<LabelledText>& texts,
                              int64_t folds, uint64_t seed) {
  std::vector<int64_t> fold(texts.size());
  for (const bool member : {false, true}) {
    std::map<std::vector<std::string>, std::vector<size_t>> equal;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].member == member) equal[texts[i].words].push_back(i);
    }
    Rng rng(seed, member ? "blind members" : "blind others");
    const auto order = rng.permutation(static_cast<int64_t>(equal.size()));
    size_t at = 0;
    for (const auto& [words, indices] : equal) {
      for (const size_t i : indices) fold[i] = order[at] % folds;
      ++at;
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
  const Model model = trained(xs, signs, vocabulary.size());
  std::vector<double> odds;
  for (const LabelledText& text : texts) {
    odds.push_back(model.log_odds(vocabulary.features(text)));
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
