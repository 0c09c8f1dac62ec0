// Dataset inference: was a set of texts trained on? No text is decided by
// itself: many weak signals are combined by a classifier that was trained on
// one half, and a test on the other half compares the sets' mean scores.
//
//   score = w . clipped, standardised features; w: ridge logistic regression
//           on half of members and others
//   p = P(t or more | same mean), Welch's t-test on the other half, members
//       above others; over all splits min(1, 2 median p)
//   d = (mean member - mean other) / pooled standard deviation, median
//
// Paper: Maini et al. 2024, arXiv:2406.06443, section 5. Peer: numpy 2.4.6 and
// scipy 1.17.1, p and d to 1e-6 (testdata/dataset_inference.json);
// llm_dataset_inference, whose test is Student's with equal variances on one
// split; clipping to the middle 95 % of the training half is its default.
// Twice the median is a valid p-value for splits that overlap (Meinshausen et
// al. 2009, doi:10.1198/jasa.2009.tm08647). Items whose features are equal are
// copies of a text: they count once, and those of both classes share a half; a
// copy in the other half would be known there. Only as good as the split:
// members and others must be alike but for training (see blind_mia).
#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <set>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  int64_t splits = 11;  // into halves, at least 1
  int64_t seed = 0;     // of the splits
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, splits, seed)

constexpr size_t kLeast = 8;  // of each class, so that halves have four

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

using Texts = std::vector<const Observation*>;

struct Test {
  double p, d;
};

const std::vector<double>& features_of(const Observation& seen) {
  return seen.numbers.at("features");
}

// The first of each text of a class, in order.
Texts different(const Observations& seen) {
  std::set<std::pair<bool, std::vector<double>>> known;
  Texts texts;
  for (const Observation& one : seen) {
    if (known.emplace(*one.member, features_of(one)).second) {
      texts.push_back(&one);
    }
  }
  return texts;
}

double quantile(std::vector<double> sorted, double share) {
  std::sort(sorted.begin(), sorted.end());
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] +
         (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

// Clips every feature to the middle 95 % of the first `training` rows and
// standardises it by them; a feature that is the same for all becomes 0.
void prepare(Matrix& x, Eigen::Index training) {
  for (Eigen::Index f = 0; f < x.cols(); ++f) {
    const Vector own = x.col(f).head(training);
    const std::vector<double> values(own.begin(), own.end());
    x.col(f) = x.col(f)
                   .cwiseMax(quantile(values, 0.025))
                   .cwiseMin(quantile(values, 0.975));
    const double mean = x.col(f).head(training).mean();
    x.col(f).array() -= mean;
    const double spread = std::sqrt(x.col(f).head(training).squaredNorm() /
                                    static_cast<double>(training));
    x.col(f) *= spread > 1e-12 ? 1 / spread : 0;
  }
}

// Weights of a logistic regression with L2 (C = 1), the last one its constant,
// by Newton's method; labels are 0 and 1.
Vector fitted(const Matrix& features, const Vector& labels) {
  Matrix x(features.rows(), features.cols() + 1);
  x << features, Vector::Ones(features.rows());
  Matrix penalty = Matrix::Identity(x.cols(), x.cols());
  penalty(x.cols() - 1, x.cols() - 1) = 1e-9;
  Vector w = Vector::Zero(x.cols());
  for (int step = 0; step < 25; ++step) {
    const Eigen::ArrayXd p = 1 / (1 + (-(x * w).array()).exp());
    const Vector slope =
        x.transpose() * (labels.array() - p).matrix() - penalty * w;
    const Matrix curve =
        x.transpose() * (p * (1 - p)).matrix().asDiagonal() * x + penalty;
    w += curve.ldlt().solve(slope);
  }
  return w;
}

struct Moments {
  double n, mean, variance;
};

Moments moments(const Vector& scores) {
  const auto n = static_cast<double>(scores.size());
  const double mean = scores.mean();
  return {n, mean, (scores.array() - mean).square().sum() / (n - 1)};
}

// Welch's test that the first have the higher mean.
Test welch(const Vector& members, const Vector& others) {
  const Moments a = moments(members), b = moments(others);
  const double va = a.variance / a.n, vb = b.variance / b.n;
  const double pooled = std::sqrt(
      ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / (a.n + b.n - 2));
  const double gap = a.mean - b.mean;
  if (!(va + vb > 0)) {  // all alike in each class
    const double p = gap > 0 ? 0 : gap < 0 ? 1 : 0.5;
    return {p, gap == 0 ? 0 : std::copysign(INFINITY, gap)};
  }
  const double freedom =
      (va + vb) * (va + vb) / (va * va / (a.n - 1) + vb * vb / (b.n - 1));
  const boost::math::students_t t(freedom);
  return {boost::math::cdf(complement(t, gap / std::sqrt(va + vb))),
          gap / pooled};
}

class DatasetInference final : public Metric {
 public:
  explicit DatasetInference(const Json& json) : o_(parse<Options>(json)) {
    if (o_.splits < 1 || o_.splits > 1000) {
      fail_usage("dataset_inference", fmt::format("splits is {}", o_.splits),
                 "give 1 to 1000");
    }
  }

  MetricNeeds needs() const override {
    return {.member = true, .numbers = {"features"}};
  }
  std::string main_field() const override { return "p"; }
  std::vector<std::string> fields() const override { return {"p", "d"}; }
  std::string unit_of(const std::string& field) const override {
    return field == "d" ? "standard deviations" : unit();
  }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& seen) const override {
    auto n = static_cast<int64_t>(seen.size());
    if (const std::string reason = unusable(seen); !reason.empty()) {
      return {{"p", no_estimate(n, reason)}, {"d", no_estimate(n, reason)}};
    }
    const Texts texts = different(seen);
    n = static_cast<int64_t>(texts.size());
    std::vector<double> ps, ds;
    for (int64_t split = 0; split < o_.splits; ++split) {
      const Test test = one_split(texts, split);
      ps.push_back(test.p);
      ds.push_back(test.d);
    }
    Estimate p = no_estimate(n, "");  // a p-value has no interval
    p.value = std::min(1.0, 2 * quantile(ps, 0.5));
    p.note = fmt::format("twice the median of {} splits", o_.splits);
    if (texts.size() < seen.size()) {
      p.note += fmt::format(", {} copies left out", seen.size() - texts.size());
    }
    Estimate d = no_estimate(n, "");
    d.value = quantile(ds, 0.5);
    if (!std::isfinite(d.value)) {
      d = no_estimate(n, "the scores of a class are all the same");
    } else if (o_.splits > 1) {
      d.ci95 = {quantile(ds, 0.025), quantile(ds, 0.975), "splits"};
    }
    return {{"p", p}, {"d", d}};
  }

 private:
  static std::string unusable(const Observations& seen) {
    size_t bad = 0;
    for (const Observation& o : seen) {
      const std::vector<double>& values = features_of(o);
      if (values.size() != features_of(seen.front()).size()) {
        return "items have different numbers of features";
      }
      bad += std::all_of(values.begin(), values.end(),
                         [](double v) { return std::isfinite(v); })
                 ? 0
                 : 1;
    }
    if (bad > 0) {
      return fmt::format("{} of {} items have a feature that is not finite",
                         bad, seen.size());
    }
    size_t of[2] = {0, 0};
    for (const Observation* one : different(seen)) ++of[*one->member ? 1 : 0];
    if (std::min(of[0], of[1]) < kLeast) {
      return fmt::format(
          "{} members and {} others that differ: {} of each are needed", of[1],
          of[0], kLeast);
    }
    return "";
  }

  // A half, training or tested, of each class's texts; [tested][other].
  struct Halves {
    Texts of[2][2];
  };
  Halves halved(const Texts& texts, int64_t split) const {
    std::map<std::vector<double>, int> sides;
    for (const Observation* one : texts) {
      sides[features_of(*one)] |= *one->member ? 1 : 2;
    }
    Halves halves;
    const auto halve = [&](const char* name, int side) {
      std::map<std::vector<double>, size_t> places;
      std::vector<Texts> own;  // a text's, of one class or both
      for (const Observation* one : texts) {
        if (sides[features_of(*one)] != side) continue;
        const auto [place, fresh] =
            places.emplace(features_of(*one), own.size());
        if (fresh) own.emplace_back();
        own[place->second].push_back(one);
      }
      Rng rng(static_cast<uint64_t>(o_.seed),
              fmt::format("dataset_inference {} {}", split, name));
      const auto order = rng.permutation(static_cast<int64_t>(own.size()));
      for (size_t k = 0; k < own.size(); ++k) {
        for (const Observation* one : own[static_cast<size_t>(order[k])]) {
          halves.of[2 * k >= own.size() ? 1 : 0][*one->member ? 0 : 1]
              .push_back(one);
        }
      }
    };
    halve("true", 1);
    halve("false", 2);
    halve("both", 3);
    return halves;
  }

  // Training rows first, members before others in each part.
  Test one_split(const Texts& seen, int64_t split) const {
    const Halves halves = halved(seen, split);
    const auto& part = halves.of;
    const size_t features = features_of(*seen.front()).size();
    Matrix x(static_cast<Eigen::Index>(seen.size()),
             static_cast<Eigen::Index>(features));
    Eigen::Index row = 0;
    for (const auto& half : part) {
      for (const auto& side : half) {
        for (const Observation* one : side) {
          const std::vector<double>& values = features_of(*one);
          x.row(row++) = Eigen::Map<const Eigen::RowVectorXd>(
              values.data(), static_cast<Eigen::Index>(features));
        }
      }
    }
    const auto size = [&](int half, int side) {
      return static_cast<Eigen::Index>(part[half][side].size());
    };
    const Eigen::Index training = size(0, 0) + size(0, 1);
    prepare(x, training);
    Vector labels = Vector::Zero(training);
    labels.head(size(0, 0)).setOnes();
    const Vector w = fitted(x.topRows(training), labels);
    const Vector scores =
        x.bottomRows(x.rows() - training) * w.head(w.size() - 1);
    return welch(scores.head(size(1, 0)), scores.tail(size(1, 1)));
  }

  const Options o_;
};

[[maybe_unused]] const bool registered =
    Registry<Metric>::add<DatasetInference>(
        {.name = "dataset_inference",
         .summary =
             "Whether a set was trained on: a t-test on combined scores.",
         .paper = "arXiv:2406.06443",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
