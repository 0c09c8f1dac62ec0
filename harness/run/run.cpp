#include "harness/run/run.h"

#include <chrono>
#include <filesystem>
#include <optional>

#include "harness/base/hash.h"
#include "harness/base/log.h"
#include "harness/base/registry.h"
#include "harness/base/version.h"
#include "harness/run/announcer.h"
#include "harness/run/blind.h"
#include "harness/run/check_inputs.h"
#include "harness/run/curves.h"
#include "harness/run/evaluate.h"
#include "harness/run/failure.h"
#include "harness/run/finish.h"
#include "harness/run/identity.h"
#include "harness/run/journal.h"
#include "harness/run/tasks.h"
#include "harness/run/variants.h"
#include "harness/run/workshop.h"

namespace lethe {
namespace {

class Runner {
 public:
  Runner(const Suite& suite, const RunOptions& options)
      : suite_(with_blind_baselines(lay_out(suite))),
        o_(options),
        variants_(expand(suite_)),
        chains_(expand_transforms(suite_)),
        plan_(suite_, variants_, chains_, options.shard),
        target_options_(options.target),
        data_(suite_, options.limit),
        shop_(suite_, data_, options.compute, options.out + "/models") {}

  RunSummary run() {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    check_inputs(suite_, variants_, data_, shop_);
    const OrderedJson wanted = run_identity(suite_, o_, data_, shop_);
    judged_by_ = judges_of(suite_);
    make_folder(o_.out);
    const FolderLock lock(o_.out);
    check_run_folder(o_.out, wanted);
    const bool resumed = exists(o_.out + "/run.json");
    reference_hash_ = wanted.value("reference_hash", "");
    suite_hash_ = sha256(canonical(resolved(suite_)));
    RunEvent plan = run_started(suite_, suite_hash_, variants_, chains_);
    plan_.keep_own(plan.plan, suite_hash_);
    status_ = run_description(wanted, suite_, plan);
    if (!o_.shard.whole()) status_["plan"] = plan_.to_json(suite_hash_);
    if (!judged_by_.empty()) status_["judges"] = judged_by_;
    write_status("running");
    journal_.emplace(o_.out);
    announcer_.emplace(o_.out, o_.observer);
    announcer_->started(std::move(plan), resumed);
    base_ = model("base", "base", [&] { return shop_.base(); });
    target_options_.base = [this] { return base_target(); };
    target_options_.opened = std::make_shared<OpenedModels>();
    // The reference first: the others are compared with what it gave.
    for (const bool reference : {true, false}) {
      for (current_ = 0; current_ < variants_.size(); ++current_) {
        const Variant& variant = variants_[current_];
        const bool turn = is_reference(suite_, variant) == reference;
        if (turn && plan_.runs(current_)) run_variant(variant);
      }
    }
    finish();
    summary_.seconds =
        std::chrono::duration<double>(Clock::now() - start).count();
    return std::move(summary_);
  }

  // Tells those who watch that run() threw.
  void stopped(const std::exception& error) {
    if (announcer_) announcer_->stopped(message_of(error));
  }

 private:
  // After a change of judge only the probes whose verdicts it gave run again.
  std::string judges_hash(const std::string& asked) const {
    return judged_by_.contains(asked) ? sha256(judged_by_[asked].dump()) : "";
  }

  // What the methods start from, with its files.
  const Made& base() {
    base_ = made_or_again(base_, "base", [&] { return shop_.base(); });
    return base_;
  }

  // What the models are compared with, loaded when the first probe asks.
  std::shared_ptr<const Target> base_target() {
    const std::string folder = o_.single ? o_.reference : base_.folder;
    if (base_target_ == nullptr && !folder.empty()) {
      base_target_ = load_target(o_.single ? folder : base().folder, o_.compute,
                                 o_.target, o_.single ? "" : base_.adapter)
                         .target;
    }
    return base_target_;
  }

  // A model from the journal or made now; its curve stays when it is deleted.
  template <class Make>
  Made model(const std::string& name, const std::string& curve,
             const Make& make) {
    const std::string unit = "model " + name;
    const Made* done = journal_->made(unit);
    if (done != nullptr) {
      announcer_->model_done(*done, true);
      return *done;
    }
    announcer_->unit_started(kModelUnit);
    const Made made = make();
    const std::string own = own_folder(made);
    if (own.rfind(o_.out + "/models/", 0) == 0) {
      keep_curve(own, o_.out + "/curves/" + curve + ".jsonl");
    }
    journal_->put(unit, made);
    announcer_->model_done(made, false);
    return made;
  }

  void run_variant(const Variant& variant) {
    std::optional<Made> made;
    std::string failure;
    const std::string cell = cell_hash(suite_hash_, variant, {});
    announcer_->cell_started(cell);
    try {
      made = model(fmt::format("{}/{}", variant.id(), variant.seed), cell,
                   [&] { return shop_.make(variant, base()); });
      if (is_reference(suite_, variant)) reference_hash_ = made->model_hash;
    } catch (const std::exception& error) {
      if (is_write_error(error)) throw;
      failure = message_of(error);
      announcer_->unit_failed(kModelUnit, failure);
      log_warning(variant.label + ": " + failure);
    }
    for (size_t c = 0; c < chains_.size(); ++c) {
      if (!plan_.runs(current_, c)) continue;
      run_cell(variant, chains_[c], made, failure);
    }
    const std::string own = shop_.folder_of(variant);  // absent: nothing to do
    if (made && !suite_.save_models && own != base_.folder) {
      used_folders_.push_back(own);
    }
  }

  std::string samples_of(const std::string& cell) const {
    return o_.out + "/samples" + (o_.single ? "" : "/" + cell);
  }

  // Where the reference's samples of the same seed and transforms stand.
  std::string reference_samples(const Variant& variant,
                                const Chain& chain) const {
    for (const Variant& other : variants_) {
      if (is_reference(suite_, other) && other.seed == variant.seed) {
        return samples_of(cell_hash(suite_hash_, other, chain));
      }
    }
    return "";
  }

  CellContext context(const Variant& variant, const Chain& chain,
                      const Made* made) const {
    CellContext cell;
    cell.suite = &suite_;
    cell.text_models = &text_models_;
    cell.judges = &judges_;
    Record& r = cell.base;
    r.run = std::filesystem::absolute(o_.out + "/.")
                .lexically_normal()
                .parent_path()
                .filename();
    r.suite = suite_.name;
    r.suite_hash = suite_hash_;
    r.label = variant.label;
    r.method = variant.method;
    r.method_options = variant.differing;
    r.transform = chain.names();
    r.seed = variant.seed;
    r.cell = cell_hash(suite_hash_, variant, chain);
    r.device = o_.compute.device_name();
    r.dtype = o_.compute.dtype_name();
    r.reference_hash = reference_hash_;
    r.versions = {
        {"lethe", version()}, {"git", git_state()}, {"torch", torch_version()}};
    if (made != nullptr) {
      r.model_hash = made->model_hash;
      r.tokenizer_hash = made->tokenizer_hash;
      r.step = made->steps;
      if (!made->message.empty()) {
        r.status = "diverged";
        r.message = made->message;
      }
    }
    cell.samples = samples_of(r.cell);
    cell.reference_samples = reference_samples(variant, chain);
    return cell;
  }

  void run_cell(const Variant& variant, const Chain& chain,
                const std::optional<Made>& made, const std::string& failure) {
    CellContext cell = context(variant, chain, made ? &*made : nullptr);
    OrderedJson state = {{"cell", cell.base.cell},
                         {"label", variant.label},
                         {"transform", chain.name()},
                         {"status", "ok"},
                         {"message", cell.base.message}};
    announcer_->cell_started(cell.base.cell);
    if (!made) {
      state["status"] = "failed";
      state["message"] = failure;
      fail_cell(cell, failure);
      end_cell(state);
      return;
    }
    Lazy target{*this, variant, *made, chain, {}, nullptr};
    const int64_t failed = summary_.failed;
    for (const ProbeSpec& probe : suite_.attacks) {
      const std::string name = asked_name(probe);
      const Unit unit{cell.base.cell + " " + name, judges_hash(name),
                      probe.name, "",
                      suite_.split(probe.on.front()).validation};
      evaluate(cell, unit, target, [&](const Target& asked) {
        return evaluate_probe(cell, asked, probe, data_,
                              target.loaded.tokenizer.get());
      });
    }
    for (const TaskSpec& task : suite_.tasks) {
      const Unit unit{cell.base.cell + " task " + task.name, "", "", task.name,
                      false};
      evaluate(cell, unit, target, [&](const Target& asked) {
        return evaluate_task_spec(cell, asked, task,
                                  target.loaded.tokenizer.get());
      });
    }
    if (chain.steps.empty()) add(cost_records(cell.base, *made));
    if (summary_.failed > failed) state["status"] = "failed";
    end_cell(state);
  }

  void end_cell(const OrderedJson& state) {
    announcer_->cell_finished(state["status"], state["message"]);
    status_["cells"].push_back(state);
  }

  // A unit of work in the journal, and what it is about: probe or task.
  struct Unit {
    std::string name, judges;
    std::string probe, task;
    bool validation = false;
  };

  // The target of a cell, loaded when its first unfinished probe needs it.
  struct Lazy {
    Runner& runner;
    const Variant& variant;
    const Made& made;
    const Chain& chain;
    LoadedModel loaded;
    std::shared_ptr<const Target> target;

    const Target& get() {
      if (target == nullptr) {
        const Made here = made_or_again(made, variant.label, [&] {
          return runner.shop_.make(variant, runner.base());
        });
        loaded = load_target(here.folder, runner.o_.compute,
                             runner.target_options_, here.adapter);
        target = as_asked(loaded, here);
        for (const Json& step : chain.steps) {
          target = Registry<Transform>::make(step["name"], step["set"])
                       ->apply(target);
        }
      }
      return *target;
    }
  };

  template <class Work>
  void evaluate(CellContext& cell, const Unit& unit, Lazy& target,
                const Work& work) {
    ++summary_.units;
    const std::string name = unit.name.substr(unit.name.find(' ') + 1);
    if (const auto* done = journal_->records(unit.name, unit.judges);
        done != nullptr) {
      announcer_->unit_done(name, *done, true);
      add(*done);
      ++summary_.finished;
      return;
    }
    try {
      announcer_->unit_started(name);
      const Target& asked = target.get();
      asked_.insert(unit.name);
      const std::vector<Record> records = work(asked);
      journal_->put(unit.name, unit.judges, records);
      announcer_->unit_done(name, records, false);
      add(records);
      ++summary_.finished;
    } catch (const std::exception& error) {
      if (is_write_error(error)) throw;
      ++summary_.failed;
      announcer_->unit_failed(name, message_of(error));
      Record failed = without_value(cell, "failed", message_of(error));
      failed.probe = unit.probe;
      failed.task = unit.task;
      failed.validation = unit.validation;
      add({failed});
      log_warning(cell.base.label + ": " + unit.probe + unit.task + ": " +
                  message_of(error));
    }
  }

  void fail_cell(const CellContext& cell, const std::string& failure) {
    const auto units =
        static_cast<int64_t>(suite_.attacks.size() + suite_.tasks.size());
    summary_.units += units;
    summary_.failed += units;
    add({without_value(cell, "failed", failure)});
  }

  void add(const std::vector<Record>& records) {
    records_[current_].insert(records_[current_].end(), records.begin(),
                              records.end());
  }

  void write_status(const std::string& status) {
    status_["status"] = status;
    write_file_atomically(o_.out + "/run.json", status_.dump(2) + "\n");
  }

  void finish() {
    for (std::vector<Record>& records : records_) {
      std::move(records.begin(), records.end(),
                std::back_inserter(summary_.records));
    }
    status_["base_hash"] = base_.model_hash;
    if (!reference_hash_.empty()) status_["reference_hash"] = reference_hash_;
    // Of a shard when it is merged: some marks are of all rows together.
    std::vector<std::string> warnings;
    if (o_.shard.whole()) {
      warnings = mark_records(suite_, variants_, summary_.records, status_);
    }
    for (const std::string& warning : warnings) log_warning(warning);
    write_records(o_.out, summary_.records, asked_);
    const std::string status = summary_.failed > 0 ? "failed" : "complete";
    write_status(status);
    announcer_->finished(status, summary_.finished, summary_.units);
    if (summary_.failed == 0) {
      for (const std::string& folder : used_folders_) {
        std::filesystem::remove_all(folder);
      }
    }
  }

  const Suite suite_;
  const RunOptions& o_;
  const std::vector<Variant> variants_;
  const std::vector<Chain> chains_;
  const ShardPlan plan_;
  TargetOptions target_options_;
  SuiteData data_;
  Workshop shop_;
  std::optional<RunJournal> journal_;
  std::optional<Announcer> announcer_;
  OrderedJson judged_by_;  // of judges_of()
  OrderedJson status_;
  std::string suite_hash_, reference_hash_;
  Made base_;
  std::shared_ptr<const Target> base_target_;
  mutable Judges judges_{
      {o_.compute, o_.target.batch_tokens, o_.target.progress}};
  mutable TextModels text_models_{
      {o_.compute, o_.target.batch_tokens, o_.target.progress}};
  std::vector<std::string> used_folders_;
  std::set<std::string> asked_;  // units that were no longer in the journal
  size_t current_ = 0;           // of variants_
  // Of each variant.
  std::vector<std::vector<Record>> records_ =
      std::vector<std::vector<Record>>(variants_.size());
  RunSummary summary_;
};

}  // namespace

RunSummary run_suite(const Suite& suite, const RunOptions& options) {
  Runner runner(suite, options);
  try {
    return runner.run();
  } catch (const std::exception& error) {
    runner.stopped(error);
    throw;
  }
}

}  // namespace lethe
