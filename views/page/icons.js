// Signs of buttons, drawn on a grid of 24.

const PATHS = {
  first: "M6 5v14M19 5l-10 7 10 7z", previous: "M17 5 7 12l10 7z", next: "M7 5l10 7-10 7z", last: "M18 5v14M5 5l10 7-10 7z",
  play: "M5 5l7 7-7 7zM13 5l7 7-7 7z", back: "M19 5l-7 7 7 7zM11 5l-7 7 7 7z", pause: "M8 5v14M16 5v14",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5", more: "M12 5v14M5 12h14", less: "M5 12h14",
  dark: "M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z", share: "M12 15V3M7 8l5-5 5 5M5 13v7h14v-7", tidy: "M4 6h16M4 12h10M4 18h13",
  download: "M12 3v12M7 10l5 5 5-5M5 20h14", lessons: "M4 5h7v15H4zM13 5h7v15h-7z", run: "M7 5l11 7-11 7z", stop: "M6 6h12v12H6z",
  epoch: "M19 12a7 7 0 1 1-3-5.7M19 3v5h-5", reset: "M5 12a7 7 0 1 0 3-5.7M5 3v5h5", undo: "M9 7 4 12l5 5M4 12h11a5 5 0 0 1 0 10",
};
const FILLED = new Set(["first", "previous", "next", "last", "play", "back", "run", "stop"]);
const SVG = "http://www.w3.org/2000/svg";

/** The sign of a name, which readers that speak leave out.
 * @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", FILLED.has(name) ? "icon filled" : "icon");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Puts signs in front of the words of all buttons that name one: `<button data-icon="play">`.
 * @param {ParentNode} root */
export function putIcons(root) {
  for (const button of root.querySelectorAll("[data-icon]")) setIcon(button, button.getAttribute("data-icon"));
}

/** @param {Element} button @param {string} name */
export function setIcon(button, name) {
  button.querySelector("svg.icon")?.remove();
  button.prepend(icon(name));
}
