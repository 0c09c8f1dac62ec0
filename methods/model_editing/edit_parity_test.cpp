// One fact and four, edited into a small model by plain torch and transformers
// (harness/oracle/model_editing.py), and by us.
#include <gtest/gtest.h>

#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "methods/model_editing/states.h"
#include "methods/model_editing/update.h"
#include "methods/model_editing/value.h"

namespace lethe {
namespace {

class EditParity : public testing::Test {
 protected:
  EditParity()
      : wanted_(read_json(kFolder + "/edits.json")),
        model_(Model::load(ModelFolder(kFolder + "/model"), test_compute())),
        layer_(wanted_["layer"].get<int64_t>()),
        prefixes_(wanted_["prefixes"].get<std::vector<Ids>>()) {
    for (const Json& one : wanted_["facts"]) {
      Fact fact;
      fact.prompt = one["prompt"].get<Ids>();
      fact.key = one["key"].get<int64_t>();
      fact.target = one["target"].get<Ids>();
      fact.essence = one["essence"].get<Ids>();
      fact.essence_key = one["essence_key"].get<int64_t>();
      facts_.push_back(fact);
    }
  }

  // [rows, columns] float64, or [rows] of a list of numbers.
  static Tensor tensor_of(const Json& json) {
    if (!json.front().is_array()) {
      return at::tensor(json.get<std::vector<double>>(), at::kDouble);
    }
    std::vector<Tensor> rows;
    for (const Json& row : json) rows.push_back(tensor_of(row));
    return at::stack(rows);
  }

  static void expect_near(const Tensor& ours, const Json& theirs) {
    const Tensor wanted = tensor_of(theirs);
    ASSERT_EQ(ours.sizes(), wanted.sizes());
    const Tensor off = (ours.cpu().to(at::kDouble) - wanted).abs();
    EXPECT_LT(off.max().item<double>(), 1e-5);
  }

  ValueOptions options() const {
    ValueOptions o;
    o.steps = wanted_["steps"].get<int64_t>();
    o.lr = wanted_["lr"].get<double>();
    o.weight_decay = wanted_["weight_decay"].get<double>();
    o.clamp = wanted_["clamp"].get<double>();
    o.kl = wanted_["kl"].get<double>();
    return o;
  }

  // The second moment of the peer's rows.
  Tensor moment() {
    Examples texts;
    for (const Json& ids : wanted_["rows"]) {
      Example e;
      e.ids = ids.get<Ids>();
      texts.push_back(e);
    }
    const TrainingSet rows(texts, parse_train_options(Json::object()), 48, {});
    return key_moment(*model_, layer_, rows, 1000, &tokens_);
  }

  KeyStates states(size_t i) {
    return key_states(*model_, layer_, facts_[i], prefixes_, &tokens_);
  }

  const std::string kFolder =
      LETHE_SOURCE_DIR "/methods/model_editing/testdata";
  const Json wanted_;
  const std::shared_ptr<const Model> model_;
  const int64_t layer_;
  const std::vector<Ids> prefixes_;
  std::vector<Fact> facts_;
  int64_t tokens_ = 0;
};

TEST_F(EditParity, ReadsTheSameKeysAndMoment) {
  for (size_t i = 0; i < facts_.size(); ++i) {
    expect_near(states(i).keys, wanted_["keys"][i]);
  }
  expect_near(moment(), wanted_["moment"]);
  EXPECT_EQ(tokens_, 6 * 20 + 3 * (4 + 3 + 5 + 4) + 4 * 7);
  expect_near(down_weight(*model_, layer_), wanted_["weight"]);
}

TEST_F(EditParity, FindsTheSameValues) {
  for (size_t i = 0; i < facts_.size(); ++i) {
    SCOPED_TRACE(i);
    const FoundValue found =
        find_value(*model_, layer_, facts_[i], prefixes_, options(), &tokens_);
    expect_near(found.value, wanted_["values"][i]);
    EXPECT_NEAR(found.probability, wanted_["probabilities"][i].get<double>(),
                1e-5);
  }
}

// With the peer's C, k* and v*.
TEST_F(EditParity, MakesTheSameRomeUpdate) {
  const Tensor weight = tensor_of(wanted_["weight"]);
  const Tensor keys = tensor_of(wanted_["keys"][0]);
  const Tensor key = keys.mean(0), v = tensor_of(wanted_["values"][0]);
  const Tensor factor = cholesky_factor(tensor_of(wanted_["moment"]));
  expect_near(weight + rome_update(v - weight.mv(key), key, factor),
              wanted_["rome"]);
}

TEST_F(EditParity, MakesTheSameMemitUpdate) {
  const Tensor weight = tensor_of(wanted_["weight"]);
  std::vector<Tensor> keys, missing;
  for (size_t i = 0; i < facts_.size(); ++i) {
    const Tensor all = tensor_of(wanted_["keys"][i]);
    keys.push_back((all[0] + all.narrow(0, 1, 2).mean(0)) / 2);
    missing.push_back(tensor_of(wanted_["values"][i]) - weight.mv(all[0]));
  }
  const Tensor weighted =
      tensor_of(wanted_["moment"]) * wanted_["lambda"].get<double>();
  expect_near(weight + memit_update(at::stack(missing, 1), at::stack(keys, 1),
                                    weighted),
              wanted_["memit"]);
}

// From the model's weights on, without the peer's numbers on the way.
TEST_F(EditParity, MakesTheSameRomeWeightsFromTheModelAlone) {
  const FoundValue found =
      find_value(*model_, layer_, facts_[0], prefixes_, options(), &tokens_);
  const KeyStates own = states(0);
  const Tensor update =
      rome_update(found.value - own.outputs.mean(0), own.keys.mean(0),
                  cholesky_factor(with_ridge(moment(), 0)));
  const auto edited =
      with_down_weight(*model_, layer_, down_weight(*model_, layer_) + update);
  expect_near(down_weight(*edited, layer_), wanted_["rome"]);
}

}  // namespace
}  // namespace lethe
