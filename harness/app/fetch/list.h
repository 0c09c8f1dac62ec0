// What can be fetched, as a table or as JSON.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/data/data_sources.h"

namespace lethe {

struct ListOptions {
  bool json = false;
  bool long_form = false;  // every file with its URL
};

// Prints names, sizes, licences and what is already in the data folder.
void list_sources(const std::vector<DataSource>& sources,
                  const std::string& folder, const ListOptions& options);

void print_json(const OrderedJson& json);

}  // namespace lethe
