// Probes and metrics of one target become records.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"
#include "harness/plugin/attack.h"
#include "harness/run/data.h"
#include "harness/run/judged.h"
#include "harness/run/suite.h"
#include "harness/run/text_models.h"

namespace lethe {

// What every record of one cell has in common, and where its samples go.
struct CellContext {
  Record base;          // identity, model, device: the fields that repeat
  std::string samples;  // folder for <name>.jsonl
  const Suite* suite = nullptr;
  std::string reference_samples;  // the reference model's; empty: there is none
  TextModels* text_models = nullptr;  // for metrics that read one
  Judges* judges = nullptr;           // for metrics that read verdicts
};

// Asks the probe, writes its samples and returns the records of its metrics.
// A probe that needs more than the target can do gives one record with status
// "skipped" and the reason.
std::vector<Record> evaluate_probe(const CellContext& cell,
                                   const Target& target, const ProbeSpec& spec,
                                   const SuiteData& data,
                                   const Tokenizer* tokenizer);

// What the verdicts rest on that probes' metrics read, by asked_name() and
// metric: see verdict_hashes(). Probes without verdicts are left out. Throws:
// as verdict_hashes().
OrderedJson judges_of(const Suite& suite);

// The suite's metrics on this probe and its splits; the probe's own when the
// suite names none for it.
std::vector<MetricSpec> metrics_of(const Suite& suite, const ProbeSpec& spec);

// A record that says why there is no value.
Record without_value(const CellContext& cell, const std::string& status,
                     const std::string& message);

// Why the target cannot be asked what the needs say; empty when it can.
std::string lacks(const Target& target, const Needs& needs);

// "a+b".
std::string joined(const std::vector<std::string>& names);

// The probe's name in files and tables: with the options that differ.
std::string probe_name(const ProbeSpec& spec);

// "greedy_generation on forget": names a probe of a suite.
std::string asked_name(const ProbeSpec& spec);

}  // namespace lethe
