// Runs a parsed template.
#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "harness/chat/ast.h"

namespace lethe::chat {

// The names of one block; inner ones see outer ones.
struct Scope {
  std::shared_ptr<Scope> parent;
  std::vector<std::pair<std::string, Value>> names;
};
using ScopePtr = std::shared_ptr<Scope>;

class Interpreter {
 public:
  // `clock` is what strftime_now() shows.
  Interpreter(Meter& meter, const std::tm& clock);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  void set_global(const std::string& name, Value value);
  std::string run(const Statements& body);
  Value run_expression(const Expr& expr);

 private:
  enum class Flow { normal, leave, next };

  // Statements write to out_.
  Flow run_all(const Statements& body, const ScopePtr& scope);
  Flow run_one(const Statement& statement, const ScopePtr& scope);
  Flow run_branch(const Statement& statement, const ScopePtr& scope);
  Flow run_loop(const Statement& statement, const ScopePtr& scope);
  void run_with(const Statement& statement, const ScopePtr& scope);
  void run_filter_block(const Statement& statement, const ScopePtr& scope);
  void run_call_block(const Statement& statement, const ScopePtr& scope);
  void run_set_block(const Statement& statement, const ScopePtr& scope);
  void print(const std::string& text);
  void print_value(const Value& value);
  // What the body writes, in a scope of its own.
  std::string captured(const Statements& body, const ScopePtr& scope);
  Value make_macro(const Statement& statement, const std::string& name,
                   const ScopePtr& scope);
  Value call_macro(const Statement& macro, const std::string& name,
                   const ScopePtr& scope, const Arguments& given);
  void bind(const Statement& macro, const std::string& name,
            const ScopePtr& inner, const Arguments& given);
  void assign(const Expr& target, const Value& value, const ScopePtr& scope);

  // Expressions.
  Value eval(const Expr& expr, const ScopePtr& scope);
  Value eval_more(const Expr& expr, const ScopePtr& scope);
  Value eval_slice(const Expr& expr, const ScopePtr& scope);
  Value eval_dict(const Expr& expr, const ScopePtr& scope);
  Value eval_call(const Expr& expr, const ScopePtr& scope,
                  const Value* caller = nullptr);
  Value eval_filter(const Expr& expr, const ScopePtr& scope,
                    const Value* input);
  Value eval_filter_input(const Expr& expr, const ScopePtr& scope,
                          const Value* input);
  Value eval_concat(const Expr& expr, const ScopePtr& scope);
  Value eval_conditional(const Expr& expr, const ScopePtr& scope);
  bool eval_compare(const Expr& expr, const ScopePtr& scope);
  Values eval_children(const Expr& expr, const ScopePtr& scope);
  Arguments eval_arguments(const ArgumentExprs& given, const ScopePtr& scope);
  Value look_up(const std::string& name, const ScopePtr& scope);

  void add_globals(const std::tm& clock);

  Meter& meter_;
  ScopePtr root_;
  std::string out_;
  int loop_depth_ = 0;
  // What macros see lives as long as the render; then cycles are broken.
  std::vector<ScopePtr> captured_;
  std::vector<Shared<Namespace>> namespaces_;
};

}  // namespace lethe::chat
