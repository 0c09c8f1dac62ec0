// Templates as expressions: "A {{b}}" is 'A ' ~ (b).
#pragma once

#include <string>

namespace lethe {

// The text as a string of Jinja, in quotes.
std::string jinja_text(const std::string& text);

// Line ends as Jinja reads them: \n.
std::string with_unix_lines(const std::string& text);

// The expression of a template that is {{ expression }} and white space; empty
// for any other.
std::string only_expression(const std::string& text, const std::string& where);

// An expression that gives the text the template renders; the value itself
// where the template, or a branch of its if, is one {{ expression }}. REQUIRES:
// it parses. Throws: input error on statements other than if, elif and else.
std::string template_as_expression(const std::string& text,
                                   const std::string& where);

}  // namespace lethe
