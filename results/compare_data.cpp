// The JSON and CSV forms of a comparison: raw names, unrounded numbers.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "results/compare.h"
#include "results/escape.h"

namespace lethe {
namespace {

OrderedJson number_or_null(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson() : OrderedJson(text);
}

OrderedJson interval_json(const Interval& interval) {
  return std::isfinite(interval.low) && std::isfinite(interval.high)
             ? OrderedJson::array({interval.low, interval.high})
             : OrderedJson();
}

bool tested(const Pair& pair) { return !pair.result.test.empty(); }

using Texts = std::map<std::string, ItemText>;

// A text that the samples have; null without.
OrderedJson text_of(const Texts& texts, const std::string& id,
                    std::string ItemText::*part) {
  const auto found = texts.find(id);
  return found == texts.end() ? OrderedJson()
                              : OrderedJson(found->second.*part);
}

OrderedJson items_json(const std::vector<ChangedItem>& all, size_t items,
                       const Texts& a, const Texts& b) {
  OrderedJson list = OrderedJson::array();
  for (size_t i = 0; i < std::min(items, all.size()); ++i) {
    const std::string& id = all[i].id;
    list.push_back({{"id", id},
                    {"a", all[i].a},
                    {"b", all[i].b},
                    {"prompt", text_of(a, id, &ItemText::prompt)},
                    {"output_a", text_of(a, id, &ItemText::output)},
                    {"output_b", text_of(b, id, &ItemText::output)}});
  }
  return list;
}

// The measure: what it is, and how b should be.
void add_measure(const TableColumn& column, OrderedJson& json) {
  json["title"] = column.title;
  json["probe"] = text_or_null(column.probe);
  json["task"] = text_or_null(column.task);
  json["field"] = column.field;
  json["split"] = column.split;
  json["unit"] = column.unit;
  json["want"] = text_or_null(column.want);
}

OrderedJson pair_json(const Pair& pair, size_t items) {
  const PairedResult& result = pair.result;
  const auto count = [&](const std::vector<ChangedItem>& changed) {
    return tested(pair) ? OrderedJson(changed.size()) : OrderedJson();
  };
  OrderedJson json;
  json["a"] = pair.a;
  json["b"] = pair.b;
  json["metric"] = pair.column.key;
  json["difference"] = number_or_null(result.difference);
  json["ci95"] = interval_json(result.ci95);
  json["p"] = number_or_null(result.p);
  json["test"] = text_or_null(result.test);
  json["lost"] = count(result.lost);
  json["gained"] = count(result.gained);
  json["mde"] = number_or_null(result.mde);
  json["p_adjusted"] = number_or_null(pair.p_adjusted);
  json["verdict"] = change_name(pair.change);
  json["reason"] = text_or_null(result.reason);
  json["value_a"] = number_or_null(pair.value_a);
  json["value_b"] = number_or_null(pair.value_b);
  json["n"] = result.n;
  json["seeds_a"] = pair.seeds_a;
  json["seeds_b"] = pair.seeds_b;
  json["ci_method"] = result.ci95.method;
  json["effects"] = OrderedJson::object();
  for (const auto& [name, value] : result.effects) {
    json["effects"][name] = number_or_null(value);
  }
  json["ratio"] = number_or_null(result.ratio);
  json["ratio_ci95"] = interval_json(result.ratio_ci95);
  add_measure(pair.column, json);
  json["target"] = number_or_null(pair.target);
  if (items > 0) {
    const Texts a = item_texts(pair.folder_a, pair.record_a);
    const Texts b = item_texts(pair.folder_b, pair.record_b);
    json["items"]["lost"] = items_json(result.lost, items, a, b);
    json["items"]["gained"] = items_json(result.gained, items, a, b);
  }
  return json;
}

// What is missing says so: spreadsheets take an empty cell for 0.
std::string csv_value(const OrderedJson& value) {
  if (value.is_null()) return "NA";
  if (value.is_string()) return csv_cell(value.get<std::string>());
  return value.dump();
}

}  // namespace

OrderedJson to_json(const Comparison& comparison, size_t items) {
  OrderedJson json;
  json["pairs"] = OrderedJson::array();
  for (const Pair& pair : comparison.pairs) {
    json["pairs"].push_back(pair_json(pair, items));
  }
  json["alpha"] = comparison.alpha;
  json["correction"] = "holm";
  json["tests"] = comparison.tests;
  json["remarks"] = comparison.remarks;
  return json;
}

std::string to_csv(const Comparison& comparison) {
  const std::vector<const char*> plain = {
      "a",       "b",          "metric",     "split",   "unit",    "want",
      "value_a", "value_b",    "difference", "ci95",    "p",       "p_adjusted",
      "test",    "verdict",    "lost",       "gained",  "n",       "mde",
      "ratio",   "ratio_ci95", "ci_method",  "seeds_a", "seeds_b", "reason"};
  std::string text;
  const auto add = [&](const std::string& cell) {
    text += (text.empty() || text.back() == '\n' ? "" : ",") + cell;
  };
  for (const std::string name : plain) {
    const bool interval = name == "ci95" || name == "ratio_ci95";
    add(interval ? fmt::format("{0}_low,{0}_high", name) : name);
  }
  text += "\r\n";
  for (const Pair& pair : comparison.pairs) {
    const OrderedJson json = pair_json(pair, 0);
    for (const std::string name : plain) {
      const OrderedJson& value = json[name];
      const bool interval = name == "ci95" || name == "ratio_ci95";
      if (!interval) {
        add(csv_value(value));
      } else {
        add(value.is_null() ? "NA,NA"
                            : csv_value(value[0]) + "," + csv_value(value[1]));
      }
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace lethe
