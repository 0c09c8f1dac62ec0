#include "harness/run/merge.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/base/ordered_json.h"
#include "harness/base/record.h"
#include "harness/run/finish.h"
#include "harness/run/merge_part.h"
#include "harness/run/variants.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOtherModels =
    "the shards computed different models: run them on the same device with "
    "the same threads";

// The values of one cell are kept by what they measure.
std::string measure_of(const Record& r) {
  return canonical(Json{r.probe, r.probe_options, r.task, r.split, r.metric,
                        r.metric_options, r.field});
}

bool same_value(const Record& a, const Record& b) {
  if (a.metric == "cost" && a.field != "tokens") return true;
  const bool both = a.finite() && b.finite();
  return (both ? a.value == b.value : a.finite() == b.finite()) && a.n == b.n &&
         a.status == b.status && a.items_hash == b.items_hash;
}

class Merge {
 public:
  Merge(const std::vector<std::string>& folders, const std::string& out)
      : out_(out) {
    std::set<std::string> seen;
    for (const std::string& folder : folders) {
      if (!seen.insert(fs::weakly_canonical(folder).string()).second) continue;
      parts_.push_back(read_part(folder));
      check_same_run(parts_.front(), parts_.back());
    }
    check_all_there(parts_);
    std::stable_sort(parts_.begin(), parts_.end(),
                     [](const MergePart& a, const MergePart& b) {
                       return a.index < b.index;
                     });
  }

  Merged write() {
    const OrderedJson& plan = parts_.front().run["plan"];
    for (const OrderedJson& cell : plan) take_cell(cell);
    take_models();
    describe(plan);
    mark();
    make_folder(out_);
    if (!fs::is_empty(out_)) {
      fail_usage("--out " + out_, "is not empty", "name another folder");
    }
    write_files(plan);
    write_journal();
    write_records(out_, records_);
    status_["status"] = merged_.failed > 0 ? "failed" : "complete";
    write_file_atomically(out_ + "/run.json", status_.dump(2) + "\n");
    merged_.shards = static_cast<int64_t>(parts_.size());
    merged_.cells = static_cast<int64_t>(plan.size());
    merged_.records = static_cast<int64_t>(records_.size());
    return std::move(merged_);
  }

 private:
  const MergePart& owner(const OrderedJson& cell) const {
    const int64_t wanted = whole_at(cell, "shard");
    for (const MergePart& part : parts_) {
      if (part.index == wanted) return part;
    }
    fail_input(parts_.front().folder,
               fmt::format("its plan names shard {}", wanted),
               "the run.json was edited or damaged");
  }

  std::string run_name() const {
    return fs::absolute(out_ + "/.")
        .lexically_normal()
        .parent_path()
        .filename();
  }

  void take_cell(const OrderedJson& cell) {
    const std::string name = text_at(cell, "cell");
    const MergePart& own = owner(cell);
    const auto found = own.cells.find(name);
    if (found == own.cells.end()) {
      fail_input(own.folder,
                 fmt::format("has no records of cell {} ({})", name,
                             text_at(cell, "label")),
                 "run its command again");
    }
    for (const MergePart& other : parts_) {
      const auto copy = other.cells.find(name);
      if (&other == &own || copy == other.cells.end()) continue;
      check_agree(own, found->second, other, copy->second);
    }
    for (Record r : found->second) {
      r.run = run_name();
      records_.push_back(std::move(r));
    }
  }

  void check_agree(const MergePart& own, const std::vector<Record>& records,
                   const MergePart& other, const std::vector<Record>& copy) {
    std::map<std::string, const Record*> wanted;
    for (const Record& r : records) wanted[measure_of(r)] = &r;
    for (const Record& r : copy) {
      const auto found = wanted.find(measure_of(r));
      const bool known = found != wanted.end();
      if (known && same_value(*found->second, r) &&
          found->second->model_hash == r.model_hash) {
        ++merged_.repeated;
        continue;
      }
      fail_input(
          other.folder,
          fmt::format(
              "{} {} {} is {}, in {} it is {}", r.label, r.probe + r.task,
              r.metric_name(), r.value, own.folder,
              known ? fmt::format("{}", found->second->value) : "absent"),
          kOtherModels);
    }
  }

  // A model that several shards made must be the same; kept is the one whose
  // costs the records have.
  void take_models() {
    std::set<std::pair<std::string, double>> costs;
    for (const Record& r : records_) {
      const bool cost = r.metric == "cost" && r.field == "seconds";
      if (cost) costs.emplace(r.model_hash, r.value);
    }
    for (const MergePart& part : parts_) {
      std::map<std::string, OrderedJson> own;  // the last line of a unit counts
      for (const OrderedJson& line : journal_lines(part)) {
        if (line.contains("made")) own[text_at(line, "unit")] = line["made"];
      }
      for (const auto& [unit, made] : own) {
        OrderedJson& kept = models_.emplace(unit, made).first->second;
        const std::string hash = text_at(made, "model_hash");
        if (text_at(kept, "model_hash") != hash) {
          fail_input(part.folder,
                     fmt::format("its {} has the hash {}, that of another "
                                 "shard {}",
                                 unit, hash.substr(0, 12),
                                 text_at(kept, "model_hash").substr(0, 12)),
                     kOtherModels);
        }
        const OrderedJson seconds = value_at(made, "seconds");
        if (seconds.is_number() && costs.count({hash, seconds}) > 0) {
          kept = made;
        }
      }
    }
  }

  // What the whole run's run.json says: the reference's cells first, as it
  // computes them.
  void describe(const OrderedJson& plan) {
    for (const auto& [key, value] : parts_.front().run.items()) {
      const bool whole = key == "plan" || is_of_shard(key);
      if (!whole || key == "status" || key == "suite_folder") {
        status_[key] = value;
      }
    }
    status_["planned"] = {
        {"cells", plan.size()},
        {"units", whole_at(parts_.front().run["planned"], "units")}};
    status_["cells"] = OrderedJson::array();
    for (const bool reference : {true, false}) {
      for (const OrderedJson& cell : plan) {
        if ((value_at(cell, "reference") == true) != reference) continue;
        put_state(cell);
        if (!reference) continue;
        for (const Record& r : records_) {
          if (r.cell == text_at(cell, "cell") && !r.model_hash.empty()) {
            status_["reference_hash"] = r.model_hash;
          }
        }
      }
    }
  }

  void put_state(const OrderedJson& cell) {
    const MergePart& own = owner(cell);
    for (const OrderedJson& state : value_at(own.run, "cells")) {
      if (text_at(state, "cell") != text_at(cell, "cell")) continue;
      status_["cells"].push_back(state);
      if (text_at(state, "status") == "failed") ++merged_.failed;
      return;
    }
    fail_input(own.folder + "/run.json",
               "its \"cells\" lack " + text_at(cell, "cell"),
               "restore the file of the shard");
  }

  void mark() {
    Suite suite;
    std::vector<Variant> variants;
    const Json json = status_["suite"];
    if (json.contains("selection")) {
      suite = suite_from_json(json, ".", parts_.front().folder + "/run.json");
      variants = expand(suite);
    }
    merged_.warnings = mark_records(suite, variants, records_, status_);
  }

  void copy(const std::string& from, const std::string& to) const {
    make_folder(fs::path(to).parent_path().string());
    std::error_code code;
    fs::copy(from, to,
             fs::copy_options::recursive | fs::copy_options::skip_symlinks |
                 fs::copy_options::overwrite_existing,
             code);
    if (!code) return;
    errno = code.value();
    fail_write(to, "copy");
  }

  void write_files(const OrderedJson& plan) const {
    for (const OrderedJson& cell : plan) {
      const std::string name = text_at(cell, "cell");
      const std::string samples =
          path_inside(owner(cell).folder + "/samples", name);
      if (exists(samples)) copy(samples, out_ + "/samples/" + name);
      put_curve(name);
    }
    put_curve("base");
  }

  // A model's curve is where it was made first.
  void put_curve(const std::string& name) const {
    for (const MergePart& part : parts_) {
      const std::string curve = part.folder + "/curves/" + name + ".jsonl";
      if (!exists(curve)) continue;
      copy(curve, out_ + "/curves/" + name + ".jsonl");
      return;
    }
  }

  // Units of a cell from its owner; of a model's copies the one whose costs the
  // records have.
  void write_journal() const {
    std::map<std::string, int64_t> owners;
    for (const OrderedJson& cell : parts_.front().run["plan"]) {
      owners[text_at(cell, "cell")] = whole_at(cell, "shard");
    }
    Journal journal(out_ + "/journal.jsonl");
    for (const auto& [unit, made] : models_) {
      const OrderedJson line = {{"unit", unit}, {"made", made}};
      journal.append(line.dump());
    }
    for (const MergePart& part : parts_) {
      for (OrderedJson line : journal_lines(part)) {
        const std::string unit = text_at(line, "unit");
        const auto found = owners.find(unit.substr(0, unit.find(' ')));
        const bool own = found != owners.end() && found->second == part.index;
        if (!own || !line.contains("records")) continue;
        for (OrderedJson& record : line["records"]) record["run"] = run_name();
        journal.append(
            line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
      }
    }
  }

  const std::string out_;
  std::vector<MergePart> parts_;
  std::vector<Record> records_;
  std::map<std::string, OrderedJson> models_;  // of the journals, by unit
  OrderedJson status_;
  Merged merged_;
};

}  // namespace

Merged merge_shards(const std::vector<std::string>& shards,
                    const std::string& out) {
  return Merge(shards, out).write();
}

}  // namespace lethe
