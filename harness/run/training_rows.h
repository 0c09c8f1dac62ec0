// Texts of a suite as training rows.
#pragma once

#include <string>
#include <vector>

#include "harness/model/model.h"
#include "harness/train/draws.h"

namespace lethe {

// The rows of texts that may come from several splits, each as often an epoch
// as options.repeat says. `halved`: a text without a prompt is one in its first
// half.
TrainingSet rows_of(Examples examples, const TrainOptions& options,
                    const DecoderConfig& decoder, bool halved);

// Every other answer to every text as a row: answers[i] are those to text i.
Alternates alternate_rows(const Examples& examples,
                          const std::vector<std::vector<std::string>>& answers,
                          const TrainOptions& options,
                          const ModelFolder& source);

}  // namespace lethe
