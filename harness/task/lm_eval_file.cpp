#include "harness/task/lm_eval_file.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;
using Kind = YamlNode::Kind;

constexpr size_t kMaxFiles = 32;

class Reader {
 public:
  explicit Reader(const std::string& path)
      : root_(fs::weakly_canonical(fs::absolute(path)).parent_path()) {}

  YamlNode read(const std::string& path) {
    seen_.insert(fs::weakly_canonical(fs::absolute(path)));
    YamlNode own = parse_yaml(read_file(path, kMaxYaml), path);
    if (!own.is(Kind::map)) {
      fail_input(path, "is " + own.shown() + ", not a map of keys",
                 "is it a task file?");
    }
    const YamlNode* includes = own.find("include");
    if (includes == nullptr) return own;
    YamlNode merged = own;
    merged.entries.clear();
    const bool list = includes->is(Kind::list);
    for (const YamlNode& include :
         list ? includes->items : std::vector<YamlNode>{*includes}) {
      YamlNode more = read(included(path, include));
      // It defines tasks for its own file only.
      std::erase_if(more.entries,
                    [](const auto& e) { return e.key == "task_list"; });
      update(merged, std::move(more));
    }
    std::erase_if(own.entries,
                  [](const auto& e) { return e.key == "include"; });
    update(merged, std::move(own));
    return merged;
  }

 private:
  static void update(YamlNode& into, YamlNode&& from) {
    for (auto& [key, value] : from.entries) {
      const auto same =
          std::find_if(into.entries.begin(), into.entries.end(),
                       [&](const auto& e) { return e.key == key; });
      if (same == into.entries.end()) {
        into.entries.push_back({key, std::move(value)});
      } else {
        same->value = std::move(value);
      }
    }
  }

  std::string included(const std::string& from, const YamlNode& include) {
    const std::string where = include.where + ": include";
    if (!include.is(Kind::text) || include.text.empty()) {
      fail_input(where, "is " + include.shown(), "name a file");
    }
    const std::string shown = printable(include.text, 120);
    const fs::path path = fs::path(from).parent_path() / include.text;
    const fs::path whole = fs::weakly_canonical(fs::absolute(path));
    const fs::path inside = whole.lexically_relative(root_);
    if (fs::path(include.text).is_absolute() || inside.empty() ||
        *inside.begin() == "..") {
      fail_input(where, shown + " lies outside the folder of the task",
                 "copy it beside the task and include it by its name");
    }
    if (!fs::is_regular_file(whole)) {
      fail_input(where, shown + " is no file", "check its name");
    }
    if (seen_.count(whole) > 0 || seen_.size() >= kMaxFiles) {
      fail_input(where, shown + " is included twice, or one of too many",
                 "include it once");
    }
    return path.string();
  }

  const fs::path root_;
  std::set<fs::path> seen_;
};

}  // namespace

YamlNode read_lm_eval_file(const std::string& path) {
  return Reader(path).read(path);
}

}  // namespace lethe
