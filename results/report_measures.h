// One measure over the rows of a run, for parts of a report that look at items.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "results/report_data.h"

namespace lethe {

struct Measure {
  const Record* record = nullptr;  // of the first cell
  std::vector<const ReportCell*> cells;

  // "rouge_l.recall of greedy_extraction on forget".
  std::string name() const;
};

// Whether the same texts were asked in the same way.
bool same_question(const Record& a, const Record& b);
// Whether the same was measured of it, on whatever split.
bool same_metric(const Record& a, const Record& b);

// The cell's record of that measure; null: it has none.
const Record* record_of(const ReportCell& cell, const Record& like);

// The measures of the wanted records; those on texts to forget first, else in
// record order.
std::vector<Measure> measures_of(
    const ReportData& data, const std::function<bool(const Record&)>& wanted);

}  // namespace lethe
