// Steps through the walk that stands in #data. Whatever comes from the spec is only ever set as text.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const element = (id) => document.getElementById(id);
  const { nodes, steps, frames } = data;
  const state = { step: 0, timer: null, asked: new Set(), marked: [], fitChosen: false };
  if (!steps) return;
  for (const part of document.querySelectorAll("nav, aside")) part.hidden = false;  // without steps they do nothing
  const places = placing(frames, element);

  // --- numbers, written as chainrule writes them -------------------------------------------------------------

  function short(number) {
    if (Number.isNaN(number)) return "nan";
    if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
    if (Object.is(number, -0)) return "-0";
    const [mantissa, exponent] = number.toExponential(5).split("e");
    if (number === 0 || (exponent >= -4 && exponent < 6)) return String(Number(number.toPrecision(6)));
    if (Number.isInteger(number) && Math.abs(number) < 1e9) return String(number);
    return String(Number(mantissa)) + "e" + Number(exponent);
  }
  const bracketed = (text) => (text.startsWith("-") ? "(" + text + ")" : text);

  // A formula with numbers in it: "@0@" is the first operand. A minus gets brackets behind a sign or before a power.
  function filled(template, numbers) {
    return template.replace(/@(\d+)@/g, (found, slot, at) => {
      const text = numbers[slot];
      const before = template.slice(0, at).trimEnd();
      const needed = (before && !/[(,]$/.test(before)) || template[at + found.length] === "^";
      return text.startsWith("-") && needed ? "(" + text + ")" : text;
    });
  }

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
      upper, lower,
      values: [...group.querySelectorAll("text.value")], gradients: [...group.querySelectorAll("text.gradient")],
    };
  }));

  function show(step, keepHash) {
    state.step = Math.max(0, Math.min(steps.length - 1, step));
    const now = steps[state.step];
    const secret = quizzing() && !state.asked.has(state.step);
    const late = (at) => at > state.step || (secret && at === state.step);
    for (const frame of places.visible()) {
      for (const part of settle(frame)) {
        for (const text of part.values) text.classList.toggle("later", late(part.upper));
        for (const text of part.gradients) text.classList.toggle("later", late(part.lower));
      }
    }
    for (const group of state.marked) group.classList.remove("current");
    state.marked = marks(now).map(element);
    for (const group of state.marked) group.classList.add("current");
    if (state.marked.length) state.marked[0].scrollIntoView({ block: "nearest", inline: "center" });
    element("slider").value = state.step;
    element("count").textContent = (state.step + 1) + " / " + steps.length;
    tell(now, secret);
    if (!keepHash && window === window.top) history.replaceState(null, "", "#" + (state.step + 1));
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
    element("name").textContent = step.left;
    element("doc").textContent = node.doc;
    element("equation").replaceChildren(...step.parts.slice(0, secret ? -1 : undefined).map((part) => {
      const item = document.createElement("li");
      item.textContent = part;
      return item;
    }));
    element("formula").textContent = user.formula;
    element("rule").textContent = step.rule || "";
    element("rule").hidden = element("rule").previousElementSibling.hidden = !step.rule;
    element("source").textContent = data.lines[step.line];
    element("question").hidden = !secret;
    if (secret) { element("answer").value = ""; element("verdict").textContent = ""; }
  }

  // --- controls ----------------------------------------------------------------------------------------------

  const quizzing = () => element("quiz").checked;
  function pause() {
    clearInterval(state.timer);
    state.timer = null;
    element("play").textContent = "▶▶";
    element("play").setAttribute("aria-label", "play");
  }
  function play() {
    if (state.timer !== null) return pause();
    if (state.step === steps.length - 1) show(0);
    element("play").textContent = "❚❚";
    element("play").setAttribute("aria-label", "pause");
    state.timer = setInterval(() => (state.step < steps.length - 1 ? show(state.step + 1) : pause()), data.pace);
  }
  const go = (step) => { pause(); show(step); };
  element("first").addEventListener("click", () => go(0));
  element("previous").addEventListener("click", () => go(state.step - 1));
  element("next").addEventListener("click", () => go(state.step + 1));
  element("last").addEventListener("click", () => go(steps.length - 1));
  element("play").addEventListener("click", play);
  element("slider").addEventListener("input", (event) => go(Number(event.target.value)));
  element("quiz").addEventListener("change", () => show(state.step));
  document.addEventListener("keydown", (event) => {
    const busy = event.target.matches("input:not([type=range]):not([type=checkbox]), select, textarea");
    if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { ArrowLeft: () => go(state.step - 1), ArrowRight: () => go(state.step + 1), Home: () => go(0),
      End: () => go(steps.length - 1), " ": play }[event.key];
    if (!act || (event.key === " " && event.target.matches("input, button, [role=button]"))) return;
    event.preventDefault();
    act();
  });
  const linked = () => { const step = parseInt(location.hash.slice(1), 10); return step >= 1 ? step - 1 : null; };
  window.addEventListener("hashchange", () => { if (linked() !== null) { pause(); show(linked(), true); } });

  // --- frames ------------------------------------------------------------------------------------------------

  const SMALLEST = 0.7;  // a picture that had to shrink more could not be read: it scrolls instead
  function arrange() {
    const width = places.arrange(data.legend);
    if (!state.fitChosen) fit(width * SMALLEST <= element("pictures").clientWidth);
    show(state.step);
  }
  function fit(yes) {
    element("fit").checked = yes;
    element("pictures").classList.toggle("fit", yes);
  }
  element("fit").addEventListener("change", (event) => { state.fitChosen = true; fit(event.target.checked); });

  // Opens a frame or folds it, and keeps the focus on what it has become.
  function toggle(number) {
    const frame = frames[number], was = places.open.delete(number);
    if (!was) places.open.add(number);
    element("depth").selectedIndex = -1;
    arrange();
    const now = element(was ? frames[frame.parent].prefix + frame.box : frame.prefix + "frame");
    now.focus({ preventScroll: true });
    now.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  // A group that opens or folds a frame is a button, for the keyboard and for readers that speak.
  function button(group, expanded, label, act) {
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
  frames.forEach((frame, number) => {
    if (number) button(element(frame.prefix + "frame"), true, "fold " + frame.label, () => toggle(number));
    for (const [key, [, , inner]] of Object.entries(frame.folded)) {
      if (inner >= 0) button(element(frame.prefix + key), false, "open " + frames[inner].label, () => toggle(inner));
    }
    element(frame.prefix + "inside").addEventListener("click", (event) => {
      const group = event.target.closest("g.box, g.edge, g.frame");
      if (group && group.parentNode === event.currentTarget) clicked(frame, group.id.slice(frame.prefix.length));
    });
  });
  function clicked(frame, key) {
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
  for (const [label] of ways) {
    const option = document.createElement("option");
    option.textContent = label;
    element("depth").append(option);
  }
  element("depth-choice").hidden = frames.length < 2;
  function choose(way) {
    places.open.clear();
    for (const number of ways[way][1]) places.open.add(number);
    arrange();
  }
  element("depth").addEventListener("change", (event) => choose(event.target.selectedIndex));

  // --- inputs and questions ----------------------------------------------------------------------------------

  const given = {};
  function edited(field, number) {
    const text = field.value.trim(), value = Number(text);
    const fine = text !== "" && Number.isFinite(value);
    element("trouble").textContent = fine ? "" : text + " is not a number";
    if (!fine) return;
    given[number] = value;
    field.classList.toggle("changed", value !== nodes[number].number);
    retell(recompute(given));
    state.asked.clear();
    show(state.step);
  }
  if (data.program) {
    element("inputs").hidden = false;
    for (const number of data.inputs) {
      const label = document.createElement("label"), field = document.createElement("input");
      label.textContent = nodes[number].name;
      field.value = String(nodes[number].number);
      field.inputMode = "decimal";
      field.autocomplete = "off";
      field.addEventListener("change", () => edited(field, number));
      label.append(field);
      element("fields").append(label);
    }
    element("inputs").addEventListener("submit", (event) => event.preventDefault());
    element("reset").addEventListener("click", () => {
      for (const number of data.inputs) delete given[number];
      element("fields").querySelectorAll("input").forEach((field, place) => {
        field.value = String(nodes[data.inputs[place]].number);
        field.classList.remove("changed");
      });
      element("trouble").textContent = "";
      retell(recompute(given));
      show(state.step);
    });
  }
  element("question").addEventListener("submit", (event) => {
    event.preventDefault();
    const step = steps[state.step], wanted = step.parts[step.parts.length - 1].replace(" (arriving)", "");
    const number = Number(element("answer").value.trim()), right = Number(wanted);
    const same = Number.isNaN(right) ? element("answer").value.trim() === wanted
      : Math.abs(number - right) <= 0.01 * Math.abs(right) + 1e-9;
    if (same) { state.asked.add(state.step); show(state.step); return; }
    element("verdict").className = "wrong";
    element("verdict").textContent = "not yet: " + step.left + " = " + step.parts.slice(0, -1).join(" = ") + " = ?";
  });

  // For tests and for the curious: every number as it is now.
  window.chainrule = { data, recompute: () => recompute(given), short, show: go, visible: places.visible };
  element("slider").max = steps.length - 1;
  state.step = linked() ?? 0;
  choose(0);
})();
