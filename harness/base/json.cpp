#include "harness/base/json.h"

#include <algorithm>
#include <set>
#include <type_traits>

#include "harness/base/files.h"
#include "harness/base/folder_file.h"
#include "harness/base/ordered_json.h"

template class nlohmann::basic_json<>;
template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace lethe {
namespace {

constexpr size_t kMaxDepth = 512;
// An OrderedJson looks for each key among those before it: a second or two.
constexpr size_t kMaxComparisons = 500'000'000;

// Refuses duplicate keys and hostile nesting before the tree is built. (The
// library's own filter takes time quadratic in the length of a list.)
class Guard final : public nlohmann::json_sax<Json> {
 public:
  std::string reason;
  size_t comparisons = 0;  // of all pairs of keys of the same object

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_array(size_t) override { return deeper(); }
  bool end_array() override { return leave(); }
  bool start_object(size_t) override { return deeper(); }
  bool end_object() override { return leave(); }
  bool key(string_t& name) override {
    comparisons += keys_.back().size();
    if (!keys_.back().insert(name).second) {
      reason = fmt::format("key \"{}\" appears twice", name);
    }
    return reason.empty();
  }
  // The parser proper says what is wrong.
  bool parse_error(size_t, const std::string&,
                   const Json::exception&) override {
    return false;
  }

 private:
  bool deeper() {
    if (keys_.size() >= kMaxDepth) reason = "nested deeper than 512";
    keys_.emplace_back();
    return reason.empty();
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;
};

template <class Value>
Value parse(const std::string& text, const std::string& where, bool comments) {
  if (text.find('\0') != text.npos) {  // the library would stop there
    fail_input(where, "holds a zero byte", "correct the JSON");
  }
  Guard guard;
  Json::sax_parse(text, &guard, Json::input_format_t::json, true, comments);
  if (!guard.reason.empty()) {
    fail_input(where, guard.reason, "correct the JSON");
  }
  if (std::is_same_v<Value, OrderedJson> &&
      guard.comparisons > kMaxComparisons) {
    fail_input(where, "an object has too many keys", "use fewer, say 20000");
  }
  try {
    return Value::parse(text, nullptr, true, comments);
  } catch (const Json::exception& e) {
    const std::string what = e.what();
    const auto colon = what.find("] ");
    fail_input(where,
               colon == std::string::npos ? what : what.substr(colon + 2),
               "correct the JSON");
  }
}

const char* type_of(const Json& value) {
  if (value.is_number_integer()) return "an integer";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  if (value.is_boolean()) return "true or false";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  return "null";
}

bool fits(const Json& value, const Json& wanted) {
  if (wanted.is_null()) return true;
  if (wanted.is_number_unsigned()) return value.is_number_unsigned();
  if (wanted.is_number_integer()) return value.is_number_integer();
  if (wanted.is_number()) return value.is_number();
  return value.type() == wanted.type();
}

}  // namespace

Json parse_json(const std::string& text, const std::string& where) {
  return parse<Json>(text, where, false);
}

OrderedJson parse_ordered_json(const std::string& text,
                               const std::string& where) {
  return parse<OrderedJson>(text, where, false);
}

Json parse_json_with_comments(const std::string& text,
                              const std::string& where) {
  return parse<Json>(text, where, true);
}

Json read_json(const std::string& path, size_t max_bytes) {
  return parse<Json>(read_file(path, max_bytes), path, false);
}

const Json& require(const Json& object, const std::string& key,
                    const std::string& where) {
  if (!object.is_object()) {
    fail_input(where, fmt::format("is {}, not an object", type_of(object)),
               "give an object with the key \"" + key + "\"");
  }
  const auto found = object.find(key);
  if (found == object.end()) {
    std::vector<std::string> keys;
    for (const auto& [name, value] : object.items()) keys.push_back(name);
    fail_input(where, "key \"" + key + "\" is missing",
               "add it; " + suggest(key, keys));
  }
  return *found;
}

std::string require_string(const Json& object, const std::string& key,
                           const std::string& where) {
  const Json& value = require(object, key, where);
  if (!value.is_string()) {
    fail_input(where, fmt::format("\"{}\" is {}", key, type_of(value)),
               "it must be a string");
  }
  return value.get<std::string>();
}

int64_t require_int(const Json& object, const std::string& key,
                    const std::string& where) {
  const Json& value = require(object, key, where);
  if (!value.is_number_integer()) {
    fail_input(where, fmt::format("\"{}\" is {}", key, type_of(value)),
               "it must be an integer");
  }
  return value.get<int64_t>();
}

double require_number(const Json& object, const std::string& key,
                      const std::string& where) {
  const Json& value = require(object, key, where);
  if (!value.is_number()) {
    fail_input(where, fmt::format("\"{}\" is {}", key, type_of(value)),
               "it must be a number");
  }
  return value.get<double>();
}

void reject_unknown_keys(const Json& given,
                         const std::vector<std::string>& allowed,
                         const std::string& where) {
  if (!given.is_object()) {
    fail_usage(where, fmt::format("is {}, not an object", type_of(given)),
               "give an object of key: value");
  }
  for (const auto& [key, value] : given.items()) {
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
      fail_usage(
          where, "unknown key \"" + key + "\"",
          allowed.empty() ? "it takes no options" : suggest(key, allowed));
    }
  }
}

void check_options(const Json& given, const Json& defaults,
                   const std::string& where) {
  std::vector<std::string> allowed;
  for (const auto& [key, value] : defaults.items()) allowed.push_back(key);
  reject_unknown_keys(given, allowed, where);
  for (const auto& [key, value] : given.items()) {
    if (!fits(value, defaults[key])) {
      fail_usage(where,
                 fmt::format("\"{}\" is {} ({})", key, type_of(value),
                             value.dump().substr(0, 60)),
                 fmt::format("it must be {}, like its default {}",
                             type_of(defaults[key]), defaults[key].dump()));
    }
  }
}

Json parse_value(const std::string& text) {
  const Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

std::string canonical(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

OrderedJson ordered_object_or_empty(const std::string& folder,
                                    const std::string& name) {
  const std::string path = folder_file(folder, name);
  if (path.empty()) return OrderedJson::object();
  OrderedJson json =
      parse_ordered_json(read_file(path, size_t{256} << 20), path);
  if (!json.is_object()) fail_input(path, "is not an object", "make it one");
  return json;
}

}  // namespace lethe
