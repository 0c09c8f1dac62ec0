#include "results/join_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace lethe {
namespace {

// Separates the parts of a key; it cannot occur in JSON text or a name.
constexpr char kSeparator = '\x1F';

std::vector<std::string> transform_names(const Json& chain) {
  std::vector<std::string> names;
  for (const auto& link : chain) {
    if (link.is_string()) {
      names.push_back(link.get<std::string>());
    } else if (link.is_object() && link.contains("name") &&
               link["name"].is_string()) {
      const Json set = link.value("set", link.value("options", Json::object()));
      names.push_back(name_with_options(link["name"].get<std::string>(), set));
    } else {
      names.push_back(canonical(link));
    }
  }
  return names;
}

bool agree(const Record& a, const Record& b) {
  if (a.metric == "cost") return true;
  if (a.finite() && b.finite()) return a.value == b.value;
  return (a.status == "diverged") == (b.status == "diverged");
}

// A row that grows run by run.
class Draft {
 public:
  bool accepts(const std::vector<const Record*>& records) const {
    return std::all_of(records.begin(), records.end(), [&](const Record* r) {
      const auto model = models_.find(r->seed);
      if (model != models_.end() && !r->model_hash.empty() &&
          model->second != r->model_hash + r->dtype) {
        return false;
      }
      const auto found = place_.find({measure_key(*r), r->seed});
      return found == place_.end() || agree(*row_.records[found->second], *r);
    });
  }

  // The number of records that were there before.
  int64_t add(const std::vector<const Record*>& records) {
    int64_t repeats = 0;
    for (const Record* r : records) {
      if (std::find(row_.runs.begin(), row_.runs.end(), r->run) ==
          row_.runs.end()) {
        row_.runs.push_back(r->run);
      }
      if (!r->model_hash.empty()) {
        models_.try_emplace(r->seed, r->model_hash + r->dtype);
      }
      repeats += r->metric.empty() ? add_failure(r) : add_value(r);
    }
    return repeats;
  }

  JoinedRow finish(const std::string& name) {
    row_.name = name;
    row_.transform =
        transform_names((row_.records.empty() ? row_.failures : row_.records)
                            .front()
                            ->transform);
    return std::move(row_);
  }

  const std::string& first_run() const { return row_.runs.front(); }

 private:
  int64_t add_failure(const Record* r) {
    row_.failures.push_back(r);
    return 0;
  }

  int64_t add_value(const Record* r) {
    const auto [found, added] =
        place_.try_emplace({measure_key(*r), r->seed}, row_.records.size());
    if (added) {
      row_.records.push_back(r);
      return 0;
    }
    const Record*& kept = row_.records[found->second];
    if (!kept->finite()) kept = r;
    return 1;
  }

  JoinedRow row_;
  std::map<std::pair<std::string, int64_t>, size_t> place_;
  std::map<int64_t, std::string> models_;  // by seed
};

// The records of one label, method and chain.
struct Family {
  std::vector<std::pair<std::string, std::vector<const Record*>>> runs;
};

std::vector<Family> families(const std::vector<Record>& records) {
  std::vector<Family> all;
  std::unordered_map<std::string, size_t> place;
  for (const Record& r : records) {
    const std::string key = r.label + kSeparator + r.method_name() +
                            kSeparator + canonical(r.transform);
    const auto [found, added] = place.try_emplace(key, all.size());
    if (added) all.emplace_back();
    auto& runs = all[found->second].runs;
    auto run = std::find_if(runs.begin(), runs.end(),
                            [&](const auto& p) { return p.first == r.run; });
    if (run == runs.end()) run = runs.insert(runs.end(), {r.run, {}});
    run->second.push_back(&r);
  }
  return all;
}

// Labels that stand for more than one method or set of options.
std::set<std::string> ambiguous_labels(const std::vector<Family>& all) {
  std::map<std::string, std::set<std::string>> methods;
  for (const Family& family : all) {
    const Record& r = *family.runs.front().second.front();
    methods[r.label].insert(r.method_name());
  }
  std::set<std::string> ambiguous;
  for (const auto& [label, names] : methods) {
    if (names.size() > 1) ambiguous.insert(label);
  }
  return ambiguous;
}

std::string row_name(const Record& r, const std::set<std::string>& ambiguous) {
  std::string name = r.label;
  if (name.empty()) {
    name = r.method_name();
  } else if (ambiguous.count(name) > 0) {
    name = name == r.method ? r.method_name()
                            : name + " (" + r.method_name() + ")";
  }
  for (const auto& link : transform_names(r.transform)) name += " + " + link;
  return name;
}

}  // namespace

std::string measure_key(const Record& r) {
  std::string key;
  for (const auto& part : {name_with_options(r.probe, r.probe_options), r.task,
                           name_with_options(r.metric, r.metric_options),
                           r.field, r.split, r.profile}) {
    key += part + kSeparator;
  }
  return key;
}

JoinedRows join_rows(const std::vector<Record>& records) {
  JoinedRows joined;
  const std::vector<Family> all = families(records);
  const std::set<std::string> ambiguous = ambiguous_labels(all);
  std::map<std::string, int> used;
  for (const Family& family : all) {
    std::vector<Draft> drafts;
    for (const auto& [run, mine] : family.runs) {
      auto fit = std::find_if(drafts.begin(), drafts.end(),
                              [&](const Draft& d) { return d.accepts(mine); });
      if (fit == drafts.end()) fit = drafts.emplace(drafts.end());
      joined.repeats += fit->add(mine);
    }
    for (Draft& draft : drafts) {
      std::string name =
          row_name(*family.runs.front().second.front(), ambiguous);
      if (drafts.size() > 1) name += " @ " + draft.first_run();
      const int times = ++used[name];
      if (times > 1) name += " #" + std::to_string(times);
      joined.rows.push_back(draft.finish(name));
    }
  }
  return joined;
}

}  // namespace lethe
