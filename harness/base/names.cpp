#include "harness/base/names.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lethe {
namespace {

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row.back();
}

std::string join(const std::vector<std::string>& names,
                 const std::string& separator) {
  std::string all;
  for (const auto& name : names) {
    if (!all.empty()) all += separator;
    all += name;
  }
  return all;
}

}  // namespace

std::vector<std::string> near_names(const std::string& wrong,
                                    const std::vector<std::string>& known) {
  std::vector<std::pair<size_t, std::string>> ranked;
  const size_t limit = std::max<size_t>(2, wrong.size() / 3);
  for (const auto& name : known) {
    const size_t distance = edit_distance(wrong, name);
    const bool contains =
        wrong.size() >= 3 && (name.find(wrong) != std::string::npos ||
                              wrong.find(name) != std::string::npos);
    if (distance <= limit || contains) ranked.emplace_back(distance, name);
  }
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > 3) ranked.resize(3);
  std::vector<std::string> names;
  for (auto& [distance, name] : ranked) names.push_back(std::move(name));
  return names;
}

std::string suggest(const std::string& wrong,
                    const std::vector<std::string>& known) {
  const auto near = near_names(wrong, known);
  if (!near.empty()) return "did you mean " + join(near, " or ") + "?";
  return known.empty() ? "none is known here" : "known: " + join(known, ", ");
}

}  // namespace lethe
