#include "harness/app/metric_command.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "harness/app/metric_rows.h"
#include "harness/app/output.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

// Rows come with their verdicts: options that say whose would be ignored.
void refuse_judges(const Metric& metric, const Json& options) {
  if (metric.needs().rubric.empty()) return;
  for (const char* option : {"rubric", "judge"}) {
    if (!options.contains(option)) continue;
    fail_usage(fmt::format("--set {}", option),
               "the rows hold the verdicts that are counted",
               option == std::string("rubric")
                   ? "judge them by it: lethe judge --rubric NAME --data F"
                   : "ask the model: lethe judge --model DIR --data F");
  }
}

std::unique_ptr<Metric> metric_of(const Arguments& arguments) {
  const Json options = set_options(arguments);
  auto metric = Registry<Metric>::make(arguments.positional().front(), options);
  refuse_judges(*metric, options);
  return metric;
}

}  // namespace

bool metric_reads_model(const Arguments& arguments) {
  return !metric_of(arguments)->needs().text_model.empty();
}

int print_metric(const Arguments& arguments,
                 const std::function<TextModel*(const Metric&)>& model) {
  const std::string& name = arguments.positional().front();
  const auto metric = metric_of(arguments);
  const Observations observations =
      metric_rows(*metric, arguments, arguments.needed("--data"));
  Observations reference;
  if (arguments.has("--reference")) {
    if (!metric->needs().reference) {
      fail_usage("--reference", name + " compares with none", "leave it out");
    }
    reference = metric_rows(*metric, arguments, arguments.text("--reference"));
  }
  check_needs(*metric, observations);
  TextModel* reads = model(*metric);
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Row> fields = items(*metric, observations, reads);
  log_debug(fmt::format(
      "{} items scored in {:.3f} s", fields.size(),
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count()));
  for (size_t i = 0; i < fields.size(); ++i) {
    OrderedJson row;
    row["id"] = observations[i].id;
    for (const auto& [field, value] : fields[i])
      row[field] = number_json(value);
    print_json(row);
  }
  OrderedJson last;
  last["aggregate"] = OrderedJson::object();
  for (const auto& [field, e] :
       measure(*metric, fields, observations,
               arguments.has("--reference") ? &reference : nullptr, reads)) {
    last["aggregate"][field] = estimate_json(e);
  }
  print_json(last);
  if (reads != nullptr && reads->cut() > 0) {
    log_warning(fmt::format("{}: {} texts were cut to the model's window", name,
                            reads->cut()));
  }
  return 0;
}

}  // namespace lethe
