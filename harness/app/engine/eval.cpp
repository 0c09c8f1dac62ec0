// eval: downstream benchmarks.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "harness/app/engine/engine.h"
#include "harness/app/engine/eval_results.h"
#include "harness/base/files.h"
#include "harness/base/log.h"

namespace lethe {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// "pretrained=DIR,dtype=float32": lm-eval's way to name a model.
std::map<std::string, std::string> model_args(const Arguments& arguments) {
  std::map<std::string, std::string> args;
  const std::vector<std::string> known = {"pretrained", "dtype", "max_length",
                                          "add_bos_token", "peft"};
  for (const std::string& one : arguments.list("--model-args")) {
    const size_t equals = one.find('=');
    const std::string key = one.substr(0, equals);
    if (equals == std::string::npos ||
        std::find(known.begin(), known.end(), key) == known.end()) {
      fail_usage("--model_args " + one, "is not supported",
                 suggest(key, known));
    }
    args[key] = one.substr(equals + 1);
  }
  return args;
}

// What --model-args say where the option itself is not given.
std::string either(const Arguments& arguments, const std::string& option,
                   const std::map<std::string, std::string>& args,
                   const std::string& key) {
  if (arguments.has(option)) return arguments.text(option);
  const auto found = args.find(key);
  return found == args.end() ? "" : found->second;
}

std::string model_of(const Arguments& arguments,
                     const std::map<std::string, std::string>& args) {
  const auto pretrained = args.find("pretrained");
  if (pretrained == args.end()) return arguments.needed("--model");
  if (arguments.has("--model") && arguments.text("--model") != "hf") {
    fail_usage("--model " + arguments.text("--model"),
               "names another model than pretrained=" + pretrained->second,
               "give one of them");
  }
  return pretrained->second;
}

std::map<std::string, std::string> data_files(const Arguments& arguments) {
  std::map<std::string, std::string> files;
  for (const std::string& one : arguments.all("--data-file")) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos) {
      fail_usage("--data-file " + one, "is no TASK=FILE", "write TASK=FILE");
    }
    files[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return files;
}

std::optional<bool> flag_of(const std::string& text,
                            const std::string& option) {
  if (text.empty()) return std::nullopt;
  if (text == "true" || text == "True" || text == "1") return true;
  if (text == "false" || text == "False" || text == "0") return false;
  fail_usage(option + " " + text, "is neither true nor false",
             "write true or false");
}

int64_t positive_number(const std::string& text, const std::string& option) {
  const Json value = parse_value(text);
  if (!value.is_number_integer() || value.get<int64_t>() < 1) {
    fail_usage(option + " " + text, "is no whole number above 0",
               "give e.g. 2048");
  }
  return value.get<int64_t>();
}

TaskOptions options_of(const Arguments& arguments,
                       const std::map<std::string, std::string>& args) {
  TaskOptions options;
  options.sources.folder = arguments.text("--data-dir");
  options.sources.files = data_files(arguments);
  options.sources.relative_to = std::filesystem::current_path().string();
  options.num_fewshot = arguments.integer("--num-fewshot", -1);
  options.limit = arguments.integer("--limit", 0);
  options.fewshot_seed =
      static_cast<uint32_t>(arguments.integer("--seed", 1234));
  options.bootstrap_iters = arguments.integer("--bootstrap-iters", 100'000);
  const std::string length =
      either(arguments, "--max-length", args, "max_length");
  options.rules.max_length =
      length.empty() ? 0 : positive_number(length, "--max-length");
  options.rules.add_bos_token =
      flag_of(either(arguments, "--add-bos-token", args, "add_bos_token"),
              "--add-bos-token");
  const std::string compat = arguments.text("--compat", "lm-eval");
  if (compat != "lm-eval" && compat != "strict") {
    fail_usage("--compat " + compat, "is no set of rules",
               suggest(compat, {"lm-eval", "strict"}));
  }
  options.rules.compat = compat == "strict" ? Compat::strict : Compat::lm_eval;
  return options;
}

// "2026-01-31" in local time.
std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm clock{};
  localtime_r(&now, &clock);
  return fmt::format("{:04}-{:02}-{:02}", clock.tm_year + 1900,
                     clock.tm_mon + 1, clock.tm_mday);
}

// The folder's chat template where one is to be applied.
ContextOptions context_of(const Arguments& arguments,
                          const std::string& folder) {
  ContextOptions context;
  context.system_instruction = arguments.text("--system-instruction");
  const std::string name = arguments.text("--apply-chat-template", "false");
  const bool chats = name != "false" && name != "False";
  const std::optional<bool> multiturn = flag_of(
      arguments.text("--fewshot-as-multiturn"), "--fewshot-as-multiturn");
  if (!chats) {
    const bool turns = multiturn.value_or(false);
    if (turns || arguments.has("--chat-date")) {
      fail_usage(turns ? "--fewshot-as-multiturn" : "--chat-date",
                 "is for chats", "add --apply-chat-template");
    }
    return context;
  }
  context.multiturn = multiturn.value_or(true);
  context.date = arguments.text("--chat-date", today());
  const bool named = name != "true" && name != "True";
  auto chat = load_chat_template(folder, {.name = named ? name : ""});
  if (!chat) {
    fail_input(folder, "has no chat template",
               "leave --apply-chat-template out");
  }
  context.chat = std::make_shared<const ChatTemplate>(std::move(*chat));
  return context;
}

// Every task that was named, members of groups by themselves.
std::vector<Task> tasks_of(const Arguments& arguments) {
  std::vector<Task> tasks;
  for (const std::string& name : arguments.list("--tasks")) {
    for (Task& task : find_tasks(name, std::filesystem::current_path().string(),
                                 arguments.text("--include-path"))) {
      const bool twice = std::any_of(
          tasks.begin(), tasks.end(),
          [&](const Task& other) { return other.name == task.name; });
      if (!twice) tasks.push_back(std::move(task));
    }
  }
  if (tasks.empty()) {
    fail(Fault::nothing, "lethe eval", "no task was named", "give --tasks A,B");
  }
  return tasks;
}

// What a reader of the numbers should know of the data.
void tell(const TaskResult& r) {
  log_info(fmt::format(
      "{}: {} documents of {} ({}){}{}{}{}{}", r.name, r.items.size(),
      r.data.split, r.data.schema.empty() ? "one form" : r.data.schema,
      r.num_fewshot > 0
          ? fmt::format(", {} shots from {}", r.num_fewshot, r.shots.split)
          : "",
      r.fewshot_fixed ? ", the number of shots is the task's own" : "",
      r.data.duplicates > 0 ? fmt::format(", {} rows twice", r.data.duplicates)
                            : "",
      r.shots.overlaps > 0
          ? fmt::format(", {} among their own shots", r.shots.overlaps)
          : "",
      r.truncated > 0 ? fmt::format(", {} requests cut", r.truncated) : ""));
}

// What is written and how.
struct Output {
  std::string folder;  // empty: none
  bool samples = false;
  bool lm_eval = false;
};

Output output_of(const Arguments& arguments) {
  Output output;
  output.folder = arguments.text("--out", arguments.text("--output-path"));
  output.samples = arguments.has("--log-samples");
  if (output.samples && output.folder.empty()) {
    fail_usage("--log-samples", "needs a place", "add --out DIR");
  }
  const std::string format = arguments.text("--format", "lethe");
  if (format != "lethe" && format != "lm-eval") {
    fail_usage("--format " + format, "is not known",
               suggest(format, {"lethe", "lm-eval"}));
  }
  output.lm_eval = format == "lm-eval";
  return output;
}

RunOptions run_of(const Arguments& arguments,
                  const std::map<std::string, std::string>& args,
                  const TaskOptions& options) {
  RunOptions run = run_options(arguments, "");
  const auto dtype = args.find("dtype");
  if (dtype != args.end() && !arguments.has("--dtype")) {
    ComputeOptions compute = arguments.compute();
    compute.dtype = dtype->second;
    run.compute = start_compute(compute);
  }
  run.target.max_length = options.rules.max_length;
  const std::string rows = arguments.text("--batch-size", "auto");
  if (rows.rfind("auto", 0) == 0) return run;
  if (arguments.has("--batch-tokens")) {
    fail_usage("--batch-size", "and --batch-tokens say the same",
               "give one of them");
  }
  run.target.batch_tokens = 512 * positive_number(rows, "--batch-size");
  return run;
}

void write(const EvalResults& results, const Output& output, bool json_wanted) {
  const OrderedJson json =
      output.lm_eval ? lm_eval_json(results) : results_json(results);
  if (!output.folder.empty()) {
    make_folder(output.folder);
    write_file_atomically(output.folder + "/results.json", json.dump(2) + "\n");
  }
  json_wanted ? print_json(json) : print_table(results);
}

}  // namespace

int eval_command(const Arguments& arguments) {
  const auto args = model_args(arguments);
  TaskOptions options = options_of(arguments, args);
  const Output output = output_of(arguments);
  const std::vector<Task> tasks = tasks_of(arguments);
  for (const Task& task : tasks) {  // nothing runs before all data are there
    find_split(task, task.eval_splits, options.sources, 1);
  }
  const RunOptions run = run_of(arguments, args, options);
  const std::string adapter = either(arguments, "--adapter", args, "peft");
  EvalResults results;
  results.model = model_of(arguments, args);
  const Clock::time_point start = Clock::now();
  const LoadedModel loaded =
      load_target(find_model(results.model), run.compute, run.target, adapter);
  if (loaded.tokenizer == nullptr) {
    fail_input(loaded.folder->path(), "has no tokenizer",
               "tasks need one: give a folder with tokenizer.json");
  }
  options.context = context_of(arguments, loaded.folder->path());
  results.model_hash = model_hash(*loaded.folder, adapter);
  const Clock::time_point ready = Clock::now();
  results.load_seconds = seconds_between(start, ready);
  results.context = options.context;
  for (const Task& task : tasks) {
    results.tasks.push_back(
        evaluate_task(*loaded.target, *loaded.tokenizer, task, options));
    tell(results.tasks.back());
    if (!output.samples) continue;
    make_folder(output.folder + "/samples");
    write_task_samples(output.folder + "/samples/" + task.name + ".jsonl",
                       results.tasks.back());
  }
  results.seconds = seconds_between(ready, Clock::now());
  results.device = run.compute.device_name();
  results.dtype = run.compute.dtype_name();
  results.limit = options.limit;
  results.cost = loaded.target->scoring_cost();
  write(results, output, arguments.has("--json"));
  return 0;
}

}  // namespace lethe
