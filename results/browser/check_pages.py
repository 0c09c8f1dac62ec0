#!/usr/bin/env python3
"""Opens pages in headless Chromium and checks what a reader relies on.

    check_pages.py PAGE.. [--svg DIR] [--shots DIR]

PAGE is NAME=FILE. Of every page, at 1280 and 390 pixels, light and dark:
nothing on the console, no element and no handler that a model's text brought
in, no control characters, no sideways scrolling of the page itself, text
alternatives, unique ids, links that lead somewhere, the keyboard. Of tables
with `data-sortable`: sorting, filtering and choosing columns. Of SVG files:
that they are well formed. Ends with 1 and a line a finding. Screenshots go to
--shots. Needs Debian's chromium, chromium-driver and python3-selenium.
"""
import argparse
import base64
import os
import re
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_run import HOSTILE  # noqa: E402

SIZES = {"1280": (1280, 900), "390": (390, 844)}
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
                      "\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe]")
MOST_HEIGHT = 16000  # of a screenshot

INTRUDERS = """
const allowed = new Set(['html','head','meta','title','style','body','main',
  'header','nav','section','article','h1','h2','h3','h4','p','ul','ol','li','a',
  'dl','dt','dd','div','span','b','small','br','wbr','sup','code','ins','del',
  'table','caption','thead','tbody','tr','th','td','details','summary','figure',
  'figcaption','svg','g','path','rect','circle','text','desc','line','polyline',
  'button','input','label','fieldset','legend','script','em','strong','time',
  'tfoot','colgroup','col','select','option','output','form','use','defs']);
const found = [];
for (const e of document.querySelectorAll('*')) {
  const tag = e.tagName.toLowerCase();
  if (!allowed.has(tag)) found.push('element ' + tag);
  for (const a of e.attributes) {
    if (/^on/i.test(a.name)) found.push(tag + ' has ' + a.name);
    if (/^\\s*javascript:/i.test(a.value)) found.push(tag + ' runs ' + a.value);
    if (/^(src|data|srcset|poster|action)$/.test(a.name))
      found.push(tag + ' loads ' + a.value);
    if (a.name === 'href' && !a.value.startsWith('#'))
      found.push(tag + ' leads to ' + a.value);
  }
}
return found;
"""

FORM = """
const found = [], ids = new Set();
for (const e of document.querySelectorAll('[id]')) {
  if (ids.has(e.id)) found.push('two elements have the id ' + e.id);
  ids.add(e.id);
}
for (const a of document.querySelectorAll('a[href^="#"]')) {
  if (!ids.has(a.getAttribute('href').slice(1)))
    found.push('a link leads nowhere: ' + a.getAttribute('href'));
}
for (const svg of document.querySelectorAll('svg')) {
  if (svg.closest('[aria-hidden=true]')) continue;
  if (svg.getAttribute('role') !== 'img') found.push('a drawing is no image');
  const named = (svg.getAttribute('aria-labelledby') || '').split(' ');
  if (!named.every(id => document.getElementById(id)?.textContent.trim()))
    found.push('a drawing has no text alternative');
}
if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
if (!document.documentElement.lang) found.push('no language');
return found;
"""

OVERFLOW = """
const room = document.documentElement.clientWidth, found = [];
if (document.documentElement.scrollWidth > room) {
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.scroll') && !e.matches('.scroll')) continue;
    if (e.getBoundingClientRect().right > room + 1)
      found.push(e.tagName + '.' + e.className + ': ' +
                 e.textContent.slice(0, 40));
  }
  return ['the page scrolls sideways: ' +
          document.documentElement.scrollWidth + ' of ' + room + ' pixels: ' +
          found.slice(0, 3).join(' | ')];
}
return [];
"""

# Contrast of text with the page, as WCAG 2.1 defines it.
CONTRAST = """
const rgb = c => c.match(/[\\d.]+/g).slice(0, 3).map(Number);
const light = c => {
  const [r, g, b] = rgb(c).map(v => {
    v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const paper = light(getComputedStyle(document.body).backgroundColor);
const found = [];
for (const e of document.querySelectorAll(
    'p, th, td, a, dt, dd, summary, figcaption, .verdict, .quiet, .missing')) {
  const ink = light(getComputedStyle(e).color);
  const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  if (ratio < 4.5) found.push(e.tagName + '.' + e.className + ' has a contrast '
                              + 'of ' + ratio.toFixed(2));
}
return {paper, found: [...new Set(found)].slice(0, 5)};
"""

ORDER = """
const [table, column] = arguments;
return [...table.tBodies].map(b => [...b.rows]
  .filter(r => r.cells.length > column && r.offsetParent !== null)
  .map(r => parseFloat(r.cells[column].dataset.value ??
                       r.cells[column].textContent)));
"""


class Pages:
    def __init__(self, shots):
        self.shots = shots
        self.findings = []
        options = Options()
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--allow-file-access-from-files"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            service=Service("/usr/bin/chromedriver"), options=options)
        self.name = ""

    def complain(self, finding):
        self.findings.append(f"{self.name}: {finding}")

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def view(self, size, scheme):
        width, height = SIZES[size]
        self.command("Emulation.setDeviceMetricsOverride", width=width,
                     height=height, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def console(self):
        for entry in self.driver.get_log("browser"):
            self.complain(f"console: {entry['level']}: {entry['message']}")

    def shoot(self, suffix):
        if not self.shots:
            return
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.command(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": size["width"], "scale": 1,
                  "height": min(size["height"], MOST_HEIGHT)})
        path = os.path.join(self.shots, f"{self.name}-{suffix}.png")
        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def open(self, file):
        start = time.monotonic()
        self.driver.get("file://" + os.path.abspath(file))
        seconds = time.monotonic() - start
        size = os.path.getsize(file) / 1e6
        print(f"  {self.name}: {size:.2f} MB, open in {seconds:.2f} s")

    def check_text(self):
        for finding in self.run(INTRUDERS) + self.run(FORM):
            self.complain(finding)
        if self.run("return window.owned !== undefined"):
            self.complain("text of a model ran as a script")
        text = self.run("return document.documentElement.textContent")
        control = CONTROLS.search(text)
        if control:
            self.complain(f"control character {control.group()!r} at "
                          f"{text[control.start() - 20:control.end() + 20]!r}")
        return text

    def check_views(self):
        for size in SIZES:
            for scheme in ("light", "dark"):
                self.view(size, scheme)
                for finding in self.run(OVERFLOW):
                    self.complain(f"at {size}: {finding}")
                contrast = self.run(CONTRAST)
                if (contrast["paper"] > 0.5) != (scheme == "light"):
                    self.complain(f"{scheme}: the page's ground is not")
                for finding in contrast["found"]:
                    self.complain(f"{scheme}: {finding}")
                self.shoot(f"{size}-{scheme}")

    # Folded parts must not overflow either.
    def check_unfolded(self):
        self.run("document.querySelectorAll('details')"
                 ".forEach(d => d.open = true)")
        for size in SIZES:
            self.view(size, "light")
            for finding in self.run(OVERFLOW):
                self.complain(f"unfolded, at {size}: {finding}")
            self.shoot(f"{size}-unfolded")

    def check_keyboard(self):
        self.view("1280", "light")
        reached = set()
        body = self.driver.find_element(By.TAG_NAME, "body")
        body.send_keys(Keys.HOME)
        for _ in range(60):
            active = self.driver.switch_to.active_element
            active.send_keys(Keys.TAB)
            reached.add(self.run("return document.activeElement.tagName + '.' "
                                 "+ document.activeElement.className"))
        if len(reached) < 2:
            self.complain(f"the keyboard reaches {sorted(reached)} alone")
        if self.run("return document.querySelector('.scroll') !== null") and \
                not any("scroll" in name for name in reached):
            self.complain("the keyboard reaches no region that scrolls")
        folds = self.driver.find_elements(By.CSS_SELECTOR, "details > summary")
        if folds:
            before = self.run("return arguments[0].parentNode.open", folds[0])
            folds[0].send_keys(Keys.ENTER)
            if before == self.run("return arguments[0].parentNode.open",
                                  folds[0]):
                self.complain("Enter does not open a folded part")

    def visible_rows(self, table):
        return self.run("return [...arguments[0].querySelectorAll('tbody tr')]"
                        ".filter(r => r.offsetParent !== null).length", table)

    def check_sorting(self, table):
        buttons = table.find_elements(By.CSS_SELECTOR, "thead th button")
        numeric = buttons[-1]
        for want in ("ascending", "descending"):
            for _ in range(3):
                head = self.run("return arguments[0].closest('th')", numeric)
                if head.get_attribute("aria-sort") == want:
                    break
                numeric.send_keys(Keys.ENTER)
            else:
                self.complain(f"a column cannot be sorted {want}")
                continue
            column = self.run("return arguments[0].cellIndex", head)
            for values in self.run(ORDER, table, column):
                values = [v for v in values if v is not None and v == v]
                expected = sorted(values, reverse=want == "descending")
                if values != expected:
                    self.complain(f"sorted {want}: {values[:6]}")

    def check_filter(self, table):
        box = self.driver.find_elements(By.CSS_SELECTOR, "input[type=search]")
        if not box:
            self.complain("a sortable table without a filter")
            return
        rows = self.visible_rows(table)
        name = self.run("return arguments[0].querySelector('tbody th')"
                        ".textContent.trim().split(/\\s/)[0]", table)
        box[0].send_keys(name)
        time.sleep(0.3)
        if not 0 < self.visible_rows(table) <= rows:
            self.complain(f"the filter {name!r} leaves no row")
        box[0].send_keys(" no such row")
        time.sleep(0.3)
        if self.visible_rows(table) != 0:
            self.complain("the filter leaves rows that do not match")
        box[0].clear()
        box[0].send_keys(" ", Keys.BACKSPACE)
        time.sleep(0.3)
        if self.visible_rows(table) != rows:
            self.complain("rows do not come back without a filter")

    def check_columns(self, table):
        boxes = [b for b in self.driver.find_elements(
            By.CSS_SELECTOR, "input[type=checkbox]") if b.is_displayed()]
        if not boxes:
            print(f"  {self.name}: no columns to choose")
            return
        shown = ("return [...arguments[0].querySelectorAll('thead th')]"
                 ".filter(c => c.offsetParent !== null).length")
        before = self.run(shown, table)
        boxes[-1].click()
        if self.run(shown, table) == before:
            self.complain("a column stays when its box changes")
        boxes[-1].click()
        if self.run(shown, table) != before:
            self.complain("a column does not come back")

    def check_tables(self):
        self.view("1280", "light")
        tables = self.driver.find_elements(By.CSS_SELECTOR,
                                           "table[data-sortable]")
        if not tables:
            print(f"  {self.name}: no sortable table; sorting skipped")
            return
        self.check_sorting(tables[0])
        self.check_filter(tables[0])
        self.check_columns(tables[0])

    def check(self, name, file):
        self.name = name
        self.view("1280", "light")
        self.open(file)
        text = self.check_text()
        self.check_views()
        self.check_keyboard()
        self.check_tables()
        self.check_unfolded()
        self.console()
        return text

    def check_svg(self, folder):
        files = sorted(os.listdir(folder))
        for file in files:
            self.name = file
            self.driver.get("file://" + os.path.abspath(
                os.path.join(folder, file)))
            if self.run("return document.documentElement.tagName !== 'svg' || "
                        "document.querySelector('parsererror') !== null"):
                self.complain("is no well-formed SVG")
            if self.run("return document.querySelectorAll('script, image, "
                        "foreignObject').length + (window.owned ? 1 : 0)"):
                self.complain("holds more than a drawing")
            self.console()
        if not files:
            self.complain("no SVG file")
        print(f"  {len(files)} SVG files")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--svg")
    parser.add_argument("--shots")
    options = parser.parse_args()
    if options.shots:
        os.makedirs(options.shots, exist_ok=True)
    pages = Pages(options.shots)
    try:
        for page in options.pages:
            name, file = page.split("=", 1)
            text = pages.check(name, file)
            if "hostile" in name:
                for part in (HOSTILE[0], "<svg onload=", "{{7*7}}"):
                    if part not in text:
                        pages.complain(f"{part!r} does not show as text")
        if options.svg:
            pages.check_svg(options.svg)
    finally:
        pages.driver.quit()
    for finding in pages.findings:
        print("error:", finding)
    print(f"{len(options.pages)} pages, {len(pages.findings)} findings")
    sys.exit(1 if pages.findings else 0)


if __name__ == "__main__":
    main()
