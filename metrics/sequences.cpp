#include "metrics/sequences.h"

#include <fmt/core.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <numeric>
#include <ranges>

#include "harness/base/error.h"
#include "metrics/numbered_words.h"
#include "metrics/numbering.h"

namespace lethe {
namespace {

template <class Thing>
Sequences numbered(const std::vector<Thing>& got,
                   const std::vector<Thing>& wanted) {
  Numbering<Thing> numbers;
  Sequences both{numbers.of_all(got), numbers.of_all(wanted)};
  both.kinds = numbers.size();
  return both;
}

std::vector<UChar32> code_points(const std::string& text) {
  std::vector<UChar32> points;
  points.reserve(text.size());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t next = 0; next < size;) {
    UChar32 point = 0;
    U8_NEXT_OR_FFFD(text.data(), next, size, point);
    points.push_back(point);
  }
  return points;
}

// 64 rows of the table of distances as bits: where the distance grows or
// shrinks by one from a row to the next, in one column.
struct Rows {
  uint64_t grows = ~uint64_t{0};
  uint64_t shrinks = 0;

  // Goes one column to the right, whose thing stands in the rows of `match`.
  // `change` is how the row above changes there (-1, 0, 1); returns how row
  // `last` does.
  int next_column(uint64_t match, int change, size_t last) {
    const auto above_grows = static_cast<uint64_t>(change > 0);
    const auto above_shrinks = static_cast<uint64_t>(change < 0);
    const uint64_t down = match | shrinks;
    match |= above_shrinks;
    const uint64_t across = (((match & grows) + grows) ^ grows) | match;
    uint64_t right_grows = shrinks | ~(across | grows);
    uint64_t right_shrinks = grows & across;
    const int below = static_cast<int>((right_grows >> last) & 1) -
                      static_cast<int>((right_shrinks >> last) & 1);
    right_grows = right_grows << 1 | above_grows;
    right_shrinks = right_shrinks << 1 | above_shrinks;
    grows = right_shrinks | ~(down | right_grows);
    shrinks = right_grows & down;
    return below;
  }
};

}  // namespace

Sequences word_sequences(const std::string& got, const std::string& wanted) {
  NumberedWords words;
  Sequences both{words.of(got), words.of(wanted)};
  both.kinds = words.kinds();
  return both;
}

Sequences point_sequences(const std::string& got, const std::string& wanted) {
  return numbered(code_points(got), code_points(wanted));
}

void require_reference(const Observation& seen) {
  if (!seen.references.empty()) return;
  fail_input(fmt::format("item \"{}\"", seen.id),
             "has neither reference_ids nor a reference to compare with",
             "take the metric from a probe such as greedy_generation");
}

std::vector<Sequences> sequences(const Observation& seen,
                                 Sequences (*of_texts)(const std::string&,
                                                       const std::string&)) {
  if (!seen.reference_ids.empty()) {
    return {numbered(seen.output_ids, seen.reference_ids)};
  }
  require_reference(seen);
  std::vector<Sequences> all;
  for (const std::string& reference : seen.references) {
    all.push_back(of_texts(seen.output, reference));
  }
  return all;
}

// One row of the table a thing of `got`. It differs from 0 only where that
// thing stands in `wanted`, so that only those places are visited.
size_t longest_run(const Sequences& both) {
  const Places places(both.wanted, both.kinds);
  // [j + 1]: how long the run is that ends with wanted[j] in this row.
  std::vector<uint32_t> runs(both.wanted.size() + 1);
  uint32_t longest = 0;
  for (size_t i = 0; i < both.got.size(); ++i) {
    // From behind: runs[j] is the row above's until it is written.
    for (const uint32_t j : places.of(both.got[i]) | std::views::reverse) {
      runs[j + 1] = runs[j] + 1;
      longest = std::max(longest, runs[j + 1]);
    }
    if (i == 0 || both.got[i - 1] == both.got[i]) continue;
    for (const uint32_t j : places.of(both.got[i - 1])) runs[j + 1] = 0;
  }
  return longest;
}

// Myers 1999, "A fast bit-vector algorithm for approximate string matching
// based on dynamic programming", in Hyyro's form of 2003. 64 rows at a time
// cross the whole table, so that one row of changes is all that is kept.
size_t edit_distance(const Sequences& both) {
  constexpr size_t kRows = 64;
  const size_t rows = both.wanted.size();
  std::vector<int8_t> changes(both.got.size(), 1);  // of the row above
  std::vector<uint64_t> match(both.kinds);
  for (size_t begin = 0; begin < rows; begin += kRows) {
    const size_t count = std::min(kRows, rows - begin);
    for (size_t i = 0; i < count; ++i) {
      match[both.wanted[begin + i]] |= uint64_t{1} << i;
    }
    Rows block;
    for (size_t j = 0; j < both.got.size(); ++j) {
      changes[j] = static_cast<int8_t>(
          block.next_column(match[both.got[j]], changes[j], count - 1));
    }
    for (size_t i = 0; i < count; ++i) match[both.wanted[begin + i]] = 0;
  }
  // The first column of the last row, and how that row goes on.
  return static_cast<size_t>(std::accumulate(changes.begin(), changes.end(),
                                             static_cast<int64_t>(rows)));
}

}  // namespace lethe
