// What training is evaluated on beside its own data.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/suite.h"
#include "harness/train/batch.h"

namespace lethe {

// The holdouts and validation splits of a suite as training rows, controls
// too; none where training is not evaluated.
class Watched {
 public:
  Watched(const Suite& suite, const TrainOptions& options,
          const std::function<TrainingSet(const std::string&)>& set_of_split);

  // Texts without a label: controls would be left out of training rows.
  static Examples unlabelled(Examples examples);

  // By the splits' names; they live as long as this.
  std::vector<std::pair<std::string, const TrainingSet*>> sets() const;

 private:
  std::map<std::string, TrainingSet> sets_;
};

}  // namespace lethe
