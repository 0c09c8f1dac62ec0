#include "results/leaderboard_script.h"

namespace lethe {

const char* leaderboard_script() {
  return R"JS((() => {
  'use strict';
  const byId = (id) => document.getElementById(id);
  const tools = byId('tools'), board = byId('board');
  if (!tools || !board) return;

  // Rows with a number first, by it; the others keep their order behind them.
  const number = (row, column) => {
    const text = row.cells[column].dataset.v;
    return text === undefined ? NaN : Number(text);
  };
  const by = (column, sign) => (a, b) => {
    if (column === 0) {
      return sign * a.cells[0].textContent.localeCompare(
          b.cells[0].textContent, 'en', {numeric: true});
    }
    const x = number(a, column), y = number(b, column);
    if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
    return sign * (x - y);
  };

  // Each block of rows is sorted for itself; its heading stays on top.
  const sort = (table, head) => {
    const first = head.dataset.first || 'ascending';
    const other = first === 'ascending' ? 'descending' : 'ascending';
    const order = head.getAttribute('aria-sort') === first ? other : first;
    for (const one of table.tHead.querySelectorAll('[aria-sort]')) {
      one.removeAttribute('aria-sort');
    }
    head.setAttribute('aria-sort', order);
    const compare = by(head.cellIndex, order === 'ascending' ? 1 : -1);
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => row.dataset.row !== undefined);
      body.append(...rows.sort(compare));
    }
  };

  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = table.tHead.rows[table.tHead.rows.length - 1].cells;
    for (const head of heads) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'sort';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => sort(table, head));
    }
  }

  const text = byId('filter-text'), front = byId('filter-front');
  const block = byId('filter-block'), count = byId('filter-count');
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/);
    for (const row of document.querySelectorAll('tr[data-row]')) {
      const name = row.dataset.row.toLowerCase();
      row.hidden = !words.every((word) => name.includes(word)) ||
          (front && front.checked && row.dataset.front === undefined) ||
          (block && block.value !== '' && row.dataset.block !== block.value);
    }
    const rows = [...board.querySelectorAll('tr[data-row]')];
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = shown + ' of ' + rows.length + ' rows';
  };

  // Cells of a column share their place in every row; heads of groups span the
  // columns that are shown.
  const choose = () => {
    const heads = board.tHead.rows[board.tHead.rows.length - 1].cells;
    for (const box of tools.querySelectorAll('[data-column]')) {
      const place = Number(box.dataset.column);
      heads[place].hidden = !box.checked;
      for (const row of board.querySelectorAll('tr[data-row]')) {
        row.cells[place].hidden = !box.checked;
      }
    }
    for (const group of board.tHead.rows[0].cells) {
      const span = [...heads].filter((head) => !head.hidden &&
          head.dataset.group === group.dataset.group).length;
      group.hidden = span === 0;
      if (span > 0) group.colSpan = span;
    }
    for (const heading of board.querySelectorAll('[scope=rowgroup]')) {
      heading.colSpan = [...heads].filter((head) => !head.hidden).length;
    }
  };

  tools.addEventListener('submit', (event) => event.preventDefault());
  tools.addEventListener('input', (event) => {
    if (event.target.dataset.column === undefined) filter();
    else choose();
  });
  byId('all-columns').addEventListener('click', () => {
    for (const box of tools.querySelectorAll('[data-column]')) {
      box.checked = true;
    }
    choose();
  });
  tools.hidden = false;
  filter();
})();
)JS";
}

const char* leaderboard_style() {
  return R"CSS(
[hidden] { display: none !important; }
.alert {
  border-left: 4px solid var(--start); background: var(--band);
  padding: .5rem .75rem;
}
.tools {
  display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center;
  margin: 1.25rem 0 .75rem;
}
.tools label { display: inline-flex; gap: .4rem; align-items: center; }
.tools input[type=search], .tools select {
  font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--quiet); border-radius: 4px; padding: .3rem .5rem;
}
.tools input[type=search] { width: 13rem; max-width: 60vw; }
.tools details { flex-basis: 100%; }
.tools fieldset {
  border: 1px solid var(--line); border-radius: 4px; margin: .25rem 0;
  padding: .5rem .75rem; columns: 16rem; max-height: 22rem; overflow-y: auto;
}
.tools fieldset label { display: flex; padding: .15rem 0; }
.tools button, button.sort { font: inherit; color: inherit; cursor: pointer; }
.tools button {
  background: var(--band); border: 1px solid var(--quiet); border-radius: 4px;
  padding: .25rem .6rem;
}
button.sort {
  background: none; border: 0; padding: 0; text-align: inherit; width: 100%;
}
button.sort:hover { color: var(--accent); }
th[aria-sort] button.sort::after { content: " \25B2"; }
th[aria-sort=descending] button.sort::after { content: " \25BC"; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
td.text, th.text { text-align: left; }
td.text { white-space: normal; min-width: 11rem; }
.heat td { text-align: center; background: rgb(208 80 15 / var(--heat, 0)); }
.heat td, .heat th { border-right: 1px solid var(--line); }
.foreign { border-left: 4px solid var(--line); padding-left: .75rem; }
svg .front { stroke: var(--goal); stroke-width: 1.2; fill: none; opacity: .8; }
svg .on-front { stroke: var(--goal); stroke-width: 3; }
@media print { .tools { display: none; } }
)CSS";
}

}  // namespace lethe
