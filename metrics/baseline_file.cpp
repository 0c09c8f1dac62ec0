#include "metrics/baseline_file.h"

#include <charconv>
#include <cmath>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',' || c == '\t') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

double number_in(const std::string& cell, const std::string& where) {
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) {
    fail_input(where, fmt::format("\"{}\" is no number", printable(cell, 40)),
               "give LAYER,P,R,F");
  }
  return value;
}

double baseline_in(const std::string& cell, const std::string& where) {
  const double value = number_in(cell, where);
  if (value >= 1) {
    fail_input(where, fmt::format("the baseline {} is not below 1", value),
               "a baseline is what unrelated texts reach");
  }
  return value;
}

double by(double value, double baseline) {
  return (value - baseline) / (1 - baseline);
}

}  // namespace

Match read_baseline(const std::string& path, int64_t layer) {
  const std::vector<std::string> lines = read_lines(path);
  if (lines.empty() ||
      cells_of(lines[0]) != std::vector<std::string>{"LAYER", "P", "R", "F"}) {
    fail_input(path, "does not start with LAYER,P,R,F",
               "give a file of bert_score's rescale_baseline");
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::string where = fmt::format("{}:{}", path, i + 1);
    const std::vector<std::string> cells = cells_of(lines[i]);
    if (cells.size() != 4) {
      fail_input(where, fmt::format("has {} columns", cells.size()),
                 "give LAYER,P,R,F");
    }
    if (number_in(cells[0], where) != static_cast<double>(layer)) continue;
    return {baseline_in(cells[1], where), baseline_in(cells[2], where),
            baseline_in(cells[3], where)};
  }
  fail_usage(path, fmt::format("has no row of layer {}", layer),
             "name the file of this model, or another layer");
}

Match rescaled(const Match& match, const Match& baseline) {
  return {by(match.precision, baseline.precision),
          by(match.recall, baseline.recall), by(match.f1, baseline.f1)};
}

}  // namespace lethe
