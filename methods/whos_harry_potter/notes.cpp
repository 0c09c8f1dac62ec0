#include "methods/whos_harry_potter/notes.h"

#include <algorithm>
#include <cmath>

#include "harness/base/files.h"
#include "harness/base/ordered_json.h"
#include "harness/data/rows.h"

namespace lethe {
namespace {

constexpr int64_t kContextTokens = 48;  // before a label in the queue

std::string dumped(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) +
         "\n";
}

// Ids without a token are numbers.
OrderedJson spelled(int64_t id, const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) return id;
  const std::string token =
      id < tokenizer->vocab_size() ? tokenizer->token(id) : std::string();
  return token.empty() ? OrderedJson(id) : OrderedJson(token);
}

// The id that a cell of labels.jsonl names; -1 for null.
int64_t id_of(const Json& cell, const Tokenizer* tokenizer,
              const std::string& where) {
  if (cell.is_null()) return -1;
  if (cell.is_number_integer() && cell.get<int64_t>() >= 0) {
    return cell.get<int64_t>();
  }
  if (tokenizer != nullptr && cell.is_string()) {
    const auto id = tokenizer->token_id(cell.get<std::string>());
    if (id) return *id;
  }
  fail_input(where, "no token is " + printable(cell.dump(), 40),
             "spell it as the vocabulary does (see \"tokens\"), or write null");
}

const Json& array_at(const DataRow& row, const char* key, size_t size) {
  const auto found = row.fields.find(key);
  if (found == row.fields.end() || !found->is_array() ||
      found->size() != size) {
    fail_input(row.where,
               fmt::format("\"{}\" is no list of {} entries", key, size),
               "edit entries, and leave their number as it was");
  }
  return *found;
}

int64_t index_at(const DataRow& row, const char* key, int64_t end) {
  const auto found = row.fields.find(key);
  const bool whole = found != row.fields.end() && found->is_number_integer();
  const int64_t index = whole ? found->get<int64_t>() : -1;
  if (index < 0 || index >= end) {
    fail_input(row.where,
               fmt::format("\"{}\" is not between 0 and {}", key, end - 1),
               "leave it as it was written");
  }
  return index;
}

void check_tokens(const DataRow& row, const TrainingRow& own,
                  const Tokenizer* tokenizer) {
  const Json& tokens = array_at(row, "tokens", own.ids.size());
  for (size_t t = 0; t < own.ids.size(); ++t) {
    if (Json(spelled(own.ids[t], tokenizer)) == tokens[t]) continue;
    fail_input(row.where,
               fmt::format("token {} is {}, the text's block has {}", t,
                           printable(tokens[t].dump(), 40),
                           spelled(own.ids[t], tokenizer).dump()),
               "the file is of other texts, or another tokenizer or "
               "sequence_length: make it anew");
  }
}

std::string text_of(const std::vector<int64_t>& ids,
                    const Tokenizer* tokenizer) {
  return tokenizer == nullptr ? canonical(Json(ids)) : tokenizer->decode(ids);
}

}  // namespace

void write_labels(const std::string& path, const TrainingSet& rows,
                  const std::vector<std::string>& ids,
                  const BlockLabels& labels, const Tokenizer* tokenizer) {
  std::string text;
  for (size_t b = 0; b < labels.size(); ++b) {
    const TrainingRow& row = rows.rows()[b];
    OrderedJson tokens = OrderedJson::array(), own = OrderedJson::array(),
                probabilities = OrderedJson::array();
    for (size_t t = 0; t < row.ids.size(); ++t) {
      const GenericLabel& label = labels[b][t];
      tokens.push_back(spelled(row.ids[t], tokenizer));
      own.push_back(label.id < 0 ? OrderedJson()
                                 : spelled(label.id, tokenizer));
      probabilities.push_back(
          label.id < 0
              ? OrderedJson()
              : OrderedJson(std::round(label.probability * 1e6) / 1e6));
    }
    text += dumped({{"block", b},
                    {"id", ids[b]},
                    {"tokens", tokens},
                    {"labels", own},
                    {"probabilities", probabilities}});
  }
  write_file_atomically(path, text);
}

BlockLabels read_labels(const std::string& path, const TrainingSet& rows,
                        const Tokenizer* tokenizer) {
  const std::vector<DataRow> read = read_rows(path);
  if (static_cast<int64_t>(read.size()) != rows.size()) {
    fail_input(path,
               fmt::format("has {} blocks, the forget texts {}", read.size(),
                           rows.size()),
               "the file is of other texts or another sequence_length");
  }
  BlockLabels labels;
  for (const DataRow& row : read) {
    const TrainingRow& own = rows.rows()[labels.size()];
    check_tokens(row, own, tokenizer);
    const Json& names = array_at(row, "labels", own.ids.size());
    const Json& probabilities = array_at(row, "probabilities", own.ids.size());
    std::vector<GenericLabel> of_block(own.ids.size());
    for (size_t t = 0; t < own.ids.size(); ++t) {
      of_block[t].id = id_of(names[t], tokenizer, row.where);
      if (of_block[t].id >= 0 && static_cast<int64_t>(t) < own.score_from) {
        fail_input(row.where,
                   fmt::format("label {} is not null, and nothing is learnt of "
                               "prompts and first tokens",
                               t),
                   "leave it null");
      }
      if (probabilities[t].is_number()) {
        of_block[t].probability = probabilities[t].get<double>();
      }
    }
    labels.push_back(std::move(of_block));
  }
  return labels;
}

int64_t write_review(const std::string& path, const TrainingSet& rows,
                     const BlockLabels& labels, double below,
                     const Tokenizer* tokenizer) {
  struct Unsure {
    double probability;
    size_t block, place;
  };
  std::vector<Unsure> queue;
  for (size_t b = 0; b < labels.size(); ++b) {
    for (size_t t = 0; t < labels[b].size(); ++t) {
      const GenericLabel& label = labels[b][t];
      const bool own = label.id == rows.rows()[b].ids[t];
      if (label.id < 0 || own || !(label.probability < below)) continue;
      queue.push_back({label.probability, b, t});
    }
  }
  std::stable_sort(queue.begin(), queue.end(),
                   [](const Unsure& x, const Unsure& y) {
                     return x.probability < y.probability;
                   });
  std::string text;
  for (const Unsure& one : queue) {
    const std::vector<int64_t>& ids = rows.rows()[one.block].ids;
    const auto end = ids.begin() + static_cast<int64_t>(one.place);
    const auto begin =
        ids.begin() +
        std::max<int64_t>(0, static_cast<int64_t>(one.place) - kContextTokens);
    text += dumped(
        {{"block", one.block},
         {"place", one.place},
         {"context", text_of({begin, end}, tokenizer)},
         {"token", text_of({ids[one.place]}, tokenizer)},
         {"completion", text_of({labels[one.block][one.place].id}, tokenizer)},
         {"probability", std::round(one.probability * 1e6) / 1e6},
         {"verdict", nullptr},
         {"corrected", nullptr}});
  }
  write_file_atomically(path, text);
  return static_cast<int64_t>(queue.size());
}

Reviewed apply_review(const std::string& path, const TrainingSet& rows,
                      const Tokenizer* tokenizer, BlockLabels& labels) {
  Reviewed counts;
  if (read_lines(path).empty()) return counts;  // nothing was unsure
  for (const DataRow& row : read_rows(path)) {
    const int64_t b = index_at(row, "block", rows.size());
    const std::vector<int64_t>& ids = rows.rows()[b].ids;
    const int64_t t = index_at(row, "place", static_cast<int64_t>(ids.size()));
    if (row.fields.value("token", Json()) != text_of({ids[t]}, tokenizer)) {
      fail_input(row.where, "the token at this place is another one",
                 "the queue is of other texts: make it anew");
    }
    GenericLabel& label = labels[b][t];
    const Json verdict = row.fields.value("verdict", Json());
    if (verdict.is_null()) {
      ++counts.open;
    } else if (verdict == "accept") {
      ++counts.accepted;
    } else if (verdict == "reject") {
      label.id = -1;
      ++counts.rejected;
    } else if (verdict == "rewrite") {
      const Json corrected = row.fields.value("corrected", Json());
      std::vector<int64_t> said;
      if (corrected.is_string() && tokenizer != nullptr) {
        said = tokenizer->encode(corrected.get<std::string>(),
                                 {.special_tokens = false});
      }
      if (said.empty()) {
        fail_input(row.where, "has no text in \"corrected\"",
                   "write what should follow the context, with its space");
      }
      label.id = said.front();
      ++counts.rewritten;
    } else {
      fail_input(row.where, "\"verdict\" is " + printable(verdict.dump(), 40),
                 "choose accept, reject, rewrite or null");
    }
  }
  return counts;
}

}  // namespace lethe
