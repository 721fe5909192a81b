// The picture beside the text: stepped where there are numbers, still where there are none, and what leads to lines.
import { camera } from "../../../views/page/camera.js";
import { player } from "../../../views/page/player.js";

const element = (id) => /** @type {any} */ (document.getElementById(id));

/** @param {{line: (number: number) => void}} acts */
export function picture(acts) {
  const host = element("pictures");
  let ending = new AbortController(), stepping = null, data = null, lines = new Map(), looking = null, still = false;

  function put(svg) {
    const read = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
    for (const each of read.querySelectorAll("style, script")) each.remove();
    const drawn = /** @type {any} */ (document.importNode(read, true));
    host.replaceChildren(drawn);
    return drawn;
  }

  function begin() {
    stepping?.pause();
    ending.abort();
    ending = new AbortController();
    return ending.signal;
  }

  // The line of the text that a node stands on; those of other files have a name in front.
  const lineOf = (told) => (/^\d+:/.test(told) ? parseInt(told, 10) : 0);

  /** @param {any} walk the engine's answer @param {boolean} keep whether it is the same graph with other numbers */
  function walked(walk, keep) {
    const was = stepping, signal = begin();
    const step = was && !still ? (keep ? was.step : Math.min(was.step, walk.steps.length - 1)) : walk.steps.length - 1;
    const kept = keep && was && was.looking.chosen ? { ...was.looking.view } : null, open = keep && was ? was.open : undefined;
    data = walk;
    put(walk.svg);
    lines = new Map();
    for (const each of walk.steps) {
      const line = lineOf(walk.lines[each.line]);
      if (line && each.kind === "value") lines.set(each.node, line);
    }
    stepping = player(walk, { signal, step, view: kept, open, onnode: (node) => { if (lines.has(node)) acts.line(lines.get(node)); } });
    looking = stepping.looking;
    still = false;
    Object.assign(window, { chainrule: stepping });
    host.classList.remove("old");
    element("steps").classList.remove("nothing");
  }

  /** A picture without steps. @param {{svg: string, lines: Record<string, number>}} drawn */
  function drew(drawn) {
    const signal = begin(), view = still && looking?.chosen ? { ...looking.view } : null, svg = put(drawn.svg);
    const width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
    looking = camera(host, svg, signal);
    looking.sized(width, height);
    looking.restore(view);
    svg.addEventListener("click", (event) => {
      const path = event.target.closest("[data-node]")?.getAttribute("data-node");
      if (path && drawn.lines?.[path]) acts.line(drawn.lines[path]);
    });
    for (const [id, act] of Object.entries({ "zoom-in": () => looking.zoom(1.25), "zoom-out": () => looking.zoom(0.8), fit: () => looking.refit() })) {
      element(id).addEventListener("click", act, { signal });
    }
    element("depth-choice").hidden = true;
    data = stepping = null;
    still = true;
    host.classList.remove("old");
    element("steps").classList.add("nothing");
  }

  return {
    walked, drew,
    old: () => host.classList.add("old"),
    clear() { begin(); host.replaceChildren(); data = stepping = null; element("steps").classList.add("nothing"); },
    /** Lights what a line has made. @param {number} line */
    line(line) {
      if (!data) return;
      stepping.light([...lines].filter(([, each]) => each === line).map(([node]) => node));
    },
    svg: () => host.querySelector("svg"),
    get data() { return data; },
  };
}
