// One measured value with everything needed to trust it: a line of
// records.jsonl. Field names and meanings are frozen (schema 1); readers
// ignore fields they do not know.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct RecordCounts {
  int64_t truncated = 0;          // texts cut to the model's window
  int64_t boundary_mismatch = 0;  // prompt ids were no prefix of the whole's
  int64_t nonfinite = 0;          // items with a NaN or infinity
  int64_t skipped = 0;            // items that the probe could not use
};

struct Record {
  int schema = 1;
  std::string run;   // name of the run folder
  std::string cell;  // hash of method, options, seed and transforms
  std::string suite;
  std::string suite_hash;
  std::string profile;  // empty: null
  std::string label;    // the row's name in tables
  std::string method;
  Json method_options = Json::object();  // those that differ from the default
  std::string model_hash;
  std::string tokenizer_hash;
  std::string reference_hash;      // model hash of the reference; empty: none
  Json transform = Json::array();  // chain of names with options
  std::string probe;               // empty: null (cost records, tasks)
  Json probe_options = Json::object();
  std::string task;  // empty: null
  std::string metric;
  Json metric_options = Json::object();
  std::string field;
  std::string split;
  std::string role;         // forget, retain, holdout of the split, or empty
  bool validation = false;  // measured to choose among rows, not to be shown
  std::string data_hash;    // of the rows read
  std::string prompt_hash;  // of what the model was asked
  std::string items_hash;   // of the item ids
  std::string want;         // "low", "high", "near" or empty: no direction
  Json target;              // null, a number, or "reference"
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN: null
  std::string unit;
  int64_t n = 0;
  int64_t n_expected = 0;
  double ci_low = std::numeric_limits<double>::quiet_NaN();
  double ci_high = std::numeric_limits<double>::quiet_NaN();
  std::string ci_method = "none";
  int64_t seed = 0;
  int64_t step = 0;  // optimiser steps behind the model
  std::string device;
  std::string dtype;
  std::string status = "ok";  // ok, failed, skipped, diverged
  std::string message;        // the reason when status is not ok
  // Of a suite that chooses among its rows: "chosen" or "left"; else empty.
  std::string selection;
  double seconds = 0;      // wall time of the probe
  int64_t tokens = 0;      // tokens that the model computed for it
  int64_t peak_bytes = 0;  // peak resident memory of the process
  int64_t device_peak_bytes = 0;
  RecordCounts counts;
  Json versions = Json::object();

  bool finite() const { return std::isfinite(value); }
  // "npo" or "npo:beta=0.1": the method with its options that differ.
  std::string method_name() const;
  // "rouge_l.recall": metric and field; just the metric when they are equal.
  std::string metric_name() const;
};

// The record as one JSON object in the documented order; NaN becomes null.
OrderedJson to_json(const Record& record);

// Throws: input error that names `where` when a field is missing or mistyped.
Record record_from_json(const Json& json, const std::string& where);

// All records of RUN/records.jsonl, or, of a run that is still going or was
// stopped, those in its journal. Throws: usage error when RUN is no run.
std::vector<Record> read_records(const std::string& run_folder);

// name:key=value,key=value with the keys sorted.
std::string name_with_options(const std::string& name, const Json& options);

}  // namespace lethe
