// Tabs: one of several panels at a time; arrows move between them.

/** @param {HTMLElement} list @param {(name: string) => void} chosen */
export function tabs(list, chosen) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  function choose(name, focus = false) {
    for (const each of all) {
      const on = each.dataset.shows === name;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
      if (on && focus) each.focus();
    }
    chosen(name);
  }
  list.addEventListener("click", (event) => {
    const tab = /** @type {HTMLElement} */ (event.target).closest("[role=tab]");
    if (tab) choose(/** @type {HTMLElement} */ (tab).dataset.shows);
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const seen = all.filter((each) => !each.hidden), at = seen.findIndex((each) => each.tabIndex === 0);
    choose(seen[(at + by + seen.length) % seen.length].dataset.shows, true);
  });
  return { choose };
}
