// What is wider than the window scrolls in its own box: let the keyboard reach it. The
// theme does so by measuring everything at once, which lays out the whole page; an
// observer hears of each box when it is laid out anyway.
const boxes = "div.math, pre, .cell_output > .output, .pst-scrollable-table-container";
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls =
      target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (scrolls) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
    if (target.matches("div.math")) {
      target.role = scrolls ? "group" : null;
      target.ariaLabel = scrolls ? "formula, scrolls sideways" : null;
    }
  }
});
for (const box of document.querySelectorAll(boxes)) watcher.observe(box);
