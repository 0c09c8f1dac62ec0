#include "harness/data/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <map>
#include <new>

#include "harness/base/error.h"
#include "harness/data/yaml_scalar.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxNodes = 20'000;

// Values, long texts counted as several.
size_t size_of(const YamlNode& node) {
  size_t size = 1 + node.text.size() / 256;
  for (const YamlNode& item : node.items) size += size_of(item);
  for (const auto& [key, value] : node.entries) size += size_of(value);
  return size;
}

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

std::string place_of(const std::string& where, const yaml_mark_t& mark) {
  return fmt::format("{}:{}", where, mark.line + 1);
}

// libyaml's parser and its event.
class Parser {
 public:
  explicit Parser(const std::string& text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &parser_, reinterpret_cast<const unsigned char*>(text.data()),
        text.size());
  }
  ~Parser() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  const yaml_event_t& next(const std::string& where) {
    yaml_event_delete(&event_);
    if (yaml_parser_parse(&parser_, &event_) != 0) return event_;
    fail_input(place_of(where, parser_.problem_mark),
               "is no YAML: " + std::string(parser_.problem == nullptr
                                                ? "out of memory"
                                                : parser_.problem),
               "check the line");
  }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

// The tree of the parser's events.
class Builder {
 public:
  explicit Builder(const std::string& where) : where_(where) {}

  YamlNode take() { return std::move(root_); }

  void add_event(const yaml_event_t& event) {
    here_ = place_of(where_, event.start_mark);
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        return scalar(event);
      case YAML_ALIAS_EVENT:
        return alias(text_of(event.data.alias.anchor));
      case YAML_SEQUENCE_START_EVENT:
        return begin(event.data.sequence_start, YamlNode::Kind::list);
      case YAML_MAPPING_START_EVENT:
        return begin(event.data.mapping_start, YamlNode::Kind::map);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return end();
      case YAML_DOCUMENT_START_EVENT:
        if (++documents_ > 1) refuse("holds several documents", "keep one");
        return;
      case YAML_STREAM_END_EVENT:
        if (documents_ == 0) refuse("holds nothing", "check the file");
        return;
      default:
        return;
    }
  }

 private:
  // A list or map that is not closed.
  struct Open {
    YamlNode node;
    std::string anchor;
    bool has_key = false;
    std::string key;
  };

  [[noreturn]] void refuse(const std::string& what,
                           const std::string& cure = "write it out") const {
    fail_input(here_, what, cure);
  }
  [[noreturn]] void too_deep() const {
    refuse(fmt::format("is nested deeper than {}", kMaxDepth), "flatten it");
  }
  void count(size_t more) {
    nodes_ += more;
    if (nodes_ > kMaxNodes) {
      refuse(fmt::format("has more than {} values, with the aliases written "
                         "out",
                         kMaxNodes),
             "use fewer");
    }
  }
  static size_t depth_of(const YamlNode& node) {
    size_t deepest = 0;
    for (const YamlNode& item : node.items) {
      deepest = std::max(deepest, depth_of(item));
    }
    for (const auto& [key, value] : node.entries) {
      deepest = std::max(deepest, depth_of(value));
    }
    return deepest + 1;
  }

  bool at_key() const {
    return !open_.empty() && open_.back().node.is(YamlNode::Kind::map) &&
           !open_.back().has_key;
  }

  void alias(const std::string& name) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      refuse("the alias " + printable(name, 60) + " has no value before it");
    }
    YamlNode copy = found->second;
    count(size_of(copy));
    if (depth_of(copy) + open_.size() > kMaxDepth) too_deep();
    add(std::move(copy), "");
  }

  void scalar(const yaml_event_t& event) {
    const auto& given = event.data.scalar;
    YamlNode node;
    node.where = here_;
    node.text.assign(reinterpret_cast<const char*>(given.value), given.length);
    count(size_of(node));
    const std::string tag = text_of(given.tag);
    if (given.plain_implicit && at_key() && node.text == "<<") {
      refuse("a merge key <<");
    }
    if (given.plain_implicit) {
      if (!at_key()) resolve_plain_scalar(node);
    } else if (given.quoted_implicit || tag == YAML_STR_TAG) {
      node.kind = YamlNode::Kind::text;
    } else if (tag == YAML_NULL_TAG) {
      node.kind = YamlNode::Kind::null;
    } else if (tag == "!function" && !at_key()) {
      node.kind = YamlNode::Kind::tagged;
      node.tag = tag;
    } else {
      refuse("the tag " + printable(tag, 60), "write plain data");
    }
    add(std::move(node), text_of(given.anchor));
  }

  template <class Given>
  void begin(const Given& given, YamlNode::Kind kind) {
    if (!given.implicit) {
      refuse("the tag " + printable(text_of(given.tag), 60),
             "write plain data");
    }
    count(1);
    if (open_.size() >= kMaxDepth) too_deep();
    if (at_key()) refuse("a list or map is a key", "use a text");
    Open open{{}, text_of(given.anchor), false, ""};
    open.node.where = here_;
    open.node.kind = kind;
    open_.push_back(std::move(open));
  }

  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(YamlNode node, const std::string& anchor) {
    if (!anchor.empty()) {
      anchors_[anchor] = node;
      // Copies of what is kept for aliases count too.
      count(size_of(node));
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is(YamlNode::Kind::list)) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.entries.push_back({parent.key, std::move(node)});
      parent.has_key = false;
    } else {
      if (!node.items.empty() || !node.entries.empty()) {
        refuse("a list or map is a key", "use a text");
      }
      if (const YamlNode* first = parent.node.find(node.text)) {
        fail_input(node.where,
                   "the key " + printable(node.text, 60) +
                       " stands there twice (" + first->where + ")",
                   "leave one out");
      }
      parent.key = node.text;
      parent.has_key = true;
    }
  }

  const std::string& where_;
  std::string here_;
  YamlNode root_;
  std::vector<Open> open_;
  std::map<std::string, YamlNode> anchors_;
  size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(const std::string& key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string YamlNode::shown() const {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::tagged:
      return tag + " " + printable(text, 60);
    case Kind::text:
      return "the text \"" + printable(text, 60) + "\"";
    default:
      return printable(text, 60);
  }
}

YamlNode parse_yaml(const std::string& text, const std::string& where) {
  if (text.size() > kMaxYaml) {
    fail_input(
        where,
        fmt::format("has {} bytes, at most {} are read", text.size(), kMaxYaml),
        "is it a task file?");
  }
  if (!valid_utf8(text) || text.find('\0') != std::string::npos) {
    fail_input(where, "is not UTF-8 text", "save it as UTF-8");
  }
  Builder builder(where);
  Parser parser(text);
  while (true) {
    const yaml_event_t& event = parser.next(where);
    builder.add_event(event);
    if (event.type == YAML_STREAM_END_EVENT) return builder.take();
  }
}

}  // namespace lethe
