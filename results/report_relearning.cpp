// How fast what was unlearned comes back: values against the steps, or the
// texts, of a transform that trains the model again.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "results/headline.h"
#include "results/report_data.h"
#include "results/run_json.h"

namespace lethe {
namespace {

constexpr size_t kMostMeasures = 6, kMostSeries = 12;

// A row under a chain with one transform that trains.
struct Relearned {
  const TableRow* row = nullptr;
  std::string transform;                  // its name
  std::map<std::string, double> options;  // those that are numbers
  std::string series;                     // label and the other transforms
  std::vector<std::string> others;
};

bool trains(const std::string& link) {
  const std::string name = link.substr(0, link.find(':'));
  return name == "relearn" || name == "benign_finetune";
}

// "relearn:n=10,steps=50", and the defaults of the resolved suite.
std::map<std::string, double> numbers_of(const ReportData& data,
                                         const std::string& link) {
  std::map<std::string, double> numbers;
  const std::string name = link.substr(0, link.find(':'));
  const Json transforms = value_at(value_at(data.run, "suite"), "transforms");
  for (const Json& one : transforms.is_array() ? transforms : Json::array()) {
    const Json set = value_at(one, "set");
    if (text_at(one, "name") != name || !set.is_object()) continue;
    for (const auto& [key, value] : set.items()) {
      if (value.is_number()) numbers[key] = value.get<double>();
    }
  }
  for (size_t at = name.size(); at < link.size();) {
    const size_t begin = at + 1;
    at = std::min(link.find(',', begin), link.size());
    const std::string pair = link.substr(begin, at - begin);
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    const Json value = parse_value(pair.substr(equals + 1));
    if (value.is_number()) {
      numbers[pair.substr(0, equals)] = value.get<double>();
    }
  }
  return numbers;
}

std::optional<Relearned> relearned(const ReportData& data,
                                   const TableRow& row) {
  Relearned found;
  for (const std::string& link : row.transform) {
    if (!trains(link)) {
      found.others.push_back(link);
    } else if (found.row == nullptr) {
      found.row = &row;
      found.transform = link.substr(0, link.find(':'));
      found.options = numbers_of(data, link);
    } else {
      return {};  // trained twice: no one axis
    }
  }
  if (found.row == nullptr) return {};
  found.series = row.label.empty() ? row.method : row.label;
  for (const std::string& other : found.others) found.series += " + " + other;
  return found;
}

bool varies(const std::vector<Relearned>& rows, const std::string& key) {
  std::set<double> values;
  for (const Relearned& one : rows) {
    const auto value = one.options.find(key);
    if (value != one.options.end()) values.insert(value->second);
  }
  return values.size() > 1;
}

// The option that tells the rows apart: steps, else n.
std::string axis_of(const std::vector<Relearned>& rows) {
  return varies(rows, "n") && !varies(rows, "steps") ? "n" : "steps";
}

// The row before relearning.
const TableRow* start_of(const ReportData& data, const Relearned& one) {
  for (const TableRow& row : data.table.rows) {
    if (row.label == one.row->label && row.method == one.row->method &&
        row.method_options == one.row->method_options &&
        row.transform == one.others) {
      return &row;
    }
  }
  return nullptr;
}

PlotPoint point_of(double x, const TableCell& cell) {
  return {x, cell.value, cell.low, cell.high};
}

// One line a row and setting of everything but the axis.
std::vector<PlotSeries> series_of(const ReportData& data,
                                  const std::vector<Relearned>& rows,
                                  const std::string& axis, size_t column) {
  std::vector<PlotSeries> all;
  std::map<std::string, size_t> places;
  for (const Relearned& one : rows) {
    const auto x = one.options.find(axis);
    if (x == one.options.end()) continue;
    std::string name = one.series;
    for (const char* key : {"n", "steps", "lr", "lora_rank"}) {
      const auto value = one.options.find(key);
      if (key == axis || !varies(rows, key)) continue;
      if (value == one.options.end()) continue;
      name += fmt::format(", {}={:g}", key, value->second);
    }
    const auto [place, fresh] = places.try_emplace(name, all.size());
    if (fresh) {
      all.push_back({name});
      const TableRow* start = start_of(data, one);
      if (start != nullptr) {
        all.back().points.push_back(point_of(0, start->cells[column]));
      }
    }
    all[place->second].points.push_back(
        point_of(x->second, one.row->cells[column]));
  }
  for (PlotSeries& series : all) {
    std::stable_sort(
        series.points.begin(), series.points.end(),
        [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
  }
  if (all.size() > kMostSeries) all.resize(kMostSeries);
  return all;
}

std::string figures_of(const ReportData& data, const std::string& transform,
                       const std::vector<Relearned>& rows, PlotShelf& shelf) {
  const std::string axis = axis_of(rows);
  std::string figures;
  size_t drawn = 0;
  for (const size_t c : by_importance(data.table)) {
    const TableColumn& column = data.table.columns[c];
    if (column.group == ColumnGroup::cost || drawn == kMostMeasures) continue;
    Plot plot{transform + "-" + column.title,
              column.title + " after " + transform,
              fmt::format("{} of each row against {} of {}; at 0 the row "
                          "before it.",
                          column.title, axis, transform),
              {axis == "n" ? "texts trained on, n" : "training steps"},
              {column.unit.empty() ? column.title
                                   : column.title + ", " + column.unit},
              series_of(data, rows, axis, c)};
    const std::string figure =
        shelf.figure(std::move(plot), "Bars are 95 % intervals.");
    drawn += figure.empty() ? 0 : 1;
    figures += figure;
  }
  return figures;
}

}  // namespace

std::string relearning_part(const ReportData& data, PlotShelf& shelf) {
  std::map<std::string, std::vector<Relearned>> by_transform;
  for (const TableRow& row : data.table.rows) {
    if (auto found = relearned(data, row)) {
      by_transform[found->transform].push_back(*std::move(found));
    }
  }
  std::string figures;
  for (const auto& [transform, rows] : by_transform) {
    figures += figures_of(data, transform, rows, shelf);
  }
  return side_by_side(figures);
}

}  // namespace lethe
