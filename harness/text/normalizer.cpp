#include "harness/text/normalizer.h"

#include <utility>

#include "harness/text/replace.h"

namespace lethe {
namespace {

class Sequence final : public Normalizer {
 public:
  Sequence(const Json& json, const Place& place) : place_(place) {
    for_each_component(json, "normalizers", place,
                       [&](const Json& part, const Place& inside) {
                         parts_.push_back(make_normalizer(part, inside));
                         if (!parts_.back()) parts_.pop_back();
                       });
  }

  std::string normalize(std::string text) const override {
    const size_t before = text.size();
    for (const auto& part : parts_) {
      text = part->normalize(std::move(text));
      check_growth(before, text.size(), place_);
    }
    return text;
  }

 private:
  const Place place_;
  std::vector<std::unique_ptr<const Normalizer>> parts_;
};

// Puts a text in front of every text that is not empty.
class Prepend final : public Normalizer {
 public:
  Prepend(const Json& json, const Place& place)
      : prepend_(require_short_text(json, "prepend", place)) {}

  std::string normalize(std::string text) const override {
    if (!text.empty()) text.insert(0, prepend_);
    return text;
  }

 private:
  const std::string prepend_;
};

class Replace final : public Normalizer {
 public:
  Replace(const Json& json, const Place& place)
      : pattern_(require_literal_pattern(json, place)),
        content_(require_short_text(json, "content", place)) {}

  std::string normalize(std::string text) const override {
    return replaced(std::move(text), pattern_, content_);
  }

 private:
  const std::string pattern_;
  const std::string content_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_normalizer(const Json& json,
                                                  const Place& place) {
  if (json.is_null()) return nullptr;
  const std::string type = component_type(json, place);
  if (type == "Sequence") return std::make_unique<Sequence>(json, place);
  if (type == "Prepend") return std::make_unique<Prepend>(json, place);
  if (type == "Replace") return std::make_unique<Replace>(json, place);
  refuse_type(type, place, {"Sequence", "Prepend", "Replace"});
}

}  // namespace lethe
