// Self-registering plugins: one file defines a class and registers it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/error.h"
#include "harness/base/json.h"
#include "harness/base/names.h"

namespace lethe {

// What `list` and `describe` show of a plugin.
struct Info {
  std::string name;     // file name = registry key = suite key
  std::string summary;  // one sentence
  std::string paper;    // arXiv id or citation; empty if there is none
  Json options = Json::object();  // every option with its default
  // Options that name a file, and those that name a model (a folder, or
  // org/name): in suites relative to the suite, and part of a run's identity.
  std::vector<std::string> files = {};
  std::vector<std::string> models = {};
};

// All plugins of one kind T, by name. Filled before main.
template <class T>
class Registry {
 public:
  struct Entry {
    Info info;
    std::function<std::unique_ptr<T>(const Json&)> construct;

    // A plugin with these options over the defaults.
    // Throws: usage error on an unknown key or a wrong type.
    std::unique_ptr<T> make(const Json& given) const {
      check_options(given.is_null() ? Json::object() : given, info.options,
                    info.name);
      return construct(given.is_null() ? Json::object() : given);
    }
  };

  // Registers Plugin, which is constructed from its options as JSON.
  template <class Plugin>
  static bool add(Info info) {
    const std::string name = info.name;
    const bool fresh =
        entries()
            .emplace(name, Entry{std::move(info),
                                 [](const Json& json) -> std::unique_ptr<T> {
                                   return std::make_unique<Plugin>(json);
                                 }})
            .second;
    if (!fresh) {
      fail_usage(name, "two plugins register this name", "rename one of them");
    }
    return fresh;
  }

  // Throws: usage error with near names.
  static const Entry& find(const std::string& name) {
    const auto found = entries().find(name);
    if (found == entries().end()) {
      fail_usage(name, "unknown name", suggest(name, names()));
    }
    return found->second;
  }

  static bool contains(const std::string& name) {
    return entries().count(name) > 0;
  }

  static std::unique_ptr<T> make(const std::string& name, const Json& given) {
    return find(name).make(given);
  }

  // Sorted.
  static std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& [name, entry] : entries()) all.push_back(name);
    return all;
  }

 private:
  static std::map<std::string, Entry>& entries() {
    static std::map<std::string, Entry> all;
    return all;
  }
};

}  // namespace lethe
