// The frame of every page that Lethe writes: one self-contained file.
#pragma once

#include <string>

namespace lethe {

// What a page has beyond the common frame.
struct PageExtras {
  std::string style;   // CSS
  std::string script;  // JavaScript at the end of the page, without </script>
};

// A whole page around `body`, which must be safe HTML already; `title` is
// plain text. Nothing is loaded from anywhere and no script can run but the
// extra one, by its hash (a content security policy says so too); light and
// dark follow the reader's settings.
//
// Classes that the style knows: `scroll` (a wide table or figure inside it
// scrolls sideways), `reference` (rows to compare with), `interval` (small
// print below a value), `missing`, `whole` (a word that must not break) and
// `notes`.
std::string html_page(const std::string& title, const std::string& body,
                      const PageExtras& extras = {});

// 'sha256-..' of a script, as a content security policy names it.
std::string script_hash(const std::string& script);

// The colours of light pages as CSS variables of :root, for drawings that stand
// alone.
const char* light_colours();

// A region that scrolls sideways on its own, by keyboard too. `label` is plain
// text, `content` safe HTML.
std::string html_scroll(const std::string& label, const std::string& content);

}  // namespace lethe
