#include "harness/run/verify_models.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "harness/base/files.h"
#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/run/blind.h"
#include "harness/run/evaluate.h"
#include "harness/run/journal.h"
#include "harness/run/located.h"
#include "harness/run/made.h"
#include "harness/run/variants.h"
#include "harness/target/defended.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

// Folders move with their run: below its own models/ they are looked for too.
Made where_it_is(Made made, const std::string& run) {
  if (is_there(made)) return made;
  const auto there = [&](const std::string& path) -> std::string {
    if (path.empty()) return path;
    const fs::path old(path);
    const std::string below =
        (old.filename() == "adapter" ? old.parent_path().filename() / "adapter"
                                     : old.filename())
            .string();
    const std::string here = run + "/models/" + below;
    return is_folder(here) ? here : path;
  };
  made.folder = there(made.folder);
  made.adapter = there(made.adapter);
  for (const auto& [option, folder] : defence_folders(made.defence)) {
    made.defence["set"][option] = there(folder);
  }
  return made;
}

// The models of a run by their hash: the journal's, or the one that was named.
std::map<std::string, Made> models_of(const StoredRun& run,
                                      const ModelCheckOptions& o,
                                      Check& check) {
  std::map<std::string, Made> models;
  if (!o.model.empty()) {
    Made made;
    made.folder = find_model(o.model);
    made.model_hash = model_hash(ModelFolder(made.folder), "");
    const bool known = std::any_of(
        run.records.begin(), run.records.end(),
        [&](const Record& r) { return r.model_hash == made.model_hash; });
    check.of = check.checked = 1;
    if (!known) {
      check.differences.push_back(
          fmt::format("{} has the hash {}, which no row of the run has",
                      made.folder, made.model_hash.substr(0, 12)));
      return models;
    }
    models.emplace(made.model_hash, made);
    return models;
  }
  const std::string path = run.folder + "/journal.jsonl";
  if (!exists(path)) {
    check.skipped = "the folder has no journal that names its models";
    return models;
  }
  int64_t number = 0;
  for (const std::string& text : Journal::read(path)) {
    const std::string where = fmt::format("{}:{}", path, ++number);
    const Json line = parse_json(text, where);
    if (!line.contains("made")) continue;
    const Made made =
        where_it_is(made_from_json(line["made"], where), run.folder);
    ++check.of;
    if (!is_there(made)) continue;
    ++check.checked;
    const std::string found = defended_hash(
        model_hash(ModelFolder(made.folder), made.adapter), made.defence);
    if (found == made.model_hash) {
      models.emplace(found, made);
      continue;
    }
    check.differences.push_back(
        fmt::format("{} has the hash {}, the run made {}", made.folder,
                    found.substr(0, 12), made.model_hash.substr(0, 12)));
  }
  if (check.checked < check.of) {
    check.skipped =
        "the others were deleted when the run ended "
        "(\"save_models\": true keeps them)";
  }
  return models;
}

std::string shown(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

bool close(double a, double b, double tolerance) {
  if (!std::isfinite(a) || !std::isfinite(b)) {
    return std::isfinite(a) == std::isfinite(b);
  }
  return std::abs(a - b) <=
         tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

// The first thing in which an answer differs from what is stored; empty: none.
std::string difference(const Observation& got, const Observation& stored,
                       double tolerance) {
  if (got.id != stored.id) {
    return fmt::format("the item is {}, stored is {}", got.id, stored.id);
  }
  if (got.output_ids != stored.output_ids || got.output != stored.output) {
    return "the output is \"" + printable(got.output, 60) + "\", stored is \"" +
           printable(stored.output, 60) + "\"";
  }
  const auto differs = [&](const std::string& what, double a, double b) {
    return close(a, b, tolerance) ? std::string()
                                  : fmt::format("{} is {}, stored is {}", what,
                                                shown(a), shown(b));
  };
  std::string found = differs("score", got.score, stored.score);
  if (found.empty() && got.statistics) {
    found = stored.statistics
                ? differs("sum_logprob", got.statistics->sum_logprob(),
                          stored.statistics->sum_logprob())
                : "its sum_logprob and num_tokens are not stored";
  }
  for (const auto& [name, values] : got.numbers) {
    const auto own = stored.numbers.find(name);
    const size_t count = own == stored.numbers.end() ? 0 : own->second.size();
    if (found.empty() && count != values.size() && all_finite(values)) {
      found = fmt::format("{} has {} values, stored are {}", name,
                          values.size(), count);
    }
    for (size_t i = 0; found.empty() && i < std::min(count, values.size());
         ++i) {
      found = differs(name, values[i], own->second[i]);
    }
  }
  return found;
}

class Asker {
 public:
  Asker(const StoredRun& run, const ModelCheckOptions& o)
      : run_(run),
        o_(o),
        suite_(with_blind_baselines(lay_out(
            suite_from_json(run.description.value("suite", Json()),
                            folder(run, o), run.folder + "/run.json")))),
        data_(suite_, limit_of(run)) {}

  // The probe of a pass; null when it cannot be asked again by itself.
  const ProbeSpec* probe_of(const Pass& pass) const {
    const std::string wanted = fmt::format(
        "{} on {}",
        name_with_options(pass.common.probe, pass.common.probe_options),
        pass.common.split);
    for (const ProbeSpec& spec : suite_.attacks) {
      if (asked_name(spec) != wanted) continue;
      const Info& info = Registry<Probe>::find(spec.name).info;
      const Needs needs =
          Registry<Probe>::make(spec.name, located(spec, suite_))->needs();
      return needs.base || !info.models.empty() ? nullptr : &spec;
    }
    return nullptr;
  }

  void ask(const Pass& pass, const Made& made, Check& check) {
    const ProbeSpec& spec = *probe_of(pass);
    const LoadedModel loaded =
        load_target(made.folder, o_.compute, o_.target, made.adapter);
    std::shared_ptr<const Target> target = as_asked(loaded, made);
    for (const Json& step : chain_of(pass).steps) {
      target =
          Registry<Transform>::make(step["name"], step["set"])->apply(target);
    }
    const auto probe = Registry<Probe>::make(spec.name, located(spec, suite_));
    const Observations got =
        probe->ask(*target, data_.examples(spec.on, loaded.tokenizer.get()));
    const Samples stored = read_pass_samples(pass.samples);
    ++check.checked;
    if (got.size() != stored.observations.size()) {
      check.differences.push_back(
          fmt::format("{}: {} items answered, {} are stored", pass.name(),
                      got.size(), stored.observations.size()));
      return;
    }
    const double tolerance = o_.compute.dtype == at::kFloat ? 1e-4 : 0.02;
    int64_t bad = 0;
    std::string first;
    for (size_t i = 0; i < got.size(); ++i) {
      const std::string found =
          difference(got[i], stored.observations[i], tolerance);
      if (found.empty()) continue;
      ++bad;
      if (first.empty()) first = got[i].id + ": " + found;
    }
    if (bad == 0) return;
    check.differences.push_back(
        fmt::format("{}: {} of {} items differ, first "
                    "{}",
                    pass.name(), bad, got.size(), first));
  }

 private:
  static int64_t limit_of(const StoredRun& run) {
    const Json limit = run.description.value("limit", Json());
    return limit.is_number_integer() ? limit.get<int64_t>() : 0;
  }

  static std::string folder(const StoredRun& run, const ModelCheckOptions& o) {
    if (!o.verify.folder.empty()) return o.verify.folder;
    const Json own = run.description.value("suite_folder", Json());
    return own.is_string() ? own.get<std::string>() : ".";
  }

  Chain chain_of(const Pass& pass) const {
    for (const Chain& chain : expand_transforms(suite_)) {
      if (chain.names() == pass.common.transform) return chain;
    }
    fail_input(pass.name(), "its transforms are none of the suite's",
               "the run was edited or damaged");
  }

  const StoredRun& run_;
  const ModelCheckOptions& o_;
  const Suite suite_;
  SuiteData data_;
};

// Why answers computed here are no measure of what is stored; empty: they are.
std::string other_machine(const Record& r, const Compute& here) {
  const auto kind = [](const std::string& device) {  // "cuda" of "cuda:0"
    return device.substr(0, device.find(':'));
  };
  if (kind(r.device) == kind(here.device_name()) &&
      r.dtype == here.dtype_name()) {
    return "";
  }
  return fmt::format(
      "the run was measured on {} in {}: ask there, with --device {} --dtype "
      "{}",
      r.device, r.dtype, kind(r.device), r.dtype);
}

// The passes that can be asked again, and why others cannot.
std::vector<Pass> able_passes(const StoredRun& run, const ModelCheckOptions& o,
                              const std::map<std::string, Made>& models,
                              const Asker& asker, Check& check) {
  std::vector<Pass> able;
  for (const Pass& pass : passes_of(run)) {
    ++check.of;
    if (pass.samples.empty() || models.count(pass.common.model_hash) == 0 ||
        asker.probe_of(pass) == nullptr) {
      continue;
    }
    const std::string other = other_machine(pass.common, o.compute);
    if (!other.empty()) {
      check.skipped = other;
      continue;
    }
    able.push_back(pass);
  }
  if (able.empty() && check.skipped.empty()) {
    check.skipped = "no model of the run's rows is there";
  }
  return able;
}

void ask_some(const StoredRun& run, const ModelCheckOptions& o,
              const std::map<std::string, Made>& models, Check& check) {
  if (run.description.contains("redacted")) {
    check.skipped = "the texts of this run were redacted";
    return;
  }
  Asker asker(run, o);
  const std::vector<Pass> able = able_passes(run, o, models, asker, check);
  const std::vector<int64_t> order =
      Rng(o.verify.seed, "verify models")
          .permutation(static_cast<int64_t>(able.size()));
  for (size_t i = 0; i < able.size() && std::cmp_less(i, o.passes); ++i) {
    const Pass& pass = able[static_cast<size_t>(order[i])];
    log_info("asking again: " + printable(pass.name()));
    try {
      asker.ask(pass, models.at(pass.common.model_hash), check);
    } catch (const Error& error) {
      if (error.fault() != Fault::input) throw;
      check.differences.push_back(pass.name() + ": " + error.what());
    }
  }
}

}  // namespace

void check_models(const StoredRun& run, const ModelCheckOptions& options,
                  Verified& verified) {
  Check models, answers;
  models.name = "models";
  models.how = "weights and configuration against their hash";
  answers.name = "answers";
  answers.how =
      fmt::format("probes asked again on {} in {}",
                  options.compute.device_name(), options.compute.dtype_name());
  try {
    const auto there = models_of(run, options, models);
    try {
      ask_some(run, options, there, answers);
    } catch (const Error& error) {
      if (error.fault() == Fault::runtime) throw;
      answers.skipped = error.what();
    }
  } catch (const Error& error) {
    if (error.fault() != Fault::input) throw;
    models.differences.push_back(error.what());
  }
  verified.checks.push_back(std::move(models));
  verified.checks.push_back(std::move(answers));
}

}  // namespace lethe
