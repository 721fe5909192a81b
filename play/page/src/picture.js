// The picture beside the text: stepped where there are numbers, still where there are none, and what leads to lines.
import { camera } from "../../../views/page/camera.js";
import { folding } from "../../../views/page/folding.js";
import { player } from "../../../views/page/player.js";

const element = (id) => /** @type {any} */ (document.getElementById(id));

/** @param {{line: (number: number) => void, fold: (how: {open?: string[], depth?: number}) => void}} acts */
export function picture(acts) {
  const host = element("pictures");
  let ending = new AbortController(), stepping = null, data = null, lines = new Map(), looking = null, still = false, waiting = "";

  function put(svg) {
    const read = document.createElement("template"); // what stands in one is read, and neither run nor loaded
    read.innerHTML = svg;
    const drawn = /** @type {any} */ (read.content.querySelector("svg"));
    for (const each of drawn.querySelectorAll("style, script")) each.remove();
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
    delete element("depth").dataset.deepest;
    stepping = player(walk, { signal, step, view: kept, open, onnode: (node) => { if (lines.has(node)) acts.line(lines.get(node)); } });
    looking = stepping.looking;
    still = false;
    Object.assign(window, { chainrule: stepping });
    host.classList.remove("old");
    element("steps").classList.remove("nothing");
  }

  /** A picture without steps. @param {{svg: string, lines: Record<string, number>, frames: any[]}} drawn */
  function drew(drawn) {
    const signal = begin(), view = still && looking?.chosen ? { ...looking.view } : null, svg = put(drawn.svg);
    const width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
    looking = camera(host, svg, signal);
    looking.sized(width, height);
    looking.restore(view);
    svg.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const framed = target.closest("[data-frame]"), path = target.closest("[data-node]")?.getAttribute("data-node");
      if (framed) return toggle(framed.getAttribute("data-frame"));
      if (path && drawn.lines?.[path]) acts.line(drawn.lines[path]);
    });
    svg.setAttribute("role", "group"); // what is in it can be reached
    const frames = drawn.frames || [], open = frames.filter((each) => each.open).map((each) => each.path);
    function toggle(path) {
      waiting = path;
      acts.fold({ open: open.includes(path) ? open.filter((each) => each !== path) : [...open, path] });
    }
    for (const group of svg.querySelectorAll("[data-frame]")) {
      const path = group.getAttribute("data-frame"), is = open.includes(path);
      folding(group, is, `${is ? "fold" : "open"} ${frames.find((each) => each.path === path)?.label ?? path}`, () => toggle(path));
      if (path === waiting) { group.focus({ preventScroll: true }); looking.reveal(group); }
    }
    waiting = "";
    depths(frames, signal);
    for (const [id, act] of Object.entries({ "zoom-in": () => looking.zoom(1.25), "zoom-out": () => looking.zoom(0.8), fit: () => looking.refit() })) {
      element(id).addEventListener("click", act, { signal });
    }
    data = stepping = null;
    still = true;
    host.classList.remove("old");
    element("steps").classList.add("nothing");
  }

  /** Ways to look at a still picture at once: as it was opened first, and by depth. */
  function depths(frames, signal) {
    const deepest = frames.reduce((most, each) => Math.max(most, each.depth), -1) + 1, key = String(deepest);
    element("depth-choice").hidden = !frames.length;
    element("depth").addEventListener("change", (event) => {
      const way = event.target.selectedIndex;
      acts.fold(way ? { depth: way - 1 } : {});
    }, { signal });
    if (element("depth").dataset.deepest === key) return;
    element("depth").dataset.deepest = key;
    const labels = ["at first", "all folded", ...Array.from({ length: deepest }, (_, n) => (n + 1 === deepest ? "all open" : "depth " + (n + 1)))];
    element("depth").replaceChildren(...labels.map((label) => new Option(label)));
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
