#include "results/gate/candidates.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "results/gate/compared.h"
#include "results/gate/glob.h"
#include "results/titles.h"

namespace lethe {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

// The change of a model that was not made anew costs nothing of its own: a
// transformed row has no cost records.
bool expected(const JoinedRow& row, const TableColumn& measure) {
  return measure.group != ColumnGroup::cost || row.transform.empty() ||
         !measure.probe.empty() || !measure.task.empty();
}

class Collector {
 public:
  Collector(const GateRule& rule, const GateSubject& subject)
      : rule_(rule), subject_(subject), run_(subject.run) {}

  std::vector<GateCheck> collect() {
    const std::vector<const JoinedRow*> rows = chosen_rows();
    const std::vector<size_t> measures = run_.measures(rule_.metrics);
    for (const JoinedRow* row : rows) {
      for (const size_t measure : measures) {
        if (expected(*row, run_.table().columns[measure])) {
          add_seeds(*row, measure);
        }
      }
      add_lost_probes(*row, measures);
    }
    if (checks_.empty()) add_nothing(rows.empty());
    return std::move(checks_);
  }

 private:
  // Of the rows that the patterns choose; what is compared with itself is none.
  std::vector<const JoinedRow*> chosen_rows() const {
    std::vector<const JoinedRow*> rows;
    for (const JoinedRow& row : run_.rows()) {
      if (!chosen_by(rule_.rows, row.name) ||
          !chosen_by(rule_.methods, GatedRun::method(row)) ||
          is_compared_row(rule_, run_, row)) {
        continue;
      }
      rows.push_back(&row);
    }
    return rows;
  }

  GateCheck check_of(const JoinedRow& row, int64_t seed) const {
    GateCheck check;
    check.row = row.name;
    if (GatedRun::seeds(row).size() > 1) {
      check.row += fmt::format(" (seed {})", seed);
    }
    return check;
  }

  void add_seeds(const JoinedRow& row, size_t measure) {
    const TableColumn& column = run_.table().columns[measure];
    for (const int64_t seed : GatedRun::seeds(row)) {
      const Record* record = run_.record(row, run_.key(measure), seed);
      for (const Bound& bound : rule_.bounds) {
        GateCheck check = check_of(row, seed);
        check.bound = bound;
        check.metric = column.key;
        check.title = measure_title(column);
        check.unit = column.unit;
        if (record == nullptr) {
          missing(check, run_.why_missing(row, column, seed));
        } else {
          take(check, row, *record);
        }
        checks_.push_back(std::move(check));
      }
    }
  }

  void take(GateCheck& check, const JoinedRow& row, const Record& r) const {
    check.value = measured(r);
    if (!r.finite()) {
      missing(check, "no value: " + (r.message.empty() ? r.status : r.message));
      return;
    }
    if (!rule_.versus.empty()) {
      const std::string why = compare(rule_, subject_, row, r, check);
      if (!why.empty()) {
        check.measured = r.value;
        check.value = {};
        missing(check, why);
        return;
      }
    }
    const double share =
        r.n_expected > 0
            ? static_cast<double>(r.n) / static_cast<double>(r.n_expected)
            : 1;
    if (share < rule_.coverage) {
      check.reason =
          fmt::format("only {} of {} items have a value", r.n, r.n_expected);
    } else if (check.value.n < rule_.min_n) {
      check.reason = fmt::format("{} items, the rule wants {} at least",
                                 check.value.n, rule_.min_n);
    } else if (r.status != "ok") {
      check.reason = r.status + (r.message.empty() ? "" : ": " + r.message);
    }
  }

  // A probe that failed in every row has no measure that a pattern could
  // choose: where the pattern might have meant it, that is said.
  void add_lost_probes(const JoinedRow& row,
                       const std::vector<size_t>& measures) {
    std::set<std::string> seen;
    for (const Record* r : row.failures) {
      const std::string source = r->task.empty() ? r->probe : r->task;
      if (source.empty() || !could_mean(source) || has_source(measures, source))
        continue;
      GateCheck check = check_of(row, r->seed);
      if (!seen.insert(check.row + source).second) continue;
      check.metric = check.title = source + ".*";
      for (const Bound& bound : rule_.bounds) {
        check.bound = bound;
        missing(check, r->status + ": " + r->message +
                           "; the pattern could mean its values");
        checks_.push_back(check);
      }
    }
  }

  bool could_mean(const std::string& source) const {
    return std::any_of(rule_.metrics.begin(), rule_.metrics.end(),
                       [&](const std::string& pattern) {
                         return pattern[0] != '!' &&
                                (glob_could_match(pattern, source + ".") ||
                                 glob_could_match(pattern, source + ":"));
                       });
  }

  bool has_source(const std::vector<size_t>& measures,
                  const std::string& source) const {
    return std::any_of(measures.begin(), measures.end(), [&](size_t c) {
      const TableColumn& column = run_.table().columns[c];
      return column.task == source ||
             column.probe.substr(0, column.probe.find(':')) == source;
    });
  }

  void add_nothing(bool no_rows) {
    GateCheck check;
    check.row = listed(rule_.rows);
    check.metric = check.title = listed(rule_.metrics);
    for (const Bound& bound : rule_.bounds) {
      check.bound = bound;
      missing(check, no_rows ? "matches no row of the run: " + near_rows()
                             : "matches no value of the run: " + near_values());
      checks_.push_back(check);
    }
  }

  std::string near_rows() const {
    std::vector<std::string> known;
    for (const JoinedRow& row : run_.rows()) known.push_back(row.name);
    if (known.empty()) return "it holds none";
    return suggest(listed(rule_.rows.empty() ? rule_.methods : rule_.rows),
                   known);
  }

  // By the probe or task that a pattern begins with, else by the whole of it.
  std::string near_values() const {
    const std::string wanted = listed(rule_.metrics);
    const std::string source = wanted.substr(0, wanted.find_first_of(".:*"));
    std::vector<std::string> titles, sources;
    for (const TableColumn& column : run_.table().columns) {
      titles.push_back(measure_title(column));
      if (!source_of(column).empty()) sources.push_back(source_of(column));
    }
    if (titles.empty()) return "it holds none";
    const bool known =
        std::find(sources.begin(), sources.end(), source) != sources.end();
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    const bool near = !known && !near_names(source, sources).empty();
    return near ? suggest(source, sources) : suggest(wanted, titles);
  }

  void missing(GateCheck& check, const std::string& why) const {
    check.reason = why;
    check.verdict = rule_.missing_fails ? Verdict::fail : Verdict::undecidable;
  }

  const GateRule& rule_;
  const GateSubject& subject_;
  const GatedRun& run_;
  std::vector<GateCheck> checks_;
};

}  // namespace

std::vector<GateCheck> candidates(const GateRule& rule,
                                  const GateSubject& subject) {
  return Collector(rule, subject).collect();
}

}  // namespace lethe
