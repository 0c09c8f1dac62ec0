#include "results/gate/compared.h"

#include <fmt/core.h>

#include "results/gate/paired_change.h"

namespace lethe {
namespace {

const std::string kBaseline = "baseline";

bool named(const JoinedRow& row, const std::string& name) {
  const Record& r = *(row.records.empty() ? row.failures : row.records).front();
  return row.name == name || r.label == name || r.method == name;
}

// The row of the other run of the same name; of two runs with one row each, the
// other's row whatever it is called.
const JoinedRow* baseline_row(const GateSubject& subject, const JoinedRow& row,
                              std::string& why) {
  const std::vector<JoinedRow>& rows = subject.baseline->rows();
  std::vector<std::string> names;
  for (const JoinedRow& other : rows) {
    if (other.name == row.name) return &other;
    names.push_back(other.name);
  }
  if (rows.size() == 1 && subject.run.rows().size() == 1) return &rows.front();
  why = fmt::format("the baseline has no row {}: {}", row.name,
                    names.empty() ? "it has none" : suggest(row.name, names));
  return nullptr;
}

const JoinedRow* row_called(const GatedRun& run, const std::string& name) {
  for (const JoinedRow& row : run.rows()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// The row of this run of that name, under the same transforms; where that is
// the row itself, the one of exactly that name ("npo" of "npo + quantise").
const JoinedRow* own_row(const GateRule& rule, const GatedRun& run,
                         const JoinedRow& row, std::string& why) {
  const JoinedRow* found = nullptr;
  size_t count = 0;
  std::vector<std::string> names = {kBaseline};
  for (const JoinedRow& other : run.rows()) {
    if (other.transform.empty()) names.push_back(other.name);
    if (&other == &row || other.transform != row.transform ||
        !named(other, rule.versus)) {
      continue;
    }
    found = &other;
    ++count;
  }
  if (count == 0) found = row_called(run, rule.versus);
  if (found != nullptr && count < 2) return found;
  why = count > 1 ? fmt::format("\"vs\": {} names {} rows: name one",
                                rule.versus, count)
                  : fmt::format("\"vs\" names no row {} of the run: {}",
                                rule.versus, suggest(rule.versus, names));
  return nullptr;
}

// Of the same seed, or of the only one.
const Record* record_of(const GatedRun& run, const GateRule& rule,
                        const JoinedRow& row, const Record& like,
                        std::string& why) {
  const std::vector<int64_t> seeds = GatedRun::seeds(row);
  const std::string key = measure_key(like);
  const Record* found = run.record(row, key, like.seed);
  if (found == nullptr && seeds.size() == 1) {
    found = run.record(row, key, seeds.front());
  }
  if (found == nullptr) {
    why = fmt::format("{} has no such value of seed {}", row.name, like.seed);
  } else if (!found->finite()) {
    why = row.name + " has no value there: " +
          (found->message.empty() ? found->status : found->message);
  } else if (static_cast<double>(found->n) <
             rule.coverage * static_cast<double>(found->n_expected)) {
    why = fmt::format("{} has a value of only {} of {} items there", row.name,
                      found->n, found->n_expected);
  }
  return why.empty() ? found : nullptr;
}

std::string differing_hash(const Record& a, const Record& b) {
  const auto differ = [](const char* name, const std::string& x,
                         const std::string& y) {
    return x == y ? std::string()
                  : fmt::format(
                        "{} differs ({} and {}): not the same items, "
                        "so the values cannot be compared",
                        name, x.empty() ? "none" : x.substr(0, 12),
                        y.empty() ? "none" : y.substr(0, 12));
  };
  std::string why = differ("data_hash", a.data_hash, b.data_hash);
  if (why.empty()) why = differ("prompt_hash", a.prompt_hash, b.prompt_hash);
  if (why.empty()) why = differ("items_hash", a.items_hash, b.items_hash);
  return why;
}

}  // namespace

bool is_compared_row(const GateRule& rule, const GatedRun& run,
                     const JoinedRow& row) {
  if (rule.versus.empty() || rule.versus == kBaseline) return false;
  const JoinedRow* exact = row_called(run, rule.versus);
  return named(row, rule.versus) && (exact == nullptr || exact == &row);
}

std::string compare(const GateRule& rule, const GateSubject& subject,
                    const JoinedRow& row, const Record& record,
                    GateCheck& check) {
  const bool from_baseline = rule.versus == kBaseline;
  if (from_baseline && subject.baseline == nullptr) {
    return "there is nothing to compare with: name a run with --baseline RUN";
  }
  const GatedRun& run = from_baseline ? *subject.baseline : subject.run;
  std::string why;
  const JoinedRow* other_row = from_baseline ? baseline_row(subject, row, why)
                                             : own_row(rule, run, row, why);
  const Record* other = other_row == nullptr
                            ? nullptr
                            : record_of(run, rule, *other_row, record, why);
  if (other == nullptr) return why;
  why = differing_hash(record, *other);
  if (!why.empty()) return why;
  check.measured = record.value;
  check.compared_with = other->value;
  const bool drop = check.bound.kind == BoundKind::max_drop;
  if (!rule.paired) {
    check.value = drop ? difference(measured(*other), measured(record))
                       : difference(measured(record), measured(*other));
    return "";
  }
  const ItemValues mine = item_values(subject.run.folder(), record);
  const ItemValues theirs = item_values(run.folder(), *other);
  check.value = drop ? paired_change(theirs, mine, why)
                     : paired_change(mine, theirs, why);
  return why.empty() ? "" : "no paired values: " + why;
}

}  // namespace lethe
