#include "harness/chat/document.h"

#include <ctime>

#include "harness/chat/builtins.h"
#include "harness/chat/interpreter.h"
#include "harness/chat/operators.h"
#include "harness/chat/parser.h"
#include "harness/text/utf8.h"

namespace lethe {

struct ParsedDocument {
  std::string where;
  chat::Statements body;
};

namespace {

std::shared_ptr<const ParsedDocument> parsed(const std::string& text,
                                             const std::string& where) {
  chat::Meter meter(where, chat::Dialect::task);
  if (text.size() > chat::kMaxTemplate) {
    meter.fail("is longer than 4 MiB", "use a smaller one");
  }
  if (!valid_utf8(text)) meter.fail("is not UTF-8", "save it as UTF-8");
  auto document = std::make_shared<ParsedDocument>();
  document->where = where;
  document->body = chat::Parser(chat::tokens_of(text, meter), meter).parse();
  return document;
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

DocumentTemplate DocumentTemplate::parse(const std::string& text,
                                         const std::string& where) {
  DocumentTemplate made;
  made.parsed_ = parsed(text, where);
  return made;
}

std::string DocumentTemplate::render(const OrderedJson& fields) const {
  return Run(parsed_->where, fields).interpreter.run(parsed_->body);
}

DocumentExpression DocumentExpression::parse(const std::string& text,
                                             const std::string& where) {
  DocumentExpression made;
  made.parsed_ = parsed("{{ " + text + " }}", where);
  const chat::Statements& body = made.parsed_->body;
  if (body.size() != 1 || body.front()->kind != chat::StatementKind::print) {
    fail_input(where, "\"" + text + "\" is no expression",
               "write one, e.g. choices.label.index(answerKey)");
  }
  return made;
}

OrderedJson DocumentExpression::evaluate(const OrderedJson& fields) const {
  Run run(parsed_->where, fields);
  chat::Value value =
      run.interpreter.run_expression(*parsed_->body.front()->value);
  chat::refuse_undefined(run.meter, value);
  if (value.is_generator() || value.is_sequence()) {
    value = chat::make_list(run.meter, chat::to_values(run.meter, value));
  }
  return OrderedJson::parse(chat::to_json(run.meter, value, {}));
}

}  // namespace lethe
