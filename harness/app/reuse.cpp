// Commands that read finished runs again: rescore and verify.
#include <cstdio>

#include "harness/app/light.h"
#include "harness/app/output.h"
#include "harness/app/verify_output.h"
#include "harness/stored/rescore.h"
#include "harness/stored/verify.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kMostReasons = 10;

// The same reason of many passes is one line: "rouge_l: has no ..: 12 passes".
std::string skipped_text(const std::vector<NotScored>& skipped) {
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const NotScored& one : skipped) {
    // Items differ, the reason does not.
    const size_t item = one.reason.find("item \"") == 0
                            ? one.reason.find("\": ")
                            : std::string::npos;
    const std::string reason =
        one.metric + ": " +
        (item == std::string::npos ? one.reason : one.reason.substr(item + 3));
    auto found = std::find_if(reasons.begin(), reasons.end(),
                              [&](const auto& r) { return r.first == reason; });
    if (found == reasons.end()) found = reasons.insert(found, {reason, {}});
    found->second.push_back(one.pass);
  }
  std::string text;
  for (size_t i = 0; i < reasons.size() && i < kMostReasons; ++i) {
    const auto& [reason, passes] = reasons[i];
    text += hanging("  skipped", 11,
                    printable(fmt::format("{} ({}{})", reason, passes.front(),
                                          passes.size() == 1
                                              ? ""
                                              : fmt::format(" and {} more",
                                                            passes.size() - 1)),
                              2000),
                    kWidth);
  }
  if (reasons.size() > kMostReasons) {
    text += fmt::format("  skipped  for {} more reasons: --json shows all\n",
                        reasons.size() - kMostReasons);
  }
  return text;
}

OrderedJson to_json(const Rescored& rescored, const std::string& run) {
  OrderedJson json = {{"run", run},
                      {"added", OrderedJson::array()},
                      {"there_already", rescored.there_already},
                      {"skipped", OrderedJson::array()}};
  for (const Record& r : rescored.added) json["added"].push_back(to_json(r));
  for (const NotScored& one : rescored.skipped) {
    json["skipped"].push_back(
        {{"pass", one.pass}, {"metric", one.metric}, {"reason", one.reason}});
  }
  return json;
}

void print_added(const Rescored& rescored) {
  size_t width = 5;
  std::vector<std::string> names;
  for (const Record& r : rescored.added) {
    Pass pass;
    pass.common = r;
    names.push_back(printable(pass.name()));
    width = std::max(width, display_width(names.back()));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    const Record& r = rescored.added[i];
    const std::string interval =
        std::isfinite(r.ci_low)
            ? fmt::format("[{:.4g}, {:.4g}]", r.ci_low, r.ci_high)
            : "";
    const std::string metric = name_with_options(r.metric, r.metric_options) +
                               (r.metric == r.field ? "" : "." + r.field);
    std::printf("%s  %s %s %s  n %ld%s\n", pad_right(names[i], width).c_str(),
                printable(metric).c_str(),
                r.finite() ? fmt::format("{:.4g}", r.value).c_str() : "null",
                interval.c_str(), static_cast<long>(r.n),
                r.finite() ? "" : ("  " + printable(r.message)).c_str());
  }
}

}  // namespace

int rescore_command(const Arguments& arguments) {
  const std::string& run = arguments.positional().front();
  RescoreOptions options;
  options.metrics = arguments.list("--metrics");
  if (options.metrics.empty()) {
    fail_usage("lethe rescore", "--metrics is missing",
               "name some of lethe list metrics");
  }
  options.set = set_options(arguments);
  options.out = arguments.text("--out");
  const Rescored rescored = rescore(run, options);
  const std::string out = options.out.empty() ? run : options.out;
  if (arguments.has("--json")) {
    print_json(to_json(rescored, out));
    return 0;
  }
  print_added(rescored);
  std::fputs(skipped_text(rescored.skipped).c_str(), stdout);
  std::printf("%zu values added to %s, %ld were there already and agree\n",
              rescored.added.size(), printable(out).c_str(),
              static_cast<long>(rescored.there_already));
  return 0;
}

int verify_command(const Arguments& arguments) {
  if (arguments.has("--passes")) {
    fail_usage("--passes", "counts probes that are asked again", "add --model");
  }
  return print_verified(arguments, verify(arguments.positional().front(),
                                          verify_options(arguments)));
}

}  // namespace lethe
