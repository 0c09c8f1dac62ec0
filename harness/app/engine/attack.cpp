// attack and stress: a suite of one model, one data file and some probes.
#include "harness/plugin/attack.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "harness/app/engine/engine.h"
#include "harness/app/engine/live_view.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/data/guesses.h"
#include "harness/plugin/metric.h"
#include "results/leaderboard.h"
#include "results/report.h"
#include "results/stress.h"

namespace lethe {
namespace {

// Rows with a membership label make membership attacks decidable.
bool labelled(const std::vector<DataRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const DataRow& row) {
    return row.fields.contains("member");
  });
}

int64_t non_members(const std::vector<DataRow>& rows) {
  return std::count_if(rows.begin(), rows.end(), [](const DataRow& row) {
    const Json label = row.fields.value("member", Json());
    return label == 0 || label == false;
  });
}

bool has_prompts(const std::vector<DataRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const DataRow& row) {
    return row.fields.contains("prompt") || row.fields.contains("question");
  });
}

// Whether what the probe is made for is a difference of members and others.
bool needs_labels(const std::string& probe) {
  const auto metrics = Registry<Probe>::make(probe, Json::object())->metrics();
  return !metrics.empty() &&
         Registry<Metric>::make(metrics.front(), Json::object())
             ->needs()
             .member;
}

// The probes that fit the rows; why each other one does not.
std::vector<std::string> fitting(const std::vector<DataRow>& rows,
                                 bool reference,
                                 std::vector<SkippedProbe>& skipped) {
  std::vector<std::string> names;
  for (const std::string& name : Registry<Probe>::names()) {
    std::string reason;
    if (needs_labels(name) && !labelled(rows)) reason = "no row has \"member\"";
    if (name == "greedy_generation" && !has_prompts(rows)) {
      reason = "no row has a prompt or question";
    }
    if (name == "recall_mia" && non_members(rows) < 2) {
      reason = "fewer than two rows have \"member\": 0";
    }
    const Json none = Json::object();
    if (!reference && Registry<Probe>::make(name, none)->needs().base) {
      reason = "no --reference to compare with";
    }
    if (reason.empty()) {
      names.push_back(name);
    } else {
      log_info("skipping " + name + ": " + reason);
      skipped.push_back({name, reason});
    }
  }
  return names;
}

// --set options go to every probe that knows them; one that no probe knows is
// an error.
void spread_options(const Json& set, std::vector<ProbeSpec>& probes) {
  for (const auto& [key, value] : set.items()) {
    bool used = false;
    std::vector<std::string> known;
    for (ProbeSpec& probe : probes) {
      const Json& options = Registry<Probe>::find(probe.name).info.options;
      for (const auto& [name, standard] : options.items()) {
        known.push_back(name);
      }
      if (!options.contains(key)) continue;
      probe.set[key] = value;
      used = true;
    }
    if (!used) {
      fail_usage("--set " + key, "no chosen probe has this option",
                 suggest(key, known));
    }
  }
}

// --seed goes to every probe that draws; --set seed=N wins.
void seed_probes(int64_t seed, std::vector<ProbeSpec>& probes) {
  for (ProbeSpec& probe : probes) {
    const Json& options = Registry<Probe>::find(probe.name).info.options;
    if (options.contains("seed") && !probe.set.contains("seed")) {
      probe.set["seed"] = seed;
    }
  }
}

Suite suite_of(const Arguments& arguments,
               const std::vector<std::string>& names) {
  Suite suite;
  suite.name = arguments.command().name;
  suite.folder = std::filesystem::current_path().string();
  suite.model.path = find_model(arguments.needed("--model"));
  if (const std::string adapter = arguments.text("--adapter");
      !adapter.empty()) {
    suite.model.adapter = std::filesystem::absolute(adapter).string();
  }
  SplitSpec split;
  split.name = "data";
  split.role = "forget";
  split.file = std::filesystem::absolute(arguments.needed("--data")).string();
  suite.data = {split};
  MethodSpec none;
  none.name = "none";
  none.label = std::filesystem::path(suite.model.path).filename().string();
  suite.methods = {none};
  for (const std::string& name : names) {
    Registry<Probe>::find(name);
    suite.attacks.push_back({name, {"data"}, Json::object()});
  }
  spread_options(set_options(arguments), suite.attacks);
  if (arguments.has("--seed")) {
    seed_probes(arguments.integer("--seed", 0), suite.attacks);
  }
  return suite;
}

// Throws: usage error when no probe would look at a reference.
void check_reference(const Suite& suite) {
  for (const ProbeSpec& probe : suite.attacks) {
    if (Registry<Probe>::make(probe.name, probe.set)->needs().base) return;
  }
  fail_usage("--reference", "none of the chosen probes compares with it",
             "add drift, or leave it out");
}

// Throws: usage error when no probe gives continuations of a known length.
void check_guesses(const Suite& suite) {
  for (const ProbeSpec& probe : suite.attacks) {
    const auto metrics =
        Registry<Probe>::make(probe.name, probe.set)->metrics();
    if (std::count(metrics.begin(), metrics.end(), "exact_match") > 0) return;
  }
  fail_usage("--guesses", "none of the chosen probes guesses a suffix",
             "add greedy_extraction, beam_extraction or sampling_extraction");
}

// OUT/guesses/NAME.csv of every samples file with continuations; how many.
int64_t write_guesses(const std::string& out) {
  int64_t written = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(out + "/samples")) {
    if (entry.file_size() == 0) continue;  // no text could be asked
    const std::string csv = guesses_csv(read_rows(entry.path().string()));
    if (csv.empty()) continue;
    make_folder(out + "/guesses");
    write_file_atomically(
        out + "/guesses/" + entry.path().stem().string() + ".csv", csv);
    ++written;
  }
  return written;
}

OrderedJson attacks_json(const RunSummary& summary) {
  OrderedJson attacks = OrderedJson::object();
  for (const Record& r : summary.records) {
    if (r.metric == "cost") continue;
    OrderedJson& attack = attacks[r.probe];
    attack["status"] = r.status;
    if (r.status != "ok") {
      attack["message"] = r.message;
      continue;
    }
    if (r.counts.skipped > 0) attack["skipped"] = r.counts.skipped;
    OrderedJson value;
    value["value"] = number_json(r.value);
    value["ci95"] = std::isfinite(r.ci_low)
                        ? OrderedJson::array({r.ci_low, r.ci_high})
                        : OrderedJson();
    value["n"] = r.n;
    if (!r.message.empty()) value[r.finite() ? "note" : "reason"] = r.message;
    attack["metrics"][r.metric_name()] = value;
    // The field alone is a name too where no other metric has it.
    if (!attack["metrics"].contains(r.field)) {
      attack["metrics"][r.field] = value;
    }
  }
  return {{"attacks", attacks}};
}

StressOptions stress_options(const Arguments& arguments) {
  StressOptions options;
  options.alpha = arguments.number("--alpha", options.alpha);
  options.null_rate = arguments.number("--null-rate", options.null_rate);
  for (const auto& [name, value] :
       {std::pair("--alpha", options.alpha),
        std::pair("--null-rate", options.null_rate)}) {
    if (!(value > 0 && value < 1)) {
      fail_usage(name, fmt::format("is {}", value),
                 "give a value between 0 and 1, e.g. 0.05");
    }
  }
  return options;
}

// Writes leaderboard.md and report.html, of stress also stress.json, and prints
// the result.
void show(const Arguments& arguments, const std::string& out,
          const RunSummary& summary, const std::vector<SkippedProbe>& skipped) {
  write_file_atomically(out + "/leaderboard.md", leaderboard({out}, "md"));
  if (arguments.command().name != "stress") {
    write_file_atomically(out + "/report.html", run_report(out).html);
    if (arguments.has("--json")) {
      print_json(attacks_json(summary));
    } else {
      std::fputs(leaderboard({out}, "terminal").c_str(), stdout);
    }
    return;
  }
  const StressReport report =
      stress_report(out, stress_options(arguments), skipped);
  const OrderedJson json = stress_json(report);
  write_file_atomically(out + "/report.html", stress_html(report));
  write_file_atomically(
      out + "/stress.json",
      json.dump(2, ' ', true, OrderedJson::error_handler_t::replace) + "\n");
  if (arguments.has("--json")) {
    OrderedJson all = attacks_json(summary);
    all["stress"] = json;
    print_json(all);
  } else {
    std::fputs(stress_terminal(report).c_str(), stdout);
  }
}

}  // namespace

int attack_command(const Arguments& arguments) {
  const bool stress = arguments.command().name == "stress";
  const std::string file = arguments.needed("--data");
  const std::string chosen = stress ? "all" : arguments.positional().front();
  if (stress) stress_options(arguments);  // refused before any work
  std::vector<std::string> names;
  std::vector<SkippedProbe> skipped;
  if (chosen == "all") {
    names = fitting(read_rows(file, arguments.integer("--limit", 0)),
                    arguments.has("--reference"), skipped);
  } else {
    for (size_t begin = 0; begin <= chosen.size();) {
      const size_t comma = std::min(chosen.find(',', begin), chosen.size());
      if (comma > begin) names.push_back(chosen.substr(begin, comma - begin));
      begin = comma + 1;
    }
  }
  const Suite suite = suite_of(arguments, names);
  RunOptions options = run_options(arguments, arguments.needed("--out"));
  options.single = true;
  if (arguments.has("--reference")) {
    check_reference(suite);
    options.reference = find_model(arguments.needed("--reference"));
  }
  const bool guesses = !stress && arguments.has("--guesses");
  if (guesses) check_guesses(suite);
  const RunSummary summary = run_in_view(suite, options);
  show(arguments, options.out, summary, skipped);
  if (guesses && write_guesses(options.out) == 0 && summary.failed == 0) {
    fail(Fault::nothing, "--guesses", "no text has both a prefix and a suffix",
         "give longer texts, or smaller prefix_tokens and suffix_tokens");
  }
  log_info(fmt::format("{} of {} attacks done in {}; everything is in {}",
                       summary.finished, summary.units,
                       human_seconds(summary.seconds), options.out));
  return summary.failed > 0 ? 1 : 0;
}

}  // namespace lethe
