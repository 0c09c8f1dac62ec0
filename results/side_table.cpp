#include "results/side_table.h"

#include <algorithm>

#include "results/row_ranks.h"
#include "results/standing.h"

namespace lethe {
namespace {

// End points first, in the table's order, then by place.
std::vector<const TableRow*> by_place(const Table& table) {
  std::vector<const TableRow*> rows;
  for (const TableRow& row : table.rows) {
    if (row.transform.empty()) rows.push_back(&row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const TableRow* a, const TableRow* b) {
                     if (is_end_point(*a) != is_end_point(*b)) {
                       return is_end_point(*a);
                     }
                     return a->place.best < b->place.best;
                   });
  return rows;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string named(const TableRow& row) {
  std::string name = row.name;
  for (const RowFlag& flag : row.flags) name += " (" + flag.flag + ")";
  return name;
}

SideTable published_table(const PublishedTable& published) {
  SideTable side;
  side.foreign = true;
  side.title = "Published, not run here: " + published.title;
  side.about = published.source;
  side.heads = {"method"};
  for (const PublishedColumn& column : published.columns) {
    side.heads.push_back(column.title + (column.arrow().empty() ? "" : " ") +
                         column.arrow());
  }
  for (const PublishedRow& row : published.rows) {
    std::vector<std::string> cells = {row.name};
    for (const double value : row.values) {
      cells.push_back(published_number(value));
    }
    side.rows.push_back(std::move(cells));
  }
  side.notes = published.notes;
  return side;
}

}  // namespace

SideTable overall_table(const Table& table) {
  SideTable side;
  if (!has_standing(table)) return side;
  side.title = "Overall";
  side.heads = {"model"};
  const bool placed = has_places(table);
  if (placed) {
    side.heads.push_back("rank");
    side.heads.push_back("mean rank");
  }
  const char* const kinds[] = {"extraction", "membership"};
  for (const char* kind : kinds) {
    if (!has_worst(table, kind)) continue;
    side.heads.push_back(std::string("worst ") + kind);
    side.heads.push_back("reached by");
  }
  for (const TableRow* row : by_place(table)) {
    std::vector<std::string> cells = {named(*row)};
    if (placed) {
      cells.push_back(or_dash(place_text(*row)));
      cells.push_back(or_dash(mean_rank_text(*row)));
    }
    for (const char* kind : kinds) {
      if (!has_worst(table, kind)) continue;
      const WorstAttack* worst = worst_of(*row, kind);
      cells.push_back(worst == nullptr ? "-" : worst_text(table, *worst));
      cells.push_back(worst == nullptr ? "-" : worst_source(table, *worst));
    }
    side.rows.push_back(std::move(cells));
  }
  return side;
}

std::vector<SideTable> side_tables(const Table& table) {
  std::vector<SideTable> all;
  SideTable overall = overall_table(table);
  if (!overall.rows.empty()) all.push_back(std::move(overall));
  for (const PublishedTable& published : table.published) {
    all.push_back(published_table(published));
  }
  return all;
}

}  // namespace lethe
