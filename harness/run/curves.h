// How a model came to be, step by step: kept when the model itself is not.
#pragma once

#include <string>

namespace lethe {

// Writes `path` from the train_log.jsonl that training left in `folder`; does
// nothing without one. A row a step: {"step", "tokens" (so far), "loss",
// "terms", "grad_norm", "lr", "seconds" (so far), "eval"? (mean loss in nats a
// token by role or split, every eval_every steps), "eval_before"? (the same of
// the model before the first step)}; what is not finite is null.
// Throws: WriteError; input error when the log is damaged.
void keep_curve(const std::string& folder, const std::string& path);

}  // namespace lethe
