// Items of another harness's results, gathered field by field.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/data/peer_results.h"

namespace lethe {

// "2" before "10".
struct ByNumber {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

// The fields of a row, by the index that the peer gave the item.
using PeerItems = std::map<std::string, Json, ByNumber>;

// One of TOFU's sets.
struct PeerSet {
  std::string name;
  PeerItems items;
  // What model utility takes of an item: max(0, 1 - truth ratio).
  std::map<std::string, double, ByNumber> truth;
};

// A number, null, or a list of them, as a list; null is NaN.
// Throws: input error for anything else.
std::vector<double> peer_numbers(const Json& value, const std::string& where);

// Their mean.
double peer_number(const Json& value, const std::string& where);

// p / (p + sum of the others' + epsilon), of mean losses a token.
double normalised_probability(double loss, const std::vector<double>& others,
                              double epsilon);

// Wrong answers (their geometric mean) over the right one + epsilon, of mean
// losses a token.
double loss_truth_ratio(double loss, const std::vector<double>& wrong,
                        double epsilon);

// Puts prompt, output and reference into a row; each a text, or all lists of as
// many. Throws: input error when they are not.
struct PeerTexts {
  const Json &prompt, &output, &reference;
};
void put_texts(Json& row, const PeerTexts& texts, const std::string& where);

// Appends the items as a part with `id` (and `split` unless it is empty), an
// item with several texts as several rows; no items, no part.
void add_part(PeerResults& results, const std::string& name,
              const std::string& split, const PeerItems& items,
              const std::string& where);

// Appends the sets that are there and the part `utility`.
void add_sets(PeerResults& results, const std::vector<PeerSet>& sets,
              const std::string& where);

// The formats. REQUIRES: `file` is an object.
bool is_open_unlearning(const Json& file);
bool is_tofu(const Json& file);
bool is_lm_eval(const Json& file);
bool is_summary(const Json& file);
PeerResults open_unlearning_results(const Json& file, const std::string& where);
PeerResults tofu_results(const Json& file, const std::string& where);
PeerResults lm_eval_results(const Json& file, const std::string& where);
PeerResults summary_results(const Json& file, const std::string& where);

}  // namespace lethe
