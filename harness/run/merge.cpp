#include "harness/run/merge.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "harness/base/ordered_json.h"
#include "harness/base/record.h"
#include "harness/run/finish.h"
#include "harness/run/variants.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

struct Part {
  std::string folder;
  OrderedJson run;
  int64_t index = 0, of = 0;
  std::map<std::string, std::vector<Record>> cells;  // by cell
};

// The values of one cell are kept by what they measure.
std::string measure_of(const Record& r) {
  return canonical(Json{r.probe, r.probe_options, r.task, r.split, r.metric,
                        r.metric_options, r.field});
}

Part read_part(const std::string& folder) {
  Part part;
  part.folder = folder;
  const std::string path = folder + "/run.json";
  if (!exists(path)) {
    fail_usage(folder, "has no run.json", "name the --out folder of a shard");
  }
  part.run = parse_ordered_json(read_file(path), path);
  if (!part.run.is_object()) {
    fail_input(path, "is no object", "restore the file of the shard");
  }
  const Json shard = part.run.value("shard", OrderedJson());
  const size_t slash = shard.is_string() ? shard.get<std::string>().find('/')
                                         : std::string::npos;
  if (slash == std::string::npos || !part.run.contains("plan")) {
    fail_usage(folder, "is no shard of a run",
               "merge joins what lethe run --shard I/N wrote");
  }
  const std::string text = shard.get<std::string>();
  part.index = std::atoll(text.c_str());
  part.of = std::atoll(text.c_str() + slash + 1);
  const std::string status = part.run.value("status", "");
  if ((status != "complete" && status != "failed") ||
      !exists(folder + "/records.jsonl")) {
    fail_usage(folder, "is not finished (" + status + ")",
               "run its command again: it goes on where it stopped");
  }
  for (Record& r : read_records(folder)) {
    part.cells[r.cell].push_back(std::move(r));
  }
  return part;
}

// Keys that differ between shards of one run.
bool is_own(const std::string& key) {
  static const std::set<std::string> own = {
      "shard",        "status",         "cells",    "planned",
      "suite_folder", "reference_hash", "selection"};
  return own.count(key) > 0;
}

void check_same_run(const Part& first, const Part& other) {
  std::set<std::string> keys;
  for (const Part* part : {&first, &other}) {
    for (const auto& [key, value] : part->run.items()) keys.insert(key);
  }
  const auto gates = [](const Part& part) {
    const std::string file = part.folder + "/gates.json";
    return exists(file) ? read_file(file) : "";
  };
  if (gates(first) != gates(other)) {
    fail_usage(other.folder, "has other gates than " + first.folder,
               "run the shards of one suite");
  }
  for (const std::string& key : keys) {
    if (is_own(key)) continue;
    const Json a = first.run.value(key, OrderedJson());
    const Json b = other.run.value(key, OrderedJson());
    if (a == b) continue;
    fail_usage(
        other.folder,
        fmt::format("{} is {}, that of {} is {}", key, printable(b.dump(), 80),
                    first.folder, printable(a.dump(), 80)),
        "merge shards of one suite, program, device, dtype and number "
        "of threads");
  }
}

// Which shards are there, each once; copies of a shard must agree.
void check_all_there(const std::vector<Part>& parts) {
  std::set<int64_t> there;
  for (const Part& part : parts) there.insert(part.index);
  std::string missing;
  for (int64_t i = 1; i <= parts.front().of; ++i) {
    if (there.count(i) > 0) continue;
    missing += fmt::format("{}{}/{}", missing.empty() ? "" : ", ", i,
                           parts.front().of);
  }
  if (missing.empty()) return;
  fail_usage("lethe merge", "the shards " + missing + " are missing",
             "name their folders too, or run them: lethe run SUITE --shard "
             "I/N --out DIR");
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
    std::stable_sort(
        parts_.begin(), parts_.end(),
        [](const Part& a, const Part& b) { return a.index < b.index; });
  }

  Merged write() {
    const OrderedJson& plan = parts_.front().run["plan"];
    for (const OrderedJson& cell : plan) take_cell(cell);
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
  const Part& owner(const OrderedJson& cell) const {
    const auto wanted = cell.value("shard", int64_t{0});
    for (const Part& part : parts_) {
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
    const std::string name = cell.value("cell", "");
    const Part& own = owner(cell);
    const auto found = own.cells.find(name);
    if (found == own.cells.end()) {
      fail_input(own.folder,
                 fmt::format("has no records of cell {} ({})", name,
                             cell.value("label", "")),
                 "run its command again");
    }
    for (const Part& other : parts_) {
      const auto copy = other.cells.find(name);
      if (&other == &own || copy == other.cells.end()) continue;
      check_agree(own, found->second, other, copy->second);
    }
    for (Record r : found->second) {
      r.run = run_name();
      records_.push_back(std::move(r));
    }
  }

  void check_agree(const Part& own, const std::vector<Record>& records,
                   const Part& other, const std::vector<Record>& copy) {
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
          "the shards computed different models: run them on the same "
          "device with the same threads");
    }
  }

  // What the whole run's run.json says: the reference's cells first, as it
  // computes them.
  void describe(const OrderedJson& plan) {
    for (const auto& [key, value] : parts_.front().run.items()) {
      const bool whole = key == "plan" || is_own(key);
      if (!whole || key == "status" || key == "suite_folder") {
        status_[key] = value;
      }
    }
    status_["planned"] = {
        {"cells", plan.size()},
        {"units", parts_.front().run["planned"].value("units", int64_t{0})}};
    status_["cells"] = OrderedJson::array();
    for (const bool reference : {true, false}) {
      for (const OrderedJson& cell : plan) {
        if (cell.value("reference", false) != reference) continue;
        put_state(cell);
        if (!reference) continue;
        for (const Record& r : records_) {
          if (r.cell == cell["cell"] && !r.model_hash.empty()) {
            status_["reference_hash"] = r.model_hash;
          }
        }
      }
    }
  }

  void put_state(const OrderedJson& cell) {
    for (const OrderedJson& state : owner(cell).run["cells"]) {
      if (state.value("cell", "") != cell.value("cell", "")) continue;
      status_["cells"].push_back(state);
      if (state.value("status", "") == "failed") ++merged_.failed;
      return;
    }
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
      const std::string name = cell.value("cell", "");
      const std::string samples =
          path_inside(owner(cell).folder + "/samples", name);
      if (exists(samples)) copy(samples, out_ + "/samples/" + name);
      put_curve(name);
    }
    put_curve("base");
  }

  // A model's curve is where it was made first.
  void put_curve(const std::string& name) const {
    for (const Part& part : parts_) {
      const std::string curve = part.folder + "/curves/" + name + ".jsonl";
      if (!exists(curve)) continue;
      copy(curve, out_ + "/curves/" + name + ".jsonl");
      return;
    }
  }

  // Units of a cell from its owner, models from where they were made first.
  void write_journal() const {
    std::map<std::string, int64_t> owners;
    for (const OrderedJson& cell : parts_.front().run["plan"]) {
      owners[cell.value("cell", "")] = cell.value("shard", int64_t{0});
    }
    std::set<std::string> models;
    Journal journal(out_ + "/journal.jsonl");
    for (const Part& part : parts_) {
      const std::string path = part.folder + "/journal.jsonl";
      if (!exists(path)) continue;
      for (const std::string& text : Journal::read(path)) {
        OrderedJson line = parse_ordered_json(text, path);
        const std::string unit = line.value("unit", "");
        if (line.contains("made")) {
          if (models.insert(unit).second) journal.append(text);
          continue;
        }
        const auto found = owners.find(unit.substr(0, unit.find(' ')));
        if (found == owners.end() || found->second != part.index) continue;
        for (OrderedJson& record : line["records"]) record["run"] = run_name();
        journal.append(
            line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
      }
    }
  }

  const std::string out_;
  std::vector<Part> parts_;
  std::vector<Record> records_;
  OrderedJson status_;
  Merged merged_;
};

}  // namespace

Merged merge_shards(const std::vector<std::string>& shards,
                    const std::string& out) {
  return Merge(shards, out).write();
}

}  // namespace lethe
