// influence: which training texts move a model's outputs most.
#include "harness/train/influence.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "harness/app/engine/engine.h"
#include "harness/base/files.h"
#include "harness/base/keys.h"
#include "harness/base/log.h"
#include "harness/data/rows.h"
#include "harness/run/influence_ranking.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr size_t kMostScores = 200'000'000;  // 1.6 GB
constexpr size_t kShown = 5;                 // texts of an output in the table

struct InfluenceOptions {
  int64_t lora_rank = 8;
  int64_t projection = 8192;          // numbers a text; 0: not projected
  std::string similarity = "cosine";  // or dot
  std::string joint = "mean";         // of the outputs: or max
  std::vector<double> lr;             // of each checkpoint; []: all 1
  std::vector<std::string> lora_targets = {"all-linear"};
  int64_t top = 100;  // texts an output that are written; 0: all
  int64_t seed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(InfluenceOptions, lora_rank,
                                                projection, similarity, joint,
                                                lr, lora_targets, top, seed)

InfluenceOptions options_of(const Arguments& arguments, size_t checkpoints) {
  Json set = set_options(arguments);
  if (arguments.has("--seed")) set["seed"] = arguments.integer("--seed", 0);
  auto o = parse<InfluenceOptions>(set, "--set");
  one_of(o.similarity, {"cosine", "dot"}, "--set similarity");
  one_of(o.joint, {"mean", "max"}, "--set joint");
  const auto in_range = [](bool good, const char* key, const char* range) {
    if (!good) {
      fail_usage(std::string("--set ") + key, "is out of range",
                 std::string("give ") + range);
    }
  };
  in_range(o.lora_rank >= 1 && o.lora_rank <= 4096, "lora_rank", "1 to 4096");
  in_range(o.projection >= 0 && o.projection <= int64_t{1} << 28, "projection",
           "0 (all numbers) or more");
  in_range(o.top >= 0, "top", "0 (all) or more");
  if (o.lr.empty()) o.lr.assign(checkpoints, 1);
  if (o.lr.size() != checkpoints) {
    fail_usage("--set lr",
               fmt::format("has {} numbers for {} checkpoints", o.lr.size(),
                           checkpoints),
               "give one for --model and one for every --checkpoint");
  }
  for (const double lr : o.lr) {
    in_range(std::isfinite(lr) && lr > 0, "lr", "numbers above 0");
  }
  return o;
}

// The rows of a file as texts. Controls are no training texts.
struct Texts {
  std::vector<DataRow> rows;
  Examples examples;
};

Texts read_texts(const std::string& path, const Tokenizer* tokenizer,
                 int64_t limit) {
  Texts texts;
  const std::vector<DataRow> rows = read_rows(path, limit);
  Examples examples = make_examples(rows, tokenizer, {});
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!examples[i].member.value_or(true)) continue;
    texts.rows.push_back(rows[i]);
    texts.examples.push_back(std::move(examples[i]));
  }
  return texts;
}

// The vectors of the outputs, [Q, D].
Tensor vectors_of(const GradientFeatures& features, const Examples& outputs) {
  std::vector<Tensor> all;
  for (const Example& e : outputs) {
    const Tensor one = features.of({e.ids, e.score_from});
    if (!one.defined()) {
      fail_input(e.where, "has no token that is scored", "give a longer text");
    }
    all.push_back(one);
  }
  return at::stack(all);
}

// What the command reads.
struct Inputs {
  std::vector<std::string> folders;  // of the checkpoints
  InfluenceOptions options;
  Compute compute;
  Texts texts, outputs;
  std::vector<bool> in_set;  // texts of --check
  int64_t set_size = 0, set_absent = 0;
};

// Which texts have the tokens of a row of the forget set.
void read_set(const std::string& path, const Tokenizer* tokenizer, Inputs* in) {
  std::map<std::vector<int64_t>, std::vector<size_t>> places;
  for (size_t i = 0; i < in->texts.examples.size(); ++i) {
    places[in->texts.examples[i].ids].push_back(i);
  }
  in->in_set.assign(in->texts.examples.size(), false);
  for (const Example& e : read_texts(path, tokenizer, 0).examples) {
    ++in->set_size;
    const auto found = places.find(e.ids);
    if (found == places.end()) {
      ++in->set_absent;
      continue;
    }
    for (const size_t i : found->second) in->in_set[i] = true;
  }
  if (in->set_absent == in->set_size) {
    fail_input(path, "has none of the texts of --data",
               "give rows of the training data");
  }
}

Inputs read_inputs(const Arguments& arguments) {
  Inputs in;
  in.folders = {find_model(arguments.needed("--model"))};
  for (const std::string& name : arguments.all("--checkpoint")) {
    in.folders.push_back(find_model(name));
  }
  in.options = options_of(arguments, in.folders.size());
  in.compute = start_compute(arguments.compute());
  const auto tokenizer = load_tokenizer(ModelFolder(in.folders[0]));
  in.texts = read_texts(arguments.needed("--data"), tokenizer.get(),
                        arguments.integer("--limit", 0));
  in.outputs = read_texts(arguments.needed("--queries"), tokenizer.get(), 0);
  if (in.texts.examples.empty() || in.outputs.examples.empty()) {
    fail_usage("lethe influence", "all rows are controls (\"member\": 0)",
               "give rows that were trained on");
  }
  if (in.texts.examples.size() > kMostScores / in.outputs.examples.size()) {
    fail_usage(
        "lethe influence",
        fmt::format("{} texts and {} outputs are too many pairs",
                    in.texts.examples.size(), in.outputs.examples.size()),
        "give fewer outputs at a time");
  }
  if (arguments.has("--check")) {
    read_set(arguments.text("--check"), tokenizer.get(), &in);
  }
  return in;
}

// Adds what checkpoint `c` says of every text.
void add_checkpoint(const Inputs& in, size_t c, InfluenceScores* scores) {
  const auto base = Model::load(ModelFolder(in.folders[c]), in.compute);
  const InfluenceOptions& o = in.options;
  const GradientFeatures features(
      *base, {o.lora_rank, o.projection, o.seed, o.lora_targets});
  const Tensor outputs = vectors_of(features, in.outputs.examples);
  Progress progress(fmt::format("influence {}/{}", c + 1, in.folders.size()),
                    "texts", static_cast<int64_t>(in.texts.examples.size()));
  for (size_t i = 0; i < in.texts.examples.size(); ++i) {
    const Example& e = in.texts.examples[i];
    const Tensor vector = features.of({e.ids, e.score_from});
    std::vector<float> found(scores->size(),
                             std::numeric_limits<float>::quiet_NaN());
    if (vector.defined()) {
      found =
          to_floats(similarities(outputs, vector, o.similarity == "cosine"));
    }
    for (size_t q = 0; q < found.size(); ++q) {
      (*scores)[q][i] += o.lr[c] * static_cast<double>(found[q]);
    }
    progress.add(1);
  }
}

OrderedJson ranked_json(const Texts& texts, const std::vector<double>& scores,
                        size_t top) {
  OrderedJson ranked = OrderedJson::array();
  for (const size_t i : by_influence(scores, top)) {
    ranked.push_back({{"id", texts.examples[i].id}, {"score", scores[i]}});
  }
  return ranked;
}

void write_ranks(const Inputs& in, const InfluenceScores& scores,
                 const std::string& path) {
  std::string text;
  for (size_t q = 0; q < scores.size(); ++q) {
    const OrderedJson row = {
        {"id", in.outputs.examples[q].id},
        {"ranked", ranked_json(in.texts, scores[q],
                               static_cast<size_t>(in.options.top))}};
    text += row.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
    text += '\n';
  }
  write_file_atomically(path, text);
}

void write_proposal(const Inputs& in, const std::vector<double>& joint,
                    int64_t n, const std::string& path) {
  std::string text;
  for (const size_t i : by_influence(joint, static_cast<size_t>(n))) {
    text += canonical(in.texts.rows[i].fields) + "\n";
  }
  write_file_atomically(path, text);
}

OrderedJson summary_of(const Inputs& in, const std::vector<double>& joint) {
  OrderedJson json = {
      {"checkpoints", OrderedJson::array()},
      {"options", OrderedJson(Json(in.options))},
      {"texts", in.texts.examples.size()},
      {"queries", in.outputs.examples.size()},
      {"unscored", std::count_if(joint.begin(), joint.end(), [](double score) {
         return std::isnan(score);
       })}};
  for (size_t c = 0; c < in.folders.size(); ++c) {
    json["checkpoints"].push_back(
        {{"folder", in.folders[c]}, {"lr", in.options.lr[c]}});
  }
  if (in.in_set.empty()) return json;
  const InfluenceAgreement found = influence_agreement(
      joint, in.in_set, static_cast<uint64_t>(in.options.seed));
  json["check"] = {{"rows", in.set_size},
                   {"absent", in.set_absent},
                   {"auroc", estimate_json(found.auroc)},
                   {"recall", estimate_json(found.recall)}};
  return json;
}

void print_check(const OrderedJson& check) {
  const auto line = [&](const char* name) {
    const OrderedJson& e = check[name];
    if (e["value"].is_null()) {
      fmt::print("{:8}-  {}\n", name, e.value("reason", ""));
      return;
    }
    const bool whole = e["ci95"].is_array();
    fmt::print(
        "{:8}{:.3f}{}  n {}\n", name, e["value"].get<double>(),
        whole ? fmt::format("  [{:.3f}, {:.3f}]", e["ci95"][0].get<double>(),
                            e["ci95"][1].get<double>())
              : "",
        e["n"].get<int64_t>());
  };
  fmt::print("forget set: {} rows, {} of them not in the data\n",
             check["rows"].get<int64_t>(), check["absent"].get<int64_t>());
  line("auroc");
  line("recall");
}

void print_ranks(const Inputs& in, const InfluenceScores& scores,
                 const std::string& out) {
  for (size_t q = 0; q < std::min(kShown, scores.size()); ++q) {
    fmt::print("{}:", printable(in.outputs.examples[q].id, 40));
    for (const size_t i : by_influence(scores[q], kShown)) {
      fmt::print("  {} {:.3g}", printable(in.texts.examples[i].id, 40),
                 scores[q][i]);
    }
    fmt::print("\n");
  }
  fmt::print("{}: the ranks of {} texts for {} outputs\n", printable(out, 4000),
             in.texts.examples.size(), scores.size());
}

}  // namespace

int influence_command(const Arguments& arguments) {
  const std::string out = arguments.needed("--out");
  const int64_t propose = arguments.integer("--propose", 0);
  if (arguments.has("--propose") && propose < 1) {
    fail_usage("--propose", "is below 1", "give a number of texts");
  }
  if (is_folder(out) && !std::filesystem::is_empty(out) &&
      !exists(out + "/influence.jsonl")) {
    fail_usage(out, "is not empty", "choose another --out");
  }
  const Inputs in = read_inputs(arguments);
  InfluenceScores scores(in.outputs.examples.size(),
                         std::vector<double>(in.texts.examples.size(), 0));
  for (size_t c = 0; c < in.folders.size(); ++c) {
    add_checkpoint(in, c, &scores);
  }
  const std::vector<double> joint = joint_scores(scores, in.options.joint);
  const OrderedJson summary = summary_of(in, joint);
  make_folder(out);
  write_ranks(in, scores, out + "/influence.jsonl");
  write_file_atomically(out + "/summary.json", summary.dump(2) + "\n");
  if (propose > 0) {
    write_proposal(in, joint, propose, out + "/forget.jsonl");
  }
  if (arguments.has("--json")) {
    print_json(summary);
    return 0;
  }
  print_ranks(in, scores, out + "/influence.jsonl");
  if (summary.contains("check")) print_check(summary["check"]);
  return 0;
}

}  // namespace lethe
