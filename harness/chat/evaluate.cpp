// Expressions.
#include "harness/base/names.h"
#include "harness/chat/builtins.h"
#include "harness/chat/interpreter.h"

namespace lethe::chat {

Value Interpreter::look_up(const std::string& name, const ScopePtr& scope) {
  for (const Scope* s = scope.get(); s; s = s->parent.get()) {
    meter_.step(s->names.size() / kNamesPerStep);
    for (const auto& [key, value] : s->names) {
      if (key == name) return value;
    }
  }
  return Value::undefined("'" + name + "' is undefined");
}

Values Interpreter::eval_children(const Expr& expr, const ScopePtr& scope) {
  Values items;
  for (const auto& child : expr.children) items.push_back(eval(*child, scope));
  return items;
}

Value Interpreter::eval(const Expr& expr, const ScopePtr& scope) {
  meter_.step();
  const Level level(meter_);
  meter_.at(expr.line);
  const auto child = [&](size_t i) { return eval(*expr.children[i], scope); };
  switch (expr.kind) {
    case ExprKind::constant:
      return expr.constant;
    case ExprKind::name:
      return look_up(expr.name, scope);
    case ExprKind::list:
      return make_list(meter_, eval_children(expr, scope));
    case ExprKind::tuple:
      return make_list(meter_, eval_children(expr, scope), SequenceKind::tuple);
    case ExprKind::dict:
      return eval_dict(expr, scope);
    case ExprKind::attribute:
      return get_attribute(meter_, child(0), expr.name);
    case ExprKind::item: {
      const Value object = child(0);
      return get_item(meter_, object, child(1));
    }
    case ExprKind::slice:
      return eval_slice(expr, scope);
    case ExprKind::logical_not:
      return !truth(child(0));
    case ExprKind::logical_and: {
      Value left = child(0);
      return truth(left) ? child(1) : left;
    }
    case ExprKind::logical_or: {
      Value left = child(0);
      return truth(left) ? left : child(1);
    }
    default:
      return eval_more(expr, scope);
  }
}

Value Interpreter::eval_more(const Expr& expr, const ScopePtr& scope) {
  switch (expr.kind) {
    case ExprKind::call:
      return eval_call(expr, scope);
    case ExprKind::filter:
      return eval_filter(expr, scope, nullptr);
    case ExprKind::test: {
      const Value subject = eval(*expr.children[0], scope);
      const Arguments given = eval_arguments(expr.arguments, scope);
      return run_test(meter_, expr.name, subject, given);
    }
    case ExprKind::negate:
      return negate(meter_, eval(*expr.children[0], scope));
    case ExprKind::positive:
      return positive(meter_, eval(*expr.children[0], scope));
    case ExprKind::conditional:
      return eval_conditional(expr, scope);
    case ExprKind::concat:
      return eval_concat(expr, scope);
    case ExprKind::binary: {
      const Value left = eval(*expr.children[0], scope);
      return binary(meter_, expr.op, left, eval(*expr.children[1], scope));
    }
    case ExprKind::compare:
      return eval_compare(expr, scope);
    default:
      meter_.fail("this expression is not supported here");
  }
}

Value Interpreter::eval_conditional(const Expr& expr, const ScopePtr& scope) {
  if (truth(eval(*expr.children[0], scope))) {
    return eval(*expr.children[1], scope);
  }
  if (expr.children[2]) return eval(*expr.children[2], scope);
  return Value::undefined(
      "the inline if-expression evaluated to false and no else section was "
      "defined.");
}

Value Interpreter::eval_concat(const Expr& expr, const ScopePtr& scope) {
  std::string text;
  for (const Value& part : eval_children(expr, scope)) {
    if (meter_.dialect() == Dialect::task) refuse_undefined(meter_, part);
    text += to_text(meter_, part);
    meter_.output(text.size());
  }
  return make_text(meter_, std::move(text));
}

Value Interpreter::eval_slice(const Expr& expr, const ScopePtr& scope) {
  const auto bound = [&](size_t i) {
    return expr.children[i] ? eval(*expr.children[i], scope) : Value();
  };
  const Value object = bound(0);
  const Value start = bound(1), stop = bound(2), step = bound(3);
  return slice(meter_, object, {start, stop, step});
}

Value Interpreter::eval_dict(const Expr& expr, const ScopePtr& scope) {
  std::vector<Pair> items;
  for (size_t i = 0; i < expr.children.size(); i += 2) {
    const Value key = eval(*expr.children[i], scope);
    insert(meter_, &items, key, eval(*expr.children[i + 1], scope));
  }
  return make_dict(meter_, std::move(items));
}

Arguments Interpreter::eval_arguments(const ArgumentExprs& given,
                                      const ScopePtr& scope) {
  Arguments made;
  for (const auto& each : given.positional) {
    made.positional.push_back(eval(*each, scope));
  }
  for (const auto& [name, value] : given.named) {
    made.named.emplace_back(name, eval(*value, scope));
  }
  if (given.star) {
    for (Value& each : to_values(meter_, eval(*given.star, scope))) {
      made.positional.push_back(std::move(each));
    }
  }
  if (given.double_star) {
    const Value more = eval(*given.double_star, scope);
    if (!more.is_dict()) meter_.fail("argument after ** must be a mapping");
    for (const auto& [key, value] : more.dict().items) {
      if (!key.is_text()) meter_.fail("keywords must be strings");
      made.named.emplace_back(key.text(), value);
    }
  }
  return made;
}

Value Interpreter::eval_call(const Expr& expr, const ScopePtr& scope,
                             const Value* caller) {
  const Value function = eval(*expr.children[0], scope);
  Arguments given = eval_arguments(expr.arguments, scope);
  meter_.at(expr.line);
  if (caller) given.named.emplace_back("caller", *caller);
  if (!function.is_callable()) {
    refuse_undefined(meter_, function);
    meter_.fail("'" + type_name(function) + "' object is not callable");
  }
  return function.callable().call(meter_, given);
}

Value Interpreter::eval_filter(const Expr& expr, const ScopePtr& scope,
                               const Value* input) {
  const Value subject = expr.children[0]
                            ? eval_filter_input(*expr.children[0], scope, input)
                            : *input;
  const Arguments given = eval_arguments(expr.arguments, scope);
  meter_.at(expr.line);
  return run_filter(meter_, expr.name, subject, given);
}

Value Interpreter::eval_filter_input(const Expr& expr, const ScopePtr& scope,
                                     const Value* input) {
  if (input && expr.kind == ExprKind::filter) {
    return eval_filter(expr, scope, input);
  }
  return eval(expr, scope);
}

bool Interpreter::eval_compare(const Expr& expr, const ScopePtr& scope) {
  Value left = eval(*expr.children[0], scope);
  for (size_t i = 0; i < expr.comparisons.size(); ++i) {
    Value right = eval(*expr.children[i + 1], scope);
    bool holds = false;
    switch (expr.comparisons[i]) {
      case Comparison::eq:
      case Comparison::ne:
        holds = equal(meter_, left, right) ==
                (expr.comparisons[i] == Comparison::eq);
        break;
      case Comparison::lt:
        holds = less(meter_, left, right);
        break;
      case Comparison::gt:
        holds = less(meter_, right, left);
        break;
      case Comparison::le:
        holds = less(meter_, left, right) || equal(meter_, left, right);
        break;
      case Comparison::ge:
        holds = less(meter_, right, left) || equal(meter_, left, right);
        break;
      case Comparison::in:
      case Comparison::not_in:
        holds = contains(meter_, right, left) ==
                (expr.comparisons[i] == Comparison::in);
        break;
    }
    if (!holds) return false;
    left = std::move(right);
  }
  return true;
}

}  // namespace lethe::chat
