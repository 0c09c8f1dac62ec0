// Tokens to a tree; what lies outside the language is refused here by name.
#pragma once

#include <string>
#include <vector>

#include "harness/chat/ast.h"
#include "harness/chat/lexer.h"

namespace lethe::chat {

class Parser {
 public:
  Parser(std::vector<Token> tokens, Meter& meter)
      : tokens_(std::move(tokens)), meter_(meter) {}

  // The whole template. Throws: input error with the line.
  Statements parse();

 private:
  // Reading tokens.
  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const;
  Token take();
  bool is_op(const std::string& op) const;
  bool is_name(const std::string& name) const;
  bool skip_op(const std::string& op);
  bool skip_name(const std::string& name);
  void expect_op(const std::string& op);
  void expect_name(const std::string& name);
  std::string take_name();
  [[noreturn]] void unexpected(const std::string& wanted = "") const;
  [[noreturn]] void refuse(const std::string& what,
                           const std::string& cure) const;

  // Expressions, from the loosest to the tightest operator.
  ExprPtr expression(bool conditional = true);
  ExprPtr logical_or();
  ExprPtr logical_and();
  ExprPtr logical_not();
  ExprPtr comparison();
  ExprPtr sum();
  ExprPtr concat();
  ExprPtr product();
  ExprPtr power();
  ExprPtr unary(bool with_filter = true);
  ExprPtr primary(bool with_namespace = false);
  ExprPtr name_or_constant(bool with_namespace);
  ExprPtr list();
  ExprPtr dict();
  ExprPtr postfix(ExprPtr node);
  ExprPtr subscript(ExprPtr node);
  ExprPtr subscribed();
  ExprPtr call(ExprPtr node);
  ExprPtr filters(ExprPtr node, bool inline_start = false);
  ExprPtr test(ExprPtr node);
  ExprPtr filter_expression(ExprPtr node);
  void give_arguments(Expr* to);
  ArgumentExprs arguments();
  void argument(ArgumentExprs* given);
  struct TupleRule {
    bool simple = false;       // names and literals only
    bool conditional = true;   // `a if b` may stand in it
    bool parentheses = false;  // () is a tuple
    bool namespaces = false;   // ns.name may stand in it
    const char* end = "";      // a name that ends it
  };
  ExprPtr tuple(const TupleRule& rule);
  bool tuple_ends(const TupleRule& rule) const;
  ExprPtr node(ExprKind kind, int line, std::vector<ExprPtr> children = {});
  void deepen(Expr* node, const Expr* child) const;

  // Statements.
  Statements block(const std::vector<std::string>& ends);
  std::unique_ptr<Statement> statement();
  std::unique_ptr<Statement> other_statement(const std::string& tag);
  std::unique_ptr<Statement> make(StatementKind kind) const;
  std::unique_ptr<Statement> for_loop();
  std::unique_ptr<Statement> if_chain();
  std::unique_ptr<Statement> set();
  std::unique_ptr<Statement> macro();
  std::unique_ptr<Statement> call_block();
  std::unique_ptr<Statement> filter_block();
  std::unique_ptr<Statement> with();
  std::unique_ptr<Statement> loop_control(StatementKind kind);
  void print(Statements* into);
  Signature signature();
  // The body of a macro; notes which special names it uses.
  Statements macro_body(Signature* signature, const std::string& end);
  ExprPtr target(const TupleRule& rule);
  void check_target(const Expr& node) const;
  void end_block();

  std::vector<Token> tokens_;
  Meter& meter_;
  size_t at_ = 0;
  int nesting_ = 0;
  int loops_ = 0;                   // that break would leave
  std::vector<Signature*> macros_;  // that are open
};

}  // namespace lethe::chat
