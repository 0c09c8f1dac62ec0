#include "harness/app/light.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "harness/app/gate_command.h"
#include "harness/app/metric_command.h"
#include "harness/app/watch.h"
#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
  return fs::canonical("/proc/self/exe").parent_path();
}

// What the engine's registries hold, written when it was built.
Json catalogue() {
  return read_json((program_folder() / "catalogue.json").string());
}

// {name: summary} of the suites or tasks that ship with the program.
Json shipped(const std::string& folder, const std::string& key) {
  Json all = Json::object();
  for (const char* root : {"suites", "plugin_suites"}) {
    const fs::path path = program_folder() / root / folder;
    if (!is_folder(path.string())) continue;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() != ".json") continue;
      const std::string file = entry.path().string();
      const Json json = parse_json_with_comments(read_file(file), file);
      if (!json.is_object() || !json.contains(key)) continue;
      const Json summary = json.value("description", Json(""));
      if (!summary.is_string()) {
        fail_input(file, "\"description\" is no text", "make it one");
      }
      all[entry.path().stem().string()] = {{"summary", summary},
                                           {"file", file}};
    }
  }
  return all;
}

Json all_kinds() {
  Json kinds = catalogue();
  for (const std::string& name : Registry<Metric>::names()) {
    const Info& info = Registry<Metric>::find(name).info;
    kinds["metrics"][name] = {{"summary", info.summary},
                              {"paper", info.paper},
                              {"options", info.options}};
  }
  kinds["suites"] = shipped("", "suite");
  kinds["tasks"] = shipped("tasks", "task");
  kinds["rubrics"] = shipped("rubrics", "rubric");
  kinds["gates"] = shipped("gates", "gate");
  return kinds;
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

}  // namespace

int list_command(const Arguments& arguments) {
  const Json kinds = all_kinds();
  const std::string kind = arguments.positional().front();
  if (!kinds.contains(kind)) {
    fail_usage("lethe list", "unknown kind \"" + kind + "\"",
               suggest(kind, keys_of(kinds)));
  }
  if (arguments.has("--json")) {
    std::printf("%s\n", kinds[kind].dump(2).c_str());
    return 0;
  }
  size_t width = 0;
  for (const auto& [name, entry] : kinds[kind].items()) {
    width = std::max(width, name.size());
  }
  for (const auto& [name, entry] : kinds[kind].items()) {
    std::printf("%-*s  %s\n", static_cast<int>(width), name.c_str(),
                entry.value("summary", "").c_str());
  }
  return 0;
}

int describe_command(const Arguments& arguments) {
  const std::string name = arguments.positional().front();
  std::vector<std::string> known;
  const Json kinds = all_kinds();
  for (const auto& [kind, entries] : kinds.items()) {
    for (const auto& [entry, info] : entries.items()) known.push_back(entry);
    if (!entries.contains(name)) continue;
    const Json& info = entries[name];
    if (arguments.has("--json")) {
      std::printf("%s\n", info.dump(2).c_str());
      return 0;
    }
    std::printf("%s (%s)\n%s\n", name.c_str(), kind.c_str(),
                info.value("summary", "").c_str());
    if (!info.value("paper", "").empty()) {
      std::printf("paper: %s\n", info["paper"].get<std::string>().c_str());
    }
    if (!info.value("file", "").empty()) {
      std::printf("file: %s\n", info["file"].get<std::string>().c_str());
    }
    const Json options = info.value("options", Json::object());
    for (const auto& [key, value] : options.items()) {
      std::printf("  --set %s=%s\n", key.c_str(), value.dump().c_str());
    }
    return 0;
  }
  fail_usage(name, "unknown name", suggest(name, known));
}

int run_light(const Arguments& arguments) {
  const std::string& name = arguments.command().name;
  if (name == "metric") {
    return print_metric(arguments, [](const Metric&) { return nullptr; });
  }
  if (name == "import") {
    return arguments.has("--run") ? import_run_command(arguments)
                                  : import_command(arguments);
  }
  if (name == "export") return export_command(arguments);
  if (name == "rescore") return rescore_command(arguments);
  if (name == "verify") return verify_command(arguments);
  if (name == "leaderboard") return leaderboard_command(arguments);
  if (name == "compare") return compare_command(arguments);
  if (name == "report") return report_command(arguments);
  if (name == "show") return show_command(arguments);
  if (name == "gate") return gate_command(arguments);
  if (name == "list") return list_command(arguments);
  if (name == "data") return data_command(arguments);
  if (name == "task") return task_command(arguments);
  if (name == "anchors") return anchors_command(arguments);
  if (name == "watch") return watch_command(arguments);
  return describe_command(arguments);
}

}  // namespace lethe
