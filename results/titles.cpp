#include "results/titles.h"

#include <fmt/core.h>

#include <cmath>
#include <map>
#include <utility>

#include "harness/base/log.h"

namespace lethe {
namespace {

// Spellings that people know. Whatever is not here reads as its key does, with
// blanks for underscores, so a new plugin needs no entry.
const std::vector<std::pair<std::string, std::string>>& spellings() {
  static const std::vector<std::pair<std::string, std::string>> kSpellings = {
      {"min_k_plus_plus", "Min-K++"},
      {"min_k", "Min-K"},
      {"dc_pdd", "DC-PDD"},
      {"exact_match", "EM"},
      {"rouge_lsum", "ROUGE-Lsum"},
      {"rouge_l", "ROUGE-L"},
      {"rouge_1", "ROUGE-1"},
      {"rouge_2", "ROUGE-2"},
      {"tpr_at_fpr", "TPR@FPR"},
      {"auroc", "AUC"},
      {"fmeasure", "F1"},
      {"f1", "F1"},
      {"bertscore", "BERTScore"},
      {"mauve", "MAUVE"},
      {"mia", "MIA"},
      {"nll", "NLL"},
      {"kl", "KL"},
      {"peak_bytes", "peak memory"},
      {"bytes", "memory"}};
  return kSpellings;
}

std::string human(const std::string& key) {
  std::string text = "_" + key + "_";
  for (const auto& [from, to] : spellings()) {
    const size_t at = text.find("_" + from + "_");
    if (at != std::string::npos) text.replace(at + 1, from.size(), to);
  }
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  return text.substr(1, text.size() - 2);
}

std::string without_options(const std::string& name) {
  return name.substr(0, name.find(':'));
}

// " k=0.3" of "min_k_mia:k=0.3".
std::string options_of(const std::string& name) {
  const size_t colon = name.find(':');
  return colon == std::string::npos ? "" : " " + name.substr(colon + 1);
}

std::string join(const std::vector<std::string>& parts, char separator) {
  std::string text;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

std::string metric_title(const TableColumn& c) {
  const std::string metric = without_options(c.metric);
  if (metric == "cost") return human(c.field);
  // Benchmarks' fields go by lm-eval's names, acc and acc_norm.
  const std::string title = c.task.empty() ? human(metric) : metric;
  if (c.field == metric) return title;
  return title + " " + (c.task.empty() ? human(c.field) : c.field);
}

// Titles from the shortest to the one that says everything.
std::vector<std::string> title_forms(const TableColumn& c) {
  const std::string metric = metric_title(c);
  const std::string options = options_of(c.probe) + options_of(c.metric);
  if (c.group == ColumnGroup::cost && c.probe.empty()) {
    return {metric, join({metric, c.split}, ' ')};
  }
  if (!c.task.empty()) {
    const std::string title = c.task + " " + metric;
    return {title, title + options, title + " " + c.split};
  }
  const std::string probe = human(source_of(c));
  if (c.group == ColumnGroup::attacks) {
    const std::string title = join({probe, metric}, ' ');
    return {title, title + options, join({title, c.split}, ' '),
            join({title, c.split}, ' ') + options};
  }
  const std::string title = join({c.split, metric}, ' ');
  return {title, title + options, join({title, probe}, ' '),
          join({title, probe}, ' ') + options};
}

std::string full_key(const TableColumn& c) {
  return join({c.task.empty() ? c.probe : c.task, c.metric, c.field, c.split,
               c.profile},
              '.');
}

// For each column the first of its forms that sets it apart: columns that
// share a form all go on to their next one.
std::vector<std::string> unique_forms(
    const std::vector<std::vector<std::string>>& forms) {
  std::vector<size_t> level(forms.size(), 0);
  for (bool moved = true; moved;) {
    std::map<std::string, int> uses;
    for (size_t i = 0; i < forms.size(); ++i) ++uses[forms[i][level[i]]];
    moved = false;
    for (size_t i = 0; i < forms.size(); ++i) {
      if (uses[forms[i][level[i]]] < 2 || level[i] + 1 == forms[i].size()) {
        continue;
      }
      ++level[i];
      moved = true;
    }
  }
  std::map<std::string, int> uses;
  std::vector<std::string> chosen;
  for (size_t i = 0; i < forms.size(); ++i) {
    chosen.push_back(forms[i][level[i]]);
    const int times = ++uses[chosen.back()];
    if (times > 1) chosen.back() += fmt::format(" #{}", times);
  }
  return chosen;
}

// Digits behind the point so that a value shows three or four figures.
int decimals(double value) {
  const double size = std::fabs(value);
  return size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
}

bool needs_exponent(double value) {
  const double size = std::fabs(value);
  return size >= 1e6 || (size > 0 && size < 5e-4);
}

// "1.2e8", where C writes 1.2e+08.
std::string with_exponent(double value) {
  if (value == 0) return "0";
  const std::string text = fmt::format("{:.1e}", value);
  const size_t e = text.find('e');
  return text.substr(0, e + 1) + std::to_string(std::stoi(text.substr(e + 1)));
}

}  // namespace

void name_columns(std::vector<TableColumn>& columns) {
  std::vector<std::vector<std::string>> keys;
  std::vector<std::vector<std::string>> titles;
  for (const TableColumn& c : columns) {
    keys.push_back({full_key(c)});
    titles.push_back(title_forms(c));
    titles.back().push_back(full_key(c));
  }
  const auto unique_keys = unique_forms(keys);
  const auto unique_titles = unique_forms(titles);
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].key = unique_keys[i];
    columns[i].title = unique_titles[i];
  }
}

std::string source_of(const TableColumn& column) {
  return column.task.empty() ? without_options(column.probe) : column.task;
}

std::string value_text(double value, const std::string& unit) {
  return value_text_like(value, unit, value);
}

std::string value_text_like(double value, const std::string& unit,
                            double beside) {
  if (!std::isfinite(value)) return "-";
  if (unit == "bytes") return human_bytes(value);
  if (unit == "seconds") return fmt::format("{:.1f}", value);
  if (unit == "tokens" || unit == "count") return human_count(value);
  if (needs_exponent(beside) || std::fabs(value) >= 1e6) {
    return with_exponent(value);
  }
  return fmt::format("{:.{}f}", value + 0.0, decimals(beside));  // no "-0.0"
}

}  // namespace lethe
