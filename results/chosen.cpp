#include "results/chosen.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "harness/base/files.h"
#include "harness/base/json.h"

namespace lethe {
namespace {

// run.json grows by addition and an old or stopped run may lack anything.
Json at(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) ? object[key] : Json();
}

std::string text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : "";
}

// "npo: none of its 3 rows meets the rule", in the order of the suite.
std::vector<std::string> choices_text(const Json& selection) {
  std::vector<std::string> all;
  const Json choices = at(selection, "choices");
  if (!choices.is_array()) return all;
  for (const Json& choice : choices) {
    const Json candidates = at(choice, "candidates");
    if (!at(choice, "chosen").is_null()) continue;
    all.push_back(fmt::format("{}: none of its {} rows meets the rule",
                              text(at(choice, "of")), candidates.size()));
  }
  return all;
}

std::vector<std::string> remarks(const std::string& folder, size_t left,
                                 Rows rows) {
  const std::string path = folder + "/run.json";
  const Json run = exists(path) ? read_json(path) : Json();
  const Json selection = at(run, "selection");
  if (selection.is_null()) {
    if (at(at(run, "suite"), "selection").is_null()) return {};
    return {
        "the suite chooses among its rows when the run is complete: all "
        "are here"};
  }
  std::string rule =
      "chosen on validation splits: " + text(at(selection, "rule")) +
      "; means over the seeds";
  if (rows == Rows::all) {
    rule += "; rows that were not chosen are here too";
  } else if (left > 0) {
    rule += fmt::format("; {} not chosen (leaderboard --all shows {})", left,
                        left == 1 ? "it" : "them");
  }
  std::vector<std::string> all = {rule};
  for (std::string& choice : choices_text(selection)) {
    all.push_back(std::move(choice));
  }
  return all;
}

}  // namespace

std::vector<std::string> keep_chosen(std::vector<Record>& records,
                                     const std::string& folder, Rows rows) {
  std::set<std::string> left;  // labels
  for (const Record& r : records) {
    if (r.selection == "left") left.insert(r.label);
  }
  records.erase(std::remove_if(records.begin(), records.end(),
                               [&](const Record& r) {
                                 const bool passed_over =
                                     rows == Rows::chosen &&
                                     r.selection == "left";
                                 return r.validation || passed_over;
                               }),
                records.end());
  return remarks(folder, left.size(), rows);
}

}  // namespace lethe
