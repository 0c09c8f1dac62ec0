// The special and added tokens of a folder without a tokenizer.json, from
// tokenizer_config.json, special_tokens_map.json and added_tokens.json.
//
// Peer: transformers 5.23, `from_pretrained` and the constructor of its class
// TokenizersBackend: which file wins, in which order tokens get ids, and which
// flags they have.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

// A token as an entry of tokenizer.json's "added_tokens" without its id.
// `flags` are the names of those that are true.
Json added_token_entry(const std::string& content,
                       const std::vector<std::string>& flags);

class SpecialTokens {
 public:
  using Defaults = std::vector<std::pair<std::string, std::string>>;
  // The id of a token of the model's own vocabulary.
  using Find = std::function<std::optional<int64_t>(const std::string&)>;

  // `config` is the folder's tokenizer_config.json; `defaults` the tokens that
  // the class has where no file names them, such as {"eos_token", "</s>"}.
  // Throws: input error if a file is malformed.
  SpecialTokens(const std::string& folder, const OrderedJson& config,
                const Defaults& defaults);

  // The content of "bos_token" and the like; nothing if it has none.
  std::optional<std::string> named(const std::string& key) const;

  // The further special tokens, entries as above, where tokenizer_config.json
  // lists none; those of special_tokens_map.json are then left out.
  void set_default_extra(std::vector<Json> entries);

  // Makes every special token plain: taken as it stands, without white space.
  void make_plain();

  // tokenizer.json's "added_tokens", in the order of ids. A token that `find`
  // does not know gets the next id, `size` being the vocabulary's number of
  // tokens. Throws: input error if a file gives it another id.
  Json numbered(const Find& find, int64_t size) const;

 private:
  struct Token {
    Json entry;
    int64_t declared = -1;  // the id that a file gives it
  };
  struct Named {
    std::string key;
    std::optional<Json> entry;
    bool from_file = false;
  };

  void read_named(const OrderedJson& json, bool of_map);
  void read_extra(const OrderedJson& json);
  void read_decoder(const OrderedJson& decoder);
  void read_added(const OrderedJson& added);
  void set_named(const std::string& key, std::optional<Json> entry);
  void use_flags_of_added();
  Json entry_of(const OrderedJson& token, bool special) const;
  std::vector<Token> in_order() const;

  std::string place_;  // the file being read, for errors
  std::vector<Named> named_;
  std::vector<Token> added_;  // with declared ids, by id
  std::optional<std::vector<Json>> extra_;
  bool extra_of_map_ = false;  // extra_ is special_tokens_map.json's
  bool plain_ = false;
};

}  // namespace lethe
