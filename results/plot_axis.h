// One axis of a plot: from values to places on the drawing, and its ticks.
#pragma once

#include <string>
#include <vector>

#include "results/table.h"

namespace lethe {

struct PlotAxis {
  const TableColumn* column = nullptr;  // what is plotted
  size_t index = 0;                     // of that column in the table
  double low = 0, high = 1;             // the range of values, low < high
  double begin = 0, end = 1;            // places of low and high, user units
  bool logarithmic = false;

  // Sets the range to hold the values and intervals of `cells`, none missing,
  // with a margin; logarithmic, and by the values alone, when they are positive
  // and span more than a factor of 100.
  void fit(const std::vector<TableCell>& cells);

  // The place of a value; those outside the range stand at its ends.
  double at(double value) const;

  // Round values inside the range, at most a dozen.
  std::vector<double> ticks() const;
};

// "0.2", "1000", "1e7": short enough for a margin.
std::string tick_text(double value);

}  // namespace lethe
