#include "results/scatter.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "results/escape.h"
#include "results/headline.h"
#include "results/html_page.h"
#include "results/pareto.h"
#include "results/plot_axis.h"
#include "results/svg.h"
#include "results/text_wrap.h"
#include "results/titles.h"

namespace lethe {
namespace {

// The drawing's size and the frame of the plot in it, in user units.
constexpr double kWidth = 600, kHeight = 400;
constexpr double kLeft = 62, kRight = 580, kTop = 14, kBottom = 346;
constexpr size_t kMostLabels = 60;
constexpr double kLetter = 6.1;  // width of a letter of a label

struct Point {
  const TableRow* row = nullptr;
  double x = 0, y = 0;
};

struct Box {
  double left, top, right, bottom;

  bool overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom &&
           other.top < bottom;
  }
};

std::string axis_title(const TableColumn& column, const char* pointer) {
  std::string text = column.title;
  if (column.want == "low" || column.want == "high") {
    text += column.want == "low" ? " (lower is better " : " (higher is better ";
    text += std::string(pointer) + ")";
  }
  return html_escape(text);
}

std::string axes_svg(const PlotAxis& x, const PlotAxis& y) {
  std::string svg = svg_axes(kLeft, kTop, kRight, kBottom);
  for (const double tick : x.ticks()) {
    svg += svg_x_tick(x.at(tick), kBottom, tick_text(tick));
  }
  for (const double tick : y.ticks()) {
    svg += svg_y_tick(y.at(tick), kLeft, tick_text(tick));
  }
  return svg +
         svg_x_title((kLeft + kRight) / 2, kBottom + 40,
                     axis_title(*x.column, "→")) +
         svg_y_title(14, (kTop + kBottom) / 2, axis_title(*y.column, "→"));
}

std::string whiskers_svg(const Point& point, const PlotAxis& x,
                         const PlotAxis& y) {
  std::string path;
  const TableCell& across = point.row->cells[x.index];
  const TableCell& up = point.row->cells[y.index];
  if (std::isfinite(across.low) && std::isfinite(across.high)) {
    path += fmt::format("M{:.1f} {:.1f}H{:.1f}", x.at(across.low), point.y,
                        x.at(across.high));
  }
  if (std::isfinite(up.low) && std::isfinite(up.high)) {
    path += fmt::format("M{:.1f} {:.1f}V{:.1f}", point.x, y.at(up.low),
                        y.at(up.high));
  }
  return path.empty() ? "" : "<path class=\"whisker\" d=\"" + path + "\"/>";
}

// Square: never unlearned; diamond: retrained; circle: the rest. Hollow: under
// a transform.
std::string marker_svg(const Point& point) {
  const TableRow& row = *point.row;
  const std::string hollow =
      std::string(row.transform.empty() ? "" : " after") +
      (row.front == Front::on ? " on-front" : "");
  if (row.method == "none") {
    return fmt::format(
        "<rect class=\"point start{}\" x=\"{:.1f}\" y=\"{:.1f}\" "
        "width=\"9\" height=\"9\"/>",
        hollow, point.x - 4.5, point.y - 4.5);
  }
  if (row.method == "retrain") {
    return fmt::format(
        "<path class=\"point goal{}\" d=\"M{:.1f} {:.1f}l6 6-6 6-6-6z\"/>",
        hollow, point.x, point.y - 6);
  }
  return fmt::format(
      "<circle class=\"point{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\"/>",
      hollow, point.x, point.y);
}

std::string point_svg(const Point& point, const PlotAxis& x,
                      const PlotAxis& y) {
  const TableRow& row = *point.row;
  const std::string tip =
      fmt::format("{}: {} {}, {} {}", row.name, x.column->title,
                  long_text(*x.column, row.cells[x.index]), y.column->title,
                  long_text(*y.column, row.cells[y.index]));
  return "<g>" + whiskers_svg(point, x, y) + marker_svg(point) + "<title>" +
         html_escape(tip) + "</title></g>\n";
}

// A line through the rows on the front that none of them lies right of and
// above: where the front is of more measures than the two that are drawn, it
// has more rows. Beyond the retrained model's forgetting, further right is no
// better.
std::string front_svg(const std::vector<Point>& points) {
  double goal = kRight;
  for (const Point& p : points) {
    if (p.row->method == "retrain" && p.row->transform.empty()) goal = p.x;
  }
  std::vector<const Point*> best;
  for (const Point& p : points) {
    if (p.row->front == Front::on) best.push_back(&p);
  }
  const auto right = [&](const Point* p) { return std::min(p->x, goal); };
  std::sort(best.begin(), best.end(), [&](const Point* a, const Point* b) {
    return right(a) != right(b) ? right(a) > right(b) : a->y < b->y;
  });
  std::string path;
  double top = kHeight;  // y grows downwards
  for (const Point* p : best) {
    if (p->y >= top) continue;
    top = p->y;
    path +=
        fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", p->x, p->y);
  }
  return path.find('L') == std::string::npos
             ? ""
             : "<path class=\"front\" d=\"" + path + "\"/>\n";
}

// What labels must not cover (points, other labels) and should not (whiskers).
struct Room {
  std::vector<Box> points;
  std::vector<Box> whiskers;
};

bool covers(const Box& place, const std::vector<Box>& taken) {
  return std::any_of(taken.begin(), taken.end(),
                     [&](const Box& box) { return box.overlaps(place); });
}

bool inside(const Box& place) {
  return place.left > kLeft && place.right < kWidth && place.top > 0 &&
         place.bottom < kBottom;
}

// Where a label may stand: beside its point, then off its corners, where
// whiskers do not reach, then above and below.
std::vector<Box> label_places(const Point& p, double width) {
  const auto box = [&](double left, double middle) {
    return Box{left, middle - 6, left + width, middle + 6};
  };
  const double right = p.x + 8, left = p.x - 8 - width;
  return {box(right, p.y),
          box(left, p.y),
          box(right, p.y - 10),
          box(right, p.y + 10),
          box(left, p.y - 10),
          box(left, p.y + 10),
          box(p.x - width / 2, p.y - 14),
          box(p.x - width / 2, p.y + 14)};
}

// The label of a point; none where all places are taken.
std::string label_svg(const Point& point, Room& room) {
  const std::string name = printable(point.row->name, 40);
  const double width = kLetter * static_cast<double>(display_width(name));
  const std::vector<Box> places = label_places(point, width);
  for (const bool over_whiskers : {false, true}) {
    for (const Box& place : places) {
      if (!inside(place) || covers(place, room.points) ||
          (!over_whiskers && covers(place, room.whiskers))) {
        continue;
      }
      room.points.push_back(place);
      return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                         place.left, place.bottom - 2, html_escape(name));
    }
  }
  return "";
}

// The room that a point and its whiskers take.
void take_room(const Point& p, const PlotAxis& x, const PlotAxis& y,
               Room& room) {
  room.points.push_back({p.x - 6, p.y - 6, p.x + 6, p.y + 6});
  const TableCell& across = p.row->cells[x.index];
  const TableCell& up = p.row->cells[y.index];
  if (std::isfinite(across.low) && std::isfinite(across.high)) {
    const auto [left, right] =
        std::minmax({x.at(across.low), x.at(across.high)});
    room.whiskers.push_back({left, p.y - 1, right, p.y + 1});
  }
  if (std::isfinite(up.low) && std::isfinite(up.high)) {
    const auto [top, bottom] = std::minmax({y.at(up.low), y.at(up.high)});
    room.whiskers.push_back({p.x - 1, top, p.x + 1, bottom});
  }
}

std::string labels_svg(const std::vector<Point>& points, const PlotAxis& x,
                       const PlotAxis& y) {
  Room room;
  const size_t count = std::min(points.size(), kMostLabels);
  for (size_t i = 0; i < count; ++i) take_room(points[i], x, y, room);
  std::string svg;
  for (size_t i = 0; i < count; ++i) svg += label_svg(points[i], room);
  return svg;
}

std::vector<Point> points_of(const Table& table, const PlotAxis& x,
                             const PlotAxis& y) {
  std::vector<Point> points;
  for (const TableRow& row : table.rows) {
    if (!row.cells[x.index].missing() && !row.cells[y.index].missing()) {
      points.push_back({&row});
    }
  }
  return points;
}

std::vector<TableCell> cells_of(const std::vector<Point>& points,
                                const PlotAxis& axis) {
  std::vector<TableCell> cells;
  for (const Point& p : points) cells.push_back(p.row->cells[axis.index]);
  return cells;
}

PlotAxis axis_of(const Table& table, size_t index, double worse,
                 double better) {
  PlotAxis axis;
  axis.index = index;
  axis.column = &table.columns[index];
  const bool reversed = axis.column->want == "low";
  axis.begin = reversed ? better : worse;
  axis.end = reversed ? worse : better;
  return axis;
}

std::string drawing(const PlotAxis& x, const PlotAxis& y,
                    const std::vector<Point>& points) {
  std::string svg = svg_open(
      {"scatter", y.column->title + " against " + x.column->title,
       fmt::format("Scatter of {} models; every value is in the tables below.",
                   points.size()),
       kWidth, kHeight});
  svg += axes_svg(x, y) + front_svg(points);
  for (const Point& point : points) svg += point_svg(point, x, y);
  return svg + labels_svg(points, x, y) + "</svg>\n";
}

}  // namespace

std::string scatter_svg(const Table& table) {
  const size_t across = forgetting_column(table);
  const size_t up = utility_column(table);
  if (across == std::string::npos || up == std::string::npos) return "";
  PlotAxis x = axis_of(table, across, kLeft, kRight);
  PlotAxis y = axis_of(table, up, kBottom, kTop);
  std::vector<Point> points = points_of(table, x, y);
  if (points.size() < 2) return "";
  x.fit(cells_of(points, x));
  y.fit(cells_of(points, y));
  for (Point& point : points) {
    point.x = x.at(point.row->cells[x.index].value);
    point.y = y.at(point.row->cells[y.index].value);
  }
  return drawing(x, y, points);
}

std::string scatter_figure(const Table& table) {
  const std::string svg = scatter_svg(table);
  if (svg.empty()) return "";
  return "<figure>\n" + html_scroll("Scatter", svg) +
         "<figcaption>Arrows point to the better side. Square: never "
         "unlearned; diamond: retrained, the goal; hollow: after a transform; "
         "bars: 95 % intervals; ringed: on the Pareto front; line: the best of "
         "them in these two measures.</figcaption>\n</figure>\n";
}

}  // namespace lethe
