#include "harness/base/same_models.h"

#include <map>
#include <set>
#include <tuple>

#include "harness/base/json.h"

namespace lethe {

std::vector<SameModel> same_models(const std::vector<Record>& records,
                                   const std::string& base_hash) {
  std::map<std::string, std::string> bases;  // by run
  for (const Record& r : records) {
    if (r.method == "none") bases.try_emplace(r.run, r.model_hash);
  }
  using Model = std::tuple<std::string, int64_t, std::string>;
  std::map<Model, std::string> first;  // run, seed, hash: whose model it is
  std::set<std::pair<std::string, std::string>> seen;
  std::vector<SameModel> all;
  for (const Record& r : records) {
    const bool trains = r.method != "none" && r.method != "checkpoint";
    if (!trains || r.model_hash.empty() || !r.transform.empty() ||
        !seen.insert({r.run, r.cell + r.label}).second) {
      continue;
    }
    SameModel same{r.run, r.cell, r.label, r.seed, "", ""};
    const std::string& base = base_hash.empty() ? bases[r.run] : base_hash;
    const auto [earlier, own] =
        first.try_emplace({r.run, r.seed, r.model_hash}, r.label);
    if (r.model_hash == base) {
      same.flag = "unchanged";
      same.reason = "the weights are those that the run started from";
    } else if (!own) {
      same.flag = "duplicate";
      same.reason = "the weights are those of " + earlier->second;
    } else {
      continue;
    }
    all.push_back(same);
  }
  return all;
}

}  // namespace lethe
