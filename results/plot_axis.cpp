#include "results/plot_axis.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace lethe {
namespace {

constexpr double kLogSpan = 100;
constexpr size_t kMostTicks = 12;

double scaled(const PlotAxis& axis, double value) {
  return axis.logarithmic ? std::log10(value) : value;
}

std::vector<double> log_ticks(const PlotAxis& axis) {
  const int first = static_cast<int>(std::ceil(std::log10(axis.low)));
  const int last = static_cast<int>(std::floor(std::log10(axis.high)));
  const int step = std::max(1, (last - first + 5) / 6);
  std::vector<double> ticks;
  for (int power = first; power <= last; power += step) {
    ticks.push_back(std::pow(10.0, power));
  }
  return ticks;
}

}  // namespace

void PlotAxis::fit(const std::vector<TableCell>& cells) {
  double smallest = INFINITY, largest = -INFINITY;
  double least = INFINITY, most = -INFINITY;  // with the intervals
  for (const TableCell& cell : cells) {
    smallest = std::min(smallest, cell.value);
    largest = std::max(largest, cell.value);
    least = std::fmin(std::min(least, cell.value), cell.low);  // skips NaN
    most = std::fmax(std::max(most, cell.value), cell.high);
  }
  logarithmic = smallest > 0 && largest / smallest > kLogSpan;
  if (logarithmic) {
    const double margin = std::pow(largest / smallest, 0.06);
    low = smallest / margin;
    high = largest * margin;
    return;
  }
  const double span =
      most > least ? most - least : std::max(std::fabs(least), 1.0);
  low = least - 0.04 * span;
  high = most + 0.04 * span;
}

double PlotAxis::at(double value) const {
  const double inside = std::clamp(value, low, high);
  return begin + (end - begin) * (scaled(*this, inside) - scaled(*this, low)) /
                     (scaled(*this, high) - scaled(*this, low));
}

// Multiples of 1, 2 or 5 times a power of ten.
std::vector<double> PlotAxis::ticks() const {
  if (logarithmic) return log_ticks(*this);
  const double rough = (high - low) / 5;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double digit = rough / power;
  const double step = power * (digit < 1.5   ? 1
                               : digit < 3.5 ? 2
                               : digit < 7.5 ? 5
                                             : 10);
  std::vector<double> places;
  for (double k = std::ceil(low / step);
       k * step <= high && places.size() < kMostTicks; ++k) {
    places.push_back(k * step);
  }
  return places;
}

std::string tick_text(double value) {
  const double rounded = std::round(value * 1e6) / 1e6 + 0.0;  // no "-0"
  const std::string text = fmt::format("{:.4g}", rounded);
  const size_t e = text.find("e+");
  if (e == std::string::npos) return text;
  return text.substr(0, e + 1) + std::to_string(std::stoi(text.substr(e + 2)));
}

}  // namespace lethe
