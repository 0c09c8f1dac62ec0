// MAUVE against mauve-text 0.4.0 (LETHE_FIXTURES/metrics/mauve.json): exactly
// from its own clusters, and within its spread over seeds from features.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "harness/base/mapped_file.h"
#include "harness/base/safetensors_header.h"
#include "metrics/clusters.h"
#include "metrics/frontier.h"
#include "metrics/mauve_score.h"

namespace lethe {
namespace {

constexpr double kDigits = 2e-9;  // the golden values have nine

class MauveParity : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("LETHE_FIXTURES");
    if (root == nullptr || *root == '\0') {
      GTEST_SKIP() << "LETHE_FIXTURES is not set";
    }
    folder_ = std::string(root) + "/metrics/";
    golden_ = read_json(folder_ + "mauve.json");
  }

  Points points(const std::string& name) const {
    const MappedFile file(folder_ + "mauve_features.safetensors");
    for (const StoredEntry& entry :
         read_safetensors_header(file.bytes(), "features")) {
      if (entry.tensor.name != name) continue;
      Points found{static_cast<size_t>(entry.tensor.shape[0]),
                   static_cast<size_t>(entry.tensor.shape[1]),
                   std::vector<float>(entry.tensor.bytes / sizeof(float))};
      file.bytes().copy(reinterpret_cast<char*>(found.values.data()),
                        entry.tensor.bytes, entry.begin);
      return found;
    }
    ADD_FAILURE() << "no tensor " << name;
    return {};
  }

  FeaturePair features(const Json& row) const {
    const std::string name = fmt::format("case{}", row["case"].get<int>());
    return {points(name + "_p"), points(name + "_q")};
  }

  // The rows with the clusters of one seed.
  std::vector<Json> cases() const {
    std::vector<Json> rows;
    for (const Json& row : golden_["cases"]) {
      if (row.contains("seed")) rows.push_back(row);
    }
    return rows;
  }

  std::string folder_;
  Json golden_;
};

MauveOptions options_of(const Json& row) {
  MauveOptions options;
  options.scaling = row["scaling_factor"];
  options.curve_points = row["discretization"];
  options.buckets = row["num_buckets"];
  return options;
}

TEST_F(MauveParity, HistogramsGiveThePeersCurveAndScores) {
  ASSERT_EQ(golden_["from_hist"].size(), 12);
  for (const Json& row : golden_["from_hist"]) {
    const Histogram p = row["p_hist"];
    const Histogram q = row["q_hist"];
    const auto curve = divergence_curve(p, q, {});
    const auto wanted =
        row["curve"].get<std::vector<std::pair<double, double>>>();
    ASSERT_EQ(curve.size(), wanted.size());
    for (size_t i = 0; i < curve.size(); ++i) {
      EXPECT_NEAR(curve[i].first, wanted[i].first, 10 * kDigits) << row;
      EXPECT_NEAR(curve[i].second, wanted[i].second, 10 * kDigits) << row;
    }
    EXPECT_NEAR(curve_area(curve), row["mauve"], 10 * kDigits) << row;
    EXPECT_NEAR(frontier_integral(p, q), row["frontier_integral"], 10 * kDigits)
        << row;
  }
}

TEST_F(MauveParity, ThePeersClustersGiveItsScores) {
  const std::vector<Json> rows = cases();
  ASSERT_EQ(rows.size(), 20);
  for (const Json& row : rows) {
    const auto labels = row["labels_q_then_p"].get<std::vector<uint32_t>>();
    const size_t q_count = features(row).q.count;
    const std::span<const uint32_t> all(labels);
    const MauveScores scores =
        mauve_of_buckets(all.subspan(q_count), all.first(q_count),
                         row["num_buckets"], options_of(row));
    EXPECT_NEAR(scores[0], row["mauve"], kDigits);
    EXPECT_NEAR(scores[1], row["mauve_star"], kDigits);
    EXPECT_NEAR(scores[2], row["frontier_integral"], kDigits);
    EXPECT_NEAR(scores[3], row["frontier_integral_star"], kDigits);
  }
}

TEST_F(MauveParity, KeepsAsManyComponentsAndFindsClustersAsTight) {
  for (const Json& row : cases()) {
    FeaturePair both = features(row);
    Points all = both.q;
    all.count += both.p.count;
    all.values.insert(all.values.end(), both.p.values.begin(),
                      both.p.values.end());
    scale_to_unit(all);
    const Points kept = principal_components(all, 0.9);
    ASSERT_EQ(kept.dimensions, row["pca_dim_kept"]);
    const Clusters clusters =
        k_means(kept, {row["num_buckets"], 200, 500, row["seed"]});
    EXPECT_LE(clusters.inertia, 1.005 * row["kmeans_inertia"].get<double>());
  }
}

// The mean of 32 seeds lies within the peer's own extremes of 8.
TEST_F(MauveParity, FeaturesGiveScoresWithinThePeersSpread) {
  std::map<int, Json> rows;
  for (const Json& row : cases()) rows.emplace(row["case"], row);
  int compared = 0;
  for (const Json& row : golden_["cases"]) {
    if (!row.contains("spread_over_8_seeds")) continue;
    const Json& spread = row["spread_over_8_seeds"];
    MauveOptions options = options_of(rows.at(row["case"]));
    options.scaling = 5;
    options.curve_points = 25;
    options.seeds = 32;
    double mean = 0;
    for (const MauveScores& scores : mauve_scores(features(row), options)) {
      mean += scores[0] / 32;
    }
    EXPECT_GE(mean, spread["min"].get<double>() - kDigits) << row;
    EXPECT_LE(mean, spread["max"].get<double>() + kDigits) << row;
    EXPECT_NEAR(mean, spread["mean"], spread["std"].get<double>() + kDigits);
    ++compared;
  }
  EXPECT_EQ(compared, 5);
}

}  // namespace
}  // namespace lethe
