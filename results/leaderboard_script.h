// What makes a leaderboard's page more than paper: sorting, filtering, choosing
// columns. The page reads as plain tables without it.
#pragma once

namespace lethe {

// JavaScript for the end of the page, which html_page() lets run by its hash.
// It only hides and moves elements that are there: no text becomes markup.
//
// It finds #tools (controls, hidden without script), #board (the table whose
// columns are chosen), table.sortable (heads become buttons, with aria-sort)
// and tr[data-row] (rows to filter, with data-block and data-front). A cell's
// data-v is the number it sorts by; without one it stays last.
const char* leaderboard_script();

// Style of the controls, the heat map and the front.
const char* leaderboard_style();

}  // namespace lethe
