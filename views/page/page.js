// The page of a file: the picture, its steps, and no engine.
import { fields } from "./fields.js";
import { putIcons } from "./icons.js";
import { player } from "./player.js";

const data = JSON.parse(document.getElementById("data").textContent);
putIcons(document);
if (data.steps) { // without steps they do nothing
  for (const part of document.querySelectorAll("nav, aside")) /** @type {HTMLElement} */ (part).hidden = false;
  document.body.classList.add("steps");
  const shown = player(data, { alone: true });
  fields(data, shown.give);
  /** @type {any} */ (window).chainrule = shown;
}
