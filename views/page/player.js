// Steps through a walk on its picture. Whatever comes from the spec is only ever set as text.
import { camera } from "./camera.js";
import { flow } from "./flow.js";
import { folding } from "./folding.js";
import { chain, math } from "./formula.js";
import { setIcon } from "./icons.js";
import { bracketed, filled, short } from "./numbers.js";
import { placing } from "./place.js";

/** @typedef {{signal?: AbortSignal, alone?: boolean, step?: number, open?: string[], view?: any,
 *   onnode?: (node: number) => void, onstep?: (step: number) => void}} Options
 * `alone`: the page has the address and the keys for itself, and edits inputs by its own form.
 */

/** Shows a walk whose picture stands in #pictures, by the controls of the page.
 * @param {any} data @param {Options} options */
export function player(data, options = {}) {
  const element = (id) => /** @type {any} */ (document.getElementById(id));
  const on = (target, kind, act) => target.addEventListener(kind, act, { signal: options.signal });
  const { nodes, steps, frames } = data;
  const state = { step: 0, fresh: !options.view, timer: null, back: false, asked: new Set(), marked: [], lit: [], frame: null, wanted: null };
  const drawing = element("drawing"), looking = camera(element("pictures"), drawing, options.signal), moving = flow(drawing);
  const places = placing(frames, element);

  // --- recomputation of graphs of scalars --------------------------------------------------------------------

  // Both passes as they were carried out, on other inputs; FORWARD has each operation's form.
  function recompute(given) {
    const slots = [];
    for (const [operation, operands, attributes] of data.program.nodes) {
      if (operation === "constant") slots.push(operands);
      else if (operation === "input") slots.push(operands in given ? given[operands] : nodes[operands].number);
      else slots.push(FORWARD[operation](...operands.map((place) => slots[place]), ...attributes));
    }
    const { values, gradients, products, locals } = data.program;
    const at = (places) => new Map(places.map(([key, place]) => [key, slots[place]]));
    return {
      values: values.map((place) => slots[place]), gradients: at(gradients), products: at(products), locals: at(locals),
    };
  }

  function retell(run) {
    const numbers = (list) => list.map((i) => short(run.values[i]));
    for (const step of steps) {
      const node = nodes[step.node];
      if (step.kind === "value") {
        const result = short(run.values[step.node]);
        step.parts = node.inputs.length ? [node.names, filled(node.template, numbers(node.inputs)), result] : [result];
      } else if (step.kind === "seed") {
        step.parts = [short(run.gradients.get(step.node)) + " (arriving)"];
      } else if (step.kind === "product") {
        const edge = step.user + "," + step.slot;
        const arriving = short(run.gradients.get(step.user));
        step.parts = [arriving + " (arriving) × " + step.factor,
          arriving + " × " + bracketed(short(run.locals.get(edge))), short(run.products.get(edge))];
      } else {
        const parts = step.edges.map(([edge, name], place) => {
          const text = short(run.products.get(edge));
          return (place ? bracketed(text) : text) + " (from " + name + ")";
        });
        step.parts = [parts.join(" + "), short(run.gradients.get(step.node))];
      }
      step.parts = step.parts.filter((part, place) => !place || part !== step.parts[place - 1]);
    }
    data.last = run;
    for (const frame of frames) rewrite(frame, run);
  }

  function rewrite(frame, run) {
    for (const [key, wire] of Object.entries(frame.wires)) {
      const group = element(frame.prefix + key);
      if (wire.node < 0) continue;  // several values at once
      const upper = group.querySelector("text.value"), lower = group.querySelector("text.gradient");
      if (upper) upper.textContent = short(run.values[wire.node]);
      if (!lower) continue;
      const sent = wire.edges.filter((edge) => run.products.has(edge)).map((edge) => run.products.get(edge));
      lower.textContent = short(sent.length ? sent.reduce((a, b) => a + b) : run.gradients.get(wire.node));
    }
    for (const [key, node] of Object.entries(frame.totals)) {
      const text = element(frame.prefix + key).querySelector("text.gradient");
      if (text && run.gradients.has(node)) text.textContent = "Σ " + short(run.gradients.get(node));
    }
  }

  // --- showing a step ----------------------------------------------------------------------------------------

  const settle = (frame) => frame.parts || (frame.parts = Object.entries(frame.shown).map(([key, [upper, lower]]) => {
    const group = element(frame.prefix + key);
    return {
      upper, lower, group, title: group.querySelector(":scope > title"),
      values: [...group.querySelectorAll("text.value")], gradients: [...group.querySelectorAll("text.gradient")],
    };
  }));

  function show(step, keepHash) {
    const before = state.step;
    state.step = Math.max(0, Math.min(steps.length - 1, step));
    const now = steps[state.step];
    const secret = quizzing() && !state.asked.has(state.step);
    hide(secret);
    for (const group of state.marked) group.classList.remove("current");
    state.marked = marks(now).map(element);
    for (const group of state.marked) group.classList.add("current");
    const moved = state.step !== before || state.fresh;
    state.fresh = false;
    settleSoon(moved ? state.marked[state.marked.length - 1] : null);
    if (state.step === before + 1) move(now);
    else moving.clear();
    add(now, secret);
    element("slider").value = state.step;
    element("count").textContent = (state.step + 1) + " / " + steps.length;
    tell(now, secret);
    if (options.alone && !keepHash && window === window.top) history.replaceState(null, "", "#" + (state.step + 1));
    options.onstep?.(state.step);
  }

  // What asks where things stand waits for the next frame: asked at once, the page would be laid out once more.
  function settleSoon(wanted) {
    state.wanted = wanted || state.wanted;
    state.frame ||= requestAnimationFrame(() => {
      const target = state.wanted;
      state.frame = state.wanted = null;
      if (options.signal?.aborted) return;
      if (!element("derivation").hidden) element("so-far").scrollTop = 1e6;
      if (target) looking.reveal(target);
    });
  }

  // What comes later is not seen yet; while one is asked, no tooltip tells it either.
  function hide(secret) {
    const late = (at) => at > state.step || (secret && at === state.step);
    for (const frame of places.visible()) {
      for (const part of settle(frame)) {
        for (const text of part.values) text.classList.toggle("later", late(part.upper));
        for (const text of part.gradients) text.classList.toggle("later", late(part.lower));
        const telling = quizzing() && (late(part.upper) || late(part.lower));
        if (part.title && telling) part.title.remove();
        else if (part.title && !part.title.parentNode) part.group.prepend(part.title);
      }
    }
  }

  // Values move to the node that takes them, gradients back from it.
  function move(step) {
    if (step.kind === "value") moving.along(places.into(step.node).map(element), false);
    else if (step.kind === "product") moving.along(places.carriers(step.user + "," + step.slot).map(element), true);
    else if (step.kind === "sum") moving.along(step.edges.flatMap(([edge]) => places.carriers(edge)).map(element), true);
  }

  function add(step, secret) {
    const key = step.kind === "sum" ? places.owner(step.node) : null;
    const [sum] = step.parts, total = step.parts[step.parts.length - 1];
    const said = sum.replace(/ \(from [^()]*\)/g, "") + " = " + (secret ? "?" : total);
    moving.adding(key ? element(key) : null, said.includes("\n") || said.length > 60 ? "" : said);
  }

  // What a step is about, as far as it can be seen: an edge and its user, or a node; or the folded box around them.
  function marks(step) {
    if (step.kind === "seed") return places.ends(step.node);
    const node = places.owner(step.kind === "product" ? step.user : step.node);
    const wires = step.kind === "product" ? places.carriers(step.user + "," + step.slot) : [];
    return node === null ? wires : [...wires, node];
  }

  function tell(step, secret) {
    const node = nodes[step.node], user = step.kind === "product" ? nodes[step.user] : node;
    element("phase").textContent = step.kind === "value" ? "forward" : step.kind === "sum" ? "reverse: a sum over users" : "reverse";
    element("name").replaceChildren(typeset(step.left));
    element("doc").textContent = node.doc;
    element("equation").replaceChildren(...step.parts.slice(0, secret ? -1 : undefined).map((part) => listed(part)));
    element("formula").textContent = user.formula;
    element("rule").textContent = step.rule || "";
    element("rule").hidden = element("rule").previousElementSibling.hidden = !step.rule;
    element("source").textContent = data.lines[step.line];
    element("question").hidden = !secret;
    if (secret) { element("answer").value = ""; element("verdict").textContent = ""; }
    derive(secret);
  }

  // A text and its formula; the text stays, as what is searched, copied and read aloud.
  function typeset(text) {
    const both = document.createElement("span"), plain = document.createElement("span"), drawn = math(text);
    plain.className = "spoken";
    plain.textContent = text;
    drawn.setAttribute("aria-hidden", "true");
    both.append(plain, drawn);
    return both;
  }
  function listed(text) {
    const item = document.createElement("li");
    item.append(typeset(text));
    return item;
  }

  // The chain of factors from the output to a node, as long as one way leads there, and all gradients found so far.
  function derive(secret) {
    const found = steps.slice(0, state.step + 1).map((step, number) => [step, number]).filter(([step]) => step.kind === "product" || step.kind === "sum");
    const last = found[found.length - 1], panel = element("derivation");
    panel.hidden = !last || last[1] !== state.step;
    if (panel.hidden) return;
    const factors = [], result = secret ? "?" : steps[state.step].parts.slice(-1)[0];
    let [step] = last;
    const name = (number) => nodes[number].name;
    while (step && step.kind === "product" && factors.length < 12) {
      factors.unshift(`d ${name(step.user)}/d ${name(step.node)}`);
      const user = step.user;
      if (user === data.of) break;
      step = found.map(([each]) => each).filter((each) => each.node === user).pop();
      if (step && step.kind === "sum") { factors.unshift(`d ${name(data.of)}/d ${name(user)}`); break; }
    }
    const long = result.includes("\n") || result.length > 40;
    element("chain").replaceChildren(factors.length ? chain(`d ${name(data.of)}/d ${name(last[0].node)}`, factors, long ? "" : result) : "");
    element("so-far").replaceChildren(...found.slice(-60).map(([each, number]) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = each.left + " = " + (secret && number === state.step ? "?" : each.parts[each.parts.length - 1].split("\n")[0]);
      button.addEventListener("click", () => go(number));
      item.append(button);
      return item;
    }));
  }

  // --- controls ----------------------------------------------------------------------------------------------

  const quizzing = () => element("quiz").checked;
  const says = (id, label, sign) => {
    element(id).setAttribute("aria-label", label);
    setIcon(element(id), sign);
  };
  function pause() {
    clearInterval(state.timer);
    state.timer = null;
    says("play", "play", "play");
    says("play-back", "play backwards", "back");
  }
  function play(back = false) {
    const same = state.timer !== null && state.back === back;
    pause();
    if (same) return;
    state.back = back;
    const end = back ? 0 : steps.length - 1;
    if (state.step === end) show(steps.length - 1 - end);
    says(back ? "play-back" : "play", "pause", "pause");
    state.timer = setInterval(() => (state.step !== end && !waits() ? show(state.step + (back ? -1 : 1)) : pause()), data.pace);
  }
  const waits = () => !element("question").hidden;
  const go = (step) => { pause(); show(step); };
  on(element("first"), "click", () => go(0));
  on(element("previous"), "click", () => go(state.step - 1));
  on(element("next"), "click", () => go(state.step + 1));
  on(element("last"), "click", () => go(steps.length - 1));
  on(element("play"), "click", () => play());
  on(element("play-back"), "click", () => play(true));
  on(element("slider"), "input", (event) => go(Number(event.target.value)));
  on(element("quiz"), "change", () => show(state.step));
  on(document, "keydown", (event) => {
    const busy = event.target.closest("input:not([type=range]):not([type=checkbox]), select, textarea, [contenteditable], .cm-editor, #text, [role=tablist]");
    if (busy || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
    if (event.target.matches("input[type=range]:not(#slider)")) return;
    const act = { ArrowLeft: () => go(state.step - 1), ArrowRight: () => go(state.step + 1), Home: () => go(0),
      End: () => go(steps.length - 1), " ": () => play() }[event.key];
    if (!act || (event.key === " " && event.target.matches("input, button, [role=button], summary"))) return;
    event.preventDefault();
    act();
  });
  const linked = () => { const step = parseInt(location.hash.slice(1), 10); return step >= 1 ? step - 1 : null; };
  if (options.alone) on(window, "hashchange", () => { if (linked() !== null) { pause(); show(linked(), true); } });
  on(element("zoom-in"), "click", () => looking.zoom(1.25));
  on(element("zoom-out"), "click", () => looking.zoom(0.8));
  on(element("fit"), "click", () => looking.refit());

  // --- frames ------------------------------------------------------------------------------------------------

  function arrange() {
    places.arrange(data.legend);
    looking.sized(Number(drawing.getAttribute("width")), Number(drawing.getAttribute("height")));
    show(state.step);
  }

  // Opens a frame or folds it, and keeps the focus on what it has become.
  function toggle(number) {
    const frame = frames[number], was = places.open.delete(number);
    if (!was) places.open.add(number);
    element("depth").selectedIndex = -1;
    arrange();
    const now = element(was ? frames[frame.parent].prefix + frame.box : frame.prefix + "frame");
    now.focus({ preventScroll: true });
    looking.reveal(now);
  }
  frames.forEach((frame, number) => {
    if (number) folding(element(frame.prefix + "frame"), true, "fold " + frame.label, () => toggle(number));
    for (const [key, [, , inner]] of Object.entries(frame.folded)) {
      if (inner >= 0) folding(element(frame.prefix + key), false, "open " + frames[inner].label, () => toggle(inner));
    }
    element(frame.prefix + "inside").addEventListener("click", (event) => {
      const group = event.target.closest("g.box, g.edge, g.frame");
      if (group && group.parentNode === event.currentTarget) clicked(frame, group.id.slice(frame.prefix.length));
    });
  });
  function clicked(frame, key) {
    const node = frame.wires[key]?.node ?? parseInt(key.slice(1), 10);
    if (node >= 0) options.onnode?.(node);
    if (key === "frame") return toggle(frame.number);
    if (key in frame.folded) return frame.folded[key][2] >= 0 ? toggle(frame.folded[key][2]) : undefined;
    const reverse = data.reverse >= 0 && state.step >= data.reverse, known = frame.steps[key];
    if (known) go(reverse && known[1] >= 0 ? known[1] : known[0]);
  }

  // Ways to look at it at once: as it was opened first, and by depth.
  const deepest = Math.max(...frames.map((frame) => frame.depth)) + 1;
  const ways = [["at first", data.open]];
  for (let depth = 0; depth <= deepest; depth++) {
    const label = depth === 0 ? "all folded" : depth === deepest ? "all open" : "depth " + depth;
    ways.push([label, frames.filter((frame) => frame.number && frame.depth < depth).map((frame) => frame.number)]);
  }
  const made = [];
  for (const [label] of ways) {
    const option = document.createElement("option");
    option.textContent = label;
    made.push(option);
  }
  element("depth").replaceChildren(...made);
  element("depth-choice").hidden = frames.length < 2;
  function choose(way) {
    places.open.clear();
    for (const number of ways[way][1]) places.open.add(number);
    arrange();
  }
  on(element("depth"), "change", (event) => choose(event.target.selectedIndex));

  // --- inputs and questions ----------------------------------------------------------------------------------

  // Tells all again for other inputs, by node.
  function give(given) {
    retell(recompute(given));
    state.asked.clear();
    show(state.step);
  }
  on(element("question"), "submit", (event) => {
    event.preventDefault();
    const step = steps[state.step], wanted = step.parts[step.parts.length - 1].replace(" (arriving)", "");
    const number = Number(element("answer").value.trim()), right = Number(wanted);
    const same = Number.isNaN(right) ? element("answer").value.trim() === wanted
      : Math.abs(number - right) <= 0.01 * Math.abs(right) + 1e-9;
    if (same) return reveal();
    element("verdict").className = "wrong";
    element("verdict").textContent = "not yet: " + step.left + " = " + step.parts.slice(0, -1).join(" = ") + " = ?";
  });
  function reveal() {
    state.asked.add(state.step);
    show(state.step);
  }
  on(element("reveal"), "click", reveal);

  // Nodes that something else is about, such as the line one writes on.
  function light(wanted) {
    for (const group of state.lit) group.classList.remove("lit");
    state.lit = [...new Set(wanted.map(places.owner))].filter(Boolean).map(element);
    for (const group of state.lit) group.classList.add("lit");
  }

  pause();
  element("slider").max = steps.length - 1;
  state.step = Math.min(steps.length - 1, options.step ?? (options.alone && linked()) ?? 0) || 0;
  looking.restore(options.view);
  if (options.open) {
    for (const [number, frame] of frames.entries()) if (options.open.includes(frame.label) && number) places.open.add(number);
    arrange();
  } else choose(0);
  // The numbers as they are now, for tests and for the curious.
  return {
    data, give, recompute, short, show: go, visible: places.visible, light, pause, looking,
    get step() { return state.step; },
    get open() { return [...places.open].map((number) => frames[number].label); },
  };
}
