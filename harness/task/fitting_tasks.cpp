#include "harness/task/fitting_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/task/data_files.h"

namespace lethe {

std::vector<std::string> fitting_tasks(const OrderedJson& row) {
  struct Fitting {
    std::vector<std::string> names;
    std::string family;
  };
  std::map<std::string, Fitting> fitting_of_file;
  for (const Task& task : all_tasks()) {
    const auto form = std::find_if(
        task.forms.begin(), task.forms.end(), [&](const TaskForm& one) {
          return !one.has.empty() && row_fits(one, row);
        });
    if (form == task.forms.end()) continue;
    const auto named = [&](const std::string& name) {
      return fmt::format("{} ({})", name, form->schema);
    };
    Fitting& fitting = fitting_of_file[task.file];
    fitting.names.push_back(named(task.name));
    if (!task.groups.empty()) fitting.family = named(task.groups.back());
  }
  std::vector<std::string> all;
  for (auto& [file, fitting] : fitting_of_file) {
    if (fitting.names.size() > 2) fitting.names = {fitting.family};
    all.insert(all.end(), fitting.names.begin(), fitting.names.end());
  }
  return all;
}

}  // namespace lethe
