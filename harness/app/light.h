// Commands without LibTorch.
#pragma once

#include "harness/app/arguments.h"

namespace lethe {

// Runs a command that needs no engine; returns the exit code.
int run_light(const Arguments& arguments);

int leaderboard_command(const Arguments& arguments);
int compare_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int show_command(const Arguments& arguments);
int list_command(const Arguments& arguments);
int describe_command(const Arguments& arguments);
int import_command(const Arguments& arguments);
int import_run_command(const Arguments& arguments);
int export_command(const Arguments& arguments);
int rescore_command(const Arguments& arguments);
int verify_command(const Arguments& arguments);
int data_command(const Arguments& arguments);
int sanitise_command(const Arguments& arguments);
int task_command(const Arguments& arguments);
int anchors_command(const Arguments& arguments);

}  // namespace lethe
