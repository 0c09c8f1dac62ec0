// What a run took, and every setting and hash that it stands on.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "harness/base/log.h"
#include "results/costs.h"
#include "results/escape.h"
#include "results/html_table.h"
#include "results/report_data.h"
#include "results/run_json.h"

namespace lethe {
namespace {

// Settings by their dotted names, as `--set` takes them.
using Settings = std::vector<std::pair<std::string, std::string>>;

void flatten(const Json& json, const std::string& name, Settings& all) {
  if (json.is_object() && !json.empty()) {
    for (const auto& [key, value] : json.items()) {
      flatten(value, name.empty() ? key : name + "." + key, all);
    }
    return;
  }
  all.emplace_back(
      name, json.is_string() ? json.get<std::string>() : canonical(json));
}

Settings flat(const Json& json) {
  Settings all;
  flatten(json, "", all);
  return all;
}

std::string settings_table(const std::string& caption,
                           const Settings& settings) {
  HtmlTable table{caption, {"setting", "value"}, {}};
  for (const auto& [name, value] : settings) {
    table.rows.push_back({html_name(name), "<span class=\"text\">" +
                                               html_name(value) + "</span>"});
  }
  return "<div class=\"settings\">" + html_table(table) + "</div>\n";
}

// What all entries of a list have in common once, then the rest of each.
std::string list_html(const std::string& kind, const Json& list) {
  std::vector<Settings> entries;
  std::map<std::pair<std::string, std::string>, size_t> counts;
  for (const Json& one : list) {
    entries.push_back(flat(one));
    for (const auto& setting : entries.back()) ++counts[setting];
  }
  const auto common = [&](const auto& setting) {
    return entries.size() > 1 && counts[setting] == entries.size();
  };
  Settings shared;
  for (const auto& setting : entries.front()) {
    if (common(setting)) shared.push_back(setting);
  }
  std::string html;
  if (!shared.empty()) {
    html +=
        html_fold(fmt::format("{}: the same for all {}", kind, entries.size()),
                  settings_table("of every entry of " + kind, shared));
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    Settings own;
    for (const auto& setting : entries[i]) {
      if (!common(setting)) own.push_back(setting);
    }
    std::string name = text_at(list[i], "label");
    if (name.empty()) name = text_at(list[i], "name");
    if (name.empty()) name = fmt::format("entry {}", i + 1);
    html += html_fold(kind + ": " + name,
                      settings_table("of " + name + " alone", own));
  }
  return html;
}

std::string suite_html(const Json& suite) {
  if (!suite.is_object()) return "";
  Json plain = Json::object();
  std::string lists;
  for (const auto& [key, value] : suite.items()) {
    const bool list =
        value.is_array() && !value.empty() && value.front().is_object();
    if (list) {
      lists += list_html(key, value);
    } else {
      plain[key] = value;
    }
  }
  return html_fold(
             "Suite: model, data and the rest",
             settings_table("as resolved, with every default", flat(plain))) +
         lists;
}

// run.json without the suite, and without what has tables of its own.
std::string run_html(const Json& run) {
  Json plain = run;
  for (const char* key : {"suite", "cells", "selection"}) plain.erase(key);
  if (plain.empty()) return "";
  return html_fold("Run: hashes, versions and machine",
                   settings_table("from run.json", flat(plain)));
}

std::string hash_html(const std::string& hash) {
  return hash.empty() ? "<span class=\"missing\">-</span>"
                      : "<code>" + html_escape(printable(hash, 64)) + "</code>";
}

std::string models_html(const ReportData& data) {
  HtmlTable table{"one line a row of the run, with the hash of its weights",
                  {"row", "cell", "seed", "steps", "model", "tokenizer"},
                  {}};
  for (const ReportCell& cell : data.cells) {
    const Record& r = *cell.records.front();
    table.rows.push_back({html_name(cell.name), hash_html(cell.cell),
                          std::to_string(cell.seed), std::to_string(r.step),
                          hash_html(r.model_hash),
                          hash_html(r.tokenizer_hash)});
  }
  return html_fold("Models", html_table(table));
}

std::string questions_html(const ReportData& data) {
  HtmlTable table{"values are comparable when these agree",
                  {"probe or task", "split", "data", "prompts", "items"},
                  {}};
  std::map<std::string, bool> seen;
  for (const Record& r : data.records) {
    const std::string name =
        r.task.empty() ? name_with_options(r.probe, r.probe_options) : r.task;
    const std::string key = name + "\x1F" + r.split + "\x1F" + r.data_hash +
                            "\x1F" + r.prompt_hash + "\x1F" + r.items_hash;
    if (name.empty() || r.data_hash.empty() ||
        !seen.emplace(key, true).second) {
      continue;
    }
    table.rows.push_back({html_name(name), html_name(r.split),
                          hash_html(r.data_hash), hash_html(r.prompt_hash),
                          hash_html(r.items_hash)});
  }
  return html_fold("Data and prompts", html_table(table));
}

}  // namespace

std::string costs_part(const ReportData& data) {
  if (data.records.empty()) return "";
  const RunCosts costs = run_costs(data.records);
  HtmlTable table{"measuring: " + costs_text(costs),
                  {"probe or task", "passes", "time", "tokens"},
                  {}};
  for (const PassCost& cost : costs.passes) {
    table.rows.push_back({html_name(cost.name), std::to_string(cost.passes),
                          human_seconds(cost.seconds),
                          human_count(static_cast<double>(cost.tokens))});
  }
  return html_table(table) +
         "<p class=\"quiet\">What making each model took is among the "
         "values.</p>\n";
}

std::string settings_part(const ReportData& data) {
  const std::string run = run_html(data.run);
  std::string html = suite_html(value_at(data.run, "suite")) + run;
  if (!data.records.empty()) html += models_html(data) + questions_html(data);
  return html;
}

}  // namespace lethe
