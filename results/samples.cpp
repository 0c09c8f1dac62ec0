#include "results/samples.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/files.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

double number_or_nan(const Json& value) {
  return value.is_number() ? value.get<double>()
                           : std::numeric_limits<double>::quiet_NaN();
}

// JSON has no -inf: the logarithm of a chance of 0 is null. It ranks below all.
double score_of(const Json& row, const char* key, const char* chance) {
  const bool never = row[key].is_null() && row.contains(chance) &&
                     number_or_nan(row[chance]) == 0;
  return never ? std::numeric_limits<double>::lowest()
               : number_or_nan(row[key]);
}

std::string text_or_none(const Json& row, const std::string& key) {
  return row.contains(key) && row[key].is_string() ? row[key] : Json("");
}

Sample sample_of(const Json& row) {
  Sample one;
  one.id =
      row["id"].is_string() ? row["id"].get<std::string>() : row["id"].dump();
  one.prompt = text_or_none(row, "prompt");
  one.output = text_or_none(row, "output");
  if (row.contains("member")) one.member = number_or_nan(row["member"]) == 1;
  for (const auto& [key, chance] :
       {std::pair("log_pz", "pz"), std::pair("log_p_near", "p_near"),
        std::pair("score", "")}) {
    if (!row.contains(key)) continue;
    one.score = score_of(row, key, chance);
    one.has_score = true;
  }
  one.diverged = row.contains("diverged") && row["diverged"] == true;
  if (row.contains("exact_match") && row["exact_match"].is_number()) {
    one.exact = row["exact_match"].get<double>() == 1;
  }
  return one;
}

}  // namespace

std::vector<Sample> read_samples(const std::string& file) {
  std::vector<Sample> all;
  if (!exists(file)) return all;
  size_t number = 0;
  for (const std::string& line : read_lines(file)) {
    const std::string where = fmt::format("{}:{}", file, ++number);
    const Json row = parse_json(line, where);
    if (!row.is_object() || !row.contains("id")) {
      fail_input(where, "is no sample", "run the attacks again");
    }
    all.push_back(sample_of(row));
  }
  return all;
}

Scores scores_of(const std::vector<Sample>& samples) {
  Scores scores;
  if (std::none_of(samples.begin(), samples.end(),
                   [](const Sample& one) { return one.has_score; })) {
    return scores;
  }
  for (const Sample& one : samples) {
    if (!one.member) continue;
    (*one.member ? scores.members : scores.others).push_back(one.score);
  }
  return scores;
}

}  // namespace lethe
