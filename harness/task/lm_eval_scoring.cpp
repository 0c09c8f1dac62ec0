#include "harness/task/lm_eval_scoring.h"

#include <algorithm>
#include <map>

#include "harness/base/error.h"
#include "harness/base/names.h"
#include "harness/task/python_regex.h"

namespace lethe {
namespace {

using Kind = YamlNode::Kind;

struct Metric {
  std::string aggregation;
  bool higher_is_better;
};

// By kind; as lm-eval registers them (api/metrics.py).
const std::map<std::string, Metric>& metrics_of(const std::string& kind) {
  static const std::map<std::string, std::map<std::string, Metric>> all = {
      {"multiple_choice",
       {{"acc", {"mean", true}},
        {"acc_norm", {"mean", true}},
        {"acc_bytes", {"mean", true}},
        {"acc_mutual_info", {"mean", true}},
        {"exact_match", {"mean", true}}}},
      {"loglikelihood",
       {{"perplexity", {"perplexity", false}}, {"acc", {"mean", true}}}},
      {"rolling",
       {{"word_perplexity", {"weighted_perplexity", false}},
        {"byte_perplexity", {"weighted_perplexity", false}},
        {"bits_per_byte", {"bits_per_byte", false}}}},
      {"generate", {{"exact_match", {"mean", true}}}}};
  return all.at(kind);
}

std::vector<LmEvalKeys> maps_of(const LmEvalKeys& keys, const std::string& key,
                                const std::string& prefix) {
  std::vector<LmEvalKeys> maps;
  const YamlNode* list = keys.find(key);
  if (list == nullptr) return maps;
  if (!list->is(Kind::list)) {
    keys.refuse(key, "is " + list->shown(), "write a list of maps");
  }
  for (const YamlNode& item : list->items) maps.emplace_back(item, prefix);
  return maps;
}

void check_metric(const LmEvalKeys& own, const std::string& kind) {
  const auto& known = metrics_of(kind);
  const std::string name = own.text("metric", "");
  const auto found = known.find(name);
  if (found == known.end()) {
    std::string names;
    for (const auto& [each, metric] : known) {
      names += (names.empty() ? "" : ", ") + each;
    }
    own.refuse("metric",
               "\"" + printable(name, 60) + "\" is none of " + kind + " here",
               "known: " + names);
  }
  std::vector<std::string> options = {"metric", "aggregation",
                                      "higher_is_better"};
  if (kind == "generate") {
    options.insert(options.end(),
                   {"ignore_case", "ignore_punctuation", "ignore_numbers",
                    "regexes_to_ignore", "hf_evaluate"});
  } else {
    options.push_back("weight_by_size");  // of groups; nothing reads it here
  }
  own.only(options);
  const Metric& metric = found->second;
  if (own.text("aggregation", metric.aggregation) != metric.aggregation) {
    own.refuse("aggregation",
               "is " + own.find("aggregation")->shown() + " for " + name,
               name + " is aggregated by " + metric.aggregation);
  }
  if (own.flag("higher_is_better", metric.higher_is_better) !=
      metric.higher_is_better) {
    own.refuse("higher_is_better",
               "is " + own.find("higher_is_better")->shown() + " for " + name,
               metric.higher_is_better ? "write true" : "write false");
  }
  if (own.flag("hf_evaluate", false)) {
    own.refuse("hf_evaluate", "is true", "leave it out: lm-eval's is the same");
  }
}

// The text as an expression that matches nothing else.
void read_exact_match(const LmEvalKeys& keys, OrderedJson& match) {
  for (const LmEvalKeys& own : maps_of(keys, "metric_list", "metric_list.")) {
    const YamlNode* regexes = own.find("regexes_to_ignore");
    if (regexes != nullptr && !regexes->is(Kind::list)) {
      own.refuse("regexes_to_ignore",
                 "is " + regexes->shown() +
                     ", of which lm-eval takes each letter for one",
                 "write a list");
    }
    if (own.flag("ignore_case", false)) match["ignore_case"] = true;
    if (own.flag("ignore_punctuation", false)) {
      match["ignore_punctuation"] = true;
    }
    OrderedJson ignore = OrderedJson::array();
    for (const std::string& regex : own.texts("regexes_to_ignore")) {
      ignore.push_back(
          from_python_regex(regex, own.where("regexes_to_ignore")));
    }
    // Last, as there; lower case and punctuation have nothing to do with it.
    if (own.flag("ignore_numbers", false)) ignore.push_back("[0-9]");
    if (!ignore.empty()) match["ignore"] = ignore;
  }
}

void read_generation(const LmEvalKeys& keys, OrderedJson& match) {
  std::vector<std::string> until = {keys.text("fewshot_delimiter", "\n\n")};
  bool asked = false;
  int64_t tokens = 256;
  if (const YamlNode* given = keys.find("generation_kwargs")) {
    const LmEvalKeys own(*given, "generation_kwargs.");
    own.only({"until", "max_gen_toks", "max_new_tokens", "max_tokens",
              "max_completion_tokens", "do_sample", "temperature", "num_beams",
              "top_p", "top_k"});
    if (own.find("until") != nullptr) {
      until = own.texts("until");
      asked = true;
    }
    for (const char* name : {"max_completion_tokens", "max_tokens",
                             "max_new_tokens", "max_gen_toks"}) {
      if (own.find(name) != nullptr) tokens = own.integer(name, tokens);
    }
    if (own.flag("do_sample", false)) {
      own.refuse("do_sample", "is true", "answers are greedy: write false");
    }
    // lm-eval makes a number of a text, too: what is no number is no zero.
    const YamlNode* heat = own.find("temperature");
    const bool zero =
        heat == nullptr ||
        (heat->real == 0 && (heat->is(Kind::integer) || heat->is(Kind::real)));
    const bool greedy = own.find("do_sample") != nullptr;
    if (!zero && !greedy) {
      own.refuse("temperature", "is " + heat->shown() + " without do_sample",
                 "write do_sample: false");
    }
    if (own.integer("num_beams", 1) != 1) {
      own.refuse("num_beams", "is " + own.find("num_beams")->shown(),
                 "answers are greedy: write 1");
    }
  }
  for (const std::string& end : until) {
    if (!end.empty()) continue;
    if (asked) {
      keys.refuse("generation_kwargs", "until has an empty text",
                  "leave it out");
    }
    keys.refuse("fewshot_delimiter", "is empty, and no until is given",
                "texts end at it: give generation_kwargs.until");
  }
  if (tokens < 1 || tokens > 100'000) {
    keys.refuse("generation_kwargs", fmt::format("asks for {} tokens", tokens),
                "give 1 to 100000");
  }
  match["until"] = until;
  match["max_new_tokens"] = tokens;
}

// One entry of filter_list, a pipeline. Null: nothing is found in the text.
OrderedJson read_pipeline(const LmEvalKeys& own, bool* strip) {
  own.only({"name", "filter"});
  const std::string name = own.text("name", "");
  if (name.empty()) own.refuse("name", "is missing", "name the filter");
  OrderedJson extract;
  size_t step = 0;
  const auto steps = maps_of(own, "filter", "filter_list.");
  for (const LmEvalKeys& filter : steps) {
    const std::string function = filter.text("function", "");
    const bool last = ++step == steps.size();
    const std::string shown = "\"" + printable(function, 60) + "\"";
    if (function == "take_first") {
      filter.only({"function"});
      if (!last)
        filter.refuse("function", shown + " is not the last", "put it there");
    } else if (function == "remove_whitespace") {
      filter.only({"function"});
      *strip = true;  // after a regex too: what it finds is stripped anyway
    } else if (function == "regex" && extract.is_null() && !*strip) {
      filter.only({"function", "regex_pattern", "group_select", "fallback"});
      const int64_t group = filter.integer("group_select", 0);
      if (group != 0 && group != -1) {
        filter.refuse("group_select", fmt::format("is {}", group),
                      "the first (0) or the last (-1) match can be taken");
      }
      if (filter.text("fallback", "[invalid]") != "[invalid]") {
        filter.refuse("fallback", "is " + filter.find("fallback")->shown(),
                      "leave it out: it is \"[invalid]\"");
      }
      extract["name"] = name;
      extract["regex"] = from_python_findall(
          filter.text("regex_pattern", "#### (\\-?[0-9\\.\\,]+)"), group == -1,
          filter.where("regex_pattern"));
      if (group == -1) extract["pick"] = "last";
    } else {
      filter.refuse(
          "function",
          shown + (function == "regex" ? " is not the first" : " is not read"),
          "use regex, or remove_whitespace, then take_first");
    }
  }
  if (steps.empty() || steps.back().text("function", "") != "take_first") {
    own.refuse("filter", "does not end with take_first", "add it");
  }
  return extract;
}

void read_filters(const LmEvalKeys& keys, OrderedJson& match) {
  const auto pipelines = maps_of(keys, "filter_list", "filter_list.");
  OrderedJson extract = OrderedJson::array();
  size_t whole = 0;
  bool stripped = false;
  for (const LmEvalKeys& own : pipelines) {
    bool strip = false;
    const OrderedJson one = read_pipeline(own, &strip);
    if (!one.is_null()) {
      extract.push_back(one);
    } else if (strip && pipelines.size() > 1) {
      // What is found is stripped: this finds all of the text.
      extract.push_back(
          {{"name", own.text("name", "")}, {"regex", "(?m:\\A.*)"}});
    } else {
      ++whole;
      stripped = strip;
    }
  }
  if (whole > 1 || (whole == 1 && !extract.empty())) {
    keys.refuse("filter_list", "compares the whole text beside other filters",
                "add remove_whitespace before its take_first");
  }
  if (extract.empty()) {
    if (!stripped) match["strip"] = false;
  } else {
    match["extract"] = extract;
  }
}

}  // namespace

OrderedJson lm_eval_metrics(const LmEvalKeys& keys, const std::string& kind) {
  OrderedJson names = OrderedJson::array();
  for (const LmEvalKeys& own : maps_of(keys, "metric_list", "metric_list.")) {
    check_metric(own, kind);
    const std::string name = own.text("metric", "");
    if (std::find(names.begin(), names.end(), OrderedJson(name)) !=
        names.end()) {
      own.refuse("metric", "\"" + name + "\" stands there twice",
                 "leave one out");
    }
    names.push_back(name);
  }
  if (keys.find("metric_list") != nullptr && names.empty()) {
    keys.refuse("metric_list", "is empty", "name a metric");
  }
  if (names.empty() && kind == "multiple_choice") names = {"acc", "acc_norm"};
  return names;
}

OrderedJson lm_eval_match(const LmEvalKeys& keys, const std::string& kind) {
  OrderedJson match;
  if (kind == "generate") read_generation(keys, match);
  read_filters(keys, match);
  read_exact_match(keys, match);
  return match;
}

}  // namespace lethe
