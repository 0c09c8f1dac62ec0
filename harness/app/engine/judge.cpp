// judge: verdicts on completions, JSON Lines in, JSON Lines out.
#include "harness/judge/judge.h"

#include <algorithm>

#include "harness/app/engine/engine.h"
#include "harness/base/agreement.h"
#include "harness/base/log.h"
#include "harness/data/rows.h"
#include "harness/model/folder.h"
#include "harness/target/text_classifier.h"

namespace lethe {
namespace {

std::string text_of(const Json& row, const std::string& key) {
  return row.contains(key) && row[key].is_string() ? row[key] : Json("");
}

Completion completion(const DataRow& row, const Json& id, const Json& output) {
  if (!output.is_string()) {
    fail_input(row.where, "has no text to judge",
               "give \"output\" or \"prediction\", or rows of lethe generate");
  }
  const std::string prompt = text_of(row.fields, "prompt");
  return {id.is_string() ? id.get<std::string>() : id.dump(),
          prompt.empty() ? text_of(row.fields, "question") : prompt, output,
          row.fields, row.where};
}

// A row's output, or each of its sequences as "id/0".
void take(const DataRow& row, size_t number, std::vector<Completion>& all) {
  const Json& f = row.fields;
  const Json id = f.value("id", Json(std::to_string(number)));
  if (!f.contains("sequences")) {
    all.push_back(
        completion(row, id, f.value("output", f.value("prediction", Json()))));
    return;
  }
  const std::string base = id.is_string() ? id.get<std::string>() : id.dump();
  for (size_t i = 0; i < f["sequences"].size(); ++i) {
    const Json& one = f["sequences"].is_array() ? f["sequences"][i] : f;
    all.push_back(
        completion(row, fmt::format("{}/{}", base, i),
                   one.is_object() ? one.value("text", Json()) : Json()));
  }
}

enum class Kind { rules, model, classifier };

Kind kind_of(const Arguments& arguments) {
  if (!arguments.has("--model")) return Kind::rules;
  return is_classifier_folder(find_model(arguments.text("--model")))
             ? Kind::classifier
             : Kind::model;
}

std::unique_ptr<Judge> judge_by_classifier(const Arguments& arguments,
                                           const Rubric& rubric) {
  const std::string folder = find_model(arguments.text("--model"));
  if (arguments.has("--adapter")) {
    fail_usage("--adapter", "is for decoders, " + folder + " is an encoder",
               "leave it out");
  }
  check_classifier(rubric, folder);
  const TargetOptions options = target_options(arguments);
  return classifier_judge(
      rubric, std::make_shared<const TextClassifier>(
                  folder, TextClassifierOptions{
                              start_compute(arguments.compute()),
                              options.batch_tokens, options.progress}));
}

std::unique_ptr<Judge> judge_of(const Arguments& arguments,
                                const Rubric& rubric, Kind kind) {
  if (kind == Kind::rules) {
    for (const char* option : {"--adapter", "--batch-tokens"}) {
      if (arguments.has(option)) {
        fail_usage(option, "says nothing of rules", "name a --model");
      }
    }
    return rules_judge(rubric);
  }
  if (kind == Kind::classifier) return judge_by_classifier(arguments, rubric);
  const std::string folder = find_model(arguments.text("--model"));
  const LoadedModel loaded =
      load_target(folder, start_compute(arguments.compute()),
                  target_options(arguments), arguments.text("--adapter"));
  return model_judge(rubric, loaded.target, folder);
}

OrderedJson judged_row(const Completion& item, const Judgement& one,
                       const Rubric& rubric, Kind kind) {
  OrderedJson row;
  row["id"] = item.id;
  row["verdict"] = rubric.verdicts[one.verdict].name;
  row["judged"] = one.verdict == 0 ? 1 : 0;
  row["probability"] = one.probabilities[0];
  if (kind == Kind::rules) {
    row["because"] = one.because;
  } else {
    for (size_t v = 0; v < rubric.verdicts.size(); ++v) {
      row["probabilities"][rubric.verdicts[v].name] = one.probabilities[v];
    }
    if (kind == Kind::model) row["answer_mass"] = one.mass;
    if (one.truncated) row["truncated"] = 1;
  }
  return row;
}

// A label is a verdict's name, or 1 (true) for the first and 0 (false) for the
// other of two.
size_t label_of(const Json& label, const Rubric& rubric,
                const std::string& where) {
  if (label.is_string()) return rubric.verdict(label, where);
  const bool yes = label == true || label == 1;
  if ((yes || label == false || label == 0) && rubric.verdicts.size() == 2) {
    return yes ? 0 : 1;
  }
  fail_input(where, "the label " + printable(label.dump()) + " is no verdict",
             "give the verdict's name, or 0 and 1 where there are two");
}

// Agreement with the labels of the rows that have one.
void put_agreement(OrderedJson& aggregate, const std::string& field,
                   const std::vector<Completion>& items,
                   const std::vector<Judgement>& judgements,
                   const Rubric& rubric) {
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t i = 0; i < items.size(); ++i) {
    const Json label = items[i].fields.value(field, Json());
    if (label.is_null()) continue;
    pairs.emplace_back(label_of(label, rubric, items[i].where),
                       judgements[i].verdict);
  }
  if (pairs.empty()) {
    fail_input("--labels " + field, "no row has this field",
               "name the field that holds the given verdicts");
  }
  const Agreement found = agreement(pairs, rubric.verdicts.size());
  aggregate["agreement"] = estimate_json(found.raw);
  aggregate["kappa"] = estimate_json(found.kappa);
  for (size_t i = 0; i < rubric.verdicts.size(); ++i) {
    for (size_t j = 0; j < rubric.verdicts.size(); ++j) {
      aggregate["confusion"][rubric.verdicts[i].name][rubric.verdicts[j].name] =
          found.counts[i][j];
    }
  }
  aggregate["unlabelled"] = items.size() - pairs.size();
}

}  // namespace

int judge_command(const Arguments& arguments) {
  const Rubric rubric = read_rubric(arguments.needed("--rubric"));
  const std::vector<DataRow> rows =
      read_rows(arguments.needed("--data"), arguments.integer("--limit", 0));
  std::vector<Completion> items;
  for (size_t i = 0; i < rows.size(); ++i) take(rows[i], i, items);
  const Kind kind = kind_of(arguments);
  const std::vector<Judgement> judgements =
      judge_of(arguments, rubric, kind)->judge(items);
  std::vector<double> has, probability;
  int64_t truncated = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    has.push_back(judgements[i].verdict == 0 ? 1 : 0);
    probability.push_back(judgements[i].probabilities[0]);
    truncated += judgements[i].truncated ? 1 : 0;
  }
  OrderedJson aggregate;
  aggregate["rate"] = estimate_json(estimate_mean(has));
  if (kind != Kind::rules) {
    aggregate["probability"] = estimate_json(estimate_mean(probability));
  }
  if (arguments.has("--labels")) {
    put_agreement(aggregate, arguments.text("--labels"), items, judgements,
                  rubric);
  }
  for (size_t i = 0; i < items.size(); ++i) {
    print_json(judged_row(items[i], judgements[i], rubric, kind));
  }
  print_json(
      {{"aggregate", aggregate},
       {"rubric", rubric.name},
       {"version", rubric.version},
       {"hash", rubric.hash},
       {"judge", kind == Kind::rules ? "rules" : arguments.text("--model")}});
  if (truncated > 0) {
    log_warning(fmt::format("{} {} were cut to the judge's window", truncated,
                            kind == Kind::classifier ? "outputs" : "prompts"));
  }
  return 0;
}

}  // namespace lethe
