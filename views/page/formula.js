// Sentences of a step as MathML: `d total/d price`, `1.1 × 2`, `2 (arriving) × b`. What is no formula stays text.

const MATH = "http://www.w3.org/1998/Math/MathML";
const SYMBOLS = { "*": "·", "**": "^", "@": "", "-": "−" };
const BINDS = { "+": 1, "-": 1, "−": 1, "*": 2, "×": 2, "·": 2, "@": 2, "/": 2, "^": 4, "**": 4 };

const make = (name, ...inner) => {
  const made = document.createElementNS(MATH, name);
  made.append(...inner);
  return made;
};
const row = (...inner) => make("mrow", ...inner);

/** A `math` element of a text; its text as it was given is what a reader that speaks may say.
 * @param {string} text */
export function math(text) {
  const made = make("math");
  made.setAttribute("displaystyle", "true");
  made.append(typeset(text) || make("mtext", text));
  return made;
}

/** @param {string} text @returns {Element | null} */
function typeset(text) {
  const tokens = text.match(/\((?:arriving|from [^()]*)\)|d [^\s/]+\/d [^\s=]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?|[\p{L}_][\p{L}\p{N}_.']*|\*\*|[-+−*×·/^@(),]|\s+|./gu) || [];
  const words = tokens.filter((each) => each.trim());
  let at = 0;
  const expression = (least) => {
    let left = prefix();
    for (;;) {
      const sign = words[at];
      if (!left || !(sign in BINDS) || BINDS[sign] < least) return left;
      at += 1;
      const power = BINDS[sign] === 4, right = expression(power ? 4 : BINDS[sign] + 1);
      if (!right) return null;
      left = power ? make("msup", left, bare(right)) : sign === "/" ? make("mfrac", bare(left), bare(right))
        : row(left, make("mo", SYMBOLS[sign] ?? sign), right);
    }
  };
  const prefix = () => {
    const word = words[at++];
    if (word === undefined) return null;
    if (word === "-" || word === "−") { const inner = expression(3); return inner && row(make("mo", "−"), inner); }
    let made = null;
    if (word === "(") {
      const inner = expression(0);
      if (!inner || words[at++] !== ")") return null;
      made = row(make("mo", "("), inner, make("mo", ")"));
    } else if (/^d .*\/d /.test(word)) made = derivative(word);
    else if (/^\d/.test(word)) made = make("mn", word);
    else if (/^[\p{L}_]/u.test(word)) {
      made = name(word);
      if (words[at] === "(") {
        at += 1;
        const inner = [];
        while (words[at] !== ")") {
          const each = expression(0);
          if (!each) return null;
          inner.push(each);
          if (words[at] === ",") { at += 1; inner.push(make("mo", ",")); } else if (words[at] !== ")") return null;
        }
        at += 1;
        made = row(made, make("mo", "("), ...inner, make("mo", ")"));
      }
    } else return null;
    if (/^\((arriving|from )/.test(words[at] || "")) made = make("munder", made, make("mtext", words[at++].slice(1, -1)));
    return made;
  };
  const whole = expression(0);
  return whole && at === words.length ? whole : null;
}

// In a fraction or a power brackets around the whole say nothing.
function bare(part) {
  const [open, inner, close, more] = part.children;
  return part.localName === "mrow" && open?.textContent === "(" && close?.textContent === ")" && !more ? inner : part;
}

function name(word) {
  const made = make("mi", word);
  if (word.length > 1) made.setAttribute("mathvariant", "normal");
  return made;
}

/** @param {string} text such as `d total/d price` */
export function derivative(text) {
  const [, above, below] = text.match(/^d (.*)\/d (.*)$/);
  return make("mfrac", row(make("mo", "∂"), name(above)), row(make("mo", "∂"), name(below)));
}

/** `left = parts[0] = ...`, each in a row of its own math. @param {string[]} factors */
export function chain(left, factors, result) {
  const made = make("math");
  made.setAttribute("displaystyle", "true");
  const product = factors.length < 2 ? [] : factors.flatMap((each, place) => (place ? [make("mo", "·"), derivative(each)] : [derivative(each)]));
  made.append(row(derivative(left), ...(product.length ? [make("mo", "=")] : []), ...product, ...(result ? [make("mo", "="), make("mn", result)] : [])));
  return made;
}
