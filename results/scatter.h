// Forgetting against utility as a picture.
#pragma once

#include <string>

#include "results/table.h"

namespace lethe {

// A figure with an inline SVG: the front's forgetting column (pareto.h) across,
// its utility column up, and a point a row with its 95 % intervals; rows on the
// front are ringed, and a line joins the best of the two measures. Axes run so
// that better is right and up; values that span more than a factor of 100 make
// an axis logarithmic. Points carry their name as a label where there is room
// and always as a tooltip. Empty when fewer than two rows have both values.
// O(rows) but for the labels of the first 60 rows.
std::string scatter_figure(const Table& table);

// Its drawing alone.
std::string scatter_svg(const Table& table);

}  // namespace lethe
