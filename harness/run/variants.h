// The methods of a suite with their grids and seeds laid out.
#pragma once

#include <string>
#include <vector>

#include "harness/run/suite.h"

namespace lethe {

// One model to be made: a method with one value for every option.
struct Variant {
  std::string method;
  std::string label;          // row name: the suite's label or the method, with
                              // the options that the grid varies
  std::string entry;          // the suite's label or the method alone
  Json own = Json::object();  // the method's options, as given
  Json train = Json::object();      // training options, as given, with the seed
  Json differing = Json::object();  // all options that differ from a default
  int64_t seed = 0;

  // Names the model: equal ids are equal recipes.
  std::string id() const;
};

// Whether it is what the suite compares its rows with.
bool is_reference(const Suite& suite, const Variant& variant);

// In the order of the suite; grids vary their last key fastest, seeds first.
// Throws: usage error with near names for an unknown method or option.
std::vector<Variant> expand(const Suite& suite);

// One transform with one value for every option.
struct Chain {
  Json steps = Json::array();  // [{"name","set"}]; empty: the identity
  Json names() const;          // ["quantise"], with the options that differ
  std::string name() const;    // "quantise"; empty: the identity
};

// The identity first.
std::vector<Chain> expand_transforms(const Suite& suite);

// Names a cell in records, samples and plans; `suite_hash` is of resolved().
std::string cell_hash(const std::string& suite_hash, const Variant& variant,
                      const Chain& chain);

// The suite with the grids of its probes and metrics laid out, in their order.
// Throws: usage error with near names for an unknown plugin, option or field.
Suite lay_out(const Suite& suite);

// Every combination of the lists in `set` where `defaults` has no list.
std::vector<Json> grid(const Json& set, const Json& defaults);

}  // namespace lethe
