#include "harness/model/sequence_classifier.h"

#include <algorithm>

#include "harness/tensor/linear.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr size_t kMostLabels = 10000;
constexpr size_t kLabelBytes = 200;
constexpr size_t kShownLabels = 20;

std::string label_of(const Json& value, const std::string& where) {
  const std::string label = value.is_string()           ? value
                            : value.is_number_integer() ? Json(value.dump())
                                                        : Json("");
  if (label.empty() || label.size() > kLabelBytes) {
    fail_input(where,
               "\"id2label\" has a label that is no text of 1 to 200 bytes",
               "name the labels");
  }
  return label;
}

void check_count(int64_t count, const std::string& where) {
  if (count < 1 || count > static_cast<int64_t>(kMostLabels)) {
    fail_input(where, fmt::format("has {} labels", count),
               fmt::format("1 to {} are read", kMostLabels));
  }
}

std::vector<std::string> names_of(const Json& json, const std::string& where) {
  std::vector<std::string> names;
  const Json given = json.value("id2label", Json());
  if (given.is_null()) {  // as transformers leaves them out
    const int64_t count = config_size(json, "num_labels", where, 2);
    check_count(count, where);
    for (int64_t i = 0; i < count; ++i) {
      names.push_back(fmt::format("LABEL_{}", i));
    }
    return names;
  }
  if (!given.is_object()) {
    fail_input(where, "\"id2label\" is no object",
               "write {\"0\": \"clean\", \"1\": ..}");
  }
  check_count(static_cast<int64_t>(given.size()), where);
  for (size_t i = 0; i < given.size(); ++i) {
    const auto found = given.find(std::to_string(i));
    if (found == given.end()) {
      fail_input(where,
                 fmt::format("\"id2label\" has {} labels, none of them is {}",
                             given.size(), i),
                 "number them from 0");
    }
    names.push_back(label_of(*found, where));
  }
  return names;
}

std::string config_of(const ModelFolder& folder) {
  return folder.path() + "/config.json";
}

const ClassHeadNames& head_names(const ModelFolder& folder) {
  const std::string where = config_of(folder);
  const std::string type =
      require_string(folder.config_json(), "model_type", where);
  const ClassHeadNames& names = find_encoder(type, where).class_head;
  if (names.out.empty()) {
    fail_input(
        folder.path(),
        "the classification head of model_type \"" + type + "\" is not known",
        "name a folder of bert, roberta, distilbert or deberta-v2");
  }
  return names;
}

}  // namespace

std::string ClassLabels::shown() const {
  std::string all;
  for (size_t i = 0; i < std::min(names.size(), kShownLabels); ++i) {
    all += (i == 0 ? "" : ", ") + printable(names[i]);
  }
  return names.size() <= kShownLabels
             ? all
             : all + fmt::format(" and {} more", names.size() - kShownLabels);
}

ClassLabels class_labels_from_json(const Json& json, const std::string& where) {
  ClassLabels labels;
  labels.names = names_of(json, where);
  const std::string single = "single_label_classification";
  // Without a word of it one logit is a regression in transformers.
  const std::string problem =
      config_string(json, "problem_type", where,
                    labels.names.size() == 1 ? "regression" : single);
  const std::vector<std::string> known = {single, "multi_label_classification",
                                          "regression"};
  if (std::find(known.begin(), known.end(), problem) == known.end()) {
    fail_input(where, "\"problem_type\" is \"" + printable(problem) + "\"",
               suggest(problem, known));
  }
  labels.exclusive = problem == single;
  return labels;
}

ClassLabels read_class_labels(const ModelFolder& folder) {
  const ClassHeadNames& names = head_names(folder);
  if (!folder.contains(names.dense + ".weight") ||
      !folder.contains(names.out + ".weight")) {
    fail_input(folder.path(), "has no classification head",
               "name a folder that a \"..ForSequenceClassification\" was "
               "saved to");
  }
  ClassLabels labels =
      class_labels_from_json(folder.config_json(), config_of(folder));
  const Tensor out = folder.tensor(names.out + ".weight");
  const int64_t rows = out.dim() > 0 ? out.size(0) : 0;
  if (rows != static_cast<int64_t>(labels.names.size())) {
    fail_input(config_of(folder),
               fmt::format("has {} labels, the classification head has {}",
                           labels.names.size(), rows),
               "the weights and config.json do not belong together");
  }
  return labels;
}

std::shared_ptr<const SequenceClassifier> SequenceClassifier::load(
    const ModelFolder& folder, const Compute& compute) {
  ClassLabels labels = read_class_labels(folder);
  const ClassHeadNames& names = head_names(folder);
  const auto encoder = Encoder::load(folder, compute);
  const int64_t width = encoder->config().hidden_size;
  WeightSource source = stored_weights(folder, compute);
  ClassHead head;
  head.dense = source.linear(names.dense, width, width, true);
  head.activation = names.activation;
  if (!names.activation_key.empty()) {
    const std::string own = config_string(
        folder.config_json(), names.activation_key, config_of(folder), "");
    if (!own.empty()) {
      head.activation =
          named_activation(own, names.activation_key, config_of(folder));
    }
  }
  head.out = source.linear(names.out, width,
                           static_cast<int64_t>(labels.names.size()), true);
  return std::shared_ptr<const SequenceClassifier>(
      new SequenceClassifier(encoder, std::move(head), std::move(labels)));
}

Tensor SequenceClassifier::logits(const Tensor& states) const {
  return times_weight_float(
      activate(apply(head_.dense, states), head_.activation), head_.out.weight,
      head_.out.bias);
}

}  // namespace lethe
