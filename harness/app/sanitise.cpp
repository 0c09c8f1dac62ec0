// data sanitise: rows without duplicates and personal data, and what was done.
#include "harness/sanitise/sanitise.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "harness/app/light.h"
#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/data/formats.h"
#include "harness/data/rows.h"

namespace lethe {
namespace {

struct Paths {
  std::string data, out, report;
};

bool same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored);
}

Paths paths_of(const Arguments& arguments) {
  if (arguments.positional().size() > 1) {
    fail_usage("lethe data sanitise",
               "one file at a time: " + printable(arguments.positional()[1]),
               "give it as --data FILE");
  }
  Paths paths{arguments.needed("--data"), arguments.needed("--out"),
              arguments.text("--report")};
  if (paths.report.empty()) {
    std::filesystem::path beside = paths.out;
    paths.report = beside.replace_extension(".report.jsonl").string();
  }
  for (const std::string& path : {paths.out, paths.report}) {
    if (row_format(path) != RowFormat::json_lines || names_gzip(path)) {
      fail_usage(path, "is written as JSON Lines", "call it NAME.jsonl");
    }
    if (same_file(path, paths.data)) {
      fail_usage(path, "is the file that is read", "choose another name");
    }
  }
  if (paths.out == paths.report) {
    fail_usage("--report", "is the same file as --out", "choose another name");
  }
  return paths;
}

// The rows and their texts, which point into them.
struct Table {
  std::vector<OrderedRow> rows;
  std::vector<RowTexts> texts;
};

Table read_table(const Arguments& arguments, const Paths& paths,
                 const SanitiseOptions& options) {
  RowOptions how;
  how.limit = arguments.integer("--limit", 0);
  how.columns = arguments.list("--columns");
  Table table;
  table.rows = read_ordered_rows(paths.data, how);
  for (OrderedRow& row : table.rows) {
    RowTexts texts = row_texts(row.fields, row.where, {.more = options.fields});
    if (texts.id.empty()) texts.id = std::to_string(table.texts.size());
    table.texts.push_back(std::move(texts));
  }
  return table;
}

void write_kept(const std::string& path, const Table& table,
                const Sanitised& done) {
  write_atomically(path, [&](const std::string& temporary) {
    std::ofstream file(temporary, std::ios::binary);
    for (const size_t row : done.kept) {
      file << table.rows[row].fields.dump() << '\n';
    }
    file.close();
    if (!file) fail_write(path);
  });
}

OrderedJson result_json(const Paths& paths, const SanitiseOptions& options,
                        const Sanitised& done) {
  OrderedJson json = {{"file", paths.out}, {"report", paths.report}};
  json.update(counts_json(done, options));
  if (options.dedup == "near") {
    const Bands bands = bands_for(options.dedup_threshold);
    json["bands"] = bands.bands;
    json["rows_a_band"] = bands.rows;
    json["miss_at_threshold"] = bands.miss(options.dedup_threshold);
    json["crowded"] = done.crowded;
  }
  json["note"] = done.note;
  return json;
}

void print_table(const Paths& paths, const SanitiseOptions& options,
                 const Sanitised& done) {
  const auto line = [](const std::string& name, int64_t count,
                       const std::string& more = "") {
    fmt::print("{:18}{:>9}{}{}\n", name, count, more.empty() ? "" : "  ", more);
  };
  line("documents", done.rows);
  if (done.controls > 0) line("controls", done.controls, "left as they are");
  if (options.dedup != "none") line("exact duplicates", done.exact);
  if (options.dedup == "near") {
    line("near duplicates", done.near,
         fmt::format(
             "Jaccard {} or more; at {} missed with chance {:.4f}",
             options.dedup_threshold, options.dedup_threshold,
             bands_for(options.dedup_threshold).miss(options.dedup_threshold)));
  }
  line("kept", static_cast<int64_t>(done.kept.size()));
  for (const std::string& kind : options.scrub) {
    line("replaced " + kind + "s",
         done.kinds[static_cast<size_t>(kind_of(kind))]);
  }
  fmt::print("{}: the rows; {}: what was done\n", printable(paths.out, 4000),
             printable(paths.report, 4000));
}

}  // namespace

int sanitise_command(const Arguments& arguments) {
  const Paths paths = paths_of(arguments);
  const SanitiseOptions options =
      parse<SanitiseOptions>(set_options(arguments), "--set");
  check_sanitise_options(options, "--set");
  if (!sanitises(options)) {
    fail_usage("lethe data sanitise", "dedup is none and scrub is empty",
               "give one of them");
  }
  Table table = read_table(arguments, paths, options);
  const Sanitised done = sanitise(table.texts, options);
  if (!done.note.empty()) log_warning(done.note);
  write_kept(paths.out, table, done);
  write_file_atomically(paths.report, sanitise_report(done, table.texts));
  if (arguments.has("--json")) {
    fmt::print("{}\n", result_json(paths, options, done)
                           .dump(-1, ' ', false,
                                 OrderedJson::error_handler_t::replace));
  } else {
    print_table(paths, options, done);
  }
  return 0;
}

}  // namespace lethe
