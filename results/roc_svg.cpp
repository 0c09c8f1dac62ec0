// The drawing of ROC curves.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "harness/base/statistics.h"
#include "results/escape.h"
#include "results/html_table.h"
#include "results/plot_axis.h"
#include "results/roc.h"
#include "results/svg.h"

namespace lethe {
namespace {

// In user units: the plot from kAxis up and from kFloor up; left of and below
// it the shaded bands of rates that are zero.
constexpr double kWidth = 420;
constexpr double kLeft = 54, kAxis = 92, kRight = 404;
constexpr double kTop = 14, kFloor = 326, kBottom = 356;
constexpr double kLegend = kBottom + 66;
constexpr size_t kMostDrawn = 15;
constexpr size_t kLetters = 48;  // of a name in the legend

// A rate from 1/n to 1 on one axis; 0 stands in the middle of its band.
class RateAxis {
 public:
  RateAxis(int64_t n, double zero, double begin, double end)
      : n_(n), zero_(zero) {
    axis_.low = n > 1 ? 1 / static_cast<double>(n) : 0.5;
    axis_.high = 1;
    axis_.begin = begin;
    axis_.end = end;
    axis_.logarithmic = true;
  }

  // The place of a rate; 1 of few lies right of 1 of many.
  double at(double rate) const { return rate > 0 ? axis_.at(rate) : zero_; }
  int64_t n() const { return n_; }
  double low() const { return axis_.low; }

  // 1, 2 and 5 times powers of ten, in more than two decades the powers alone.
  std::vector<double> ticks() const {
    std::vector<double> ticks;
    for (double power = 1; power > axis_.low / 10; power /= 10) {
      for (const double digit : {5.0, 2.0, 1.0}) {
        const double rate = digit * power;
        if (rate > 1 || rate < axis_.low) continue;
        if (digit == 1 || axis_.low > 0.01) ticks.push_back(rate);
      }
    }
    return ticks;
  }

 private:
  const int64_t n_;
  const double zero_;
  PlotAxis axis_;
};

struct Drawn {
  const RocCurve* curve;
  double area;
  size_t style = 0;  // its place among the curves that are no baseline
};

struct Frame {
  RateAxis x, y;
};

double rate(int64_t count, size_t of) {
  return static_cast<double>(count) / static_cast<double>(of);
}

std::string path_of(const Scores& scores, const Frame& frame) {
  double x = kLeft, y = half_unit(frame.y.at(0));
  std::string path = fmt::format("M{:g} {:g}", x, y);
  for (const RocPoint& p : roc_points(scores)) {
    const double across = p.false_positives == 0
                              ? kLeft
                              : half_unit(frame.x.at(rate(
                                    p.false_positives, scores.others.size())));
    const double up =
        half_unit(frame.y.at(rate(p.true_positives, scores.members.size())));
    if (across != x) path += fmt::format("H{:g}", across);
    if (up != y) path += fmt::format("V{:g}", up);
    x = across;
    y = up;
  }
  return path;
}

std::string style_of(const Drawn& drawn) {
  if (drawn.curve->blind()) return "curve blind";
  return "curve " + series_style(drawn.style);
}

// What a curve cannot be drawn for; empty when it can.
std::string problem_of(const RocCurve& curve) {
  if (!curve.missing.empty()) return curve.missing;
  return estimate_tpr_at_fpr(curve.scores.members, curve.scores.others, 0)
      .reason;
}

// The best, and the baselines; the legend's order. `left_out` are the others.
std::vector<Drawn> drawn_of(const RocModel& model,
                            std::vector<std::string>& left_out) {
  std::vector<Drawn> all;
  for (const RocCurve& curve : model.curves) {
    const std::string problem = problem_of(curve);
    if (problem.empty()) {
      all.push_back({&curve, auroc(curve.scores.members, curve.scores.others)});
    } else {
      left_out.push_back(curve.probe + ": " + problem);
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Drawn& a, const Drawn& b) {
    return a.area > b.area;
  });
  size_t count = 0;
  std::vector<Drawn> kept;
  for (const Drawn& one : all) {
    if (one.curve->blind() || count++ < kMostDrawn) {
      kept.push_back(one);
    } else {
      left_out.push_back(fmt::format("{}: AUC {:.3f}, too many to draw",
                                     one.curve->probe, one.area));
    }
  }
  // A probe has the same colour in the figures of all models.
  std::vector<const RocCurve*> order;
  for (const RocCurve& curve : model.curves) {
    if (!curve.blind()) order.push_back(&curve);
  }
  if (order.size() > kMostDrawn) {
    order.clear();
    for (const Drawn& one : kept) {
      if (!one.curve->blind()) order.push_back(one.curve);
    }
  }
  for (Drawn& one : kept) {
    const auto place = std::find(order.begin(), order.end(), one.curve);
    one.style = static_cast<size_t>(place - order.begin());
  }
  return kept;
}

Frame frame_of(const std::vector<Drawn>& curves) {
  size_t members = 1, others = 1;
  for (const Drawn& one : curves) {
    members = std::max(members, one.curve->scores.members.size());
    others = std::max(others, one.curve->scores.others.size());
  }
  return {RateAxis(static_cast<int64_t>(others), (kLeft + kAxis) / 2, kAxis,
                   kRight),
          RateAxis(static_cast<int64_t>(members), (kFloor + kBottom) / 2,
                   kFloor, kTop)};
}

// The region that no count of texts can show.
std::string shade_svg(const Frame& frame) {
  const double edge = frame.x.at(1 / static_cast<double>(frame.x.n()));
  const double floor = frame.y.at(1 / static_cast<double>(frame.y.n()));
  return fmt::format(
      "<path class=\"shade\" d=\"M{0} {1}H{2}V{3}H{4}V{5}H{0}Z\"/>\n"
      "<text class=\"tick\" transform=\"translate({6} {7}) rotate(-90)\">below "
      "1/{8}: no false positive</text>\n"
      "<text class=\"tick\" x=\"{9}\" y=\"{10}\" text-anchor=\"end\">below "
      "1/{11}: no member</text>\n",
      kLeft, kTop, edge, floor, kRight, kBottom, kLeft + 15, kFloor - 8,
      frame.x.n(), kRight - 4, kBottom - 5, frame.y.n());
}

std::string x_tick(double place, const std::string& text) {
  return svg_x_tick(place, kBottom, text);
}

std::string y_tick(double place, const std::string& text) {
  return svg_y_tick(place, kLeft, text);
}

// The end of the axis as a fraction, 0, and round rates where there is room.
template <class Tick>
std::string ticks_svg(const RateAxis& axis, double room, const Tick& tick) {
  std::string svg = tick(axis.at(0), "0");
  if (axis.n() > 1) {
    svg += tick(axis.at(axis.low()), fmt::format("1/{}", axis.n()));
  }
  double last = axis.at(1);
  for (const double value : axis.ticks()) {
    const double place = axis.at(value);
    const bool crowded = std::abs(place - axis.at(axis.low())) < room ||
                         (value < 1 && std::abs(place - last) < room);
    if (crowded) continue;
    svg += tick(place, tick_text(value));
    last = place;
  }
  return svg;
}

std::string axes_svg(const Frame& frame) {
  const double from = std::max(frame.x.low(), frame.y.low());
  return svg_axes(kLeft, kTop, kRight, kBottom) +
         ticks_svg(frame.x, 26, x_tick) + ticks_svg(frame.y, 14, y_tick) +
         fmt::format("<path class=\"diagonal\" d=\"M{:g} {:g}L{:g} {:g}\"/>\n",
                     half_unit(frame.x.at(from)), half_unit(frame.y.at(from)),
                     kRight, kTop) +
         svg_x_title((kLeft + kRight) / 2, kBottom + 38,
                     fmt::format("false-positive rate, of {} non-members",
                                 frame.x.n())) +
         svg_y_title(
             13, (kTop + kBottom) / 2,
             fmt::format("true-positive rate, of {} members", frame.y.n()));
}

std::string curve_svg(const Drawn& drawn, const Frame& frame) {
  const Scores& scores = drawn.curve->scores;
  const std::string tip = fmt::format(
      "{}: AUC {:.3f}, {:.3f} of {} members at FPR 0 of {} non-members",
      drawn.curve->probe, drawn.area,
      estimate_tpr_at_fpr(scores.members, scores.others, 0).value,
      scores.members.size(), scores.others.size());
  return fmt::format("<path class=\"{}\" d=\"{}\"><title>{}</title></path>\n",
                     style_of(drawn), path_of(scores, frame), html_escape(tip));
}

bool all_equal(const Scores& scores) { return roc_points(scores).size() == 2; }

// The probe's name, and what a reader must know of it, in kLetters.
std::string legend_name(const Drawn& drawn) {
  std::string known;
  if (drawn.curve->blind()) known += " (asks no model)";
  if (all_equal(drawn.curve->scores)) known += " (all scores equal)";
  const std::string& name = drawn.curve->probe;
  const size_t room = kLetters - std::min(known.size(), kLetters / 2);
  return (name.size() > room ? printable(name, room) : name) + known;
}

std::string legend_svg(const std::vector<Drawn>& curves) {
  std::vector<LegendRow> rows;
  for (const Drawn& one : curves) {
    rows.push_back(
        {style_of(one), "", fmt::format("{:.3f}", one.area), legend_name(one)});
  }
  rows.push_back({"diagonal", "", "0.500", "chance"});
  return fmt::format("<text class=\"tick\" x=\"42\" y=\"{:g}\">AUC</text>\n",
                     kLegend - 2) +
         svg_legend(rows, kLegend);
}

std::string drawing(const RocModel& model, const std::vector<Drawn>& curves,
                    size_t number) {
  const Frame frame = frame_of(curves);
  const double height =
      kLegend + kLegendRow * static_cast<double>(curves.size() + 1) + 6;
  std::string svg = svg_open(
      {fmt::format("roc-{}", number), "ROC of " + model.name,
       fmt::format("True-positive against false-positive rate of {} membership "
                   "scores, both axes logarithmic; the legend has the areas "
                   "under the curves.",
                   curves.size()),
       kWidth, height});
  svg += shade_svg(frame) + axes_svg(frame);
  for (const Drawn& one : curves) svg += curve_svg(one, frame);
  return svg + legend_svg(curves) + "</svg>\n";
}

}  // namespace

std::string roc_svg(const RocModel& model, size_t number) {
  std::vector<std::string> left_out;
  const std::vector<Drawn> curves = drawn_of(model, left_out);
  return curves.empty() ? "" : drawing(model, curves, number);
}

std::string roc_figure(const RocModel& model, size_t number) {
  std::vector<std::string> left_out;
  const std::vector<Drawn> curves = drawn_of(model, left_out);
  for (std::string& line : left_out) line = "no curve of " + line;
  if (curves.empty()) {
    return "<p class=\"quiet\">No ROC curve can be drawn.</p>\n" +
           html_list(left_out);
  }
  return "<figure class=\"plot\">\n" + drawing(model, curves, number) +
         "<figcaption>Steps are the thresholds that exist; equal scores move "
         "together. In the shaded bands a rate is 0: finer rates than one text "
         "cannot be measured. A probe that leaves texts out starts later."
         "</figcaption>\n" +
         html_list(left_out) + "</figure>\n";
}

}  // namespace lethe
