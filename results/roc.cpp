#include "results/roc.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "harness/base/files.h"
#include "results/escape.h"
#include "results/html_table.h"
#include "results/item_values.h"

namespace lethe {
namespace {

constexpr size_t kMostFigures = 40;
constexpr size_t kOpen = 3;

// What tells models of equal names apart: seed, run, splits.
void tell_apart(std::vector<RocModel>& models,
                const std::vector<const Record*>& first) {
  std::set<int64_t> seeds;
  std::set<std::string> runs, splits;
  for (const Record* r : first) {
    seeds.insert(r->seed);
    runs.insert(r->run);
    splits.insert(r->split);
  }
  for (size_t i = 0; i < models.size(); ++i) {
    std::string& name = models[i].name;
    if (splits.size() > 1) name += " on " + first[i]->split;
    if (seeds.size() > 1) name += fmt::format(" (seed {})", first[i]->seed);
    if (runs.size() > 1) name += " @ " + first[i]->run;
  }
}

}  // namespace

std::string model_name(const Record& r) {
  std::string name = r.label.empty() ? r.method_name() : r.label;
  for (const Json& link : r.transform) {
    name +=
        " + " + (link.is_string() ? link.get<std::string>() : canonical(link));
  }
  return name;
}

bool RocCurve::blind() const { return probe.rfind("blind_", 0) == 0; }

RocCurve roc_curve(const std::string& probe, const std::string& file,
                   const std::vector<Sample>& samples) {
  RocCurve curve{probe, scores_of(samples)};
  if (!exists(file)) {
    curve.missing = "its samples are not in the run folder";
  } else if (curve.scores.members.empty() && curve.scores.others.empty()) {
    curve.missing = "its samples have no scores with \"member\"";
  }
  return curve;
}

std::vector<RocPoint> roc_points(const Scores& scores) {
  std::map<double, RocPoint, std::greater<>> gains;
  for (const double score : scores.members) ++gains[score].true_positives;
  for (const double score : scores.others) ++gains[score].false_positives;
  std::vector<RocPoint> points = {{}};
  for (const auto& [score, gain] : gains) {
    const RocPoint& last = points.back();
    points.push_back({last.false_positives + gain.false_positives,
                      last.true_positives + gain.true_positives});
  }
  return points;
}

std::vector<RocModel> roc_models(const std::vector<Record>& records,
                                 const std::vector<RunFolder>& folders) {
  std::map<std::string, std::string> folder_of;
  for (const RunFolder& one : folders) folder_of[one.run] = one.folder;
  std::vector<RocModel> models;
  std::vector<const Record*> first;
  // By run, cell and splits, the model's place; then what it has already.
  std::map<std::tuple<std::string, std::string, std::string>, size_t> places;
  std::set<std::pair<size_t, std::string>> seen;
  for (const Record& r : records) {
    if (r.probe.empty() || (r.metric != "auroc" && r.metric != "tpr_at_fpr")) {
      continue;
    }
    const auto [place, fresh] =
        places.try_emplace({r.run, r.cell, r.split}, models.size());
    if (fresh) {
      models.push_back({model_name(r), {}});
      first.push_back(&r);
    }
    const size_t model = place->second;
    const std::string probe = name_with_options(r.probe, r.probe_options);
    if (!seen.emplace(model, probe).second) continue;
    if (model >= kMostFigures) continue;
    const std::string file = samples_file(folder_of[r.run], r);
    models[model].curves.push_back(roc_curve(probe, file, read_samples(file)));
  }
  tell_apart(models, first);
  return models;
}

std::string roc_figures(const std::vector<RocModel>& models) {
  std::string html;
  const size_t shown = std::min(kMostFigures, models.size());
  for (size_t i = 0; i < shown; ++i) {
    html += html_fold(models[i].name, roc_figure(models[i], i + 1), i < kOpen);
  }
  if (shown < models.size()) {
    html += fmt::format(
        "<p class=\"quiet\">and {} more models, whose scores are in "
        "samples/</p>\n",
        models.size() - shown);
  }
  return html;
}

std::string roc_section(const std::vector<RocModel>& models) {
  return models.empty() ? ""
                        : "<h2>Membership, ROC</h2>\n" + roc_figures(models);
}

}  // namespace lethe
