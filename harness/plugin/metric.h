// A metric is arithmetic on observations: it knows no model and no LibTorch.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/observation.h"
#include "harness/base/statistics.h"
#include "harness/plugin/text_model.h"

namespace lethe {

// The fields of one item, e.g. {"precision", 0.5}, in the order shown. NaN
// says that the item has no value; nothing is dropped silently.
using Row = std::vector<std::pair<std::string, double>>;

// Named values of a whole set, in the order shown.
using Aggregate = std::vector<std::pair<std::string, Estimate>>;

// What of an observation a metric reads; an observation without it is an
// input error that names the probe that would give it.
struct MetricNeeds {
  bool token_statistics = false;
  bool output = false;                    // output and references
  bool member = false;                    // member and score
  bool ids = false;                       // output_ids and reference_ids
  bool drift = false;                     // from the base model
  std::vector<std::string> numbers = {};  // of Observation::numbers
  bool reference = false;  // what a reference model gave on the same data
  // Verdicts of this rubric (a name or file) as the numbers `judged` and
  // `probability`, which the engine puts there; by the rubric's rules, or by
  // the model folder `judge`.
  std::string rubric = {};
  std::string judge = {};
  // A model folder, or org/name, whose hidden states of texts it reads; empty:
  // none. Then items() are asked for in place of item(), and aggregate_texts().
  std::string text_model = {};
  // Fields that read a text's tokens one by one (ids, the likeliest tokens,
  // their number with those that are not scored). Samples of a run have each
  // text's sum alone: such fields are not measured again from them.
  std::vector<std::string> single_tokens = {};
};

class Metric {
 public:
  virtual ~Metric() = default;

  virtual MetricNeeds needs() const = 0;

  // The field that stands for the metric when a suite names none.
  virtual std::string main_field() const = 0;

  // Every field that aggregate() can give, in the order shown, so that a suite
  // that names another is refused before any work. Empty: known only when
  // measured.
  virtual std::vector<std::string> fields() const { return {}; }

  // "fraction", "nats", "ratio", "tokens", ...: the unit of the main field.
  virtual std::string unit() const { return "fraction"; }

  // The unit of a field; override where fields differ.
  virtual std::string unit_of(const std::string& /*field*/) const {
    return unit();
  }

  // The fields of one item. Set-level metrics keep the default: no fields.
  virtual Row item(const Observation&) const { return {}; }

  // Of a metric whose needs() name a text model: the fields of every item.
  virtual std::vector<Row> items(const Observations&, TextModel&) const {
    return {};
  }

  // Of such a metric: whether it can read that model. Called before any work.
  // Throws: usage error that says what is wrong.
  virtual void check_model(const TextModelShape&) const {}

  // The values of a set. Default: the mean of every field of the rows, with
  // its interval; NaN with a reason for a field that a row lacks, and for the
  // main field when there are no rows. `rows[i]` is item(observations[i]).
  virtual Aggregate aggregate(const std::vector<Row>& rows,
                              const Observations& observations) const;

  // As aggregate(), of a metric whose needs() name a text model.
  virtual Aggregate aggregate_texts(const std::vector<Row>& rows,
                                    const Observations& observations,
                                    TextModel&) const {
    return aggregate(rows, observations);
  }

  // As aggregate(), of a metric whose needs() name a reference: what a
  // reference model (retrained without the data) gave on the same data.
  virtual Aggregate compare(const std::vector<Row>& rows,
                            const Observations& observations,
                            const Observations& /*reference*/) const {
    return aggregate(rows, observations);
  }
};

// Throws: input error, with the id, when an observation lacks what needs()
// says.
void check_needs(const Metric& metric, const Observations& observations);

// item() of every observation, or items(); NaN all over where the observation
// diverged. REQUIRES: `model` is the one that needs() name, or they name none.
// Throws: as check_needs.
std::vector<Row> items(const Metric& metric, const Observations& observations,
                       TextModel* model = nullptr);

// The values of a set, and of a reference model's on the same data (null: there
// is none); `model` as for items(); NaN with a reason where an observation
// diverged. Throws: input error when the metric needs a reference and there is
// none, or when one of its observations lacks what needs() says.
Aggregate measure(const Metric& metric, const std::vector<Row>& rows,
                  const Observations& observations,
                  const Observations* reference, TextModel* model = nullptr);

}  // namespace lethe
