#include "harness/score/classify.h"

#include "harness/score/embed.h"
#include "harness/tensor/ops.h"

namespace lethe {

std::vector<std::vector<float>> classify(const SequenceClassifier& model,
                                         const std::vector<EncoderRow>& rows,
                                         const ClassifyOptions& options) {
  const Encoder& encoder = model.encoder();
  const auto labels = static_cast<long>(model.labels().names.size());
  std::vector<std::vector<float>> all(rows.size());
  embed(encoder, rows,
        {{encoder.config().layers}, options.batch_tokens, options.progress},
        [&](const EmbeddedBatch& batch) {
          const Tensor first =
              int_tensor({batch.offsets.begin(), batch.offsets.end() - 1},
                         encoder.device());
          const std::vector<float> logits =
              to_floats(model.logits(batch.states[0].index_select(0, first)));
          for (size_t b = 0; b < batch.rows.size(); ++b) {
            const auto begin = logits.begin() + static_cast<long>(b) * labels;
            all[batch.rows[b]].assign(begin, begin + labels);
          }
        });
  return all;
}

}  // namespace lethe
