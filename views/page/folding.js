// A group that opens or folds a frame is a button, for the keyboard and for readers that speak.

/** @param {SVGElement} group @param {boolean} expanded @param {string} label @param {() => void} act what its keys do */
export function folding(group, expanded, label, act) {
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  group.setAttribute("aria-expanded", String(expanded));
  group.setAttribute("aria-label", label);
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  });
}
