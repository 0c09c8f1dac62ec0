// What of a run may leave a house: numbers and names stay, texts do not.
//
// A text becomes a mark (harness/base/redacted.h) with the first 16 digits of
// SHA-256(salt, text) and its length. Without a salt of the user's it is random
// and thrown away: short texts could be found again by trying all of them.
//
// The rule is a list of what stays, everything else goes: what is added to the
// format later does not leak.
//   samples: numbers, truth values, lists with fractions, the names of splits;
//     ids that are names (letters, digits and _.:@+-, at most 64) unless
//     hashed; token ids are texts
//   records: all but messages of what failed, was skipped or imported, messages
//     that quote something, options that are texts and no choice of a list, and
//     versions of what is no program
//   run.json: the same; files, folders and templates are texts, and so is what
//     "where" compares with
//
// Hashes of data, prompts and items stay, also with hash_ids: by them values of
// several runs are known to be of the same data. They have no salt, so whoever
// guesses all texts (or ids) of a split can see that the guess is right: do not
// show runs with splits of few short texts, such as one name.
#pragma once

#include <string>

#include "harness/base/ordered_json.h"
#include "harness/base/record.h"

namespace lethe {

struct RedactOptions {
  bool hash_ids = false;  // of items: their marks in place of the ids
  std::string salt;       // empty: random
};

class Redactor {
 public:
  explicit Redactor(const RedactOptions& options);

  // The mark that stands for a text; a mark stays as it is.
  std::string text(const std::string& text) const;

  OrderedJson sample(const OrderedJson& row) const;
  Record record(Record record) const;
  OrderedJson description(const OrderedJson& run_json) const;

  // "npo:beta=0.1,term=[redacted ..]": a name with options, as labels and
  // transforms have it.
  std::string name_with_options(const std::string& name) const;

 private:
  // `key` empty: no text stays, whatever it is called.
  OrderedJson value(const std::string& key, const OrderedJson& value) const;
  OrderedJson object(const OrderedJson& object, bool choices) const;
  OrderedJson list(const std::string& key, const OrderedJson& list) const;
  std::string id(const std::string& id) const;
  std::string message(const Record& record) const;
  Json options(const Json& options) const;
  OrderedJson versions(const OrderedJson& versions) const;
  OrderedJson numbers_mark(const OrderedJson& list) const;

  const bool hash_ids_;
  std::string salt_;
};

}  // namespace lethe
