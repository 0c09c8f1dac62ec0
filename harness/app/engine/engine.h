// Commands of the engine: each takes parsed arguments and returns the exit
// code.
#pragma once

#include "harness/app/arguments.h"
#include "harness/app/output.h"
#include "harness/base/json.h"
#include "harness/run/run.h"
#include "harness/target/model_target.h"

namespace lethe {

int run_command(const Arguments& arguments);
int merge_command(const Arguments& arguments);
int verify_models_command(const Arguments& arguments);  // verify --model
int unlearn_command(const Arguments& arguments);
int train_command(const Arguments& arguments);
int influence_command(const Arguments& arguments);
int attack_command(const Arguments& arguments);  // and stress
int eval_command(const Arguments& arguments);
int generate_command(const Arguments& arguments);
int score_command(const Arguments& arguments);
int tokenize_command(const Arguments& arguments);
int embed_command(const Arguments& arguments);
int features_command(const Arguments& arguments);  // embed --features
int judge_command(const Arguments& arguments);
int metric_command(const Arguments& arguments);  // that reads a model
int doctor_command(const Arguments& arguments);
int model_command(const Arguments& arguments);

// --batch-tokens and quietness.
TargetOptions target_options(const Arguments& arguments);

// The options of a run from the command line; `out` may come from elsewhere.
RunOptions run_options(const Arguments& arguments, const std::string& out);

}  // namespace lethe
