// The operands of expressions: literals, names, subscripts, calls, filters.
#include "harness/base/error.h"
#include "harness/base/names.h"
#include "harness/chat/builtins.h"
#include "harness/chat/parser.h"

namespace lethe::chat {

ExprPtr Parser::primary(bool with_namespace) {
  const int line = current().line;
  if (current().kind == TokenKind::name) {
    return name_or_constant(with_namespace);
  }
  ExprPtr made = node(ExprKind::constant, line);
  switch (current().kind) {
    case TokenKind::string: {
      std::string text;
      while (current().kind == TokenKind::string) text += take().text;
      made->constant = Value(text);
      return made;
    }
    case TokenKind::integer:
      made->constant = take().integer;
      return made;
    case TokenKind::real:
      made->constant = take().real;
      return made;
    default:
      break;
  }
  if (skip_op("(")) {
    made = tuple({.parentheses = true});
    expect_op(")");
    return made;
  }
  if (is_op("[")) return list();
  if (is_op("{")) return dict();
  unexpected();
}

ExprPtr Parser::name_or_constant(bool with_namespace) {
  const Token token = take();
  ExprPtr made = node(ExprKind::constant, token.line);
  const std::string& name = token.text;
  if (name == "true" || name == "True" || name == "false" || name == "False") {
    made->constant = Value(name == "true" || name == "True");
  } else if (name == "none" || name == "None") {
    made->constant = Value();
  } else if (with_namespace && skip_op(".")) {
    made->kind = ExprKind::namespace_ref;
    made->name = name;
    made->attribute = take_name();
  } else {
    made->kind = ExprKind::name;
    made->name = name;
    for (Signature* macro : macros_) {
      macro->uses_caller |= name == "caller";
      macro->uses_args |= name == "varargs";
      macro->uses_kwargs |= name == "kwargs";
    }
  }
  return made;
}

bool Parser::tuple_ends(const TupleRule& rule) const {
  return current().kind == TokenKind::variable_end ||
         current().kind == TokenKind::block_end || is_op(")") ||
         (*rule.end && is_name(rule.end));
}

ExprPtr Parser::tuple(const TupleRule& rule) {
  if (++nesting_ > kMaxNesting) {
    refuse(fmt::format("expressions are nested deeper than {}", kMaxNesting),
           "use shorter expressions");
  }
  const int line = current().line;
  std::vector<ExprPtr> parts;
  bool is_tuple = false;
  while (true) {
    if (!parts.empty()) expect_op(",");
    if (tuple_ends(rule)) break;
    parts.push_back(rule.simple ? primary(rule.namespaces)
                                : expression(rule.conditional));
    if (!is_op(",")) break;
    is_tuple = true;
  }
  --nesting_;
  if (!is_tuple) {
    if (!parts.empty()) return std::move(parts[0]);
    if (!rule.parentheses) unexpected("an expression");
  }
  return node(ExprKind::tuple, line, std::move(parts));
}

ExprPtr Parser::list() {
  const int line = take().line;
  std::vector<ExprPtr> items;
  while (!is_op("]")) {
    if (!items.empty()) expect_op(",");
    if (is_op("]")) break;
    items.push_back(expression());
  }
  expect_op("]");
  return node(ExprKind::list, line, std::move(items));
}

ExprPtr Parser::dict() {
  const int line = take().line;
  std::vector<ExprPtr> items;
  while (!is_op("}")) {
    if (!items.empty()) expect_op(",");
    if (is_op("}")) break;
    items.push_back(expression());
    expect_op(":");
    items.push_back(expression());
  }
  expect_op("}");
  return node(ExprKind::dict, line, std::move(items));
}

ExprPtr Parser::postfix(ExprPtr made) {
  while (true) {
    if (is_op(".") || is_op("[")) {
      made = subscript(std::move(made));
    } else if (is_op("(")) {
      made = call(std::move(made));
    } else {
      return made;
    }
  }
}

ExprPtr Parser::subscript(ExprPtr object) {
  const Token open = take();
  std::vector<ExprPtr> parts;
  parts.push_back(std::move(object));
  if (open.text == ".") {
    if (current().kind == TokenKind::integer) {
      parts.push_back(node(ExprKind::constant, open.line));
      parts[1]->constant = take().integer;
      return node(ExprKind::item, open.line, std::move(parts));
    }
    const std::string name = take_name();
    if (name.starts_with("__")) {
      refuse("attribute \"" + name + "\" is not allowed",
             "templates see values only");
    }
    ExprPtr made = node(ExprKind::attribute, open.line, std::move(parts));
    made->name = name;
    return made;
  }
  ExprPtr index = subscribed();
  if (is_op(","))
    refuse("an index of several parts is not supported", "use one");
  expect_op("]");
  if (index->kind == ExprKind::slice && index->children.size() == 3) {
    for (auto& bound : index->children) parts.push_back(std::move(bound));
    return node(ExprKind::slice, open.line, std::move(parts));
  }
  parts.push_back(std::move(index));
  return node(ExprKind::item, open.line, std::move(parts));
}

// An index, or a slice whose children are its three bounds.
ExprPtr Parser::subscribed() {
  const int line = current().line;
  std::vector<ExprPtr> bounds;
  if (skip_op(":")) {
    bounds.push_back(nullptr);
  } else {
    ExprPtr index = expression();
    if (!skip_op(":")) return index;
    bounds.push_back(std::move(index));
  }
  const bool no_stop = is_op(":") || is_op("]") || is_op(",");
  bounds.push_back(no_stop ? nullptr : expression());
  const bool no_step = !skip_op(":") || is_op("]") || is_op(",");
  bounds.push_back(no_step ? nullptr : expression());
  return node(ExprKind::slice, line, std::move(bounds));
}

ExprPtr Parser::call(ExprPtr function) {
  const int line = current().line;
  std::vector<ExprPtr> parts;
  parts.push_back(std::move(function));
  ExprPtr made = node(ExprKind::call, line, std::move(parts));
  give_arguments(made.get());
  return made;
}

void Parser::argument(ArgumentExprs* given) {
  const bool ordered = given->named.empty() && !given->double_star;
  if (skip_op("**")) {
    if (given->double_star) unexpected("one ** argument");
    given->double_star = expression();
  } else if (skip_op("*")) {
    if (given->star || given->double_star) unexpected("one * argument");
    given->star = expression();
  } else if (current().kind == TokenKind::name &&
             ahead().kind == TokenKind::op && ahead().text == "=") {
    if (given->double_star) unexpected("** at the end");
    const std::string name = take_name();
    take();
    given->named.emplace_back(name, expression());
  } else {
    if (!ordered || given->star) unexpected("arguments without names first");
    given->positional.push_back(expression());
  }
}

void Parser::give_arguments(Expr* to) {
  to->arguments = arguments();
  for (const auto& each : to->arguments.positional) deepen(to, each.get());
  for (const auto& each : to->arguments.named) deepen(to, each.second.get());
  deepen(to, to->arguments.star.get());
  deepen(to, to->arguments.double_star.get());
}

ArgumentExprs Parser::arguments() {
  expect_op("(");
  ArgumentExprs given;
  bool first = true;
  while (!is_op(")")) {
    if (!first) expect_op(",");
    if (is_op(")")) break;
    argument(&given);
    first = false;
  }
  expect_op(")");
  return given;
}

ExprPtr Parser::filters(ExprPtr made, bool inline_start) {
  while (is_op("|") || inline_start) {
    if (!inline_start) take();
    inline_start = false;
    const int line = current().line;
    const std::string name = take_name();
    if (!find_filter(name, meter_.dialect())) {
      refuse("filter \"" + name + "\" is not supported",
             suggest(name, filter_names(meter_.dialect())));
    }
    std::vector<ExprPtr> parts;
    parts.push_back(std::move(made));
    made = node(ExprKind::filter, line, std::move(parts));
    made->name = name;
    if (is_op("(")) give_arguments(made.get());
  }
  return made;
}

ExprPtr Parser::test(ExprPtr subject) {
  const int line = take().line;  // "is"
  const bool negated = skip_name("not");
  const std::string name = take_name();
  if (!find_test(name)) {
    refuse("test \"" + name + "\" is not supported",
           suggest(name, test_names()));
  }
  std::vector<ExprPtr> parts;
  parts.push_back(std::move(subject));
  ExprPtr made = node(ExprKind::test, line, std::move(parts));
  made->name = name;
  const TokenKind next = current().kind;
  const bool operand = next == TokenKind::string ||
                       next == TokenKind::integer || next == TokenKind::real ||
                       is_op("[") || is_op("{");
  if (is_op("(")) {
    give_arguments(made.get());
  } else if (operand || (next == TokenKind::name && !is_name("else") &&
                         !is_name("or") && !is_name("and"))) {
    if (is_name("is")) unexpected("one test (tests cannot be chained)");
    made->arguments.positional.push_back(postfix(primary()));
    deepen(made.get(), made->arguments.positional[0].get());
  }
  if (!negated) return made;
  std::vector<ExprPtr> inner;
  inner.push_back(std::move(made));
  return node(ExprKind::logical_not, line, std::move(inner));
}

ExprPtr Parser::filter_expression(ExprPtr made) {
  while (true) {
    if (is_op("|")) {
      made = filters(std::move(made));
    } else if (is_name("is")) {
      made = test(std::move(made));
    } else if (is_op("(")) {
      made = call(std::move(made));
    } else {
      return made;
    }
  }
}

}  // namespace lethe::chat
