// Finding the template in a model's folder.
#include <algorithm>
#include <filesystem>
#include <map>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/ordered_json.h"
#include "harness/chat/template.h"

namespace lethe {
namespace {

constexpr size_t kMaxTemplate = size_t{4} << 20;

// "bos_token" and its like, written plain or as added tokens.
void add_tokens(const OrderedJson& json, OrderedJson* tokens) {
  for (const auto& [key, value] : json.items()) {
    if (!key.ends_with("_token")) continue;
    const OrderedJson text =
        value.is_object() ? value.value("content", OrderedJson()) : value;
    if (text.is_string()) (*tokens)[key] = text;
  }
}

using Named = std::map<std::string, std::pair<std::string, std::string>>;

// Name to {text, where}.
Named template_files(const std::string& folder) {
  Named found;
  const auto add = [&](const std::string& name, const std::string& path) {
    found[name] = {read_file(path, kMaxTemplate), path};
  };
  const std::string single = folder_file(folder, "chat_template.jinja");
  if (!single.empty()) add("default", single);
  const std::string more = folder_inside(folder, "chat_templates");
  if (more.empty()) return found;
  for (const auto& entry : std::filesystem::directory_iterator(more)) {
    if (entry.path().extension() == ".jinja") {
      const std::string name = entry.path().filename().string();
      add(entry.path().stem().string(), folder_file(more, name));
    }
  }
  return found;
}

Named config_templates(const std::string& folder, const OrderedJson& config) {
  Named found;
  const std::string where =
      path_inside(folder, "tokenizer_config.json") + " chat_template";
  const OrderedJson given = config.value("chat_template", OrderedJson());
  if (given.is_string()) {
    found["default"] = {given.get<std::string>(), where};
  } else if (given.is_array()) {
    for (const auto& each : given) {
      if (!each.is_object() || !each.contains("name") ||
          !each["name"].is_string() || !each.contains("template") ||
          !each["template"].is_string()) {
        fail_input(where, "an entry lacks a name or a template", "add both");
      }
      const auto name = each["name"].get<std::string>();
      found[name] = {each["template"].get<std::string>(), where + " " + name};
    }
  } else if (!given.is_null()) {
    fail_input(where, "is neither a text nor a list", "make it one");
  }
  return found;
}

}  // namespace

std::optional<ChatTemplate> load_chat_template(
    const std::string& folder, const ChatTemplateChoice& choice) {
  const OrderedJson config =
      ordered_object_or_empty(folder, "tokenizer_config.json");
  Named found = template_files(folder);
  if (found.empty()) found = config_templates(folder, config);
  if (found.empty()) return std::nullopt;
  OrderedJson tokens = OrderedJson::object();
  add_tokens(ordered_object_or_empty(folder, "special_tokens_map.json"),
             &tokens);
  add_tokens(config, &tokens);
  std::string name = choice.name;
  if (name.empty()) {
    name = choice.tools && found.contains("tool_use") ? "tool_use" : "default";
  }
  const auto chosen = found.find(name);
  if (chosen == found.end()) {
    std::vector<std::string> names;
    for (const auto& entry : found) names.push_back(entry.first);
    fail_input(folder, "has no chat template \"" + name + "\"",
               suggest(name, names));
  }
  return ChatTemplate::parse(chosen->second.first, chosen->second.second,
                             tokens);
}

}  // namespace lethe
