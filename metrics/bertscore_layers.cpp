#include "metrics/bertscore_layers.h"

namespace lethe {
namespace {

struct Row {
  const char* model_type;
  int64_t vocab_size;
  int64_t layers;
  int64_t hidden_size;
  TunedLayer tuned;
};

// bert_score 0.3.13, utils.model2layers, of the families that are read here;
// one row a shape, the pretrained model's.
const Row kRows[] = {
    {"bert", 30522, 12, 768, {"bert-base-uncased", 9}},
    {"bert", 30522, 24, 1024, {"bert-large-uncased", 18}},
    {"bert", 119547, 12, 768, {"bert-base-multilingual-cased", 9}},
    {"bert", 21128, 12, 768, {"bert-base-chinese", 8}},
    {"bert", 30522, 2, 128, {"google/bert_uncased_L-2_H-128_A-2", 1}},
    {"bert", 30522, 2, 256, {"google/bert_uncased_L-2_H-256_A-4", 1}},
    {"bert", 30522, 2, 512, {"google/bert_uncased_L-2_H-512_A-8", 1}},
    {"bert", 30522, 2, 768, {"google/bert_uncased_L-2_H-768_A-12", 2}},
    {"bert", 30522, 4, 128, {"google/bert_uncased_L-4_H-128_A-2", 3}},
    {"bert", 30522, 4, 256, {"google/bert_uncased_L-4_H-256_A-4", 3}},
    {"bert", 30522, 4, 512, {"google/bert_uncased_L-4_H-512_A-8", 3}},
    {"bert", 30522, 4, 768, {"google/bert_uncased_L-4_H-768_A-12", 3}},
    {"bert", 30522, 6, 128, {"google/bert_uncased_L-6_H-128_A-2", 5}},
    {"bert", 30522, 6, 256, {"google/bert_uncased_L-6_H-256_A-4", 5}},
    {"bert", 30522, 6, 512, {"google/bert_uncased_L-6_H-512_A-8", 5}},
    {"bert", 30522, 6, 768, {"google/bert_uncased_L-6_H-768_A-12", 5}},
    {"bert", 30522, 8, 128, {"google/bert_uncased_L-8_H-128_A-2", 7}},
    {"bert", 30522, 8, 256, {"google/bert_uncased_L-8_H-256_A-4", 7}},
    {"bert", 30522, 8, 512, {"google/bert_uncased_L-8_H-512_A-8", 6}},
    {"bert", 30522, 8, 768, {"google/bert_uncased_L-8_H-768_A-12", 7}},
    {"bert", 30522, 10, 128, {"google/bert_uncased_L-10_H-128_A-2", 8}},
    {"bert", 30522, 10, 256, {"google/bert_uncased_L-10_H-256_A-4", 8}},
    {"bert", 30522, 10, 512, {"google/bert_uncased_L-10_H-512_A-8", 9}},
    {"bert", 30522, 10, 768, {"google/bert_uncased_L-10_H-768_A-12", 8}},
    {"bert", 30522, 12, 128, {"google/bert_uncased_L-12_H-128_A-2", 10}},
    {"bert", 30522, 12, 256, {"google/bert_uncased_L-12_H-256_A-4", 11}},
    {"bert", 30522, 12, 512, {"google/bert_uncased_L-12_H-512_A-8", 10}},
    {"roberta", 50265, 12, 768, {"roberta-base", 10}},
    {"roberta", 50265, 24, 1024, {"roberta-large", 17}},
    {"roberta", 50265, 6, 768, {"distilroberta-base", 5}},
    {"distilbert", 30522, 6, 768, {"distilbert-base-uncased", 5}},
    {"distilbert", 119547, 6, 768, {"distilbert-base-multilingual-cased", 5}},
    {"xlm-roberta", 250002, 12, 768, {"xlm-roberta-base", 9}},
    {"xlm-roberta", 250002, 24, 1024, {"xlm-roberta-large", 17}},
    {"deberta-v2", 128100, 24, 1536, {"microsoft/deberta-v2-xlarge", 10}},
    {"deberta-v2", 128100, 48, 1536, {"microsoft/deberta-v2-xxlarge", 21}},
    {"deberta-v2", 128100, 12, 384, {"microsoft/deberta-v3-xsmall", 10}},
    {"deberta-v2", 128100, 6, 768, {"microsoft/deberta-v3-small", 4}},
    {"deberta-v2", 128100, 12, 768, {"microsoft/deberta-v3-base", 9}},
    {"deberta-v2", 128100, 24, 1024, {"microsoft/deberta-v3-large", 12}},
    {"deberta-v2", 251000, 12, 768, {"microsoft/mdeberta-v3-base", 10}},
};

}  // namespace

const TunedLayer* tuned_layer(const TextModelShape& shape) {
  for (const Row& row : kRows) {
    if (shape.model_type == row.model_type &&
        shape.vocab_size == row.vocab_size && shape.layers == row.layers &&
        shape.hidden_size == row.hidden_size) {
      return &row.tuned;
    }
  }
  return nullptr;
}

}  // namespace lethe
