// A metric on what one probe saw, from the samples alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/plugin/metric.h"
#include "harness/stored/stored_run.h"

namespace lethe {

// A registered metric with its options.
struct StoredMetric {
  std::string name;
  Json options = Json::object();  // that differ from the defaults
  std::unique_ptr<Metric> metric;

  std::string full_name() const { return name_with_options(name, options); }
};

// Whether the options name a file, e.g. mauve's features, which are of one
// pass's texts: with another pass, or found from another folder, its numbers
// would be of something else.
bool reads_file(const std::string& name, const Json& options);

// Throws: usage error with near names, and for options that name a file.
StoredMetric stored_metric(const std::string& name, const Json& options);

// Values of a pass, with the fields of its items.
struct MeasuredPass {
  std::vector<Row> rows;
  Aggregate values;
  std::vector<std::string> left_out;  // fields that read single tokens
};

// Whether a value is one that was measured before, but for a relative rounding
// of `tolerance`; of a ratio, which may be an exponential, of its logarithm.
// Two that are not finite agree.
bool agrees(double a, double b, double tolerance, const std::string& unit);

// Reads each file of samples once as long as passes follow each other.
class PassReader {
 public:
  // Throws: as read_pass_samples(); input error when the run keeps no samples
  // of the pass.
  const Samples& samples(const Pass& pass);

  // Throws: input error that says what the samples lack.
  MeasuredPass measure(const StoredMetric& metric, const Pass& pass);

 private:
  const Samples& read(const std::string& file);
  std::map<std::string, Samples> kept_;
  int64_t tokens_ = 0;  // of kept_
};

}  // namespace lethe
