#include "harness/data/guesses.h"

#include <algorithm>
#include <limits>

namespace lethe {
namespace {

// An id as one field of a CSV file.
std::string field_of(const Json& id) {
  std::string text = id.is_string() ? id.get<std::string>() : id.dump();
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  for (size_t at = 0; (at = text.find('"', at)) != text.npos; at += 2) {
    text.insert(at, 1, '"');
  }
  return '"' + text + '"';
}

double score_of(const DataRow& row) {
  const Json score = row.fields.value("score", Json());
  return score.is_number() ? score.get<double>()
                           : -std::numeric_limits<double>::infinity();
}

}  // namespace

std::string guesses_csv(const std::vector<DataRow>& samples) {
  std::vector<const DataRow*> guesses;
  for (const DataRow& row : samples) {
    if (row.fields.contains("output_ids")) guesses.push_back(&row);
  }
  if (guesses.empty()) return "";
  std::stable_sort(guesses.begin(), guesses.end(),
                   [](const DataRow* a, const DataRow* b) {
                     return score_of(*a) > score_of(*b);
                   });
  std::string text = "Example ID,Suffix Guess\r\n";
  for (const DataRow* row : guesses) {
    // A list of one id needs no quotes, and csv writes none.
    const std::string list = row->fields["output_ids"].dump();
    text += field_of(row->fields["id"]) + "," + field_of(Json(list)) + "\r\n";
  }
  return text;
}

}  // namespace lethe
