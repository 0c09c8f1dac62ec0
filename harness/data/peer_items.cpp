#include "harness/data/peer_items.h"

#include <cmath>
#include <limits>

namespace lethe {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double one_number(const Json& value, const std::string& where) {
  if (value.is_null()) return kNaN;
  if (!value.is_number()) {
    fail_input(where, "is no number, null or list of them",
               "the file is not what the peer writes");
  }
  return value.get<double>();
}

bool complete(const PeerSet& set) {
  for (const auto& [index, row] : set.items) {
    if (!row.contains("probability") || !row.contains("rouge")) return false;
    if (set.truth.count(index) == 0) return false;
  }
  return !set.items.empty();
}

PeerItems utility_items(const PeerSet& set) {
  PeerItems all;
  for (const auto& [index, row] : set.items) {
    all[index] = {{"probability", row.at("probability")},
                  {"rouge", row.at("rouge")},
                  {"truth_ratio", set.truth.at(index)}};
  }
  return all;
}

}  // namespace

std::vector<double> peer_numbers(const Json& value, const std::string& where) {
  if (!value.is_array()) return {one_number(value, where)};
  std::vector<double> all;
  for (const Json& one : value) all.push_back(one_number(one, where));
  return all;
}

double peer_number(const Json& value, const std::string& where) {
  const std::vector<double> all = peer_numbers(value, where);
  double sum = 0;
  for (const double one : all) sum += one;
  return sum / static_cast<double>(all.size());
}

double normalised_probability(double loss, const std::vector<double>& others,
                              double epsilon) {
  const double right = std::exp(-loss);
  double sum = right;
  for (const double other : others) sum += std::exp(-other);
  return right / (sum + epsilon);
}

double loss_truth_ratio(double loss, const std::vector<double>& wrong,
                        double epsilon) {
  double sum = 0;
  for (const double one : wrong) sum += one;
  const double mean = sum / static_cast<double>(wrong.size());
  // Nothing added: the quotient of two numbers that may both be 0 in a double.
  return epsilon == 0 ? std::exp(loss - mean)
                      : std::exp(-mean) / (std::exp(-loss) + epsilon);
}

void put_texts(Json& row, const PeerTexts& texts, const std::string& where) {
  const std::pair<const char*, const Json*> all[] = {
      {"prompt", &texts.prompt},
      {"output", &texts.output},
      {"reference", &texts.reference}};
  for (const auto& [name, value] : all) {
    const bool list = value->is_array();
    bool fits = list == texts.output.is_array() &&
                (!list || value->size() == texts.output.size());
    for (const Json& one : list ? *value : Json::array({*value})) {
      fits = fits && one.is_string();
    }
    if (!fits) {
      fail_input(where,
                 "input, generation and ground_truth are no texts, or lists "
                 "of unequal length",
                 "the file is not what the peer writes");
    }
    row[name] = *value;
  }
}

void add_part(PeerResults& results, const std::string& name,
              const std::string& split, const PeerItems& items,
              const std::string& where) {
  if (items.empty()) return;
  if (results.parts.empty() || results.parts.back().name != name) {
    results.parts.push_back({name, {}});
  }
  for (const auto& [index, fields] : items) {
    const bool several =
        fields.contains("output") && fields["output"].is_array();
    const size_t count = several ? fields["output"].size() : 1;
    for (size_t i = 0; i < count; ++i) {
      Json row = fields;
      row["id"] = several ? fmt::format("{}/{}", index, i) : index;
      if (!split.empty()) row["split"] = split;
      for (const char* text : {"prompt", "output", "reference"}) {
        if (several) row[text] = fields[text][i];
      }
      results.parts.back().rows.push_back(
          {std::move(row), fmt::format("{} {} \"{}\"", where, name, index)});
    }
  }
}

void add_sets(PeerResults& results, const std::vector<PeerSet>& sets,
              const std::string& where) {
  bool whole = true;
  for (const PeerSet& set : sets) {
    add_part(results, set.name, "", set.items, where);
    whole = whole && (set.name == "forget" || complete(set));
  }
  for (const PeerSet& set : sets) {
    if (!whole || set.name == "forget") continue;
    add_part(results, "utility", set.name, utility_items(set), where);
  }
}

}  // namespace lethe
