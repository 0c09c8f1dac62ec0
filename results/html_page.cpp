#include "results/html_page.h"

#include "harness/base/hash.h"
#include "results/escape.h"
#include "results/svg.h"

namespace lethe {
namespace {

const char* const kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; )"
                          R"(style-src 'unsafe-inline'; base-uri 'none'; )"
                          R"(form-action 'none')";

const char* const kMeta = R"(">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
)";

const char* const kLight = R"(:root {
  --paper: #fff; --ink: #1c2430; --quiet: #5b6675; --line: #d9dee5;
  --band: #f4f6f9; --accent: #0b62c4; --goal: #1a7f4b; --start: #b3402a;
  --hue0: #0072b2; --hue1: #d0500f; --hue2: #00805f; --hue3: #aa3377;
  --hue4: #8a6d00; --gone: #fde3dc; --came: #d9f0e3;
}
)";

const char* const kStyle = R"(@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --ink: #e4e8ee; --quiet: #9aa6b5; --line: #303844;
    --band: #1a2029; --accent: #6cb0ff; --goal: #58c98c; --start: #ff8a70;
    --hue0: #56b4e9; --hue1: #ff9457; --hue2: #3fcf9f; --hue3: #ee8fd0;
    --hue4: #e6c84a; --gone: #4a241c; --came: #173d2a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem;
  background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
.quiet, figcaption, caption { color: var(--quiet); }
a { color: var(--accent); }
.scroll { overflow-x: auto; margin: 0 -1rem; padding: 0 1rem; }
.scroll:focus-visible { outline: 2px solid var(--accent); }
table {
  border-collapse: separate; border-spacing: 0;
  font-variant-numeric: tabular-nums;
}
caption { text-align: left; padding: 0 0 .5rem; }
caption span {
  position: sticky; left: 0; display: inline-block;
  max-width: calc(100vw - 2rem);
}
th, td {
  padding: .35rem .7rem; text-align: right; vertical-align: top;
  border-bottom: 1px solid var(--line);
}
thead th { vertical-align: bottom; font-weight: 600; max-width: 9rem; }
thead th small { display: block; font-weight: 400; color: var(--quiet); }
thead tr:first-child th.group {
  text-align: left; color: var(--quiet); font-weight: 400;
}
th.group + *, .first, .first + .group { border-left: 1px solid var(--line); }
th[scope=row], th[scope=rowgroup], .corner {
  position: sticky; left: 0; background: var(--paper); text-align: left;
  max-width: 18rem; overflow-wrap: break-word;
}
th[scope=row] { font-weight: 500; min-width: 13.5rem; }
th[scope=rowgroup] { color: var(--quiet); font-weight: 400; padding-top: 1rem; }
tbody tr:hover td, tbody tr:hover th[scope=row] { background: var(--band); }
.reference th[scope=row] { font-style: italic; font-weight: 400; }
.interval { display: block; font-size: .8em; color: var(--quiet); }
td, .whole { white-space: nowrap; }
.missing { color: var(--quiet); }
sup { line-height: 0; font-size: .7em; }
sup a { text-decoration: none; }
figure { margin: 1rem 0; }
figure svg { display: block; width: 100%; max-width: 46rem; min-width: 30rem; }
.plots {
  display: grid; gap: 0 2rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr));
}
figure.plot { max-width: 34rem; min-width: 0; }
figure.plot svg { min-width: 0; }
figcaption { overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .25rem 0; overflow-wrap: anywhere; }
.notes { padding-left: 1.5rem; max-width: 50rem; overflow-wrap: anywhere; }
.notes li { margin: .25rem 0; }
dl { max-width: 50rem; }
dt { font-weight: 600; margin-top: .6rem; }
dd { margin: 0; color: var(--quiet); overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .35rem; overflow-wrap: anywhere; }
h4 { font-size: .95rem; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h1 { overflow-wrap: anywhere; }
section { scroll-margin-top: 1rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem;
  padding: .5rem 0; margin: 0; border-block: 1px solid var(--line); }
nav a { display: inline-block; padding: .2rem 0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.facts, .sample dl { max-width: none; margin: .5rem 0 1rem; }
.facts div { display: grid; grid-template-columns: 5rem 1fr; gap: .75rem; }
.facts dt { margin: 0; color: var(--quiet); font-weight: 400; }
.facts dd { color: var(--ink); }
.gate { font-size: 1.1rem; }
.verdict { font-weight: 600; white-space: nowrap; }
.passed { color: var(--goal); } .failed { color: var(--start); }
.text { white-space: normal; overflow-wrap: anywhere; display: inline-block;
  min-width: 12rem; max-width: 34rem; text-align: left; }
.settings td { text-align: left; }
code { font-size: .85em; overflow-wrap: anywhere; }
.sample { border-top: 1px solid var(--line); padding: .75rem 0; }
.sample dl { display: grid; gap: .5rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.sample dt { margin: 0; font-size: .85em; color: var(--quiet); }
.sample dd { color: var(--ink); }
del { background: var(--gone); } ins { background: var(--came); }
@media (max-width: 40rem) {
  th[scope=row], .corner { min-width: 8rem; max-width: 9rem; }
  th, td { padding: .35rem .5rem; }
}
@media print { .scroll { overflow: visible; } }
)";

}  // namespace

std::string script_hash(const std::string& script) {
  static const std::string kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string hex = sha256(script);  // 32 bytes: ten threes and two
  std::string base64;
  for (size_t i = 0; i < hex.size(); i += 3) {  // 12 bits: two digits
    const std::string part = (hex.substr(i, 3) + "00").substr(0, 3);
    const unsigned bits = static_cast<unsigned>(std::stoul(part, nullptr, 16));
    base64 += kDigits[bits >> 6];
    base64 += kDigits[bits & 63];
  }
  base64.resize(43);
  return "'sha256-" + base64 + "='";
}

const char* light_colours() { return kLight; }

std::string html_page(const std::string& title, const std::string& body,
                      const PageExtras& extras) {
  std::string page = kHead;
  if (!extras.script.empty()) {
    page += "; script-src " + script_hash(extras.script);
  }
  page += kMeta;
  page += "<title>" + html_escape(title) + "</title>\n";
  page += "<style>\n";
  page += kLight;
  page += kStyle;
  page += svg_style();
  page += extras.style;
  page += "</style>\n</head>\n<body>\n" + body;
  if (!extras.script.empty()) {
    page += "<script>" + extras.script + "</script>\n";
  }
  return page + "</body>\n</html>\n";
}

std::string html_scroll(const std::string& label, const std::string& content) {
  return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" +
         html_escape(label) + "\">\n" + content + "</div>\n";
}

}  // namespace lethe
