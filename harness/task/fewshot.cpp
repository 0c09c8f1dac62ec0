#include "harness/task/fewshot.h"

#include <algorithm>

#include "harness/task/python_random.h"

namespace lethe {
namespace {

void check_enough(const Task& task, const SplitData& pool, size_t count) {
  if (pool.rows.size() >= count) return;
  fail_usage(task.name,
             fmt::format("{} few-shot examples are wanted, {} has {}", count,
                         pool.path, pool.rows.size()),
             "ask for fewer");
}

// Rows of the pool that are not the document, `count` of them, as the peer
// takes them.
std::vector<int64_t> without(const SplitData& pool,
                             const std::vector<int64_t>& rows,
                             const OrderedJson& document, size_t count) {
  std::vector<int64_t> kept;
  for (const int64_t row : rows) {
    if (kept.size() == count) break;
    if (pool.rows[static_cast<size_t>(row)].fields != document) {
      kept.push_back(row);
    }
  }
  return kept;
}

std::vector<int64_t> first_rows(const SplitData& pool) {
  std::vector<int64_t> rows;
  for (size_t i = 0; i < pool.rows.size(); ++i) {
    rows.push_back(static_cast<int64_t>(i));
  }
  return rows;
}

class Drawer {
 public:
  Drawer(const Task& task, const SplitData& pool, bool same, size_t count,
         uint32_t seed)
      : first_(task.fewshot.first),
        pool_(pool),
        same_(same),
        count_(count),
        random_(seed) {}

  std::vector<int64_t> draw(const OrderedJson& document) {
    const auto n = static_cast<int64_t>(pool_.rows.size());
    const auto k = static_cast<int64_t>(count_);
    if (first_) {
      return same_ ? without(pool_, first_rows(pool_), document, count_)
                   : cut(first_rows(pool_));
    }
    if (!same_) return random_.sample(n, k);
    const std::vector<int64_t> kept =
        without(pool_, random_.sample(n, k + 1), document, count_);
    if (kept.size() == count_) return kept;
    // The pool has the document several times: drawn again from the others.
    const std::vector<int64_t> others =
        without(pool_, first_rows(pool_), document, pool_.rows.size());
    std::vector<int64_t> again;
    for (const int64_t i :
         random_.sample(static_cast<int64_t>(others.size()), k)) {
      again.push_back(others[static_cast<size_t>(i)]);
    }
    return again;
  }

 private:
  std::vector<int64_t> cut(std::vector<int64_t> rows) const {
    rows.resize(count_);
    return rows;
  }

  const bool first_;
  const SplitData& pool_;
  const bool same_;
  const size_t count_;
  PythonRandom random_;
};

}  // namespace

Shots draw_shots(const Task& task, const SplitData& data,
                 const TaskSources& sources, int64_t count, uint32_t seed) {
  Shots shots;
  shots.chosen.resize(data.rows.size());
  if (count == 0) return shots;
  if (task.kind == TaskKind::rolling) {
    fail_usage(task.name, "takes no few-shot examples", "leave them out");
  }
  const SplitData pool = find_split(task, task.fewshot.splits, sources);
  shots.split = pool.split;
  shots.path = pool.path;
  const bool same = task.fewshot.leave_out.value_or(
      pool.path == data.path || (data.split != "test" && !task.fewshot.first));
  const auto k = static_cast<size_t>(count);
  check_enough(task, pool, k + (same ? 1 : 0));
  shots.worked.resize(pool.rows.size());
  std::vector<bool> done(pool.rows.size());
  Drawer drawer(task, pool, same, k, seed);
  for (size_t d = 0; d < data.rows.size(); ++d) {
    shots.chosen[d] = drawer.draw(data.rows[d].fields);
    bool overlap = false;
    for (const int64_t row : shots.chosen[d]) {
      const auto i = static_cast<size_t>(row);
      if (!done[i]) {
        done[i] = true;
        shots.worked[i] = worked_example(
            task, make_document(task, task.forms[pool.form], pool.rows[i]));
      }
      overlap = overlap || pool.rows[i].fields == data.rows[d].fields;
    }
    shots.overlaps += overlap ? 1 : 0;
  }
  return shots;
}

}  // namespace lethe
