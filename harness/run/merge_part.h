// One shard of a run as it lies on the disk, for merge. Its files are not
// trusted: what has the wrong type is refused or read as absent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/base/ordered_json.h"
#include "harness/base/record.h"

namespace lethe {

struct MergePart {
  std::string folder;
  OrderedJson run;            // run.json: "plan", "cells", "planned" are there
  int64_t index = 0, of = 0;  // of "shard"
  std::map<std::string, std::vector<Record>> cells;  // by cell
};

// Throws: usage error when the folder is no shard or is not finished; input
// error when its run.json is damaged.
MergePart read_part(const std::string& folder);

// The lines of its journal, each with a "made" or a list of "records"; none
// where it has no journal. Throws: input error with file and line.
std::vector<OrderedJson> journal_lines(const MergePart& part);

// Whether this key of run.json may differ between the shards of one run.
bool is_of_shard(const std::string& key);

// Throws: usage error that names the key and both values, unless both are of
// one run with the same gates.
void check_same_run(const MergePart& first, const MergePart& other);

// Throws: usage error that names the shards that are missing.
void check_all_there(const std::vector<MergePart>& parts);

// The value of a key, of its type; null, "" and 0 where there is none.
OrderedJson value_at(const OrderedJson& object, const std::string& key);
std::string text_at(const OrderedJson& object, const std::string& key);
int64_t whole_at(const OrderedJson& object, const std::string& key);

}  // namespace lethe
