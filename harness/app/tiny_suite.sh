# For tests that source it.

# tiny_suite FILE: a suite that trains a small model for a moment; three rows,
# each also quantised, with two probes.
tiny_suite() {
  cat >"$1" <<JSON
{"suite": "tiny", "version": 1,
 "model": {"train": {"config": "$LETHE_SOURCE_DIR/suites/data/tiny_llama/config.json",
   "splits": ["forget", "retain"],
   "set": {"steps": 6, "batch": 2, "sequence_length": 64}}},
 "data": {
   "forget": {"file": "$LETHE_SOURCE_DIR/suites/data/forget.jsonl", "role": "forget", "limit": 6},
   "retain": {"file": "$LETHE_SOURCE_DIR/suites/data/retain.jsonl", "role": "retain", "limit": 6},
   "holdout": {"file": "$LETHE_SOURCE_DIR/suites/data/holdout.jsonl", "role": "holdout", "limit": 6}},
 "methods": [{"name": "none"},
   {"name": "gradient_ascent", "set": {"steps": 3, "batch": 2}},
   {"name": "npo", "set": {"steps": 3, "batch": 2}}],
 "transforms": [{"name": "quantise", "set": {"form": "int8"}}],
 "attacks": [
   {"name": "greedy_extraction", "on": "forget",
    "set": {"prefix_tokens": 8, "suffix_tokens": 8}},
   {"name": "loss_mia", "on": ["forget", "holdout"]}]}
JSON
}
