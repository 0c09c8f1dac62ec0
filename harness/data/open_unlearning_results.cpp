// open-unlearning @ d3d7cf9: src/evals/metrics/memorization.py, mia/.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "harness/data/peer_items.h"

namespace lethe {
namespace {

constexpr double kEpsilon = 1e-10;  // of both divisors there

bool has_items(const Json& metric) {
  return metric.is_object() && metric.contains("value_by_index") &&
         metric["value_by_index"].is_object();
}

bool is_attack(const Json& metric) {
  return metric.is_object() && metric.contains("forget") &&
         metric.contains("holdout") && has_items(metric["forget"]) &&
         has_items(metric["holdout"]);
}

std::string in_small_letters(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

// max(0, 1 - ratio), but NaN stays NaN.
double truth(double ratio) { return ratio > 1 ? 0 : 1 - ratio; }

const Json kNull;

class File {
 public:
  File(const Json& file, const std::string& where)
      : file_(file), where_(where) {
    for (const auto& [own, metric] : file.items()) {
      if (has_items(metric)) by_name_.emplace(in_small_letters(own), own);
    }
  }

  // The items of a metric, whose name is written in more than one way: so, or
  // else the first that differs in case only; null if the file has none. Marks
  // it as used.
  const Json* items(const std::string& name) {
    const bool exact = file_.contains(name) && has_items(file_[name]);
    const auto found = by_name_.find(in_small_letters(name));
    if (!exact && found == by_name_.end()) return nullptr;
    const std::string& own = exact ? name : found->second;
    used_.insert(own);
    return &file_[own]["value_by_index"];
  }

  // Calls use(item's row, value) with `field` of every item of the metric.
  template <class Use>
  bool each(const std::string& metric, const std::string& field,
            PeerItems& rows, const Use& use) {
    const Json* all = items(metric);
    if (all == nullptr) return false;
    for (const auto& [index, item] : all->items()) {
      use(rows[index], at(item, field, place(metric, index)),
          place(metric, index));
    }
    return true;
  }

  const Json& at(const Json& item, const std::string& field,
                 const std::string& where) const {
    if (item.is_null()) return kNull;  // an item without a value
    if (!item.is_object() || !item.contains(field)) {
      fail_input(where, "has no \"" + field + "\"",
                 "the file is not what open-unlearning writes");
    }
    return item[field];
  }

  std::string place(const std::string& metric, const std::string& index) const {
    return fmt::format("{} {} \"{}\"", where_, metric, index);
  }

  bool used(const std::string& metric) const { return used_.count(metric) > 0; }
  const std::string& where() const { return where_; }

 private:
  const Json& file_;
  const std::string where_;
  std::map<std::string, std::string> by_name_;  // in small letters
  std::set<std::string> used_;
};

void put_rouge(const File& file, const std::string& metric, const Json& all,
               PeerItems& rows) {
  for (const auto& [index, item] : all.items()) {
    const std::string where = file.place(metric, index);
    Json& row = rows[index];
    for (const char* field : {"rouge1_recall", "rougeL_f1", "rougeL_recall"}) {
      row[field] = peer_number(file.at(item, field, where), where);
    }
    row["rouge"] = row["rougeL_recall"];
    if (item.is_null()) continue;
    put_texts(
        row,
        {file.at(item, "input", where), file.at(item, "generation", where),
         file.at(item, "ground_truth", where)},
        where);
  }
}

// Losses of the right answer and the wrong ones, and what follows from them.
void put_losses(File& file, const std::string& prefix, bool options,
                PeerSet& set) {
  const auto right = [](Json& row, const Json& loss, const std::string& where) {
    row["answer_nll"] = peer_number(loss, where);
  };
  const auto wrong = [](Json& row, const Json& loss, const std::string& where) {
    row["perturbed_nll"] = peer_numbers(loss, where);
  };
  file.each(prefix + (options ? "_Q_A_Prob" : "_Q_A_PARA_Prob"), "avg_loss",
            set.items, right);
  file.each(prefix + "_Q_A_PERT_Prob", "avg_loss", set.items, wrong);
  for (auto& [index, row] : set.items) {
    if (!row.contains("answer_nll") || !row.contains("perturbed_nll")) continue;
    const double loss = row["answer_nll"];
    const std::vector<double> others = row["perturbed_nll"];
    set.truth[index] = truth(loss_truth_ratio(loss, others, kEpsilon));
    if (options) {
      row["probability"] = normalised_probability(loss, others, kEpsilon);
    }
  }
}

// `options`: the wrong answers are choices, as of real authors and world facts.
PeerSet set_of(File& file, const std::string& prefix, const std::string& name,
               bool options) {
  PeerSet set{name, {}, {}};
  put_losses(file, prefix, options, set);
  const auto put = [](Json& row, const Json& value, const std::string& where) {
    row["probability"] = peer_number(value, where);
  };
  file.each(prefix + (options ? "_Q_A_Prob_normalised" : "_Q_A_Prob"), "prob",
            set.items, put);
  const std::string rouge = prefix + "_Q_A_ROUGE";
  const Json* texts = file.items(rouge);
  if (texts != nullptr) put_rouge(file, rouge, *texts, set.items);
  const std::string ratio = prefix + "_truth_ratio";
  const Json* scores = file.items(ratio);
  if (scores == nullptr) return set;
  for (const auto& [index, item] : scores->items()) {
    const std::string where = file.place(ratio, index);
    const double score = peer_number(file.at(item, "score", where), where);
    set.truth[index] = truth(score);
    Json& row = set.items[index];
    if (!row.contains("answer_nll")) row["score"] = score;
  }
  return set;
}

void add_attack(PeerResults& results, const File& file,
                const std::string& metric, const Json& sides) {
  for (const char* side : {"forget", "holdout"}) {
    PeerItems rows;
    for (const auto& [index, item] : sides[side]["value_by_index"].items()) {
      const std::string where = file.place(metric, side + ("/" + index));
      const double score = peer_number(file.at(item, "score", where), where);
      rows[side + ("/" + index)] = {{"member", side[0] == 'f' ? 1 : 0},
                                    {"score", -score}};
    }
    add_part(results, metric, "", rows, file.where());
  }
}

bool is_texts(const Json& value) {
  return value.is_array() && !value.empty() && value[0].is_string();
}

void add_other(PeerResults& results, const File& file,
               const std::string& metric, const Json& items) {
  static const std::map<std::string, std::string> named = {
      {"prob", "probability"}, {"avg_loss", "answer_nll"}};
  PeerItems rows;
  for (const auto& [index, item] : items.items()) {
    const std::string where = file.place(metric, index);
    if (!item.is_object()) {
      fail_input(where, "is no object",
                 "it is not what open-unlearning writes");
    }
    for (const auto& [field, value] : item.items()) {
      if (value.is_string() || is_texts(value)) continue;
      rows[index][named.count(field) > 0 ? named.at(field) : field] =
          peer_number(value, where);
    }
  }
  if (items.front().contains("ground_truth")) {
    put_rouge(file, metric, items, rows);
  }
  add_part(results, metric, "", rows, file.where());
}

}  // namespace

bool is_open_unlearning(const Json& file) {
  return std::any_of(file.begin(), file.end(), [](const Json& metric) {
    return has_items(metric) || is_attack(metric);
  });
}

PeerResults open_unlearning_results(const Json& json,
                                    const std::string& where) {
  File file(json, where);
  PeerResults results{"open-unlearning", {}};
  add_sets(results,
           {set_of(file, "forget", "forget", false),
            set_of(file, "retain", "retain", false),
            set_of(file, "ra", "real_authors", true),
            set_of(file, "wf", "world_facts", true)},
           where);
  // PrivLeak is defined on Min-K, so that comes first.
  if (json.contains("mia_min_k") && is_attack(json["mia_min_k"])) {
    add_attack(results, file, "mia_min_k", json["mia_min_k"]);
  }
  for (const auto& [metric, value] : json.items()) {
    if (is_attack(value) && metric != "mia_min_k") {
      add_attack(results, file, metric, value);
    }
  }
  for (const auto& [metric, value] : json.items()) {
    if (!file.used(metric) && has_items(value) &&
        !value["value_by_index"].empty()) {
      add_other(results, file, metric, value["value_by_index"]);
    }
  }
  return results;
}

}  // namespace lethe
