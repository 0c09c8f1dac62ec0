// Expressions: operators with Python's and jinja2's precedence.
#include <algorithm>

#include "harness/base/error.h"
#include "harness/chat/parser.h"

namespace lethe::chat {

ExprPtr Parser::node(ExprKind kind, int line, std::vector<ExprPtr> children) {
  auto made = std::make_unique<Expr>();
  made->kind = kind;
  made->line = line;
  for (const auto& child : children) deepen(made.get(), child.get());
  made->children = std::move(children);
  return made;
}

void Parser::deepen(Expr* node, const Expr* child) const {
  if (!child) return;
  node->depth = std::max(node->depth, child->depth + 1);
  if (node->depth > kMaxNesting) {
    refuse(fmt::format("expressions are nested deeper than {}", kMaxNesting),
           "use shorter expressions");
  }
}

namespace {

template <class... Nodes>
std::vector<ExprPtr> nodes(Nodes... each) {
  std::vector<ExprPtr> all;
  (all.push_back(std::move(each)), ...);
  return all;
}

}  // namespace

ExprPtr Parser::expression(bool conditional) {
  if (++nesting_ > kMaxNesting) {
    refuse(fmt::format("expressions are nested deeper than {}", kMaxNesting),
           "use shorter expressions");
  }
  ExprPtr left = logical_or();
  while (conditional && is_name("if")) {
    const int line = take().line;
    ExprPtr condition = logical_or();
    ExprPtr otherwise = skip_name("else") ? expression() : nullptr;
    left = node(
        ExprKind::conditional, line,
        nodes(std::move(condition), std::move(left), std::move(otherwise)));
  }
  --nesting_;
  return left;
}

ExprPtr Parser::logical_or() {
  ExprPtr left = logical_and();
  while (is_name("or")) {
    const int line = take().line;
    left =
        node(ExprKind::logical_or, line, nodes(std::move(left), logical_and()));
  }
  return left;
}

ExprPtr Parser::logical_and() {
  ExprPtr left = logical_not();
  while (is_name("and")) {
    const int line = take().line;
    left = node(ExprKind::logical_and, line,
                nodes(std::move(left), logical_not()));
  }
  return left;
}

ExprPtr Parser::logical_not() {
  int count = 0;
  const int line = current().line;
  while (skip_name("not")) ++count;
  ExprPtr inner = comparison();
  for (; count > 0; --count) {
    inner = node(ExprKind::logical_not, line, nodes(std::move(inner)));
  }
  return inner;
}

ExprPtr Parser::comparison() {
  static const std::vector<std::pair<std::string, Comparison>> kOps = {
      {"==", Comparison::eq}, {"!=", Comparison::ne}, {"<", Comparison::lt},
      {"<=", Comparison::le}, {">", Comparison::gt},  {">=", Comparison::ge}};
  const int line = current().line;
  std::vector<ExprPtr> operands = nodes(sum());
  std::vector<Comparison> ops;
  while (true) {
    const auto op = std::find_if(kOps.begin(), kOps.end(),
                                 [&](const auto& o) { return is_op(o.first); });
    if (op != kOps.end()) {
      take();
      ops.push_back(op->second);
    } else if (skip_name("in")) {
      ops.push_back(Comparison::in);
    } else if (is_name("not") && ahead().kind == TokenKind::name &&
               ahead().text == "in") {
      take();
      take();
      ops.push_back(Comparison::not_in);
    } else {
      break;
    }
    operands.push_back(sum());
  }
  if (ops.empty()) return std::move(operands[0]);
  ExprPtr made = node(ExprKind::compare, line, std::move(operands));
  made->comparisons = std::move(ops);
  return made;
}

ExprPtr Parser::sum() {
  ExprPtr left = concat();
  while (is_op("+") || is_op("-")) {
    const Token op = take();
    left = node(ExprKind::binary, op.line, nodes(std::move(left), concat()));
    left->op = op.text == "+" ? Binary::add : Binary::sub;
  }
  return left;
}

ExprPtr Parser::concat() {
  const int line = current().line;
  std::vector<ExprPtr> parts = nodes(product());
  while (skip_op("~")) parts.push_back(product());
  if (parts.size() == 1) return std::move(parts[0]);
  return node(ExprKind::concat, line, std::move(parts));
}

ExprPtr Parser::product() {
  ExprPtr left = power();
  while (is_op("*") || is_op("/") || is_op("//") || is_op("%")) {
    const Token op = take();
    left = node(ExprKind::binary, op.line, nodes(std::move(left), power()));
    left->op = op.text == "*"    ? Binary::mul
               : op.text == "/"  ? Binary::div
               : op.text == "//" ? Binary::floordiv
                                 : Binary::mod;
  }
  return left;
}

ExprPtr Parser::power() {
  ExprPtr left = unary();
  while (is_op("**")) {
    const int line = take().line;
    left = node(ExprKind::binary, line, nodes(std::move(left), unary()));
    left->op = Binary::pow;
  }
  return left;
}

ExprPtr Parser::unary(bool with_filter) {
  if (++nesting_ > kMaxNesting) {
    refuse(fmt::format("expressions are nested deeper than {}", kMaxNesting),
           "use shorter expressions");
  }
  ExprPtr made;
  if (is_op("-") || is_op("+")) {
    const Token op = take();
    made = node(op.text == "-" ? ExprKind::negate : ExprKind::positive, op.line,
                nodes(unary(false)));
  } else {
    made = primary();
  }
  made = postfix(std::move(made));
  if (with_filter) made = filter_expression(std::move(made));
  --nesting_;
  return made;
}

}  // namespace lethe::chat
