#include "harness/chat/document.h"

#include <ctime>

#include "harness/chat/builtins.h"
#include "harness/chat/interpreter.h"
#include "harness/chat/operators.h"
#include "harness/chat/parser.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

chat::Statements parsed(const std::string& text, chat::Meter& meter) {
  if (text.size() > chat::kMaxTemplate) {
    meter.fail("is longer than 4 MiB", "use a smaller one");
  }
  if (!valid_utf8(text)) meter.fail("is not UTF-8", "save it as UTF-8");
  return chat::Parser(chat::tokens_of(text, meter), meter).parse();
}

// An interpreter that sees the fields.
class Run {
 public:
  Run(const std::string& where, const OrderedJson& fields)
      : meter(where, chat::Dialect::task), interpreter(meter, std::tm{}) {
    for (const auto& [name, value] : fields.items()) {
      interpreter.set_global(name, chat::from_json(meter, value));
    }
  }

  chat::Meter meter;
  chat::Interpreter interpreter;
};

}  // namespace

struct DocumentTemplate::Parts {
  std::string where;
  chat::Statements body;
};

DocumentTemplate DocumentTemplate::parse(const std::string& text,
                                         const std::string& where) {
  chat::Meter meter(where, chat::Dialect::task);
  auto parts = std::make_shared<Parts>();
  parts->where = where;
  parts->body = parsed(text, meter);
  DocumentTemplate made;
  made.parts_ = std::move(parts);
  return made;
}

std::string DocumentTemplate::render(const OrderedJson& fields) const {
  return Run(parts_->where, fields).interpreter.run(parts_->body);
}

struct DocumentExpression::Parts {
  std::string where;
  chat::Statements body;
};

DocumentExpression DocumentExpression::parse(const std::string& text,
                                             const std::string& where) {
  chat::Meter meter(where, chat::Dialect::task);
  auto parts = std::make_shared<Parts>();
  parts->where = where;
  parts->body = parsed("{{ " + text + " }}", meter);
  if (parts->body.size() != 1 ||
      parts->body.front()->kind != chat::StatementKind::print) {
    meter.fail("\"" + text + "\" is no expression",
               "write one, e.g. choices.label.index(answerKey)");
  }
  DocumentExpression made;
  made.parts_ = std::move(parts);
  return made;
}

OrderedJson DocumentExpression::evaluate(const OrderedJson& fields) const {
  Run run(parts_->where, fields);
  chat::Value value =
      run.interpreter.run_expression(*parts_->body.front()->value);
  chat::refuse_undefined(run.meter, value);
  if (value.is_generator() || value.is_sequence()) {
    value = chat::make_list(run.meter, chat::to_values(run.meter, value));
  }
  return OrderedJson::parse(chat::to_json(run.meter, value, {}));
}

}  // namespace lethe
