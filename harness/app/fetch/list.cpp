#include "harness/app/fetch/list.h"

#include <algorithm>
#include <cstdio>

#include "harness/base/log.h"
#include "harness/fetch/fetch.h"

namespace lethe {
namespace {

// Of the downloads; 0: not known.
int64_t download_bytes(const DataSource& source) {
  int64_t bytes = 0;
  for (const SourceFile& file : source.files) {
    if (file.bytes == 0) return 0;
    bytes += file.bytes;
  }
  return bytes;
}

std::string bytes_text(int64_t bytes) {
  return bytes == 0 ? "?" : human_bytes(static_cast<double>(bytes));
}

std::string there_text(const DataSource& source,
                       const std::vector<FilePlace>& places) {
  if (!source.by_hand.empty()) return "by hand";
  const auto there = std::count_if(places.begin(), places.end(),
                                   [](const auto& p) { return p.there; });
  return fmt::format("{} of {}", there, places.size());
}

OrderedJson source_json(const DataSource& source,
                        const std::vector<FilePlace>& places) {
  OrderedJson json = {{"name", source.name},
                      {"description", source.description},
                      {"license", source.license},
                      {"tasks", source.tasks},
                      {"bytes", nullptr},
                      {"by_hand", nullptr},
                      {"downloads", OrderedJson::array()},
                      {"files", OrderedJson::array()}};
  if (download_bytes(source) > 0) json["bytes"] = download_bytes(source);
  if (!source.by_hand.empty()) json["by_hand"] = source.by_hand;
  for (const SourceFile& file : source.files) {
    json["downloads"].push_back({{"url", file.url},
                                 {"path", file.path},
                                 {"pinned", !file.sha256.empty()}});
  }
  for (const FilePlace& place : places) {
    json["files"].push_back({{"path", place.path}, {"there", place.there}});
  }
  return json;
}

void print_long(const DataSource& source, const std::vector<FilePlace>& places,
                const std::string& folder) {
  fmt::print("{}: {}\nlicence: {}\n", source.name,
             printable(source.description), printable(source.license));
  if (!source.by_hand.empty()) fmt::print("{}\n", printable(source.by_hand));
  for (const SourceFile& file : source.files) {
    fmt::print("from {}\n  {}, sha256 {}\n", file.url, bytes_text(file.bytes),
               file.sha256.empty() ? "not pinned" : file.sha256);
  }
  for (const FilePlace& place : places) {
    fmt::print("  {}/{}  {}\n", printable(folder, 4000), place.path,
               place.there ? "is there" : "is not there");
  }
}

}  // namespace

void print_json(const OrderedJson& json) {
  std::printf(
      "%s\n",
      json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace).c_str());
}

void list_sources(const std::vector<DataSource>& sources,
                  const std::string& folder, const ListOptions& options) {
  OrderedJson all = OrderedJson::array();
  if (!options.json && !options.long_form) {
    fmt::print("{:18}{:>8}  {:10}{}\n", "name", "bytes", "there", "licence");
  }
  for (const DataSource& source : sources) {
    const auto places = places_of(source, folder);
    if (options.json) {
      all.push_back(source_json(source, places));
    } else if (options.long_form) {
      print_long(source, places, folder);
    } else {
      fmt::print("{:18}{:>8}  {:10}{}\n", printable(source.name),
                 bytes_text(download_bytes(source)), there_text(source, places),
                 printable(source.license));
    }
  }
  if (options.json) print_json({{"sources", all}});
}

}  // namespace lethe
