// open-unlearning @ d3d7cf9: what its src/evals writes.
#include <cmath>

#include "harness/base/files.h"
#include "harness/base/statistics.h"
#include "harness/data/peer_items.h"
#include "harness/stored/export_run.h"
#include "harness/stored/measure_pass.h"
#include "harness/stored/peer_names.h"

namespace lethe {
namespace {

constexpr double kEpsilon = 1e-10;  // of its divisors

OrderedJson number(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// {"agg_value", "value_by_index"}; items in the order of the samples.
OrderedJson metric_json(double value, const std::vector<OrderedJson>& items) {
  OrderedJson by_index = OrderedJson::object();
  for (size_t i = 0; i < items.size(); ++i) {
    by_index[std::to_string(i)] = items[i];
  }
  return {{"agg_value", number(value)}, {"value_by_index", by_index}};
}

OrderedJson losses(const std::vector<double>& nll) {
  OrderedJson prob = OrderedJson::array(), loss = OrderedJson::array();
  for (const double one : nll) {
    prob.push_back(number(std::exp(-one)));
    loss.push_back(number(one));
  }
  if (nll.size() == 1) return {{"prob", prob[0]}, {"avg_loss", loss[0]}};
  return {{"prob", prob}, {"avg_loss", loss}};
}

double field(const Row& row, const std::string& name) {
  for (const auto& [key, value] : row) {
    if (key == name) return value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

class File {
 public:
  explicit File(const ExportOptions& options) : o_(options) {}

  void add(const Pass& pass) {
    if (pass.samples.empty()) {
      return leave_out(pass, "the run keeps no samples of it");
    }
    const Samples& samples = reader_.samples(pass);
    if (samples.rows.empty()) return leave_out(pass, "it has no items");
    const auto renamed = o_.splits.find(pass.common.split);
    const std::string prefix = peer_prefix(
        renamed == o_.splits.end() ? split_of(pass) : renamed->second);
    // Attacks have losses too, of whole texts.
    if (pass.common.probe == "teacher_forced") add_losses(samples, prefix);
    add_attack(pass, samples);
    add_scores(pass, samples);
    add_texts(pass, samples, prefix);
  }

  // What needs no items: values of whole sets, and all else by our names.
  void add_records(const std::vector<const Record*>& records) {
    for (const Record* r : records) {
      for (const char* name : {"forget_quality", "model_utility", "privleak"}) {
        const auto measure = measure_of_peer(name);
        const bool own_probe =
            r->probe == measure->probe || r->metric != "privleak";
        if (r->metric != measure->metric || r->field != measure->field ||
            !own_probe) {
          continue;
        }
        if (!eval_.contains(name)) eval_[name] = {{"agg_value", value(*r)}};
      }
      summary_[summary_name(o_.shown(*r))] = value(*r);
    }
  }

  const OrderedJson& eval() const { return eval_; }
  OrderedJson summary() const {
    OrderedJson all = OrderedJson::object();
    for (const auto& [name, metric] : eval_.items()) {
      all[name] = metric["agg_value"];
    }
    all.update(summary_);
    return all;
  }
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  static OrderedJson value(const Record& r) { return number(r.value); }

  static std::string summary_name(const Record& r) {
    const std::string metric = name_with_options(r.metric, r.metric_options);
    if (!r.task.empty()) return r.task + "/" + r.field;
    if (r.probe.empty()) return metric + "." + r.field;
    return fmt::format("{}.{}.{}.{}",
                       name_with_options(r.probe, r.probe_options), metric,
                       r.field, r.split);
  }

  // The first pass keeps the name; another gets its probe behind it.
  void put(const std::string& name, const std::string& other,
           OrderedJson metric) {
    const std::string own = eval_.contains(name) ? name + "_" + other : name;
    if (eval_.contains(own)) {
      left_out_.push_back(own + ": a third one of that name");
    } else {
      eval_[own] = std::move(metric);
    }
  }

  void leave_out(const Pass& pass, const std::string& why) {
    left_out_.push_back(probe_of(pass) + " on " + split_of(pass) + ": " + why);
  }

  void add_losses(const Samples& samples, const std::string& prefix) {
    std::vector<OrderedJson> own, right, wrong;
    std::vector<double> own_p, right_p, wrong_p, ratios;
    for (const Observation& seen : samples.observations) {
      if (seen.statistics && seen.statistics->count() > 0) {
        own.push_back(losses({-seen.statistics->mean_logprob()}));
        own_p.push_back(std::exp(seen.statistics->mean_logprob()));
      }
      const auto answer = seen.numbers.find("answer_nll");
      const auto others = seen.numbers.find("perturbed_nll");
      if (answer == seen.numbers.end() || others == seen.numbers.end() ||
          answer->second.empty() || others->second.empty()) {
        continue;
      }
      right.push_back(losses(answer->second));
      right_p.push_back(std::exp(-answer->second.front()));
      wrong.push_back(losses(others->second));
      double sum = 0;
      for (const double one : others->second) sum += std::exp(-one);
      wrong_p.push_back(sum / static_cast<double>(others->second.size()));
      ratios.push_back(
          loss_truth_ratio(answer->second.front(), others->second, kEpsilon));
    }
    const size_t count = samples.observations.size();
    const bool options = prefix == "ra" || prefix == "wf";
    if (own.size() == count && count > 0 && !options) {
      put(prefix + "_Q_A_Prob", "again", metric_json(mean(own_p), own));
    }
    if (right.size() != count || count == 0) return;
    put(prefix + (options ? "_Q_A_Prob" : "_Q_A_PARA_Prob"), "again",
        metric_json(mean(right_p), right));
    put(prefix + "_Q_A_PERT_Prob", "again", metric_json(mean(wrong_p), wrong));
    if (options) add_normalised(samples, prefix);
    add_truth(ratios, prefix);
  }

  void add_normalised(const Samples& samples, const std::string& prefix) {
    std::vector<OrderedJson> items;
    std::vector<double> values;
    for (const Observation& seen : samples.observations) {
      values.push_back(
          normalised_probability(seen.numbers.at("answer_nll").front(),
                                 seen.numbers.at("perturbed_nll"), kEpsilon));
      items.push_back({{"prob", number(values.back())}});
    }
    put(prefix + "_Q_A_Prob_normalised", "again",
        metric_json(mean(values), items));
  }

  void add_truth(const std::vector<double>& ratios, const std::string& prefix) {
    const bool forget = prefix == "forget";
    std::vector<OrderedJson> items;
    std::vector<double> values;
    for (const double ratio : ratios) {
      items.push_back({{"score", number(ratio)}});
      values.push_back(forget ? std::min(ratio, 1 / (ratio + kEpsilon))
                              : std::max(0.0, 1 - ratio));
    }
    put(prefix + (forget ? "_truth_ratio" : "_Truth_Ratio"), "again",
        metric_json(mean(values), items));
  }

  std::string split_of(const Pass& pass) const {
    return o_.shown(pass.common).split;
  }

  std::string probe_of(const Pass& pass) const {
    const Record shown = o_.shown(pass.common);
    return name_with_options(shown.probe, shown.probe_options);
  }

  // Scores are turned: there a member has the lower one.
  void add_attack(const Pass& pass, const Samples& samples) {
    const std::string name = peer_attack(pass.common.probe);
    if (name.empty()) return;
    std::vector<OrderedJson> items[2];
    std::vector<double> scores[2];
    for (const Observation& seen : samples.observations) {
      if (!seen.member) return;
      const size_t side = *seen.member ? 0 : 1;
      scores[side].push_back(seen.score);
      items[side].push_back({{"score", number(-seen.score)}});
    }
    const double area = auroc(scores[0], scores[1]);
    put(name, probe_of(pass),
        {{"forget", metric_json(-mean(scores[0]), items[0])},
         {"holdout", metric_json(-mean(scores[1]), items[1])},
         {"auc", number(area)},
         {"agg_value", number(area)}});
  }

  void add_scores(const Pass& pass, const Samples& samples) {
    for (const char* name : {"extraction_strength", "exact_memorization"}) {
      std::vector<OrderedJson> items;
      std::vector<double> values;
      for (const DataRow& row : samples.rows) {
        const auto found = row.fields.find(name);
        if (found == row.fields.end() || !found->is_number()) break;
        values.push_back(found->get<double>());
        items.push_back({{"score", values.back()}});
      }
      if (items.empty() || items.size() != samples.rows.size()) continue;
      put(name, split_of(pass), metric_json(mean(values), items));
    }
  }

  void add_texts(const Pass& pass, const Samples& samples,
                 const std::string& prefix) {
    for (const Observation& seen : samples.observations) {
      const bool scored =
          seen.statistics && seen.output.empty() && seen.output_ids.empty();
      if (seen.references.empty() || scored) return;
    }
    if (samples.observations.empty()) return;
    const Json stems = {{"stemmer", true}};
    const MeasuredPass one =
        reader_.measure(stored_metric("rouge_1", stems), pass);
    const MeasuredPass longest =
        reader_.measure(stored_metric("rouge_l", stems), pass);
    std::vector<OrderedJson> items;
    std::vector<double> values;
    for (size_t i = 0; i < samples.observations.size(); ++i) {
      const Observation& seen = samples.observations[i];
      const Json& row = samples.rows[i].fields;
      const Json prompt = row.value("prompt", Json(""));
      values.push_back(field(longest.rows[i], "recall"));
      items.push_back(
          {{"rouge1_recall", number(field(one.rows[i], "recall"))},
           {"rougeL_f1", number(field(longest.rows[i], "fmeasure"))},
           {"rougeL_recall", number(values.back())},
           {"input",
            o_.shown(prompt.is_string() ? prompt.get<std::string>() : "")},
           {"ground_truth", o_.shown(seen.reference())},
           {"generation", o_.shown(seen.output)}});
    }
    const bool answers = pass.common.probe == "greedy_generation";
    put(prefix + "_" + (answers ? "Q_A" : pass.common.probe) + "_ROUGE",
        probe_of(pass), metric_json(mean(values), items));
  }

  const ExportOptions& o_;
  PassReader reader_;
  OrderedJson eval_ = OrderedJson::object();
  OrderedJson summary_ = OrderedJson::object();
  std::vector<std::string> left_out_;
};

}  // namespace

std::vector<ExportedRow> export_open_unlearning(const StoredRun& run,
                                                const ExportOptions& options) {
  make_empty_folder(options.out);
  const std::vector<Pass> passes = passes_of(run);
  std::vector<ExportedRow> exported;
  for (const RunRow& row : rows_of(run, options.redactor)) {
    File file(options);
    for (const Pass& pass : passes) {
      const Record& r = *row.records.front();
      if (pass.common.cell == r.cell && pass.common.label == r.label &&
          pass.common.seed == r.seed) {
        file.add(pass);
      }
    }
    file.add_records(row.records);
    const std::string folder = options.out + "/" + row.folder;
    make_folder(folder);
    ExportedRow one{row.name, row.folder, {}, 0, file.left_out()};
    const std::pair<std::string, OrderedJson> files[] = {
        {options.name + "_EVAL.json", file.eval()},
        {options.name + "_SUMMARY.json", file.summary()}};
    for (const auto& [name, json] : files) {
      write_file_atomically(
          path_inside(folder, name),
          json.dump(4, ' ', false, OrderedJson::error_handler_t::replace) +
              "\n");
      one.files.push_back(name);
    }
    one.metrics = static_cast<int64_t>(file.summary().size());
    exported.push_back(std::move(one));
  }
  if (exported.empty()) {
    fail(Fault::nothing, run.folder, "has no row with values",
         "name a run with records");
  }
  return exported;
}

}  // namespace lethe
