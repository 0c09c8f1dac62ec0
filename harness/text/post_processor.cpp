#include "harness/text/post_processor.h"

#include <utility>

namespace lethe {
namespace {

using Part = PostProcessor::Part;
using Parts = PostProcessor::Parts;

Segments apply_parts(const Parts& parts,
                     const std::vector<int64_t>* const texts[2],
                     bool specials) {
  Segments out;
  for (const Part& part : parts) {
    if (part.text < 0 && !specials) continue;
    const auto& ids = part.text < 0 ? part.ids : *texts[part.text];
    out.ids.insert(out.ids.end(), ids.begin(), ids.end());
    out.type_ids.resize(out.ids.size(), part.type_id);
  }
  return out;
}

// Reads a TemplateProcessing.
class TemplateReader {
 public:
  TemplateReader(const Json& json, const Place& place,
                 const Vocabulary& vocabulary)
      : json_(json), place_(place), vocabulary_(vocabulary) {}

  // `texts`: how many texts there are to refer to.
  Parts parts(const char* key, int texts) const {
    const Json& list = require(json_, key, place_.where());
    if (!list.is_array()) {
      fail_input(place_.where(), fmt::format("\"{}\" is not a list", key),
                 "it must be a list of Sequence and SpecialToken");
    }
    Parts parts;
    for (const Json& piece : list) parts.push_back(part(piece, texts));
    return parts;
  }

 private:
  Part part(const Json& piece, int texts) const {
    const bool special = piece.is_object() && piece.contains("SpecialToken");
    const char* kind = special ? "SpecialToken" : "Sequence";
    const Json& body = require(piece, kind, place_.where());
    const std::string id = require_string(body, "id", place_.where());
    Part part;
    part.type_id = require_int(body, "type_id", place_.where());
    if (special) {
      part.ids = special_ids(id);
      return part;
    }
    part.text = id == "A" ? 0 : 1;
    if ((id != "A" && id != "B") || part.text >= texts) {
      fail_input(place_.where(),
                 fmt::format("a template names sequence \"{}\"", id),
                 texts == 1 ? "a single text is A" : "texts are A and B");
    }
    return part;
  }

  std::vector<int64_t> special_ids(const std::string& name) const {
    const Json& all = require(json_, "special_tokens", place_.where());
    const Json& token = require(all, name, place_.where());
    const Json& ids = require(token, "ids", place_.where());
    std::vector<int64_t> out;
    for (const Json& id : ids) {
      const bool known = id.is_number_integer() &&
                         vocabulary_.token(id.get<int64_t>()) != nullptr;
      if (!known) {
        fail_input(
            place_.where(),
            fmt::format("special token \"{}\" has id {}", name, id.dump()),
            "give the id of a token");
      }
      out.push_back(id.get<int64_t>());
    }
    return out;
  }

  const Json& json_;
  const Place& place_;
  const Vocabulary& vocabulary_;
};

// The id of a special token written as [token, id] at `key`.
int64_t pair_id(const Json& json, const char* key, const Place& place,
                const Vocabulary& vocabulary) {
  const Json& pair = require(json, key, place.where());
  const bool good = pair.is_array() && pair.size() == 2 &&
                    pair[0].is_string() && pair[1].is_number_integer() &&
                    vocabulary.token(pair[1].get<int64_t>()) != nullptr;
  if (!good) {
    fail_input(place.where(), fmt::format("\"{}\" is {}", key, pair.dump()),
               "it must be [token, its id]");
  }
  return pair[1].get<int64_t>();
}

// <cls> A <sep>, and for pairs <sep> B <sep> (RoBERTa, whose type ids are all
// 0) or B <sep> (BERT).
PostProcessor make_classifier(const Json& json, const Place& place,
                              const Vocabulary& vocabulary, bool roberta) {
  const Part cls{.ids = {pair_id(json, "cls", place, vocabulary)}};
  const Part sep{.ids = {pair_id(json, "sep", place, vocabulary)}};
  const Part first{.text = 0};
  const int64_t type_id = roberta ? 0 : 1;
  Part second{.text = 1, .ids = {}, .type_id = type_id};
  Part last = sep;
  last.type_id = type_id;
  Parts pair = {cls, first, sep};
  if (roberta) pair.push_back(sep);
  pair.push_back(std::move(second));
  pair.push_back(std::move(last));
  return {{cls, first, sep}, std::move(pair)};
}

// Of a sequence only one step may add tokens: the peer hands the parts of the
// first on as if they were texts.
PostProcessor make_sequence(const Json& json, const Place& place,
                            const Vocabulary& vocabulary) {
  PostProcessor made;
  int templates = 0;
  for_each_component(json, "processors", place,
                     [&](const Json& step, const Place& inside) {
                       if (component_type(step, inside) == "ByteLevel") return;
                       if (++templates > 1) {
                         refuse_option("Sequence of two templates", inside);
                       }
                       made = make_post_processor(step, inside, vocabulary);
                     });
  return made;
}

}  // namespace

Segments PostProcessor::apply(const std::vector<int64_t>& text,
                              bool specials) const {
  const std::vector<int64_t>* const texts[2] = {&text, nullptr};
  return apply_parts(single_, texts, specials);
}

Segments PostProcessor::apply(const std::vector<int64_t>& text,
                              const std::vector<int64_t>& pair,
                              bool specials) const {
  const std::vector<int64_t>* const texts[2] = {&text, &pair};
  return apply_parts(pair_, texts, specials);
}

std::vector<int64_t> PostProcessor::leading() const {
  std::vector<int64_t> ids;
  for (const Part& part : single_) {
    if (part.text >= 0) return ids;
    ids.insert(ids.end(), part.ids.begin(), part.ids.end());
  }
  return {};  // a template without the text
}

PostProcessor make_post_processor(const Json& json, const Place& place,
                                  const Vocabulary& vocabulary) {
  if (json.is_null()) return {};
  const std::string type = component_type(json, place);
  if (type == "Sequence") return make_sequence(json, place, vocabulary);
  if (type == "ByteLevel") return {};  // it only changes offsets
  if (type == "TemplateProcessing") {
    const TemplateReader reader(json, place, vocabulary);
    return {reader.parts("single", 1), reader.parts("pair", 2)};
  }
  if (type == "RobertaProcessing" || type == "BertProcessing") {
    return make_classifier(json, place, vocabulary,
                           type == "RobertaProcessing");
  }
  refuse_type(type, place,
              {"Sequence", "ByteLevel", "TemplateProcessing", "BertProcessing",
               "RobertaProcessing"});
}

PostProcessor bos_eos_template(std::optional<int64_t> bos,
                               std::optional<int64_t> eos) {
  const auto around = [&](int text) {
    Parts parts;
    if (bos) parts.push_back({.ids = {*bos}, .type_id = text});
    parts.push_back({.text = text, .ids = {}, .type_id = text});
    if (eos) parts.push_back({.ids = {*eos}, .type_id = text});
    return parts;
  };
  Parts pair = around(0);
  for (Part& part : around(1)) pair.push_back(std::move(part));
  return {around(0), std::move(pair)};
}

}  // namespace lethe
