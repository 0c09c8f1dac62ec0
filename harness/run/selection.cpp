#include "harness/run/selection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "harness/run/evaluate.h"

namespace lethe {
namespace {

// What a probe of the suite measures that could be meant by a term.
struct Measured {
  std::string probe;  // with the options that differ
  std::vector<std::string> fields;
  std::string main_field;
};

std::string metric_name(const MetricSpec& spec) {
  const Json& standard = Registry<Metric>::find(spec.name).info.options;
  Json differing = Json::object();
  for (const auto& [key, value] : spec.set.items()) {
    if (value != standard.value(key, Json())) differing[key] = value;
  }
  return name_with_options(spec.name, differing);
}

std::vector<Measured> all_that_fit(const Suite& suite,
                                   const SelectionTerm& term) {
  std::vector<Measured> fit;
  for (const ProbeSpec& probe : suite.attacks) {
    const std::string name = probe_name(probe);
    const bool named =
        term.from.empty() || term.from == probe.name || term.from == name;
    if (!named || joined(probe.on) != joined(term.on)) continue;
    for (const MetricSpec& metric : metrics_of(suite, probe)) {
      if (metric_name(metric) != term.metric) continue;
      const auto made = Registry<Metric>::make(metric.name, metric.set);
      fit.push_back({name, made->fields(), made->main_field()});
      if (!metric.field.empty()) fit.back().fields = {metric.field};
    }
  }
  return fit;
}

SelectionTerm settled(const Suite& suite, SelectionTerm term) {
  const std::string where = "suite " + suite.name + ".selection";
  const std::string what = term.metric + " on " + joined(term.on);
  const std::vector<Measured> fit = all_that_fit(suite, term);
  if (fit.empty()) {
    fail_usage(where, what + " is not measured",
               "add the attack and the metric to the suite");
  }
  if (fit.size() > 1) {
    fail_usage(where,
               fmt::format("{} is measured from {} and from {}", what,
                           fit[0].probe, fit[1].probe),
               "name the one that counts in \"from\"");
  }
  const Measured& found = fit.front();
  term.from = found.probe;
  if (term.field.empty()) {
    term.field =
        found.fields.size() == 1 ? found.fields.front() : found.main_field;
  }
  const bool known = found.fields.empty() ||
                     std::find(found.fields.begin(), found.fields.end(),
                               term.field) != found.fields.end();
  if (!known) {
    fail_usage(where, what + " has no field \"" + term.field + "\"",
               suggest(term.field, found.fields));
  }
  return term;
}

std::string text(const SelectionTerm& term) {
  return fmt::format(
      "{} of {} on {}",
      term.metric == term.field ? term.metric : term.metric + "." + term.field,
      term.from, joined(term.on));
}

std::string bounds_text(const SelectionTerm& term) {
  const bool low = std::isfinite(term.min), high = std::isfinite(term.max);
  if (low && high) return fmt::format("from {} to {}", term.min, term.max);
  return low ? fmt::format("at least {}", term.min)
             : fmt::format("at most {}", term.max);
}

std::string rule_text(const SelectionSpec& s) {
  std::string rule =
      fmt::format("of each {} the row with the {} {}", s.by,
                  s.maximise ? "highest" : "lowest", text(s.best));
  for (size_t i = 0; i < s.subject_to.size(); ++i) {
    rule += fmt::format("{} {} {}", i == 0 ? " among those with" : " and",
                        text(s.subject_to[i]), bounds_text(s.subject_to[i]));
  }
  return rule;
}

// A term's value of one row.
struct Value {
  double mean = std::numeric_limits<double>::quiet_NaN();
  int64_t n = 0;  // items behind a seed's value (the fewest)
  std::string reason;
};

bool measures(const Record& r, const SelectionTerm& term) {
  return r.transform.empty() && r.field == term.field &&
         r.split == joined(term.on) &&
         name_with_options(r.metric, r.metric_options) == term.metric &&
         name_with_options(r.probe, r.probe_options) == term.from;
}

Value value_of(const std::vector<const Record*>& row, const SelectionTerm& term,
               const std::vector<int64_t>& seeds) {
  Value value;
  double sum = 0;
  for (const int64_t seed : seeds) {
    const auto found = std::find_if(
        row.begin(), row.end(),
        [&](const Record* r) { return r->seed == seed && measures(*r, term); });
    if (found == row.end() || !(*found)->finite()) {
      const std::string why =
          found == row.end() ? "not measured" : (*found)->message;
      value.reason = fmt::format("{}, seed {}: {}", text(term), seed, why);
      return value;
    }
    sum += (*found)->value;
    value.n = value.n == 0 ? (*found)->n : std::min(value.n, (*found)->n);
  }
  value.mean = sum / static_cast<double>(seeds.size());
  return value;
}

struct Candidate {
  std::string label;
  Value best;
  std::vector<Value> conditions;
  std::string reason;  // why it cannot be chosen; empty: it can
};

Candidate candidate_of(const std::string& label,
                       const std::vector<const Record*>& row,
                       const SelectionSpec& s,
                       const std::vector<int64_t>& seeds) {
  Candidate c{label, value_of(row, s.best, seeds), {}, ""};
  c.reason = c.best.reason;
  for (const SelectionTerm& term : s.subject_to) {
    c.conditions.push_back(value_of(row, term, seeds));
    const Value& value = c.conditions.back();
    if (!c.reason.empty()) continue;
    c.reason = value.reason;
    if (c.reason.empty() && !(value.mean >= term.min && value.mean <= term.max))
      c.reason = fmt::format("{} is {:.4g}, wanted {}", text(term), value.mean,
                             bounds_text(term));
  }
  return c;
}

// The label of the row that stands for its group; empty: none can.
std::string choice(const std::vector<Candidate>& all, bool maximise) {
  if (all.size() == 1) return all.front().label;
  const Candidate* best = nullptr;
  for (const Candidate& c : all) {
    if (!c.reason.empty()) continue;
    const bool better =
        best == nullptr || (maximise ? c.best.mean > best->best.mean
                                     : c.best.mean < best->best.mean);
    if (better) best = &c;
  }
  return best == nullptr ? "" : best->label;
}

OrderedJson number_or_null(double number) {
  return std::isfinite(number) ? OrderedJson(number) : OrderedJson(nullptr);
}

OrderedJson to_json(const Candidate& c) {
  OrderedJson json = {{"label", c.label},
                      {"value", number_or_null(c.best.mean)},
                      {"n", c.best.n},
                      {"conditions", OrderedJson::array()},
                      {"meets", c.reason.empty()},
                      {"reason", c.reason}};
  for (const Value& value : c.conditions) {
    json["conditions"].push_back(
        {{"value", number_or_null(value.mean)}, {"n", value.n}});
  }
  return json;
}

// The labels of the rows of each group, both in the order of the suite.
using Groups = std::vector<std::pair<std::string, std::vector<std::string>>>;

Groups groups_of(const std::vector<Variant>& variants, const std::string& by) {
  Groups groups;
  std::set<std::string> seen;
  for (const Variant& v : variants) {
    if (!seen.insert(v.label).second) continue;  // another seed
    const std::string& name = by == "method" ? v.method : v.entry;
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& g) { return g.first == name; });
    if (group == groups.end()) group = groups.insert(group, {name, {}});
    group->second.push_back(v.label);
  }
  return groups;
}

// Whether a split is seen by a model in training or by readers of a table.
bool used(const SplitSpec& split, const Suite& suite) {
  return split.train ||
         std::any_of(suite.attacks.begin(), suite.attacks.end(),
                     [&](const ProbeSpec& probe) {
                       return std::count(probe.on.begin(), probe.on.end(),
                                         split.name) > 0;
                     });
}

}  // namespace

SelectionSpec settled_selection(const Suite& suite) {
  SelectionSpec s = *suite.selection;
  s.best = settled(suite, s.best);
  for (SelectionTerm& term : s.subject_to) term = settled(suite, term);
  return s;
}

void check_validation(const Suite& suite, const SuiteData& data) {
  std::map<std::string, std::string> shown;  // row, its split
  for (const SplitSpec& split : suite.data) {
    if (split.validation || !used(split, suite)) continue;
    for (const DataRow& row : data.rows(split.name)) {
      shown.emplace(canonical(row.fields), split.name);
    }
  }
  for (const SplitSpec& split : suite.data) {
    if (!split.validation) continue;
    for (const DataRow& row : data.rows(split.name)) {
      const auto found = shown.find(canonical(row.fields));
      if (found == shown.end()) continue;
      fail_usage("data." + split.name,
                 fmt::format("is for validation, but its row of {} also "
                             "stands in {}",
                             row.where, found->second),
                 "keep them apart, e.g. with \"skip\" and \"limit\"");
    }
  }
}

OrderedJson choose_rows(const Suite& suite,
                        const std::vector<Variant>& variants,
                        std::vector<Record>& records) {
  const SelectionSpec s = settled_selection(suite);
  std::map<std::string, std::vector<const Record*>> rows;  // by label
  for (const Record& r : records) rows[r.label].push_back(&r);
  OrderedJson json = {{"rule", rule_text(s)},
                      {"by", s.by},
                      {"seeds", suite.seeds},
                      {"choices", OrderedJson::array()}};
  std::set<std::string> chosen;
  for (const auto& [name, labels] : groups_of(variants, s.by)) {
    std::vector<Candidate> candidates;
    for (const std::string& label : labels) {
      candidates.push_back(candidate_of(label, rows[label], s, suite.seeds));
    }
    const std::string label = choice(candidates, s.maximise);
    OrderedJson entry = {{"of", name}, {"chosen", nullptr}};
    if (!label.empty()) {
      entry["chosen"] = label;
      chosen.insert(label);
    }
    for (const Candidate& c : candidates) {
      entry["candidates"].push_back(to_json(c));
    }
    json["choices"].push_back(entry);
  }
  for (Record& r : records) {
    r.selection = chosen.count(r.label) > 0 ? "chosen" : "left";
  }
  return json;
}

}  // namespace lethe
