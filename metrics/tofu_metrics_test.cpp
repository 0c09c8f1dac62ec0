// TOFU's and MUSE's metrics against numbers worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "harness/base/bootstrap.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

std::unique_ptr<Metric> metric(const std::string& name,
                               const Json& options = Json::object()) {
  return Registry<Metric>::make(name, options);
}

void expect_refused(Fault fault, const std::vector<std::string>& words,
                    const std::function<void()>& work) {
  try {
    work();
    ADD_FAILURE() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), fault) << error.what();
    for (const std::string& word : words) {
      EXPECT_THAT(error.what(), testing::HasSubstr(word));
    }
  }
}

Observation answers(double right, std::vector<double> wrong) {
  Observation seen;
  seen.numbers["answer_nll"] = {right};
  seen.numbers["perturbed_nll"] = std::move(wrong);
  return seen;
}

Estimate value(const Aggregate& all, const std::string& field) {
  for (const auto& [name, estimate] : all) {
    if (name == field) return estimate;
  }
  ADD_FAILURE() << "no field " << field;
  return {};
}

double field(const Row& row, const std::string& name) {
  for (const auto& [own, number] : row) {
    if (own == name) return number;
  }
  ADD_FAILURE() << "no field " << name;
  return 0;
}

TEST(TruthRatio, IsWrongOverRight) {
  const double two = std::log(2.0), eight = std::log(8.0);
  const Observation seen = answers(two, {two, eight});
  // Probabilities 1/2 and 1/2, 1/8: their geometric mean is 1/4.
  const Row row = metric("truth_ratio", {{"epsilon", 0}})->item(seen);
  EXPECT_NEAR(field(row, "truth_ratio"), 0.5, 1e-12);
  EXPECT_NEAR(field(row, "closer_to_1_better"), 0.5, 1e-12);
  EXPECT_NEAR(field(row, "true_better"), 0.5, 1e-12);
  EXPECT_NEAR(field(row, "prob_mean"), 2.0 / 3, 1e-12);
  const Row plain =
      metric("truth_ratio", {{"mean", "arithmetic"}, {"epsilon", 0}})
          ->item(seen);
  EXPECT_NEAR(field(plain, "truth_ratio"), 0.625, 1e-12);
  const Row likelier = metric("truth_ratio")->item(answers(eight, {two}));
  EXPECT_NEAR(field(likelier, "truth_ratio"), 4, 1e-8);
  EXPECT_NEAR(field(likelier, "closer_to_1_better"), 0.25, 1e-8);
  EXPECT_EQ(field(likelier, "true_better"), 0);
}

TEST(TruthRatio, StaysFiniteAndNanNeverPasses) {
  EXPECT_NEAR(
      field(metric("truth_ratio")->item(answers(2000, {0})), "truth_ratio"),
      1e10, 1);
  const auto own = metric("truth_ratio");
  const Observations bad = {answers(std::nan(""), {1}), answers(1, {1})};
  const Aggregate all = measure(*own, items(*own, bad), bad, nullptr);
  EXPECT_TRUE(std::isnan(value(all, "truth_ratio").value));
  EXPECT_TRUE(std::isnan(value(all, "true_better").value));
  expect_refused(Fault::input, {"has no perturbed_nll"},
                 [&] { items(*own, {answers(1, {})}); });
  expect_refused(Fault::usage, {"mean is \"harmonic\""}, [] {
    metric("truth_ratio", {{"mean", "harmonic"}});
  });
}

TEST(TruthRatio, WithoutEpsilonIsFiniteWhereBothProbabilitiesAreZero) {
  for (const char* mean : {"geometric", "arithmetic"}) {
    const Row row = metric("truth_ratio", {{"mean", mean}, {"epsilon", 0}})
                        ->item(answers(2000, {2001, 2001}));
    EXPECT_NEAR(field(row, "truth_ratio"), std::exp(-1.0), 1e-12) << mean;
    EXPECT_NEAR(field(row, "prob_mean"), 1 / (1 + std::exp(-1.0)), 1e-12);
  }
  const auto own = metric("forget_quality", {{"epsilon", 0}});
  EXPECT_NEAR(own->item(answers(900, {899}))[0].second, std::exp(1.0), 1e-12);
}

TEST(TruthRatio, SaysWhereTheRowsHarnessAddsAnotherEpsilon) {
  Observations seen = {answers(1, {1})};
  seen[0].numbers["epsilon"] = {0};
  const auto note = [&](const char* name, const Json& options,
                        const char* which) {
    const auto own = metric(name, options);
    return value(measure(*own, items(*own, seen), seen, &seen), which).note;
  };
  using testing::HasSubstr;
  EXPECT_THAT(note("truth_ratio", {}, "true_better"), HasSubstr("epsilon=0"));
  EXPECT_THAT(note("forget_quality", {}, "p"), HasSubstr("epsilon=0"));
  const Json zero = {{"epsilon", 0}};
  EXPECT_EQ(note("truth_ratio", zero, "true_better"), "");
  EXPECT_EQ(note("forget_quality", zero, "p"), "");
}

Observations scored(const std::vector<double>& scores) {
  Observations all;
  for (const double score : scores) {
    Observation seen;
    seen.score = score;
    all.push_back(seen);
  }
  return all;
}

TEST(ForgetQuality, ComparesWithAReferenceModel) {
  const auto own = metric("forget_quality");
  const Observations model = scored({1, 2, 3, 4}), other = scored({5, 6, 7, 8});
  const Aggregate same = measure(*own, items(*own, model), model, &model);
  EXPECT_EQ(value(same, "p").value, 1);
  EXPECT_EQ(value(same, "d").value, 0);
  EXPECT_EQ(value(same, "cliffs_delta").value, 0);
  const Aggregate apart = measure(*own, items(*own, model), model, &other);
  EXPECT_NEAR(value(apart, "p").value, 2.0 / 70, 1e-12);
  EXPECT_NEAR(value(apart, "log10_p").value, std::log10(2.0 / 70), 1e-12);
  EXPECT_EQ(value(apart, "cliffs_delta").value, -1);
  EXPECT_EQ(value(apart, "p").n, 8);
  EXPECT_THAT(value(apart, "p").note, testing::HasSubstr("fully separated"));
  expect_refused(Fault::input, {"reference"},
                 [&] { measure(*own, items(*own, model), model, nullptr); });
  expect_refused(Fault::input, {"neither answer_nll", "nor a score"},
                 [&] { items(*own, scored({std::nan("")})); });
  const Observations none;
  const Aggregate empty = measure(*own, items(*own, model), model, &none);
  EXPECT_TRUE(std::isnan(value(empty, "p").value));
  EXPECT_THAT(value(empty, "p").reason, testing::HasSubstr("empty"));
}

TEST(ForgetQuality, IntervalsHoldTheirOwnValues) {
  const auto own = metric("forget_quality");
  const auto found = [&](size_t n, size_t m, double shift) {
    std::vector<double> a, b;
    for (size_t i = 0; i < n; ++i) a.push_back(static_cast<double>(i));
    for (size_t i = 0; i < m; ++i) b.push_back(static_cast<double>(i) + shift);
    const Observations model = scored(a), other = scored(b);
    return measure(*own, items(*own, model), model, &other);
  };
  const Aggregate same = found(40, 40, 0);
  EXPECT_EQ(value(same, "d").value, 0);
  EXPECT_EQ(value(same, "d").ci95.low, 0);
  // 2 exp(-2 n e^2) = 0.025 a sample: e = sqrt(ln 80 / (2 n)).
  EXPECT_NEAR(value(same, "d").ci95.high, 2 * std::sqrt(std::log(80) / 80),
              1e-12);
  EXPECT_EQ(value(same, "d").ci95.method, "dkw");
  EXPECT_EQ(value(found(40, 40, 100), "d").ci95.high, 1);
  // Separated, of three: auroc's exact interval, (2 x 0.025^(1/3) - 1, 1).
  const Estimate delta = value(found(3, 40, -1000), "cliffs_delta");
  EXPECT_EQ(delta.value, 1);
  EXPECT_NEAR(delta.ci95.low, 2 * std::cbrt(0.025) - 1, 1e-9);
  EXPECT_EQ(delta.ci95.high, 1);
  EXPECT_TRUE(std::isnan(value(found(1, 9, 1), "cliffs_delta").ci95.low) ||
              value(found(1, 9, 1), "cliffs_delta").value == -1);
}

Observations labelled(const std::vector<double>& members,
                      const std::vector<double>& others) {
  Observations all = scored(members);
  for (const Observation& seen : scored(others)) all.push_back(seen);
  for (size_t i = 0; i < all.size(); ++i) all[i].member = i < members.size();
  return all;
}

TEST(Privleak, IsZeroForTheReferenceAndMinusHundredForFullMemory) {
  const auto own = metric("privleak");
  const Observations reference = labelled({1, 3}, {2, 4});  // auroc 1/4
  const Observations memory = labelled({8, 9}, {1, 2});
  EXPECT_EQ(value(measure(*own, {}, reference, &reference), "privleak").value,
            0);
  EXPECT_EQ(value(measure(*own, {}, memory, &reference), "privleak").value,
            -100);
  // Against a coin, members always below the others: 100.
  const auto coin = metric("privleak", {{"reference_auroc", 0.5}});
  EXPECT_EQ(
      value(measure(*coin, {}, labelled({1, 2}, {3, 4}), nullptr), "privleak")
          .value,
      100);
  const Aggregate full = measure(*own, {}, reference, &memory);
  EXPECT_TRUE(std::isnan(value(full, "privleak").value));
  EXPECT_THAT(value(full, "privleak").reason, testing::HasSubstr("auroc is 1"));
  expect_refused(Fault::usage, {"reference_auroc is 1"}, [] {
    metric("privleak", {{"reference_auroc", 1}});
  });
}

TEST(Privleak, HasNoIntervalWithoutWidth) {
  const auto coin = metric("privleak", {{"reference_auroc", 0.5}});
  const auto found = [&](const Metric& own, const Observations& seen,
                         const Observations* reference) {
    return value(measure(own, {}, seen, reference), "privleak");
  };
  const Observations two = labelled({3, 4}, {1, 2}), one = labelled({3}, {1});
  const Estimate alone = found(*coin, one, nullptr);
  EXPECT_EQ(alone.value, -100);
  EXPECT_TRUE(std::isnan(alone.ci95.low));
  EXPECT_THAT(alone.note, testing::HasSubstr("one item"));
  // auroc 1 of two pairs: from sqrt(0.025) on.
  const Estimate apart = found(*coin, two, nullptr);
  EXPECT_EQ(apart.ci95.low, -100);
  EXPECT_NEAR(apart.ci95.high, 100 * (1 - 2 * std::sqrt(0.025)), 1e-9);
  EXPECT_EQ(apart.ci95.method, "clopper_pearson");
  const auto own = metric("privleak");
  const Observations mixed = labelled({1, 3, 5}, {2, 4, 6});
  EXPECT_THAT(found(*own, two, &one).note, "");
  EXPECT_THAT(found(*own, mixed, &one).reason, testing::HasSubstr("auroc is"));
  // The reference has another member below all others: 0, up to 0.84.
  const Observations low = labelled({1, 2}, {3, 4});
  const Estimate wide = found(*own, low, &low);
  EXPECT_EQ(wide.value, 0);
  EXPECT_NEAR(wide.ci95.low, -100 * (1 - std::sqrt(0.025)), 1e-9);
  EXPECT_NEAR(wide.ci95.high, 100 * (1 / std::sqrt(0.025) - 1), 1e-9);
}

TEST(Privleak, ResamplesRanksAsItWouldScores) {
  // With ties, within a class and between them.
  const std::vector<double> a = {1, 4, 4, 9, 7, 3, 5, 2, 8, 6, 6};
  const std::vector<double> b = {2, 4, 3, 7, 1, 8, 5, 5, 9};
  const Observations own = labelled(a, b), other = labelled(b, a);
  const auto leak = metric("privleak");
  const Estimate found = value(measure(*leak, {}, own, &other), "privleak");
  Draws draws(0);
  const auto area = [&](const std::vector<double>& members,
                        const std::vector<double>& others) {
    const std::vector<double> drawn = draws.of(members);
    return auroc(drawn, draws.of(others));
  };
  const Interval naive = percentile_interval("bootstrap_stratified", [&] {
    const double ours = area(a, b), theirs = area(b, a);
    return 100 * ((1 - ours) - (1 - theirs)) / (1 - theirs);
  });
  ASSERT_FALSE(std::isnan(naive.low));
  EXPECT_EQ(found.ci95.low, naive.low);
  EXPECT_EQ(found.ci95.high, naive.high);
}

TEST(ModelUtility, IsTheHarmonicMeanOfAllMeans) {
  Observations all;
  for (const auto& [split, number] :
       {std::pair{"retain", 0.5}, std::pair{"retain", 1.0},
        std::pair{"world_facts", 0.25}}) {
    Observation seen;
    seen.split = split;
    for (const char* name : {"probability", "rouge", "truth_ratio"}) {
      seen.numbers[name] = {number};
    }
    all.push_back(seen);
  }
  const auto own = metric("model_utility");
  const Aggregate found = measure(*own, items(*own, all), all, nullptr);
  EXPECT_NEAR(value(found, "model_utility").value, 6 / (3 / 0.75 + 3 / 0.25),
              1e-12);
  EXPECT_EQ(value(found, "retain.rouge").value, 0.75);
  EXPECT_EQ(value(found, "model_utility").n, 3);
  all.back().numbers["rouge"] = {0};
  EXPECT_EQ(
      value(measure(*own, items(*own, all), all, nullptr), "model_utility")
          .value,
      0);
  all.back().numbers["rouge"] = {std::nan("")};
  EXPECT_TRUE(std::isnan(
      value(measure(*own, items(*own, all), all, nullptr), "model_utility")
          .value));
}

TEST(ModelUtility, HasNoIntervalWhereASetHasOneItem) {
  Observations all;
  for (const char* split : {"retain", "retain", "world_facts"}) {
    Observation seen;
    seen.split = split;
    for (const char* name : {"probability", "rouge", "truth_ratio"}) {
      seen.numbers[name] = {0.5 + 0.1 * static_cast<double>(all.size())};
    }
    all.push_back(seen);
  }
  const auto own = metric("model_utility");
  const auto found = [&] {
    return value(measure(*own, items(*own, all), all, nullptr),
                 "model_utility");
  };
  EXPECT_TRUE(std::isnan(found().ci95.low));
  EXPECT_THAT(found().note, testing::HasSubstr("\"world_facts\" has one item"));
  all.push_back(all.back());
  all.back().numbers["rouge"] = {0.2};
  EXPECT_LT(found().ci95.low, found().ci95.high);
  all.back().numbers["truth_ratio"] = {1.5};
  expect_refused(Fault::input, {"truth_ratio is 1.5"}, [&] { found(); });
}

Observation forced(std::vector<int64_t> ids, std::vector<int64_t> argmax) {
  auto statistics = std::make_shared<TokenStatistics>();
  statistics->score_from = static_cast<int64_t>(ids.size() - argmax.size());
  statistics->ids = std::move(ids);
  statistics->argmax = std::move(argmax);
  Observation seen;
  seen.statistics = statistics;
  return seen;
}

TEST(ForcedMetrics, CountFirstChoices) {
  const Observation seen = forced({9, 1, 2, 3, 4}, {1, 0, 3, 4});
  EXPECT_EQ(metric("exact_memorization")->item(seen)[0].second, 0.75);
  EXPECT_EQ(metric("extraction_strength")->item(seen)[0].second, 0.5);
  const Json peer = {{"drop_last", true}};
  EXPECT_NEAR(metric("exact_memorization", peer)->item(seen)[0].second, 2.0 / 3,
              1e-12);
  EXPECT_NEAR(metric("extraction_strength", peer)->item(seen)[0].second,
              1.0 / 3, 1e-12);
}

TEST(ForcedMetrics, HaveNoFloorUnlessAsked) {
  const Observation wrong = forced({1, 2, 3, 4}, {0, 0, 0, 0});
  EXPECT_EQ(metric("extraction_strength")->item(wrong)[0].second, 0);
  EXPECT_EQ(
      metric("extraction_strength", {{"floor", true}})->item(wrong)[0].second,
      0.25);
  EXPECT_EQ(metric("extraction_strength")->item(forced({1}, {1}))[0].second, 1);
  EXPECT_TRUE(
      std::isnan(metric("exact_memorization")->item(forced({}, {}))[0].second));
  EXPECT_TRUE(std::isnan(metric("extraction_strength", {{"drop_last", true}})
                             ->item(forced({1}, {1}))[0]
                             .second));
}

TEST(Discoverable, CountsSamplesUntilTheSuffixComes) {
  const auto own = metric("discoverable", {{"p", 0.9}});
  const auto seen = [](double pz) {
    Observation one;
    one.numbers["log_pz"] = {std::log(pz)};
    return one;
  };
  EXPECT_EQ(field(own->item(seen(0.162)), "n_needed"), 14);
  EXPECT_EQ(field(own->item(seen(1e-3)), "n_needed"), 2302);
  EXPECT_EQ(field(metric("discoverable")->item(seen(0.162)), "n_needed"), 4);
  EXPECT_EQ(field(metric("discoverable")->item(seen(1e-6)), "n_needed"),
            693147);
  EXPECT_EQ(field(own->item(seen(1)), "n_needed"), 1);
  const Observations all = {seen(1), seen(0.162), seen(1e-3), seen(0)};
  const Aggregate rates = measure(*own, items(*own, all), all, nullptr);
  EXPECT_EQ(value(rates, "rate_n1").value, 0.25);
  EXPECT_EQ(value(rates, "rate_n100").value, 0.5);
  EXPECT_EQ(value(rates, "rate_n10000").value, 0.75);
  EXPECT_EQ(value(rates, "rate_ever").value, 0.75);
}

}  // namespace
}  // namespace lethe
