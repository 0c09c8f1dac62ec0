#include <cmath>

#include "harness/run/suite_keys.h"

namespace lethe {
namespace {

enum class Bounds { none, needed };

SelectionTerm read_term(const Json& json, const std::string& where,
                        Bounds bounds) {
  SelectionTerm t;
  Keys keys(json, where);
  keys.need("metric", t.metric);
  keys.get("field", t.field);
  keys.get("from", t.from);
  keys.names("on", t.on);
  if (bounds == Bounds::needed) {
    keys.get("min", t.min);
    keys.get("max", t.max);
  }
  keys.done();
  if (t.on.empty()) fail_usage(where, "has no \"on\"", "name a data split");
  if (bounds == Bounds::none) return t;
  if (!std::isfinite(t.min) && !std::isfinite(t.max)) {
    fail_usage(where, "has neither \"min\" nor \"max\"", "add a bound");
  }
  if (t.min > t.max) {
    fail_usage(where, fmt::format("min {} is above max {}", t.min, t.max),
               "swap them");
  }
  return t;
}

Json term_json(const SelectionTerm& t) {
  Json json = {{"metric", t.metric}, {"on", t.on}};
  if (!t.field.empty()) json["field"] = t.field;
  if (!t.from.empty()) json["from"] = t.from;
  if (std::isfinite(t.min)) json["min"] = t.min;
  if (std::isfinite(t.max)) json["max"] = t.max;
  return json;
}

}  // namespace

std::vector<const SelectionTerm*> SelectionSpec::terms() const {
  std::vector<const SelectionTerm*> all = {&best};
  for (const SelectionTerm& term : subject_to) all.push_back(&term);
  return all;
}

SelectionSpec read_selection(const Json& json, const std::string& where) {
  SelectionSpec s;
  Keys keys(json, where);
  keys.get("by", s.by);
  one_of(s.by, {"method", "label"}, keys.where("by"));
  const Json* most = keys.raw("maximise");
  const Json* least = keys.raw("minimise");
  if ((most == nullptr) == (least == nullptr)) {
    fail_usage(where, "needs one of \"maximise\" and \"minimise\"",
               "say what the best row is best in");
  }
  s.maximise = most != nullptr;
  s.best = s.maximise ? read_term(*most, keys.where("maximise"), Bounds::none)
                      : read_term(*least, keys.where("minimise"), Bounds::none);
  if (const Json* list = keys.raw("subject_to"); list != nullptr) {
    if (!list->is_array()) {
      fail_usage(keys.where("subject_to"), "is no list", "write [ ... ]");
    }
    for (size_t i = 0; i < list->size(); ++i) {
      s.subject_to.push_back(
          read_term((*list)[i], fmt::format("{}.subject_to[{}]", where, i),
                    Bounds::needed));
    }
  }
  keys.done();
  return s;
}

Json to_json(const SelectionSpec& s) {
  Json json = {{"by", s.by}, {"subject_to", Json::array()}};
  json[s.maximise ? "maximise" : "minimise"] = term_json(s.best);
  for (const SelectionTerm& term : s.subject_to) {
    json["subject_to"].push_back(term_json(term));
  }
  return json;
}

}  // namespace lethe
