// A formula wider than the window scrolls in its own box: let the keyboard reach it.
const formulas = document.querySelectorAll("div.math");
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      target.tabIndex = 0;
      target.role = "group";
      target.ariaLabel = "formula, scrolls sideways";
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
    }
  }
});
for (const formula of formulas) watcher.observe(formula);
