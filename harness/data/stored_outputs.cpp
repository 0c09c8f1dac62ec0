#include "harness/data/stored_outputs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "harness/base/redacted.h"
#include "harness/data/member.h"

namespace lethe {
namespace {

// Fields with a meaning of their own, besides numbers by name.
const std::set<std::string> kKnown = {
    "id",         "split",      "prediction",    "output",     "reference",
    "output_ids", "member",     "reference_ids", "prompt_ids", "score",
    "ids",        "argmax_ids", "token_logprobs"};

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

double number_of(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                         : value.get<double>();
}

std::vector<std::string> texts_of(const Json& value) {
  return value.is_array() ? value.get<std::vector<std::string>>()
                          : std::vector<std::string>{value};
}

bool is_number(const Json& value) {
  return value.is_number() || value.is_null();
}

void take_numbers(const Json& fields, Observation& seen) {
  for (const auto& [name, value] : fields.items()) {
    if (kKnown.count(name) > 0) continue;
    if (is_number(value)) seen.numbers[name] = {number_of(value)};
    if (!value.is_array() ||
        !std::all_of(value.begin(), value.end(), is_number)) {
      continue;
    }
    std::vector<double>& all = seen.numbers[name];
    for (const Json& one : value) all.push_back(number_of(one));
  }
}

// JSON has no -inf: the logarithm of a probability of 0 is null there.
void take_impossible(Observation& seen) {
  const std::pair<const char*, const char*> pairs[] = {
      {"log_pz", "pz"}, {"log_p_near", "p_near"}};
  for (const auto& [logarithm, probability] : pairs) {
    const auto found = seen.numbers.find(probability);
    if (found == seen.numbers.end() || found->second != std::vector{0.0}) {
      continue;
    }
    std::vector<double>& own = seen.numbers[logarithm];
    if (own.empty()) own = {std::numeric_limits<double>::quiet_NaN()};
    if (own.size() == 1 && std::isnan(own[0])) {
      own[0] = -std::numeric_limits<double>::infinity();
    }
  }
}

// `argmax_ids` belong to the last ids: as many as there are.
void take_statistics(const DataRow& row, Observation& seen) {
  const Json& f = row.fields;
  if (!f.contains("token_logprobs") && !f.contains("argmax_ids")) return;
  auto statistics = std::make_shared<TokenStatistics>();
  if (f.contains("token_logprobs")) {
    f["token_logprobs"].get_to(statistics->logprobs);
  }
  if (f.contains("ids")) f["ids"].get_to(statistics->ids);
  if (f.contains("argmax_ids")) {
    f["argmax_ids"].get_to(statistics->argmax);
    if (statistics->argmax.size() > statistics->ids.size()) {
      fail_input(row.where,
                 fmt::format("has {} argmax_ids for {} ids",
                             statistics->argmax.size(), statistics->ids.size()),
                 "give one for each of the last ids");
    }
    statistics->score_from = static_cast<int64_t>(statistics->ids.size() -
                                                  statistics->argmax.size());
  }
  seen.statistics = statistics;
}

// What a number is, by its name; each has a range.
const std::set<std::string> kVerdicts = {"judged", "hits"};
const std::set<std::string> kShares = {"probability", "rouge", "pz", "p_near"};
const std::set<std::string> kLogarithms = {"log_pz", "log_p_near"};
constexpr double kShareRounding = 1e-6;
constexpr double kLogRounding = 1e-3;  // float32 sums of a long text

const char* const kNoLogarithm =
    "it must be at most 0: the logarithm of a probability";

// What is wrong with a number; empty: nothing, as with NaN.
std::string range_of(const std::string& name, double value) {
  if (std::isnan(value)) return "";
  if (kVerdicts.count(name) > 0) {
    return value == 0 || value == 1 ? "" : "it must be 0 or 1";
  }
  if (kShares.count(name) > 0) {
    const double past = std::max(-value, value - 1);
    return past > kShareRounding ? "it must be from 0 to 1" : "";
  }
  const bool past = kLogarithms.count(name) > 0 && value > kLogRounding;
  return past ? kNoLogarithm : "";
}

void check_ranges(const DataRow& row, const Observation& seen) {
  const auto refuse = [&](const std::string& name, double value,
                          const std::string& cure) {
    fail_input(row.where, fmt::format("\"{}\" is {}", name, value), cure);
  };
  for (const auto& [name, values] : seen.numbers) {
    for (const double one : values) {
      const std::string cure = range_of(name, one);
      if (!cure.empty()) refuse(name, one, cure);
    }
  }
  if (!seen.statistics) return;
  for (const double one : seen.statistics->logprobs) {
    if (one > kLogRounding) refuse("token_logprobs", one, kNoLogarithm);
  }
}

// Metrics would count the mark as the text.
void refuse_redacted(const DataRow& row) {
  for (const auto& [name, value] : row.fields.items()) {
    const Json& first =
        value.is_array() && !value.empty() ? value.front() : value;
    if (name == "id" || !first.is_string()) continue;
    if (!is_redacted(first.get<std::string>())) continue;
    fail_input(row.where, "\"" + name + "\" was redacted",
               "take the run that this one was made from");
  }
}

Observation stored_output(const DataRow& row, size_t number) {
  const Json& f = row.fields;
  refuse_redacted(row);
  Observation seen;
  seen.id = f.contains("id") ? text_of(f["id"]) : std::to_string(number);
  if (f.contains("split")) seen.split = text_of(f["split"]);
  if (f.contains("prediction")) seen.output = f["prediction"];
  if (f.contains("output")) seen.output = f["output"];
  if (f.contains("reference")) seen.references = texts_of(f["reference"]);
  if (f.contains("prompt_ids")) f["prompt_ids"].get_to(seen.prompt_ids);
  if (f.contains("output_ids")) f["output_ids"].get_to(seen.output_ids);
  if (f.contains("reference_ids")) {
    f["reference_ids"].get_to(seen.reference_ids);
  }
  seen.member = member_of(row);
  seen.diverged = f.contains("diverged") && f["diverged"] == true;
  if (f.contains("score") && f["score"].is_number()) seen.score = f["score"];
  take_statistics(row, seen);
  take_numbers(f, seen);
  take_impossible(seen);
  check_ranges(row, seen);
  return seen;
}

}  // namespace

Observations stored_outputs(const std::vector<DataRow>& rows) {
  Observations all;
  for (size_t i = 0; i < rows.size(); ++i) {
    try {
      all.push_back(stored_output(rows[i], i));
    } catch (const Json::exception&) {
      fail_input(rows[i].where, "a field has the wrong type",
                 "see metrics/README.md, on rows");
    }
  }
  return all;
}

}  // namespace lethe
