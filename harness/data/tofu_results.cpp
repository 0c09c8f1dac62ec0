// tofu @ 8c49eee: evaluate_util.py writes them, aggregate_eval_stat.py reads.
#include <algorithm>
#include <cmath>

#include "harness/data/peer_items.h"

namespace lethe {
namespace {

// The logs, and what they are of; "options": the wrong answers are choices.
struct Log {
  const char* name;
  const char* set;
  bool options;
};
const Log kLogs[] = {{"eval_log_forget", "forget", false},
                     {"eval_log", "retain", false},
                     {"eval_real_author_wo_options", "real_authors", true},
                     {"eval_real_world_wo_options", "world_facts", true}};

bool is_log(const Json& log) {
  return log.is_object() && log.contains("avg_gt_loss") &&
         log["avg_gt_loss"].is_object();
}

// Calls use(row, value, where) with every item's value; nothing if there is
// none.
template <class Use>
void each(const Json& log, const std::string& field, const std::string& where,
          PeerItems& rows, const Use& use) {
  if (!log.contains(field)) return;
  const std::string place = where + " \"" + field + "\"";
  if (!log[field].is_object()) {
    fail_input(place, "is no object of items", "it is not what tofu writes");
  }
  for (const auto& [index, value] : log[field].items()) {
    use(rows[index], value, fmt::format("{} \"{}\"", place, index));
  }
}

auto number(const std::string& field) {
  return [field](Json& row, const Json& value, const std::string& where) {
    row[field] = peer_number(value, where);
  };
}

void put_generation(Json& row, const Json& value, const std::string& where) {
  if (!value.is_array() || value.size() != 3) {
    fail_input(where, "is no [input, generation, answer]",
               "it is not what tofu writes");
  }
  put_texts(row, {value[0], value[1], value[2]}, where);
}

PeerSet set_of(const Json& log, const std::string& name, bool options,
               const std::string& where) {
  PeerSet set{name, {}, {}};
  PeerItems& rows = set.items;
  each(log, "avg_gt_loss", where, rows, number("gt_nll"));
  each(log, "avg_paraphrased_loss", where, rows, number("answer_nll"));
  each(log, "average_perturb_loss", where, rows,
       [](Json& row, const Json& value, const std::string& place) {
         row["perturbed_nll"] = peer_numbers(value, place);
       });
  each(log, "rouge1_recall", where, rows, number("rouge1_recall"));
  each(log, "rougeL_recall", where, rows, number("rouge"));
  each(log, "generated_text", where, rows, put_generation);
  for (auto& [index, row] : rows) {
    const bool wrong = row.contains("perturbed_nll");
    const std::vector<double> others =
        wrong ? row["perturbed_nll"].get<std::vector<double>>()
              : std::vector<double>();
    if (row.contains("gt_nll") && (wrong || !options)) {
      row["probability"] =
          options ? normalised_probability(row["gt_nll"], others, 0)
                  : std::exp(-row["gt_nll"].get<double>());
    }
    row.erase("gt_nll");
    if (!wrong || !row.contains("answer_nll")) continue;
    row["epsilon"] = 0;
    const double ratio = loss_truth_ratio(row["answer_nll"], others, 0);
    set.truth[index] = ratio > 1 ? 0 : 1 - ratio;  // NaN stays NaN
  }
  return set;
}

// "a/b/eval_log.json.gz" -> "eval_log".
std::string stem(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  const std::string name = slash == path.npos ? path : path.substr(slash + 1);
  return name.substr(0, name.find('.'));
}

}  // namespace

bool is_tofu(const Json& file) {
  return is_log(file) || std::any_of(file.begin(), file.end(), is_log);
}

PeerResults tofu_results(const Json& file, const std::string& where) {
  PeerResults results{"tofu", {}};
  std::vector<PeerSet> sets;
  for (const Log& log : kLogs) {
    if (is_log(file) && stem(where) == log.name) {
      sets.push_back(set_of(file, log.set, log.options, where));
    }
    const std::string key = std::string(log.name) + ".json";
    if (is_log(file)) continue;
    sets.push_back(file.contains(key) ? set_of(file[key], log.set, log.options,
                                               where + " " + key)
                                      : PeerSet{log.set, {}, {}});
  }
  if (sets.empty()) {  // one log under a name of the user's
    // The peer writes this field where it normalises by the choices.
    const bool options = file.contains("normalized_gt_loss");
    const PeerSet items = set_of(file, "items", options, where);
    add_part(results, "items", "", items.items, where);
    return results;
  }
  if (is_log(file)) {  // one set alone is no utility
    add_part(results, sets[0].name, "", sets[0].items, where);
  } else {
    add_sets(results, sets, where);
  }
  return results;
}

}  // namespace lethe
