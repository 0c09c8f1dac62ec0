// The stress report of one model: what the worst of all probes shows, with a
// correction for having tried many.
//
// Tested is, of every probe whose samples allow it:
//   scores (or log_p_near or log_pz, how likely the suffix is) of rows with
//     `member`: auroc is above 0.5, by Mann-Whitney
//   exact_match (0 or 1) of rows with `member`: members' texts are reproduced
//     more often than those of non-members, by Fisher's exact test
//   exact_match of rows without: more texts are reproduced than `null_rate` of
//     them, by the exact binomial test. A suffix of dozens of tokens is not
//     guessed, and null_rate is what boilerplate may take: an assumption, no
//     measurement, and too low for answers of a word or two.
// All one-sided, together one family for Holm's correction, which holds however
// the probes hang together. Other values of the run (ROUGE, perplexity, TPR)
// have no such null hypothesis without a reference model and are not tested;
// the leaderboard has them. A probe whose test is not significant shows
// nothing: it may have been too weak, or the rows too few.
//
// Blind probes (roc.h), which do not ask the model, are no attack and are
// tested apart: where one tells members from the others, the split is flawed,
// and a probe's scores are evidence of what was learnt only where their AUC's
// interval lies above the blind one's AUC.
//
// Leaked are rows that some probe reproduced (exact_match 1), but for known
// non-members, which are counted apart.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "harness/base/ordered_json.h"
#include "harness/base/statistics.h"
#include "results/roc.h"

namespace lethe {

struct StressOptions {
  double alpha = 0.05;
  double null_rate = 0.01;
};

struct SkippedProbe {
  std::string probe, reason;
  bool failed = false;
};

struct StressTest {
  std::string probe;    // with options that differ
  std::string measure;  // "auroc" or "exact_match"
  std::string test;     // "mann_whitney", "fisher" or "binomial", or "none"
  Estimate value;       // AUC, or the rate of (the members') texts
  double p = 0;         // NaN: with value's reason
  double adjusted = 0;  // by Holm over all tests of the report
};

struct LeakedExample {
  std::string id;
  std::vector<std::string> probes;  // without options
  std::string prompt, output;       // as they are: escape them
};

struct ProbeCost {
  std::string probe;
  double seconds = 0;
  int64_t tokens = 0;
};

struct StressReport {
  std::string label;  // of the model
  StressOptions options;
  std::vector<StressTest> tests;  // the worst first, no evidence last
  std::vector<StressTest> blind;  // adjusted as a family of their own
  std::vector<RocCurve> curves;   // of the membership probes
  std::vector<LeakedExample> leaked;
  int64_t reproduced_others = 0;  // known non-members with exact_match 1
  // That a probe with exact_match looked at, known non-members apart.
  int64_t rows = 0;
  std::vector<SkippedProbe> skipped;
  std::vector<ProbeCost> costs;  // the dearest first
  double seconds = 0;
  int64_t tokens = 0, peak_bytes = 0, device_peak_bytes = 0;

  // The highest AUC by which a blind probe tells members from the others; NaN:
  // none does.
  double blind_auroc() const;
  bool flawed() const { return !std::isnan(blind_auroc()); }
  // Whether the test says something about the model.
  bool evidence(const StressTest& test) const;
  bool significant(const StressTest& test) const {
    return evidence(test) && test.adjusted <= options.alpha;
  }
  int64_t significant_count() const;
};

// Of a finished run of one model (attack, stress), whose samples stand in
// RUN/samples. `skipped` are probes that were never asked. Throws: usage error
// when RUN is no run; input error for samples that cannot be read.
StressReport stress_report(const std::string& run, const StressOptions& options,
                           const std::vector<SkippedProbe>& skipped);

// The report for a terminal, as a page, and as JSON. Texts of the model are
// escaped; a terminal shows the first 10 leaked examples, a page 200.
std::string stress_terminal(const StressReport& report);
std::string stress_html(const StressReport& report);
OrderedJson stress_json(const StressReport& report);

// "worst case: ..." in one line; what nothing shows is said too.
std::string stress_verdict(const StressReport& report);

}  // namespace lethe
