#include "results/redactor.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <set>

#include "harness/base/hash.h"
#include "harness/base/redacted.h"

namespace lethe {
namespace {

constexpr size_t kDigits = 16;
constexpr size_t kLongestName = 64;

// Of at least 128 random bits.
std::string random_salt() {
  std::random_device device;
  std::string salt;
  for (int i = 0; i < 8; ++i) salt += fmt::format("{:08x}", device());
  return salt;
}

bool only(const std::string& text, const char* others) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [&](unsigned char c) {
           return std::isalnum(c) != 0 ||
                  std::string_view(others).find(static_cast<char>(c)) !=
                      std::string_view::npos;
         });
}

// Names of rows, splits and items are short and without blanks.
bool is_name(const std::string& text) {
  return text.size() <= kLongestName && only(text, "_.:@+-");
}

bool is_hash(const std::string& text) {
  return text.size() >= 12 && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_number_text(const std::string& text) {
  const Json value = parse_value(text);
  return value.is_number() || value.is_boolean() || value.is_null();
}

// Keys whose values are one of a list that the program or the suite has:
// choices of options, and what a run is described with.
bool is_choice(const std::string& key) {
  static const std::set<std::string> keys = {
      "by",       "cell",      "chosen",   "ci_method",   "compat",
      "data",     "device",    "dtype",    "field",       "flag",
      "flags",    "form",      "from",     "git",         "label_mask",
      "language", "lethe",     "loss",     "lr_schedule", "mask",
      "method",   "metric",    "mode",     "name",        "of",
      "on",       "optimiser", "probe",    "profile",     "role",
      "rounding", "rubric",    "schedule", "split",       "splits",
      "status",   "suite",     "target",   "task",        "torch",
      "unit",     "want",      "zlib",     "dedup",       "goldfish_on",
      "hash",     "normalise", "scrub"};
  return keys.count(key) > 0;
}

bool is_hash_key(const std::string& key) {
  return key == "hash" || (key.size() > 5 && key.ends_with("_hash"));
}

}  // namespace

Redactor::Redactor(const RedactOptions& options)
    : hash_ids_(options.hash_ids),
      salt_(options.salt.empty() ? random_salt() : options.salt) {}

std::string Redactor::text(const std::string& text) const {
  if (text.empty() || is_redacted(text)) return text;
  return redaction_mark(sha256(salt_ + '\0' + text).substr(0, kDigits),
                        fmt::format("{} bytes", text.size()));
}

std::string Redactor::id(const std::string& id) const {
  return hash_ids_ || !is_name(id) ? text(id) : id;
}

OrderedJson Redactor::numbers_mark(const OrderedJson& list) const {
  return redaction_mark(sha256(salt_ + '\0' + list.dump()).substr(0, kDigits),
                        fmt::format("{} numbers", list.size()));
}

// Whole numbers other than 0 and 1 may be the ids of tokens.
OrderedJson Redactor::list(const std::string& key,
                           const OrderedJson& list) const {
  const bool ids =
      std::any_of(list.begin(), list.end(), [](const OrderedJson& one) {
        return one.is_number_integer() && one != 0 && one != 1;
      });
  if (ids) return numbers_mark(list);
  OrderedJson all = OrderedJson::array();
  for (const OrderedJson& one : list) all.push_back(value(key, one));
  return all;
}

OrderedJson Redactor::value(const std::string& key,
                            const OrderedJson& value) const {
  if (value.is_object()) return object(value, !key.empty());
  if (value.is_array()) return list(key, value);
  if (!value.is_string()) return value;
  const std::string own = value.get<std::string>();
  if (is_choice(key) && is_name(own)) return own;
  if (is_hash_key(key) && is_hash(own)) return own;
  return text(own);
}

// Keys are the format's own names, but for objects that are kept by a name of
// the user's.
OrderedJson Redactor::object(const OrderedJson& object, bool choices) const {
  OrderedJson all = OrderedJson::object();
  for (const auto& [key, one] : object.items()) {
    // The values of "where" are those of data.
    const bool chosen = choices && key != "where";
    all[is_name(key) ? key : text(key)] = value(chosen ? key : "", one);
  }
  return all;
}

// What programs and formats are called; judges and rubrics may be files.
OrderedJson Redactor::versions(const OrderedJson& versions) const {
  static const std::set<std::string> kept = {
      "git", "imported", "lethe", "rescored", "task", "torch", "zlib"};
  OrderedJson all = OrderedJson::object();
  for (const auto& [key, one] : versions.items()) {
    if (key == "tasks" && one.is_array()) {
      all[key] = OrderedJson::array();
      for (const OrderedJson& name : one) {
        const bool safe = name.is_string() && is_name(name.get<std::string>());
        all[key].push_back(safe ? name : value("", name));
      }
      continue;
    }
    const bool safe = kept.count(key) > 0 && one.is_string() &&
                      only(one.get<std::string>(), "_.:+() -");
    all[is_name(key) ? key : text(key)] = safe ? one : value("", one);
  }
  return all;
}

OrderedJson Redactor::sample(const OrderedJson& row) const {
  if (!row.is_object()) return text(row.dump());
  OrderedJson all = OrderedJson::object();
  for (const auto& [key, one] : row.items()) {
    if (key == "id" && one.is_string()) {
      all[key] = id(one.get<std::string>());
    } else if (key == "id" && hash_ids_) {
      all[key] = text(one.dump());
    } else {
      all[is_name(key) ? key : text(key)] =
          value(key == "split" ? key : "", one);
    }
  }
  return all;
}

Json Redactor::options(const Json& options) const {
  Json all = Json::object();
  for (const auto& [key, one] : options.items()) {
    const bool numbers = one.is_array() &&
                         std::all_of(one.begin(), one.end(), [](const Json& v) {
                           return v.is_number() || v.is_boolean();
                         });
    all[key] = numbers ? one : Json(value(key, OrderedJson(one)));
  }
  return all;
}

std::string Redactor::name_with_options(const std::string& name) const {
  const size_t colon = name.find(':');
  const std::string head = name.substr(0, colon);
  std::string all = is_name(head) ? head : text(head);
  if (colon == name.npos) return all;
  const std::string rest = name.substr(colon + 1);
  // Values may hold commas: a part that is no key=value makes all one text.
  std::string known;
  for (size_t begin = 0; begin <= rest.size();) {
    const size_t comma = std::min(rest.find(',', begin), rest.size());
    const std::string part = rest.substr(begin, comma - begin);
    const size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    const std::string own = equals == part.npos ? "" : part.substr(equals + 1);
    const bool safe = is_name(key) && !own.empty() &&
                      (is_number_text(own) || (is_choice(key) && is_name(own)));
    if (!safe) return all + ":" + text(rest);
    known += (begin == 0 ? "" : ",") + part;
    begin = comma + 1;
  }
  return all + ":" + known;
}

std::string Redactor::message(const Record& r) const {
  const bool own = r.status == "ok" || r.status == "diverged";
  const size_t colon = r.message.find(": ");
  if (r.metric == "cost" && colon != r.message.npos &&
      is_name(r.message.substr(0, colon))) {  // "duplicate: the weights .."
    return r.message.substr(0, colon + 2) + text(r.message.substr(colon + 2));
  }
  const bool names = r.message.find_first_of("\"'/`") != r.message.npos ||
                     r.versions.contains("imported");  // the file
  return own && !names ? r.message : text(r.message);
}

Record Redactor::record(Record r) const {
  const auto name = [&](std::string& own) {
    own = is_name(own) || own.empty() ? own : text(own);
  };
  r.message = message(r);
  r.label = name_with_options(r.label);
  for (std::string* own : {&r.run, &r.suite, &r.profile, &r.method, &r.probe,
                           &r.task, &r.metric, &r.field, &r.split, &r.role}) {
    name(*own);
  }
  r.method_options = options(r.method_options);
  r.probe_options = options(r.probe_options);
  r.metric_options = options(r.metric_options);
  for (Json& step : r.transform) {
    step = step.is_string() ? Json(name_with_options(step.get<std::string>()))
                            : options(step);
  }
  r.versions = Json(versions(OrderedJson(r.versions)));
  return r;
}

OrderedJson Redactor::description(const OrderedJson& run) const {
  OrderedJson all = OrderedJson::object();
  for (const auto& [key, one] : run.items()) {
    const bool hashes = key == "data_hashes" || key == "named_hashes";
    if (key == "cells" && one.is_array()) {
      all[key] = OrderedJson::array();
      for (const OrderedJson& cell : one) {
        OrderedJson own = object(cell.is_object() ? cell : OrderedJson(), true);
        for (const char* field : {"label", "transform"}) {
          if (!cell.is_object() || !cell.contains(field)) continue;
          if (!cell[field].is_string()) continue;
          own[field] = name_with_options(cell[field].get<std::string>());
        }
        all[key].push_back(std::move(own));
      }
      continue;
    }
    if (hashes && one.is_object()) {
      all[key] = OrderedJson::object();
      for (const auto& [name, hash] : one.items()) {
        all[key][is_name(name) ? name : text(name)] = value("hash", hash);
      }
      continue;
    }
    all[key] = key == "versions" ? versions(one)
                                 : value(key == "judges" ? "" : key, one);
  }
  all["redacted"] = {{"ids", hash_ids_ ? "hashed" : "kept"}};
  return all;
}

}  // namespace lethe
