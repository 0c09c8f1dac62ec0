// task import: an lm-eval task file as one of Lethe's.
#include <cstdio>
#include <filesystem>

#include "harness/app/light.h"
#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/task/lm_eval_import.h"

namespace lethe {
namespace {

std::string text_of(const OrderedJson& json, int indent) {
  return json.dump(indent, ' ', false, OrderedJson::error_handler_t::replace) +
         "\n";
}

// A folder, there or named with a / at its end, gets NAME.json.
std::string output_path(const std::string& out, const std::string& name) {
  std::filesystem::path path = out;
  if (is_folder(out) || out.ends_with('/')) path /= name + ".json";
  if (path.has_parent_path()) make_folder(path.parent_path().string());
  return path.string();
}

}  // namespace

int task_command(const Arguments& arguments) {
  const std::string& action = arguments.positional()[0];
  if (action != "import") {
    fail_usage("lethe task " + action, "unknown action",
               suggest(action, {"import"}));
  }
  const std::string& path = arguments.positional()[1];
  const ImportedTask task = import_lm_eval_task(path);
  for (const std::string& note : task.notes) {
    std::fprintf(stderr, "note: %s: %s\n", printable(path, 4000).c_str(),
                 printable(note, 400).c_str());
  }
  if (!arguments.has("--out")) {
    std::fputs(text_of(task.json, 2).c_str(), stdout);
    return 0;
  }
  const std::string file = output_path(arguments.text("--out"), task.name);
  write_file_atomically(file, text_of(task.json, 2));
  if (arguments.has("--json")) {
    const OrderedJson shown = {{"task", task.name},
                               {"file", file},
                               {"kind", task.json["kind"]},
                               {"notes", task.notes}};
    std::fputs(text_of(shown, -1).c_str(), stdout);
    return 0;
  }
  std::printf("%s: %s, %s\n", printable(file, 4000).c_str(),
              printable(task.name).c_str(),
              task.json["kind"].get<std::string>().c_str());
  return 0;
}

}  // namespace lethe
