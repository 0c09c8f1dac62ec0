#include "harness/run/shards.h"

#include <algorithm>
#include <set>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "harness/run/evaluate.h"
#include "harness/run/located.h"

namespace lethe {
namespace {

bool compares(const Suite& suite) {
  for (const ProbeSpec& probe : suite.attacks) {
    for (const MetricSpec& metric : metrics_of(suite, probe)) {
      const auto made =
          Registry<Metric>::make(metric.name, located(metric, suite));
      if (made->needs().reference) return true;
    }
  }
  return false;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 7 &&
         text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

std::optional<Shard> read_shard(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string index = text.substr(0, slash);
  const std::string of = slash == text.npos ? "" : text.substr(slash + 1);
  if (!is_number(index) || !is_number(of)) return {};
  const Shard shard = {std::stoll(index), std::stoll(of)};
  if (shard.index < 1 || shard.index > shard.of) return {};
  return shard;
}

Shard parse_shard(const std::string& text) {
  const std::optional<Shard> shard = read_shard(text);
  if (!shard) {
    fail_usage("--shard", "is \"" + text + "\"",
               "give I/N with I from 1 to N, e.g. 2/4");
  }
  return *shard;
}

ShardPlan::ShardPlan(const Suite& suite, const std::vector<Variant>& variants,
                     const std::vector<Chain>& chains, const Shard& shard)
    : suite_(suite), variants_(variants), chains_(chains), shard_(shard) {
  if (shard.whole()) return;
  const auto cells = static_cast<int64_t>(variants.size() * chains.size());
  if (shard.of > cells) {
    fail_usage(fmt::format("--shard {}/{}", shard.index, shard.of),
               fmt::format("the suite has {} cells", cells),
               fmt::format("cut it into at most {}", cells));
  }
  compares_ = suite.reference.is_object() && compares(suite);
}

int64_t ShardPlan::owner(size_t variant, size_t chain) const {
  const auto cells = static_cast<int64_t>(variants_.size() * chains_.size());
  const auto place = static_cast<int64_t>(variant * chains_.size() + chain);
  return place * shard_.of / cells + 1;
}

bool ShardPlan::runs(size_t variant, size_t chain) const {
  if (shard_.whole() || owner(variant, chain) == shard_.index) return true;
  if (!compares_ || !is_reference(suite_, variants_[variant])) return false;
  for (size_t other = 0; other < variants_.size(); ++other) {
    const bool same_seed = variants_[other].seed == variants_[variant].seed;
    if (same_seed && owner(other, chain) == shard_.index) return true;
  }
  return false;
}

bool ShardPlan::runs(size_t variant) const {
  for (size_t chain = 0; chain < chains_.size(); ++chain) {
    if (runs(variant, chain)) return true;
  }
  return false;
}

void ShardPlan::keep_own(std::vector<PlannedRow>& rows,
                         const std::string& suite_hash) const {
  std::set<std::string> own;
  for (size_t v = 0; v < variants_.size(); ++v) {
    for (size_t c = 0; c < chains_.size(); ++c) {
      if (!runs(v, c)) continue;
      own.insert(cell_hash(suite_hash, variants_[v], chains_[c]));
    }
  }
  std::erase_if(
      rows, [&](const PlannedRow& row) { return own.count(row.cell) == 0; });
}

OrderedJson ShardPlan::to_json(const std::string& suite_hash) const {
  OrderedJson cells = OrderedJson::array();
  for (size_t v = 0; v < variants_.size(); ++v) {
    for (size_t c = 0; c < chains_.size(); ++c) {
      cells.push_back(
          {{"cell", cell_hash(suite_hash, variants_[v], chains_[c])},
           {"label", variants_[v].label},
           {"reference", is_reference(suite_, variants_[v])},
           {"shard", owner(v, c)}});
    }
  }
  return cells;
}

}  // namespace lethe
