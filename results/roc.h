// ROC curves of membership probes on logarithmic axes, where low rates of false
// positives show.
//
// A curve has a step at every threshold that exists: equal scores move
// together, and nothing is interpolated, as in tpr_at_fpr.
//
// Paper: Carlini et al. 2022, arXiv:2112.03570, figure 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/record.h"
#include "results/run_folder.h"
#include "results/samples.h"

namespace lethe {

struct RocCurve {
  std::string probe;  // name with options, as it is: escape it
  Scores scores;
  std::string missing = {};  // why there are no scores; empty when there are

  // Whether the probe looks at the data alone: its name begins with "blind_".
  bool blind() const;
};

// The curve of a samples file. `missing` says so where the file is not there or
// has no scores with membership.
RocCurve roc_curve(const std::string& probe, const std::string& file,
                   const std::vector<Sample>& samples);

// Others and members at or above a threshold.
struct RocPoint {
  int64_t false_positives = 0, true_positives = 0;
};

// From (0, 0) to (others, members), a point a distinct score. O(n log n).
// REQUIRES: finite scores.
std::vector<RocPoint> roc_points(const Scores& scores);

// The curves of one model on one set of texts.
struct RocModel {
  std::string name;              // as it is: escape it
  std::vector<RocCurve> curves;  // in the order of the run
};

// A figure with an inline SVG and a legend by AUC, highest first. Both axes
// reach down to one text of the largest side, 1/n; what lies below is shaded:
// there only "none" exists. Drawn are the 15 highest AUCs and blind probes,
// which are dashed; every curve that is not is named with the reason. In place
// of a plot without curves stands a sentence. `number` keeps the ids of a page
// apart.
std::string roc_figure(const RocModel& model, size_t number);

// Its drawing alone; empty without curves.
std::string roc_svg(const RocModel& model, size_t number);

// The probes of every model of the runs whose records have auroc or tpr_at_fpr,
// with the scores of their samples, in the order of the records; scores are
// read for the first 40 models, which are those that are drawn.
std::vector<RocModel> roc_models(const std::vector<Record>& records,
                                 const std::vector<RunFolder>& folders);

// The figures of a page, the first three open, at most 40; empty without
// models.
std::string roc_figures(const std::vector<RocModel>& models);

// The same under a heading.
std::string roc_section(const std::vector<RocModel>& models);

// The label and transforms of a record's model: "npo + quantise:form=nf4".
std::string model_name(const Record& record);

}  // namespace lethe
