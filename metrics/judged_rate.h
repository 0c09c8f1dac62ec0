// The share of completions that a judge finds to have a property; shared by the
// metrics that are called after the property.
//
//   NAME = share of items whose verdict is the rubric's first one
//   probability = mean of the judge's probability of it (rules: the same)
#pragma once

#include <string>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {

struct JudgedOptions {
  // A rubric's name or file; empty: the metric's own.
  std::string rubric = "";
  // A folder, or org/name, of the model or classifier that judges; empty: the
  // rubric's rules.
  std::string judge = "";
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(JudgedOptions, rubric, judge)

// The engine asks the judge; `lethe metric` reads the rows of `lethe judge`.
class JudgedRate : public Metric {
 public:
  JudgedRate(std::string name, const std::string& rubric, const Json& json)
      : name_(std::move(name)), o_(parse<JudgedOptions>(json)) {
    if (o_.rubric.empty()) o_.rubric = rubric;
  }

  MetricNeeds needs() const override {
    MetricNeeds needs;
    needs.numbers = {"judged", "probability"};
    needs.rubric = o_.rubric;
    needs.judge = o_.judge;
    return needs;
  }
  std::string main_field() const override { return name_; }
  std::vector<std::string> fields() const override {
    return {name_, "probability"};
  }

  Row item(const Observation& seen) const override {
    return {{name_, seen.numbers.at("judged").front()},
            {"probability", seen.numbers.at("probability").front()}};
  }

 private:
  const std::string name_;
  JudgedOptions o_;
};

}  // namespace lethe
