#include "harness/text/special_tokens.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/ordered_json.h"

namespace lethe {
namespace {

// Those that every class has, in the order in which they get ids.
const char* const kStandard[] = {"bos_token", "eos_token", "unk_token",
                                 "sep_token", "pad_token", "cls_token",
                                 "mask_token"};
const char* const kFlags[] = {"single_word", "lstrip", "rstrip", "normalized",
                              "special"};

bool standard(const std::string& key) {
  return std::find(std::begin(kStandard), std::end(kStandard), key) !=
         std::end(kStandard);
}

bool ends_in_token(const std::string& key) {
  const std::string end = "_token";
  return key.size() > end.size() &&
         key.compare(key.size() - end.size(), end.size(), end) == 0;
}

std::string content_of(const Json& entry) {
  return entry["content"].get<std::string>();
}

}  // namespace

Json added_token_entry(const std::string& content,
                       const std::vector<std::string>& flags) {
  Json entry = {{"content", content}};
  for (const char* flag : kFlags) {
    entry[flag] = std::find(flags.begin(), flags.end(), flag) != flags.end();
  }
  return entry;
}

SpecialTokens::SpecialTokens(const std::string& folder,
                             const OrderedJson& config,
                             const Defaults& defaults) {
  for (const char* key : kStandard) named_.push_back({key, std::nullopt});
  for (const auto& [key, content] : defaults) {
    set_named(key, added_token_entry(content, {"special"}));
    for (auto& token : named_) token.from_file = false;
  }
  place_ = path_inside(folder, "tokenizer_config.json");
  read_named(config, false);
  read_extra(config);
  if (config.contains("added_tokens_decoder")) {
    read_decoder(config["added_tokens_decoder"]);
  } else {
    place_ = path_inside(folder, "special_tokens_map.json");
    read_named(ordered_object_or_empty(folder, "special_tokens_map.json"),
               true);
    place_ = path_inside(folder, "added_tokens.json");
    read_added(ordered_object_or_empty(folder, "added_tokens.json"));
  }
  use_flags_of_added();
}

Json SpecialTokens::entry_of(const OrderedJson& token, bool special) const {
  if (token.is_string()) {
    return added_token_entry(token.get<std::string>(), {"special"});
  }
  if (!token.is_object() || !token.contains("content") ||
      !token["content"].is_string()) {
    fail_input(place_, "token " + token.dump().substr(0, 100) + " is malformed",
               "it must be a text, or an object with its content");
  }
  Json entry = added_token_entry(token["content"].get<std::string>(), {});
  entry["special"] = special;
  for (const char* flag : kFlags) {
    if (!token.contains(flag) || token[flag].is_null()) continue;
    if (!token[flag].is_boolean()) {
      fail_input(
          place_,
          fmt::format("\"{}\" of a token is {}", flag, token[flag].dump()),
          "it must be true or false");
    }
    entry[flag] = token[flag].get<bool>();
  }
  if (special) entry["special"] = true;
  if (!token.contains("normalized")) {
    entry["normalized"] = !entry["special"].get<bool>();
  }
  return entry;
}

void SpecialTokens::set_named(const std::string& key,
                              std::optional<Json> entry) {
  for (auto& token : named_) {
    if (token.key != key) continue;
    token.entry = std::move(entry);
    token.from_file = true;
    return;
  }
  named_.push_back({key, std::move(entry), true});
}

// Besides the standard ones, a class may have tokens of its own: "image_token".
void SpecialTokens::read_named(const OrderedJson& json, bool of_map) {
  for (const auto& [key, value] : json.items()) {
    if (standard(key)) {
      set_named(key, value.is_null()
                         ? std::optional<Json>()
                         : std::optional<Json>(entry_of(value, of_map)));
    } else if (ends_in_token(key) && (value.is_string() || value.is_object())) {
      set_named(key, entry_of(value, of_map));
    } else if (of_map && key == "additional_special_tokens" && !extra_) {
      read_extra(json);
      extra_of_map_ = extra_.has_value();
    }
  }
}

void SpecialTokens::read_extra(const OrderedJson& json) {
  const auto at = [&](const char* key) {
    return json.contains(key) ? json[key] : OrderedJson();
  };
  OrderedJson list = at("extra_special_tokens");
  if (list.empty() && json.contains("additional_special_tokens")) {
    list = at("additional_special_tokens");
  }
  if (list.is_object()) {
    for (const auto& [key, value] : list.items()) {
      set_named(key, entry_of(value, false));
    }
    return;
  }
  if (list.is_null()) return;
  if (!list.is_array()) {
    fail_input(place_, "the additional special tokens are not a list",
               "make them one");
  }
  extra_.emplace();
  for (const auto& token : list) extra_->push_back(entry_of(token, false));
}

void SpecialTokens::read_decoder(const OrderedJson& decoder) {
  if (!decoder.is_object()) {
    fail_input(place_, "\"added_tokens_decoder\" is not an object",
               "it must map ids to tokens");
  }
  std::map<int64_t, Json> by_id;
  for (const auto& [key, token] : decoder.items()) {
    const bool number =
        !key.empty() && key.size() < 10 &&
        key.find_first_not_of("0123456789") == std::string::npos;
    if (!number) {
      fail_input(place_, "\"added_tokens_decoder\" has id \"" + key + "\"",
                 "ids are integers from 0");
    }
    if (!token.is_object()) {
      fail_input(place_, "added token " + key + " is no object",
                 "give its content and flags");
    }
    by_id[std::stoll(key)] = entry_of(token, false);
  }
  for (auto& [id, entry] : by_id) added_.push_back({std::move(entry), id});
}

void SpecialTokens::read_added(const OrderedJson& added) {
  std::set<std::string> specials;
  for (const auto& token : named_) {
    const bool given = token.from_file && token.entry && standard(token.key);
    if (given) specials.insert(content_of(*token.entry));
  }
  for (const Json& entry : extra_.value_or(std::vector<Json>())) {
    specials.insert(content_of(entry));
  }
  for (const auto& [content, id] : added.items()) {
    if (!id.is_number_integer()) {
      fail_input(place_, "\"" + content + "\" has id " + id.dump(),
                 "ids are integers");
    }
    const bool special = specials.count(content) > 0;
    added_.push_back(
        {added_token_entry(content, {special ? "special" : "normalized"}),
         id.get<int64_t>()});
  }
  std::stable_sort(
      added_.begin(), added_.end(),
      [](const Token& a, const Token& b) { return a.declared < b.declared; });
}

// The flags of an added token hold for the named token too.
void SpecialTokens::use_flags_of_added() {
  for (auto& token : named_) {
    if (!token.entry || !token.from_file || !standard(token.key)) continue;
    for (const auto& added : added_) {
      if (content_of(added.entry) == content_of(*token.entry)) {
        token.entry = added.entry;
      }
    }
  }
}

std::optional<std::string> SpecialTokens::named(const std::string& key) const {
  for (const auto& token : named_) {
    if (token.key == key && token.entry) return content_of(*token.entry);
  }
  return std::nullopt;
}

void SpecialTokens::set_default_extra(std::vector<Json> entries) {
  if (!extra_ || extra_of_map_) extra_ = std::move(entries);
}

void SpecialTokens::make_plain() { plain_ = true; }

// Tokens with ids of their own first, then the named ones, then the others.
std::vector<SpecialTokens::Token> SpecialTokens::in_order() const {
  std::vector<Token> tokens = added_;
  std::set<std::string> names, seen;
  for (const auto& token : tokens) seen.insert(content_of(token.entry));
  const auto add = [&](const Json& entry) {
    if (seen.insert(content_of(entry)).second) tokens.push_back({entry});
  };
  for (const auto& token : named_) {
    if (!token.entry) continue;
    names.insert(content_of(*token.entry));
    add(*token.entry);
  }
  for (const Json& entry : extra_.value_or(std::vector<Json>())) add(entry);
  for (auto& token : tokens) {
    if (names.count(content_of(token.entry)) > 0) token.entry["special"] = true;
  }
  return tokens;
}

Json SpecialTokens::numbered(const Find& find, int64_t size) const {
  std::set<std::string> specials;
  for (const auto& token : named_) {
    if (token.entry) specials.insert(content_of(*token.entry));
  }
  for (const Json& entry : extra_.value_or(std::vector<Json>())) {
    specials.insert(content_of(entry));
  }
  std::map<int64_t, Json> by_id;
  for (const auto& token : in_order()) {
    const std::string content = content_of(token.entry);
    if (content.empty()) continue;
    const auto known = find(content);
    const int64_t highest = by_id.empty() ? -1 : by_id.rbegin()->first;
    const int64_t id = known ? *known : std::max(size, highest + 1);
    if (token.declared >= 0 && token.declared != id) {
      fail_input(place_,
                 fmt::format("\"{}\" has id {}, but the vocabulary gives it {}",
                             content, token.declared, id),
                 "use the vocabulary that the model was trained with");
    }
    Json entry = plain_ && specials.count(content) > 0
                     ? added_token_entry(content, {"special"})
                     : token.entry;
    entry["id"] = id;
    by_id[id] = std::move(entry);
  }
  Json list = Json::array();
  for (auto& [id, entry] : by_id) list.push_back(std::move(entry));
  return list;
}

}  // namespace lethe
