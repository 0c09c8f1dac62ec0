#include "methods/model_editing/value.h"

#include <cmath>

#include "harness/model/mlp_state.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

// What a fact is asked by: its prompt behind every prefix with all of the
// target but its last token, then its essence prompt.
struct Asking {
  Ragged rows;     // wanted: before every target token; behind the essence
  Tensor keys;     // [P] or [P + 1] places of the key tokens
  Tensor targets;  // [P T]
  bool essence = false;
};

Asking asking_of(const Fact& fact, const std::vector<Ids>& prefixes,
                 bool essence, at::Device device) {
  std::vector<Ids> rows;
  std::vector<int64_t> keys, wanted, targets;
  int64_t begin = 0;
  for (const Ids& prefix : prefixes) {
    Ids row = behind(prefix, fact, static_cast<int64_t>(fact.prompt.size()));
    const auto shift = static_cast<int64_t>(prefix.size());
    const auto prompt = static_cast<int64_t>(row.size());
    for (size_t t = 0; t < fact.target.size(); ++t) {
      wanted.push_back(begin + prompt - 1 + static_cast<int64_t>(t));
    }
    row.insert(row.end(), fact.target.begin(), fact.target.end() - 1);
    targets.insert(targets.end(), fact.target.begin(), fact.target.end());
    keys.push_back(begin + shift + fact.key);
    begin += static_cast<int64_t>(row.size());
    rows.push_back(std::move(row));
  }
  Asking asking;
  asking.essence = essence && !fact.essence.empty();
  if (asking.essence) {
    keys.push_back(begin + fact.essence_key);
    wanted.push_back(begin + static_cast<int64_t>(fact.essence.size()) - 1);
    rows.push_back(fact.essence);
  }
  asking.rows = ragged(rows, device);
  asking.rows.wanted = int_tensor(wanted, device);
  asking.keys = int_tensor(keys, device);
  asking.targets = int_tensor(targets, device);
  return asking;
}

// Adam (Kingma and Ba 2015, arXiv:1412.6980) of one vector.
class Adam {
 public:
  explicit Adam(const Tensor& like)
      : mean_(at::zeros_like(like)), square_(at::zeros_like(like)) {}

  Tensor step(const Tensor& gradient, double lr) {
    ++steps_;
    mean_.mul_(0.9).add_(gradient, 0.1);
    square_.mul_(0.999).addcmul_(gradient, gradient, 0.001);
    const Tensor m = mean_ / (1 - std::pow(0.9, steps_));
    const Tensor v = square_ / (1 - std::pow(0.999, steps_));
    return m / (v.sqrt() + 1e-8) * -lr;
  }

 private:
  Tensor mean_, square_;
  double steps_ = 0;
};

class Search {
 public:
  Search(const Model& model, int64_t layer, Asking asking,
         const ValueOptions& options)
      : model_(model), layer_(layer), a_(std::move(asking)), o_(options) {
    const at::NoGradGuard no_gradients;
    state_ = model.mlp_state(a_.rows, layer);
    outputs_ = down_outputs(model, layer, state_);
    const Tensor all = o_.of_block ? state_.stream + outputs_ : outputs_;
    start_ =
        all.index_select(0, a_.keys.narrow(0, 0, 1)).squeeze(0).to(at::kFloat);
  }

  FoundValue run() {
    Tensor delta = at::zeros_like(start_).requires_grad_(true);
    Adam adam(start_);
    const double size = start_.norm().item<double>();
    FoundValue found;
    for (int64_t step = 1;; ++step) {
      const Tensor loss = loss_of(delta, size);
      if (step == 1) found.probability_before = probability_;
      const double now = loss.item<double>();
      if (!std::isfinite(now)) {
        fail_runtime("model editing", "the loss of a value is not finite",
                     "lower v_lr");
      }
      if (step == o_.steps || (!o_.erase && now < 0.05)) break;
      loss.backward();
      const at::NoGradGuard no_gradients;
      Tensor next = delta.detach() + adam.step(delta.grad(), o_.lr);
      const double most = o_.clamp * size, norm = next.norm().item<double>();
      if (norm > most) next = next * (most / norm);
      delta = next.requires_grad_(true);
    }
    found.delta = delta.detach();
    found.value = start_ + found.delta;
    found.probability = probability_;
    return found;
  }

  int64_t tokens() const { return a_.rows.tokens() * passes_; }

 private:
  Tensor loss_of(const Tensor& delta, double size) {
    ++passes_;
    const Tensor added = delta.to(outputs_.scalar_type())
                             .unsqueeze(0)
                             .expand({a_.keys.size(0), delta.size(0)});
    const Tensor states = model_.hidden_from(
        a_.rows, layer_, state_, outputs_.index_add(0, a_.keys, added));
    const int64_t count = a_.targets.size(0);
    const Tensor nll =
        nll_sum(states.narrow(0, 0, count), model_.head_weights(), a_.targets) /
        static_cast<double>(count);
    probability_ = std::exp(-nll.item<double>());
    Tensor loss = o_.erase ? at::exp(-nll) : nll;
    if (a_.essence) {
      const Tensor logp =
          at::log_softmax(model_.head(states.narrow(0, count, 1)), -1);
      if (!essence_.defined()) essence_ = logp.detach();
      loss = loss + (logp.exp() * (logp - essence_)).sum() * o_.kl;
    }
    // The norm's gradient at 0 is 0 here, as in the peer.
    return loss + at::linalg_vector_norm(delta) *
                      (o_.weight_decay / std::max(size * size, 1e-12));
  }

  const Model& model_;
  const int64_t layer_;
  const Asking a_;
  const ValueOptions& o_;
  MlpState state_;
  Tensor outputs_;  // [N, H]
  Tensor start_;    // [H]
  Tensor essence_;  // [1, V] log-probs of the model as it is
  double probability_ = 0;
  int64_t passes_ = 0;
};

}  // namespace

FoundValue find_value(const Model& model, int64_t layer, const Fact& fact,
                      const std::vector<Ids>& prefixes,
                      const ValueOptions& options, int64_t* tokens) {
  Search search(model, layer,
                asking_of(fact, prefixes, options.kl > 0, model.device()),
                options);
  FoundValue found = search.run();
  *tokens += search.tokens();
  return found;
}

}  // namespace lethe
