// Curves of training: the loss with its terms, and what was forgotten and kept
// over the steps.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/base/files.h"
#include "results/html_table.h"
#include "results/report_data.h"
#include "results/run_json.h"

namespace lethe {
namespace {

constexpr size_t kMostSeries = 12, kMostTerms = 24, kMostPoints = 150;

using Points = std::vector<PlotPoint>;

// One training, from curves/NAME.jsonl.
struct Curve {
  std::string name;
  Points loss;
  std::vector<std::pair<std::string, Points>> terms, evals;  // as they appear
};

double number(const Json& value) {
  return value.is_number() ? value.get<double>() : PlotPoint::kNone;
}

void add(std::vector<std::pair<std::string, Points>>& all,
         const std::string& name, PlotPoint point) {
  auto place = std::find_if(all.begin(), all.end(),
                            [&](const auto& one) { return one.first == name; });
  if (place == all.end()) place = all.insert(all.end(), {name, {}});
  place->second.push_back(point);
}

Curve read_curve(const std::string& name, const std::string& file) {
  Curve curve;
  curve.name = name;
  size_t line_number = 0;
  for (const std::string& line : read_lines(file)) {
    const std::string where = fmt::format("{}:{}", file, ++line_number);
    const Json row = parse_json(line, where);
    const double step = static_cast<double>(require_int(row, "step", where));
    curve.loss.push_back({step, number(value_at(row, "loss"))});
    const Json terms = value_at(row, "terms"), eval = value_at(row, "eval");
    if (terms.is_object()) {
      for (const auto& [term, value] : terms.items()) {
        add(curve.terms, term, {step, number(value)});
      }
    }
    if (!eval.is_object()) continue;
    for (const auto& [split, value] : eval.items()) {
      add(curve.evals, split, {step, number(value)});
    }
  }
  return curve;
}

// At most kMostPoints: means of as many neighbours as it takes. What is not
// finite breaks the line as long as a whole group is.
Points thinned(const Points& points) {
  const size_t group = (points.size() + kMostPoints - 1) / kMostPoints;
  if (group <= 1) return points;
  Points means;
  for (size_t begin = 0; begin < points.size(); begin += group) {
    const size_t end = std::min(begin + group, points.size());
    double sum = 0, count = 0;
    for (size_t i = begin; i < end; ++i) {
      if (!std::isfinite(points[i].y)) continue;
      sum += points[i].y;
      ++count;
    }
    means.push_back(
        {points[end - 1].x, count > 0 ? sum / count : PlotPoint::kNone});
  }
  return means;
}

std::vector<Curve> curves_of(const ReportData& data) {
  std::vector<Curve> curves;
  const std::string folder = data.folder + "/curves/";
  if (exists(folder + "base.jsonl")) {
    curves.push_back(read_curve("base", folder + "base.jsonl"));
  }
  for (const ReportCell& cell : data.cells) {
    if (!cell.transform.empty() || cell.cell.find('/') != std::string::npos) {
      continue;
    }
    const std::string file = folder + cell.cell + ".jsonl";
    if (exists(file)) curves.push_back(read_curve(cell.name, file));
  }
  return curves;
}

const char* const kThinned =
    "Where there were more than 150 steps, points are means of neighbours.";

std::string base_figure(const Curve& base, PlotShelf& shelf) {
  Plot plot{"base-loss",
            "Training of the base model",
            "Loss of the base model over its training steps.",
            {"step"},
            {"loss, nats a token"},
            {{"loss", thinned(base.loss)}}};
  for (const auto& [split, points] : base.evals) {
    plot.series.push_back({"loss on " + split, thinned(points)});
  }
  return shelf.figure(std::move(plot), kThinned);
}

std::string losses_figure(const std::vector<Curve>& curves, PlotShelf& shelf) {
  Plot plot{"loss",
            "Loss of unlearning",
            "What each row's training minimised, over its steps.",
            {"step"},
            {"loss, as the method defines it"},
            {}};
  for (const Curve& curve : curves) {
    if (plot.series.size() == kMostSeries) break;
    plot.series.push_back({curve.name, thinned(curve.loss)});
  }
  return shelf.figure(std::move(plot),
                      std::string("What each method minimises: not comparable "
                                  "between methods. ") +
                          kThinned);
}

// Whether a split's loss tells of forgetting or of utility.
std::string meaning_of(const std::string& split) {
  if (split.rfind("forget", 0) == 0) return "Forgetting: loss on " + split;
  if (split.rfind("holdout", 0) == 0) return "Loss on " + split;
  return "Utility: loss on " + split;
}

std::string eval_figures(const std::vector<Curve>& curves, PlotShelf& shelf) {
  std::vector<std::pair<std::string, Plot>> plots;
  for (const Curve& curve : curves) {
    for (const auto& [split, points] : curve.evals) {
      auto place =
          std::find_if(plots.begin(), plots.end(),
                       [&](const auto& one) { return one.first == split; });
      if (place == plots.end()) {
        place = plots.insert(plots.end(), {split,
                                           {"eval-" + split,
                                            meaning_of(split),
                                            "Mean loss on " + split +
                                                " of each row over its steps.",
                                            {"step"},
                                            {"loss, nats a token"},
                                            {}}});
      }
      if (place->second.series.size() == kMostSeries) continue;
      place->second.series.push_back({curve.name, thinned(points)});
    }
  }
  std::string figures;
  for (auto& [split, plot] : plots) {
    figures += shelf.figure(std::move(plot), split.rfind("forget", 0) == 0
                                                 ? "Higher: more is forgotten."
                                                 : "Lower: more is kept.");
  }
  return figures;
}

std::string terms_figures(const std::vector<Curve>& curves, PlotShelf& shelf) {
  std::string figures;
  size_t drawn = 0;
  for (const Curve& curve : curves) {
    if (curve.terms.empty() || drawn == kMostTerms) continue;
    ++drawn;
    Plot plot{"terms-" + curve.name,
              "Terms of " + curve.name,
              "The loss and each of its terms over the training steps.",
              {"step"},
              {"loss; terms before their weights"},
              {{"loss", thinned(curve.loss), PlotForm::line, true}}};
    for (const auto& [term, points] : curve.terms) {
      plot.series.push_back({term, thinned(points)});
    }
    figures += shelf.figure(std::move(plot), "");
  }
  return figures.empty() ? ""
                         : html_fold("The loss, term by term, of each row",
                                     side_by_side(figures));
}

}  // namespace

std::string curves_part(const ReportData& data, PlotShelf& shelf) {
  std::vector<Curve> curves = curves_of(data);
  if (curves.empty()) return "";
  std::string figures, base;
  if (curves.front().name == "base") {
    base = base_figure(curves.front(), shelf);
    curves.erase(curves.begin());
  }
  if (!curves.empty()) figures = losses_figure(curves, shelf);
  figures += eval_figures(curves, shelf) + base;
  std::string html = side_by_side(figures);
  if (curves.size() > kMostSeries) {
    html += more_rows(curves.size() - kMostSeries);
  }
  return html + terms_figures(curves, shelf);
}

}  // namespace lethe
