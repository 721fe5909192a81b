// Dark or light: what the reader's system says, until one chooses. All sheets follow, those of pictures too.

let chosen = "";

const dark = () => (chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

/** Puts the rules for dark on or off in every sheet; called again where one was added. */
export function paint() {
  const asked = chosen === "dark" ? "all" : "not all";
  for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSMediaRule)) continue;
      const known = /** @type {any} */ (rule);
      if (!known.darkness && !/prefers-color-scheme/.test(rule.media.mediaText)) continue;
      known.darkness ??= rule.media.mediaText;
      rule.media.mediaText = chosen ? asked : known.darkness;
    }
  }
  document.documentElement.dataset.look = chosen;
}

/** @param {HTMLElement} button @param {() => void} changed */
export function look(button, changed) {
  button.addEventListener("click", () => { chosen = dark() ? "light" : "dark"; paint(); changed(); });
}
