// lm-eval 0.4's results*.json, and open-unlearning's *_SUMMARY.json: numbers
// without items.
#include <algorithm>

#include "harness/data/peer_items.h"

namespace lethe {
namespace {

bool is_number(const Json& value) {
  return value.is_number() || value.is_null();
}

Json at(const Json& object, const std::string& key, const std::string& name) {
  if (!object.contains(key) || !object[key].is_object()) return {};
  return object[key].value(name, Json());
}

// "acc,none" -> acc; "exact_match,strict-match" -> exact_match_strict-match.
std::string metric_of(const std::string& key, std::string& filter) {
  const size_t comma = key.find(',');
  filter = comma == key.npos ? "none" : key.substr(comma + 1);
  const std::string name = key.substr(0, comma);
  return filter == "none" ? name : name + "_" + filter;
}

// The other key of the same metric: "acc_stderr,none".
Json error_of(const Json& task, const std::string& key) {
  const size_t comma = std::min(key.find(','), key.size());
  return task.value(key.substr(0, comma) + "_stderr" + key.substr(comma),
                    Json());
}

void add_task(const Json& file, const std::string& name, const Json& task,
              const std::string& where, ResultPart& part) {
  if (!task.is_object()) {
    fail_input(where + " results \"" + name + "\"", "is no object",
               "it is not what lm-eval writes");
  }
  const Json samples = at(file, "n-samples", name);
  const Json higher = at(file, "higher_is_better", name);
  const Json members = at(file, "group_subtasks", name);
  for (const auto& [key, value] : task.items()) {
    const std::string own = key.substr(0, key.find(','));
    if (key == "alias" || own.ends_with("_stderr")) continue;
    if (!is_number(value)) continue;  // "sample_len" of some versions, " "
    Json row;
    std::string filter;
    row["metric"] = metric_of(key, filter);
    row["id"] = name + "/" + row["metric"].get<std::string>();
    row["task"] = name;
    row["value"] = value;
    const Json error = error_of(task, key);
    row["stderr"] = error.is_number() ? error : Json();
    row["n"] =
        samples.is_object() ? samples.value("effective", Json()) : Json();
    row["n_expected"] =
        samples.is_object() ? samples.value("original", Json()) : Json();
    row["version"] = at(file, "versions", name);
    row["num_fewshot"] = at(file, "n-shot", name);
    row["higher_is_better"] =
        higher.is_object() ? higher.value(own, Json()) : Json();
    if (members.is_array() && !members.empty()) row["tasks"] = members;
    part.rows.push_back({row, where + " results \"" + name + "\""});
  }
}

}  // namespace

bool is_lm_eval(const Json& file) {
  const auto has = [&](const char* key) {
    return file.contains(key) && file[key].is_object();
  };
  return has("results") && (has("versions") || has("configs"));
}

PeerResults lm_eval_results(const Json& file, const std::string& where) {
  PeerResults results{"lm-eval", {{"results", {}}}};
  for (const auto& [name, task] : file["results"].items()) {
    add_task(file, name, task, where, results.parts.front());
  }
  return results;
}

bool is_summary(const Json& file) {
  return !file.empty() && std::all_of(file.begin(), file.end(), is_number) &&
         std::any_of(file.begin(), file.end(),
                     [](const Json& value) { return value.is_number(); });
}

PeerResults summary_results(const Json& file, const std::string& where) {
  PeerResults results{"open-unlearning's summary", {{"summary", {}}}};
  for (const auto& [name, value] : file.items()) {
    results.parts.front().rows.push_back(
        {{{"id", name}, {"metric", name}, {"value", value}},
         where + " \"" + name + "\""});
  }
  return results;
}

}  // namespace lethe
