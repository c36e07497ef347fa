// Sections far below the window are laid out late (tuned.css). A jump to an address in
// the page must know where everything is: lay all out first.
function layOut() {
  document.documentElement.classList.add("laid-out");
}

function arrive() {
  layOut();
  const name = decodeURIComponent(location.hash.slice(1));
  document.getElementById(name)?.scrollIntoView();
}

if (location.hash) arrive();
addEventListener("hashchange", arrive);
addEventListener("click", ({ target }) => target.closest?.('a[href*="#"]') && layOut(), true);
