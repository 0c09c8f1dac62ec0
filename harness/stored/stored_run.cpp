#include "harness/stored/stored_run.h"

#include <cmath>
#include <filesystem>
#include <map>

#include "harness/base/files.h"
#include "harness/base/redacted.h"
#include "harness/data/stored_outputs.h"
#include "results/item_values.h"

namespace lethe {
namespace {

// run.json grows by addition and an old or stopped run may lack anything.
std::string reference_method(const Json& description) {
  const Json suite = description.value("suite", Json());
  const Json reference =
      suite.is_object() ? suite.value("reference", Json()) : Json();
  const Json method =
      reference.is_object() ? reference.value("method", Json()) : Json();
  return method.is_string() ? method.get<std::string>() : "";
}

// What the records of one pass have in common.
std::string pass_key(const Record& r) {
  return canonical(Json{r.cell, r.label, r.seed,
                        name_with_options(r.probe, r.probe_options), r.split});
}

Record without_metric(Record r) {
  const Record blank;
  r.metric = r.field = r.want = r.unit = r.message = "";
  r.metric_options = Json::object();
  r.target = nullptr;
  r.value = r.ci_low = r.ci_high = blank.value;
  r.ci_method = blank.ci_method;
  r.n = 0;
  r.counts.nonfinite = 0;
  if (r.status == "skipped") r.status = "ok";
  return r;
}

// The reference's samples by what it shares with the rows that compare.
using References = std::map<std::string, std::string>;

std::string shared_key(const Record& r) {
  return canonical(Json{r.seed, r.transform,
                        name_with_options(r.probe, r.probe_options), r.split});
}

constexpr int64_t kMostOfText = int64_t{1} << 22;
constexpr int64_t kMostOfFile = 100'000'000;  // 400 MB of float32

// Sum and number of the log-probs are stored, not each of them.
void put_statistics(const DataRow& row, Observation& seen, Samples& all) {
  const Json& f = row.fields;
  const auto count = f.find("num_tokens");
  const auto sum = f.find("sum_logprob");
  const bool there = count != f.end() && count->is_number_integer() &&
                     sum != f.end() && (sum->is_number() || sum->is_null());
  if (seen.statistics || !there) return;
  const auto tokens = count->get<int64_t>();
  if (tokens < 0 || tokens > kMostOfText || all.tokens + tokens > kMostOfFile) {
    fail_input(row.where,
               fmt::format("\"num_tokens\" is {}, after {} of other rows",
                           tokens, all.tokens),
               "it must be the number of scored tokens");
  }
  all.tokens += tokens;
  all.sums = true;
  auto statistics = std::make_shared<TokenStatistics>();
  const double mean = sum->is_null()
                          ? std::numeric_limits<double>::quiet_NaN()
                          : sum->get<double>() / static_cast<double>(tokens);
  const auto rounded = static_cast<float>(mean);
  statistics->logprobs.assign(static_cast<size_t>(tokens), rounded);
  if (tokens > 0 && std::isfinite(mean)) {
    const double others = static_cast<double>(tokens - 1) * rounded;
    statistics->logprobs.back() =
        static_cast<float>(sum->get<double>() - others);
  }
  seen.statistics = statistics;
}

bool is_redacted_value(const Json& value) {
  const Json& first =
      value.is_array() && !value.empty() ? value.front() : value;
  return first.is_string() && is_redacted(first.get<std::string>());
}

bool drop_redacted(Json& fields) {
  bool any = false;
  for (auto field = fields.begin(); field != fields.end();) {
    const bool drop = field.key() != "id" && is_redacted_value(*field);
    any = any || drop;
    field = drop ? fields.erase(field) : std::next(field);
  }
  return any;
}

}  // namespace

StoredRun read_run(const std::string& folder) {
  StoredRun run;
  run.folder = folder;
  run.records = read_records(folder);
  const std::string path = folder + "/run.json";
  if (exists(path)) run.description = read_json(path);
  if (!run.description.is_object()) {
    fail_input(path, "is no object", "restore the file of the run");
  }
  return run;
}

std::string Pass::name() const {
  std::string chain;
  for (const Json& step : common.transform) {
    chain += " + " + (step.is_string() ? step.get<std::string>() : step.dump());
  }
  return fmt::format(
      "{} (seed {}){}: {} on {}", common.label, common.seed, chain,
      name_with_options(common.probe, common.probe_options), common.split);
}

std::vector<Pass> passes_of(const StoredRun& run) {
  std::vector<Pass> passes;
  std::map<std::string, size_t> places;
  References references;
  const std::string reference = reference_method(run.description);
  for (size_t i = 0; i < run.records.size(); ++i) {
    const Record& r = run.records[i];
    if (r.probe.empty() || r.metric.empty()) continue;
    const auto [place, fresh] = places.emplace(pass_key(r), passes.size());
    if (fresh) {
      passes.push_back(
          {without_metric(r), {}, samples_file(run.folder, r), ""});
      if (!reference.empty() && r.method == reference) {
        references.emplace(shared_key(r), passes.back().samples);
      }
    }
    passes[place->second].records.push_back(i);
  }
  for (Pass& pass : passes) {
    const auto found = references.find(shared_key(pass.common));
    if (found != references.end()) pass.reference_samples = found->second;
  }
  return passes;
}

Samples read_pass_samples(const std::string& file) {
  Samples samples;
  if (std::filesystem::is_empty(file)) return samples;
  samples.rows = read_rows(file);
  for (DataRow& row : samples.rows) {
    if (drop_redacted(row.fields)) samples.redacted = true;
  }
  samples.observations = stored_outputs(samples.rows);
  for (size_t i = 0; i < samples.rows.size(); ++i) {
    put_statistics(samples.rows[i], samples.observations[i], samples);
  }
  return samples;
}

}  // namespace lethe
