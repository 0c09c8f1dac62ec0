// Makes the models of a suite: the one it starts from and one for each method.
#pragma once

#include <memory>
#include <string>

#include "harness/model/model.h"
#include "harness/run/data.h"
#include "harness/run/made.h"
#include "harness/run/suite.h"
#include "harness/run/variants.h"
#include "harness/target/model_target.h"
#include "harness/train/batch.h"

namespace lethe {

class Workshop {
 public:
  // Models that are made here stand in `folder`/<name>. The suite and the data
  // must outlive the workshop.
  Workshop(const Suite& suite, const SuiteData& data, const Compute& compute,
           std::string folder);

  // The model that the methods start from: the suite's folder, or trained as
  // the suite says. Training that was killed goes on from its checkpoint.
  Made base();

  // One method's model, from `base`. Throws what the method throws.
  Made make(const Variant& variant, const Made& base);

  // Trains from `start` ({"base": FOLDER} or {"config": FILE}) on these splits
  // and writes `out`.
  Made pretrain(const Json& start, const std::vector<std::string>& splits,
                const Json& set, const std::string& out);

  // The splits that the suite's model is trained on, but those of one role.
  std::vector<std::string> pretraining_splits(const std::string& without) const;

  // Every model is written into `folder` itself (commands that make one).
  void write_into(const std::string& folder) { only_ = folder; }

  // Where a variant's own model stands (methods that write none leave it
  // empty).
  std::string folder_of(const Variant& variant) const;

  // The suite's model folder, or the folder of its config.json.
  std::string start_folder() const;

  // The adapter on top of it, empty without one.
  std::string start_adapter() const;
  // The hash of both; empty when the suite trains its model.
  std::string start_hash() const;

  // What the suite's texts are read with; null when the folder has none.
  std::shared_ptr<const Tokenizer> tokenizer() const;

 private:
  friend class MethodContext;

  const Suite& suite_;
  const SuiteData& data_;
  Compute compute_;
  std::string folder_;
  std::string only_;
  mutable std::string start_hash_;
  Json sanitised_;  // counts of what was trained last
};

}  // namespace lethe
