// What the parser makes of a template.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/chat/operators.h"
#include "harness/chat/value.h"

namespace lethe::chat {

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

enum class ExprKind {
  constant,
  name,           // also a target
  namespace_ref,  // target NAME.ATTRIBUTE
  list,
  tuple,      // also a target
  dict,       // children: key, value, key, value ...
  attribute,  // child.name
  item,       // child[child]
  slice,      // child[child:child:child]; null where missing
  call,       // child(arguments)
  filter,     // child | name(arguments); the child may be null in blocks
  test,       // child is name(arguments)
  negate,
  positive,
  logical_not,
  logical_and,
  logical_or,
  conditional,  // children: test, then, else or null
  concat,
  binary,
  compare,  // children and the operators between them
};

enum class Comparison { eq, ne, lt, le, gt, ge, in, not_in };

struct ArgumentExprs {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> named;
  ExprPtr star, double_star;
};

struct Expr {
  ExprKind kind = ExprKind::constant;
  int line = 1;
  int depth = 1;  // of nesting
  std::string name;
  std::string attribute;
  Value constant;
  std::vector<ExprPtr> children;
  ArgumentExprs arguments;
  Binary op = Binary::add;
  std::vector<Comparison> comparisons;
};

struct Statement;
using Statements = std::vector<std::unique_ptr<Statement>>;

enum class StatementKind {
  text,
  print,
  branch,  // if, elif, else
  loop,
  set,
  set_block,
  macro,
  call_block,
  filter_block,
  with,
  scope,  // {% generation %}: its own names
  break_loop,
  continue_loop,
};

struct Signature {
  std::vector<std::string> names;
  std::vector<ExprPtr> defaults;  // of the last names
  bool uses_caller = false, uses_args = false, uses_kwargs = false;
};

struct Statement {
  StatementKind kind = StatementKind::text;
  int line = 1;
  std::string text;  // of `text`; the name of a macro
  ExprPtr target;
  ExprPtr value;  // printed, assigned, iterated, the call, the filters
  ExprPtr test;   // the `if` of a for
  Statements body, otherwise;
  std::vector<std::pair<ExprPtr, Statements>> branches;
  std::vector<std::pair<ExprPtr, ExprPtr>> assignments;  // of `with`
  Signature signature;
};

}  // namespace lethe::chat
