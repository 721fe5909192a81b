// What moves: values along wires to the node that takes them, gradients back along them, and sums being added.

const SVG = "http://www.w3.org/2000/svg";
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param {SVGSVGElement} drawing */
export function flow(drawing) {
  let shown = [], frame = 0;

  function clear() {
    cancelAnimationFrame(frame);
    for (const each of shown) each.remove();
    shown = [];
  }

  /** Dots along wires; `back`: against their direction. @param {Element[]} wires @param {boolean} back */
  function along(wires, back, duration = 550) {
    clear();
    if (calm() || document.hidden) return;
    const runs = wires.map((wire) => /** @type {SVGPathElement} */ (wire.querySelector(".wire"))).filter(Boolean).map((path) => {
      const dot = document.createElementNS(SVG, "circle");
      dot.setAttribute("r", "6");
      dot.setAttribute("class", back ? "flow back" : "flow");
      path.parentElement.append(dot);
      shown.push(dot);
      return { path, dot, length: path.getTotalLength() };
    });
    if (!runs.length) return;
    const began = performance.now();
    const move = (now) => {
      const part = Math.min(1, Math.max(0, (now - began) / duration)), eased = part * part * (3 - 2 * part);
      for (const { path, dot, length } of runs) {
        const at = path.getPointAtLength(length * (back ? 1 - eased : eased));
        dot.setAttribute("cx", String(at.x));
        dot.setAttribute("cy", String(at.y));
      }
      if (part < 1) frame = requestAnimationFrame(move); else clear();
    };
    move(began);
  }

  /** A sum below a box. @param {SVGGraphicsElement | null} box @param {string} text */
  function adding(box, text) {
    const old = drawing.querySelector("text.adding");
    old?.remove();
    if (!box) return;
    const body = box.querySelector(".body"), total = [...box.querySelectorAll("text.gradient")].pop();
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(body?.getAttribute(name)));
    const made = document.createElementNS(SVG, "text");
    made.setAttribute("class", "adding");
    made.setAttribute("x", String(x + width / 2));
    made.setAttribute("y", String((total ? Number(total.getAttribute("y")) + 4 : y + height) + 18));
    made.textContent = text;
    box.append(made);
  }

  return { along, adding, clear };
}
