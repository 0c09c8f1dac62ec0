// DP-SGD: its keys, what they may not stand beside, and what is promised.
//
// Abadi et al. 2016, arXiv:1607.00133: each step draws every document with the
// chance q = batch * accumulate / n by itself, clips the gradient of each drawn
// one to the norm dp_clip over all trained weights, adds them up, adds
// N(0, (dp_noise dp_clip)^2) to every number and divides by q n, the number of
// documents that is expected. Everything behind that (Adam, decay, schedules,
// rounding) reads the noisy gradient and no data.
//
// Promised: the trained weights are (epsilon, delta)-differentially private in
// one document of this run's data: with and without it, no event is likelier by
// more than e^epsilon, plus delta. A document is one text of the data, however
// many rows it is cut into; n counts those that give a row, and is taken as
// known. Epsilon: harness/base/privacy.h.
// Not covered: a document that stands in the data twice (twice epsilon and
// more); choices made by looking at the data (tuning, steps, which texts); what
// the model and tokenizer that it starts from have seen; train_log.jsonl and
// evaluations on the training data, whose losses and counts have no noise;
// anybody who knows the seed, from which noise and draws follow (so that of two
// models of one seed, with and without some texts, only one may be given away);
// and what floating-point numbers tell of the noise (Mironov 2012).
#pragma once

#include <string>

#include "harness/base/json.h"
#include "harness/train/batch.h"

namespace lethe {

// Whether dp_noise or dp_epsilon is given.
bool is_private(const TrainOptions& options);

// Of private options: the ordinary clipping is off. Throws: usage error for
// values out of range, for keys that are read only by DP-SGD, and for what
// would break the promise or is not computed with it.
void settle_privacy(TrainOptions& options, const Json& given);

// `base` with `over` over it: what `over` says of the noise takes the place of
// all that `base` does.
Json training_over(Json base, const Json& over);

// Of private options: warns of a seed that somebody would try. Throws: usage
// error for a split that is named twice, whose documents would count once.
void check_privacy(const TrainOptions& options,
                   const std::vector<std::string>& splits);

// What epochs and steps count: rows, or in private training documents.
int64_t drawn_units(const TrainOptions& options, const TrainingSet& rows);

// The mechanism of a run.
struct PrivacyPlan {
  int64_t documents = 0;  // n
  double expected = 0;    // documents a step
  double rate = 0;        // q
  double noise = 0;       // standard deviation over clip
  double clip = 0;        // L2 norm
  double delta = 0;

  // Of so many steps, nats.
  double epsilon(int64_t steps) const;
};

// Throws: usage error when dp_delta is not below 1 / n, or when no noise
// reaches dp_epsilon.
PrivacyPlan privacy_plan(const TrainOptions& options, const TrainingSet& rows);

// "epsilon 7.99 at delta 1e-05: noise 1.2, ..", in one line.
std::string privacy_sentence(const PrivacyPlan& plan, int64_t steps);

// The documents that step `step` draws, by (seed, step): their rows, those of
// one document beside each other.
std::vector<int64_t> rows_of_drawn(const TrainOptions& options,
                                   const TrainingSet& rows, int64_t step);

// `keys` in backward passes of at most `batch` rows, none of two documents.
std::vector<std::vector<int64_t>> document_passes(
    const TrainingSet& rows, const std::vector<int64_t>& keys, int64_t batch);

}  // namespace lethe
