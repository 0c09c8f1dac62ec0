// Blocks of a template.
#include "harness/chat/parser.h"

#include <algorithm>

#include "harness/base/error.h"
#include "harness/base/names.h"

namespace lethe::chat {

const Token& Parser::ahead() const {
  return tokens_[std::min(at_ + 1, tokens_.size() - 1)];
}

Token Parser::take() {
  Token token = current();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool Parser::is_op(const std::string& op) const {
  return current().kind == TokenKind::op && current().text == op;
}

bool Parser::is_name(const std::string& name) const {
  return current().kind == TokenKind::name && current().text == name;
}

bool Parser::skip_op(const std::string& op) {
  const bool found = is_op(op);
  if (found) take();
  return found;
}

bool Parser::skip_name(const std::string& name) {
  const bool found = is_name(name);
  if (found) take();
  return found;
}

void Parser::expect_op(const std::string& op) {
  if (!skip_op(op)) unexpected("'" + op + "'");
}

void Parser::expect_name(const std::string& name) {
  if (!skip_name(name)) unexpected("'" + name + "'");
}

std::string Parser::take_name() {
  if (current().kind != TokenKind::name) unexpected("a name");
  return take().text;
}

void Parser::unexpected(const std::string& wanted) const {
  std::string shown = "'" + current().text + "'";
  if (current().kind == TokenKind::end) shown = "end of the template";
  if (current().kind == TokenKind::block_end) shown = "end of the block";
  if (current().kind == TokenKind::variable_end) shown = "end of {{ }}";
  refuse("unexpected " + shown,
         wanted.empty() ? "check the syntax" : "expected " + wanted);
}

void Parser::refuse(const std::string& what, const std::string& cure) const {
  meter_.at(current().line);
  meter_.fail(what, cure);
}

std::unique_ptr<Statement> Parser::make(StatementKind kind) const {
  auto made = std::make_unique<Statement>();
  made->kind = kind;
  made->line = current().line;
  return made;
}

Statements Parser::parse() {
  Statements all = block({});
  if (current().kind != TokenKind::end) unexpected();
  return all;
}

// Statements up to a block whose name is in `ends`; that name is current then.
Statements Parser::block(const std::vector<std::string>& ends) {
  if (++nesting_ > kMaxNesting) {
    refuse(fmt::format("blocks are nested deeper than {}", kMaxNesting),
           "use fewer");
  }
  Statements all;
  while (current().kind != TokenKind::end) {
    if (current().kind == TokenKind::data) {
      all.push_back(make(StatementKind::text));
      all.back()->text = take().text;
    } else if (current().kind == TokenKind::variable_begin) {
      print(&all);
    } else {
      take();  // {%
      if (current().kind == TokenKind::name &&
          std::find(ends.begin(), ends.end(), current().text) != ends.end()) {
        --nesting_;
        return all;
      }
      all.push_back(statement());
      end_block();
    }
  }
  if (!ends.empty()) unexpected("{% " + ends.back() + " %}");
  --nesting_;
  return all;
}

void Parser::end_block() {
  if (current().kind != TokenKind::block_end) unexpected("%}");
  take();
}

void Parser::print(Statements* into) {
  auto made = make(StatementKind::print);
  take();
  made->value = tuple({});
  if (current().kind != TokenKind::variable_end) unexpected("}}");
  take();
  into->push_back(std::move(made));
}

std::unique_ptr<Statement> Parser::statement() {
  if (current().kind != TokenKind::name) unexpected("the name of a block");
  const std::string tag = current().text;
  if (tag == "for") return for_loop();
  if (tag == "if") return if_chain();
  if (tag == "set") return set();
  if (tag == "macro") return macro();
  return other_statement(tag);
}

std::unique_ptr<Statement> Parser::other_statement(const std::string& tag) {
  if (tag == "call") return call_block();
  if (tag == "filter") return filter_block();
  if (tag == "with") return with();
  if (tag == "break") return loop_control(StatementKind::break_loop);
  if (tag == "continue") return loop_control(StatementKind::continue_loop);
  if (tag == "generation") {
    auto made = make(StatementKind::scope);
    take();
    end_block();
    Signature ignored;
    made->body = macro_body(&ignored, "endgeneration");
    return made;
  }
  refuse("block \"" + tag + "\" is not supported",
         suggest(tag, {"for", "if", "set", "macro", "call", "filter", "with",
                       "break", "continue", "generation", "raw", "elif", "else",
                       "endfor", "endif", "endset", "endmacro"}));
}

std::unique_ptr<Statement> Parser::loop_control(StatementKind kind) {
  if (loops_ == 0) {
    refuse("\"" + current().text + "\" stands outside a loop", "remove it");
  }
  auto made = make(kind);
  take();
  return made;
}

void Parser::check_target(const Expr& node) const {
  if (node.kind == ExprKind::tuple) {
    for (const auto& child : node.children) check_target(*child);
    return;
  }
  if (node.kind != ExprKind::name && node.kind != ExprKind::namespace_ref) {
    refuse("nothing can be assigned here", "assign to a name");
  }
}

ExprPtr Parser::target(const TupleRule& rule) {
  ExprPtr made = tuple(rule);
  check_target(*made);
  return made;
}

std::unique_ptr<Statement> Parser::for_loop() {
  auto made = make(StatementKind::loop);
  take();
  made->target = target({.simple = true, .end = "in"});
  expect_name("in");
  made->value = tuple({.conditional = false, .end = "recursive"});
  if (skip_name("if")) made->test = expression();
  if (is_name("recursive")) {
    refuse("a recursive loop is not supported", "use a macro");
  }
  end_block();
  ++loops_;
  made->body = block({"else", "endfor"});
  --loops_;
  if (take().text == "else") {
    end_block();
    made->otherwise = block({"endfor"});
    take();
  }
  return made;
}

std::unique_ptr<Statement> Parser::if_chain() {
  auto made = make(StatementKind::branch);
  std::string tag = take().text;
  while (tag == "if" || tag == "elif") {
    ExprPtr condition = tuple({.conditional = false});
    end_block();
    Statements body = block({"elif", "else", "endif"});
    made->branches.emplace_back(std::move(condition), std::move(body));
    tag = take().text;
  }
  if (tag == "else") {
    end_block();
    made->otherwise = block({"endif"});
    take();
  }
  return made;
}

std::unique_ptr<Statement> Parser::set() {
  auto made = make(StatementKind::set);
  take();
  made->target = target({.simple = true, .namespaces = true});
  if (skip_op("=")) {
    made->value = tuple({});
    return made;
  }
  made->kind = StatementKind::set_block;
  made->value = filters(nullptr);
  end_block();
  made->body = block({"endset"});
  take();
  return made;
}

Signature Parser::signature() {
  Signature made;
  expect_op("(");
  while (!is_op(")")) {
    if (!made.names.empty()) expect_op(",");
    made.names.push_back(take_name());
    if (skip_op("=")) {
      made.defaults.push_back(expression());
    } else if (!made.defaults.empty()) {
      unexpected("a default, as the parameter before it has one");
    }
  }
  expect_op(")");
  return made;
}

Statements Parser::macro_body(Signature* signature, const std::string& end) {
  const int loops = loops_;
  loops_ = 0;  // break cannot leave it
  macros_.push_back(signature);
  Statements body = block({end});
  macros_.pop_back();
  loops_ = loops;
  take();
  return body;
}

std::unique_ptr<Statement> Parser::macro() {
  auto made = make(StatementKind::macro);
  take();
  made->text = take_name();
  made->signature = signature();
  end_block();
  made->body = macro_body(&made->signature, "endmacro");
  return made;
}

std::unique_ptr<Statement> Parser::call_block() {
  auto made = make(StatementKind::call_block);
  take();
  if (is_op("(")) made->signature = signature();
  made->value = expression();
  if (made->value->kind != ExprKind::call) unexpected("a call");
  end_block();
  made->body = macro_body(&made->signature, "endcall");
  return made;
}

std::unique_ptr<Statement> Parser::filter_block() {
  auto made = make(StatementKind::filter_block);
  take();
  made->value = filters(nullptr, true);
  end_block();
  made->body = block({"endfilter"});
  take();
  return made;
}

std::unique_ptr<Statement> Parser::with() {
  auto made = make(StatementKind::with);
  take();
  while (current().kind != TokenKind::block_end) {
    if (!made->assignments.empty()) expect_op(",");
    ExprPtr to = target({.simple = true});
    expect_op("=");
    made->assignments.emplace_back(std::move(to), expression());
  }
  end_block();
  made->body = block({"endwith"});
  take();
  return made;
}

}  // namespace lethe::chat
