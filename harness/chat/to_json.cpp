// Python's json.dumps.
#include <algorithm>
#include <cmath>

#include "harness/chat/builtins.h"
#include "harness/chat/python_text.h"

namespace lethe::chat {
namespace {

class Writer {
 public:
  Writer(Meter& meter, const JsonStyle& style) : meter_(meter), style_(style) {}

  void write(const Value& value) {
    meter_.step();
    meter_.output(out.size());
    if (value.is_text()) {
      out += json_text(value.text(), style_.ascii);
    } else if (value.is_sequence() && (value.is(SequenceKind::list) ||
                                       value.is(SequenceKind::tuple))) {
      write_list(value.sequence().items);
    } else if (value.is_dict()) {
      write_dict(value.dict());
    } else {
      out += scalar(value);
    }
  }

  std::string out;

 private:
  std::string scalar(const Value& value) {
    if (value.is_none()) return "null";
    if (value.is_bool()) return value.boolean() ? "true" : "false";
    if (value.is_integer()) return std::to_string(value.integer());
    if (value.is_real()) {
      if (std::isnan(value.real())) return "NaN";
      if (std::isinf(value.real())) {
        return value.real() < 0 ? "-Infinity" : "Infinity";
      }
      return repr(value.real());
    }
    meter_.fail("Object of type " + type_name(value) +
                " is not JSON serializable");
  }

  void line() {
    if (!style_.indent) return;
    out += '\n';
    for (int i = 0; i < level_; ++i) out += *style_.indent;
    meter_.output(out.size());
  }

  void write_list(const Values& items) {
    if (items.empty()) {
      out += "[]";
      return;
    }
    out += '[';
    ++level_;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += style_.comma;
      line();
      write(items[i]);
    }
    --level_;
    line();
    out += ']';
  }

  void write_dict(const Dict& dict) {
    if (dict.items.empty()) {
      out += "{}";
      return;
    }
    std::vector<std::pair<std::string, const Value*>> items;
    for (const auto& [key, value] : dict.items) {
      if (!key.is_text() && !key.is_number() && !key.is_none()) {
        meter_.fail("keys must be str, int, float, bool or None, not " +
                    type_name(key));
      }
      items.emplace_back(key.is_text() ? key.text() : scalar(key), &value);
    }
    if (style_.sort) {
      std::stable_sort(items.begin(), items.end(),
                       [](auto& a, auto& b) { return a.first < b.first; });
    }
    out += '{';
    ++level_;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += style_.comma;
      line();
      out += json_text(items[i].first, style_.ascii) + style_.colon;
      write(*items[i].second);
    }
    --level_;
    line();
    out += '}';
  }

  Meter& meter_;
  const JsonStyle& style_;
  int level_ = 0;
};

}  // namespace

std::string to_json(Meter& meter, const Value& value, const JsonStyle& style) {
  Writer writer(meter, style);
  writer.write(value);
  return std::move(writer.out);
}

}  // namespace lethe::chat
