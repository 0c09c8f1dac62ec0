#include "results/row_items.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <utility>

namespace lethe {
namespace {

constexpr uint64_t kMostBytes = uint64_t{128} << 20;  // about two seconds

// The values as the test wants them; false: there are none to test.
bool make_plain(ItemValues& items, bool one_seed) {
  if (!items.missing.empty() || !items.clusters.empty() ||
      items.form == ItemForm::ranking ||
      (items.form == ItemForm::exp_ratio && !one_seed)) {
    return false;
  }
  if (!items.weights.empty()) {
    const double sum =
        std::accumulate(items.weights.begin(), items.weights.end(), 0.0);
    const double mean = sum / static_cast<double>(items.weights.size());
    for (size_t i = 0; i < items.values.size(); ++i) {
      // A text without tokens has no loss, whatever its value says.
      const double weight = items.weights[i];
      items.values[i] = weight == 0 ? 0 : items.values[i] * weight / mean;
    }
  }
  return std::all_of(items.values.begin(), items.values.end(),
                     [](double v) { return std::isfinite(v); });
}

}  // namespace

RowItems::RowItems(std::vector<RunFolder> folders)
    : folders_(std::move(folders)) {}

bool RowItems::affordable(const std::string& folder, const Record& record) {
  const std::string file = samples_file(folder, record);
  if (file.empty() || sizes_.count(file) > 0) return true;
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(file, error);
  if (error || bytes_ + size > kMostBytes) return false;
  bytes_ += size;
  sizes_[file] = size;
  return true;
}

const ItemMeans* RowItems::of(const std::vector<const Record*>& records) {
  auto means = std::make_unique<ItemMeans>();
  const auto seeds = static_cast<double>(records.size());
  for (const Record* record : records) {
    const std::string folder = folder_of(folders_, record->run);
    if (folder.empty() || !record->finite() || !affordable(folder, *record)) {
      return nullptr;
    }
    ItemValues items =
        readers_.try_emplace(folder, folder).first->second.values(*record);
    if (!make_plain(items, records.size() == 1)) return nullptr;
    if (means->ids.empty()) {
      means->ids = items.ids;
      means->values.resize(items.values.size());
    }
    if (items.ids != means->ids) return nullptr;
    for (size_t i = 0; i < items.values.size(); ++i) {
      means->values[i] += items.values[i] / seeds;
    }
  }
  if (means->ids.empty()) return nullptr;
  made_.push_back(std::move(means));
  return made_.back().get();
}

}  // namespace lethe
