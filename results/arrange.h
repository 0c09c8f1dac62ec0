// What a reader asked to see of a leaderboard: which columns, in which order.
#pragma once

#include <string>
#include <vector>

#include "results/table.h"

namespace lethe {

// Keeps the records of the columns that a pattern names (by key or title, with
// * and ?; case counts) and those without a metric: what is left is a table of
// its own, and its ranks, front and distances rest on these columns alone. One
// that names none is taken as several between commas: keys may hold commas. No
// patterns keep all. Throws: usage error with near names for a pattern that
// names no column.
void keep_columns(std::vector<Record>& records,
                  const std::vector<std::string>& patterns);

// Sorts the rows; end points stay first, and rows after transforms behind the
// others. By "rank" (place), "distance" (to retrain), "name", or a column (key
// or title; the better value first, by its direction; low before high without
// one). What has no value goes last. "" keeps the order. Throws: usage error
// with near names.
void sort_rows(Table& table, const std::string& by);

}  // namespace lethe
