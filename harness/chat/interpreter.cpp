// Statements.
#include "harness/chat/interpreter.h"

#include "harness/chat/builtins.h"
#include "harness/chat/loop.h"

namespace lethe::chat {
namespace {

ScopePtr inside(const ScopePtr& scope) {
  auto inner = std::make_shared<Scope>();
  inner->parent = scope;
  return inner;
}

// Finding a name takes longer the more there are.
void put(Meter& meter, const ScopePtr& scope, const std::string& name,
         Value value) {
  meter.step(scope->names.size() / kNamesPerStep);
  for (auto& [key, held] : scope->names) {
    if (key == name) {
      held = std::move(value);
      return;
    }
  }
  scope->names.emplace_back(name, std::move(value));
}

}  // namespace

Interpreter::Interpreter(Meter& meter, const std::tm& clock)
    : meter_(meter), root_(std::make_shared<Scope>()) {
  add_globals(clock);
}

Interpreter::~Interpreter() {
  for (const auto& scope : captured_) scope->names.clear();
  for (const auto& space : namespaces_) space->values.clear();
  root_->names.clear();
}

void Interpreter::set_global(const std::string& name, Value value) {
  put(meter_, root_, name, std::move(value));
}

std::string Interpreter::run(const Statements& body) {
  run_all(body, inside(root_));
  return std::move(out_);
}

Value Interpreter::run_expression(const Expr& expr) {
  return eval(expr, inside(root_));
}

void Interpreter::print_value(const Value& value) {
  if (meter_.dialect() == Dialect::task) refuse_undefined(meter_, value);
  print(to_text(meter_, value));
}

void Interpreter::print(const std::string& text) {
  meter_.output(out_.size() + text.size());
  out_ += text;
}

Interpreter::Flow Interpreter::run_all(const Statements& body,
                                       const ScopePtr& scope) {
  const Level level(meter_);
  for (const auto& statement : body) {
    const Flow flow = run_one(*statement, scope);
    if (flow != Flow::normal) return flow;
  }
  return Flow::normal;
}

Interpreter::Flow Interpreter::run_one(const Statement& statement,
                                       const ScopePtr& scope) {
  meter_.step();
  meter_.at(statement.line);
  switch (statement.kind) {
    case StatementKind::text:
      print(statement.text);
      break;
    case StatementKind::print:
      print_value(eval(*statement.value, scope));
      break;
    case StatementKind::branch:
      return run_branch(statement, scope);
    case StatementKind::loop:
      return run_loop(statement, scope);
    case StatementKind::set:
      assign(*statement.target, eval(*statement.value, scope), scope);
      break;
    case StatementKind::set_block:
      run_set_block(statement, scope);
      break;
    case StatementKind::macro:
      put(meter_, scope, statement.text,
          make_macro(statement, statement.text, scope));
      break;
    case StatementKind::call_block:
      run_call_block(statement, scope);
      break;
    case StatementKind::filter_block:
      run_filter_block(statement, scope);
      break;
    case StatementKind::with:
      run_with(statement, scope);
      break;
    case StatementKind::scope:
      run_all(statement.body, inside(scope));
      break;
    case StatementKind::break_loop:
      return Flow::leave;
    case StatementKind::continue_loop:
      return Flow::next;
  }
  return Flow::normal;
}

Interpreter::Flow Interpreter::run_branch(const Statement& statement,
                                          const ScopePtr& scope) {
  for (const auto& [condition, body] : statement.branches) {
    if (truth(eval(*condition, scope))) return run_all(body, scope);
  }
  return run_all(statement.otherwise, scope);
}

Interpreter::Flow Interpreter::run_loop(const Statement& statement,
                                        const ScopePtr& scope) {
  const Value iterable = eval(*statement.value, scope);
  Shared<Generator> values = iterate(meter_, iterable);
  if (statement.test) {
    const auto source = values;
    values = std::make_shared<Generator>();
    values->next = [&, source](Meter& meter, Value* out) {
      while (source->next(meter, out)) {
        const ScopePtr inner = inside(scope);
        assign(*statement.target, *out, inner);
        if (truth(eval(*statement.test, inner))) return true;
      }
      return false;
    };
  }
  const auto loop = std::make_shared<Loop>(statement.test ? Value() : iterable,
                                           values, loop_depth_);
  while (loop->next(meter_)) {
    const ScopePtr inner = inside(scope);
    inner->names.emplace_back("loop", Value(loop));
    assign(*statement.target, loop->current, inner);
    ++loop_depth_;
    const Flow flow = run_all(statement.body, inner);
    --loop_depth_;
    if (flow == Flow::leave) break;
  }
  // A generator that ran captured this frame: nothing may read it later.
  loop->values = iterate(meter_, Value::undefined(""));
  if (loop->index0 < 0) return run_all(statement.otherwise, inside(scope));
  return Flow::normal;
}

void Interpreter::run_with(const Statement& statement, const ScopePtr& scope) {
  const ScopePtr inner = inside(scope);
  for (const auto& [target, value] : statement.assignments) {
    assign(*target, eval(*value, scope), inner);
  }
  run_all(statement.body, inner);
}

std::string Interpreter::captured(const Statements& body,
                                  const ScopePtr& scope) {
  std::string outer;
  std::swap(outer, out_);
  run_all(body, scope);
  std::swap(outer, out_);
  meter_.bytes(outer.size());
  return outer;
}

void Interpreter::run_set_block(const Statement& statement,
                                const ScopePtr& scope) {
  Value text(captured(statement.body, inside(scope)));
  if (statement.value) text = eval_filter(*statement.value, scope, &text);
  assign(*statement.target, text, scope);
}

void Interpreter::run_filter_block(const Statement& statement,
                                   const ScopePtr& scope) {
  const Value text(captured(statement.body, inside(scope)));
  print(to_text(meter_, eval_filter(*statement.value, scope, &text)));
}

void Interpreter::run_call_block(const Statement& statement,
                                 const ScopePtr& scope) {
  const Value caller = make_macro(statement, "caller", scope);
  print(to_text(meter_, eval_call(*statement.value, scope, &caller)));
}

void Interpreter::assign(const Expr& target, const Value& value,
                         const ScopePtr& scope) {
  if (target.kind == ExprKind::name) {
    put(meter_, scope, target.name, value);
    return;
  }
  if (target.kind == ExprKind::namespace_ref) {
    const Value space = look_up(target.name, scope);
    if (!space.is_namespace()) {
      meter_.fail("cannot assign attribute on non-namespace object");
    }
    if (target.attribute.starts_with("_")) {
      meter_.fail("a namespace cannot store \"" + target.attribute + "\"");
    }
    meter_.step(space.space().values.size() / kNamesPerStep);
    for (auto& [key, held] : space.space().values) {
      if (key != target.attribute) continue;
      held = value;
      return;
    }
    space.space().values.emplace_back(target.attribute, value);
    return;
  }
  refuse_undefined(meter_, value);
  const Values parts = to_values(meter_, value);
  if (parts.size() != target.children.size()) {
    meter_.fail(fmt::format("{} values to unpack (expected {})", parts.size(),
                            target.children.size()));
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    assign(*target.children[i], parts[i], scope);
  }
}

Value Interpreter::make_macro(const Statement& statement,
                              const std::string& name, const ScopePtr& scope) {
  captured_.push_back(scope);
  const Scope* seen = scope.get();  // captured_ keeps it
  return make_callable(
      name, [this, &statement, name, seen](Meter&, const Arguments& given) {
        const ScopePtr outer(const_cast<Scope*>(seen), [](Scope*) {});
        return call_macro(statement, name, outer, given);
      });
}

Value Interpreter::call_macro(const Statement& macro, const std::string& name,
                              const ScopePtr& scope, const Arguments& given) {
  const Level level(meter_);
  const ScopePtr inner = inside(scope);
  bind(macro, name, inner, given);
  return Value(captured(macro.body, inner));
}

void Interpreter::bind(const Statement& macro, const std::string& name,
                       const ScopePtr& inner, const Arguments& given) {
  const Signature& wanted = macro.signature;
  const size_t count = wanted.names.size();
  std::vector<std::optional<Value>> values(count);
  Values extra;
  for (size_t i = 0; i < given.positional.size(); ++i) {
    if (i < count) {
      values[i] = given.positional[i];
    } else {
      extra.push_back(given.positional[i]);
    }
  }
  if (!extra.empty() && !wanted.uses_args) {
    meter_.fail(fmt::format("macro '{}' takes not more than {} argument(s)",
                            name, count));
  }
  std::vector<Pair> more;
  Value caller = Value::undefined("No caller defined");
  for (const auto& [key, value] : given.named) {
    size_t i = 0;
    while (i < count && wanted.names[i] != key) ++i;
    if (i < count && !values[i]) {
      values[i] = value;
    } else if (key == "caller" && wanted.uses_caller) {
      caller = value;
    } else if (i == count && wanted.uses_kwargs) {
      more.emplace_back(Value(key), value);
    } else {
      meter_.fail("macro '" + name + "' takes no keyword argument '" + key +
                  "'");
    }
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t first_default = count - wanted.defaults.size();
    if (!values[i] && i >= first_default) {
      values[i] = eval(*wanted.defaults[i - first_default], inner);
    } else if (!values[i]) {
      values[i] = Value::undefined("parameter '" + wanted.names[i] +
                                   "' was not provided");
    }
    put(meter_, inner, wanted.names[i], *values[i]);
  }
  if (wanted.uses_caller) put(meter_, inner, "caller", caller);
  if (wanted.uses_args) {
    put(meter_, inner, "varargs",
        make_list(meter_, extra, SequenceKind::tuple));
  }
  if (wanted.uses_kwargs) put(meter_, inner, "kwargs", make_dict(meter_, more));
}

}  // namespace lethe::chat
