// Places frames within frames. Each frame was laid out by itself, with the frames in it folded. Where one is opened, its
// column grows to its width, and all that stands above or below its middle moves up or down by what it is taller: so
// the order stays, and what did not overlap still does not.
/** @param {any[]} frames @param {(id: string) => any} element */
export const placing = (frames, element) => {
  const BENDS = { least: 16, most: 56, slope: 0.22 };  // as in chainrule's own layout
  const MARGIN = 20;
  const open = new Set();

  const near = (a, b) => Math.abs(a - b) < 0.01;
  const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const innerOf = (frame, key) => {
    const inner = key in frame.folded ? frame.folded[key][2] : -1;
    return inner >= 0 && open.has(inner) ? frames[inner] : null;
  };

  // Sizes and inner places of a frame and of all that are open in it, inner ones first.
  function measure(frame) {
    const grown = new Map();
    for (const key of Object.keys(frame.folded)) {
      const inner = innerOf(frame, key);
      if (inner) { measure(inner); grown.set(key, inner); }
    }
    frame.grown = grown;
    const rows = [];
    for (const [key, inner] of grown) {
      const [, middle, , height] = frame.boxes[key], more = Math.max(0, (inner.height - height) / 2);
      const row = rows.find((each) => near(each.middle, middle));
      if (row) row.more = Math.max(row.more, more); else rows.push({ middle, more });
    }
    frame.moved = (y) => rows.reduce((sum, row) => sum + (near(row.middle, y) ? row.more : row.middle < y ? 2 * row.more : 0), y);
    frame.height = frame.size[1] + 2 * rows.reduce((sum, row) => sum + row.more, 0);
    columns(frame);
  }

  function columns(frame) {
    const widths = frame.bands.map(() => 0);
    const reach = (column, width) => { widths[column] = Math.max(widths[column], width); };
    for (const [key, [column, , width]] of Object.entries(frame.boxes)) {
      reach(column, frame.grown.has(key) ? frame.grown.get(key).width : width);
    }
    const climbs = frame.bands.map(() => 0);
    for (const wire of Object.values(frame.wires)) {
      if (!frame.grown.has(wire.target)) reach(wire.column + wire.stations.length - 2, wire.label);
      wire.heights = heights(frame, wire);
      for (let n = 1; n < wire.heights.length; n++) {
        const gap = wire.column + n - 1;
        climbs[gap] = Math.max(climbs[gap], Math.abs(wire.heights[n] - wire.heights[n - 1]));
      }
    }
    const padding = frame.bands.length ? frame.bands[0][0] : 0;
    frame.lefts = [];
    frame.rights = [];
    let x = padding;
    widths.forEach((width, column) => {
      frame.lefts.push(x);
      x += width;
      frame.rights.push(x);
      if (column < widths.length - 1) x += Math.min(BENDS.most, Math.max(BENDS.least, BENDS.slope * climbs[column]));
    });
    const before = frame.bands.length ? frame.bands[frame.bands.length - 1][1] + padding : 0;
    frame.width = Math.max(x + padding, frame.size[0] > before + 0.01 ? frame.size[0] : 0);
  }

  // The heights of a wire at its stations; at an open frame it ends where its value goes on inside.
  function heights(frame, wire) {
    const made = wire.stations.map(frame.moved), last = made.length - 1;
    made[0] += wire.ends[0][1] - wire.stations[0];
    made[last] += wire.ends[1][1] - wire.stations[last];
    if (frame.grown.has(wire.source)) made[0] = mean(ports(frame, wire.source, wire.values, "e"));
    if (frame.grown.has(wire.target)) made[last] = mean(ports(frame, wire.target, wire.values, "i"));
    return made;
  }

  function ports(frame, key, values, kind) {
    const inner = frame.grown.get(key), top = frame.moved(frame.boxes[key][1]) - inner.height / 2;
    return values.filter((value) => kind + value in inner.boxes).map((value) => top + inner.moved(inner.boxes[kind + value][1]));
  }

  const centre = (frame, column) => (frame.lefts[column] + frame.rights[column]) / 2;
  const shift = (frame, column) => centre(frame, column) - (frame.bands[column][0] + frame.bands[column][1]) / 2;

  // --- onto the page -----------------------------------------------------------------------------------------

  function draw(frame, x, y) {
    const group = element(frame.prefix + "inside");
    group.removeAttribute("hidden");
    group.setAttribute("x", x);
    group.setAttribute("y", y);
    const around = element(frame.prefix + "frame");
    if (around) {
      around.querySelector("rect").setAttribute("width", frame.width);
      around.querySelector("rect").setAttribute("height", frame.height);
    }
    for (const [key, [column, middle]] of Object.entries(frame.boxes)) {
      const box = element(frame.prefix + key);
      if (!box) continue;  // a port
      const inner = frame.grown.get(key);
      box.toggleAttribute("hidden", Boolean(inner));
      if (inner) draw(inner, x + centre(frame, column) - inner.width / 2, y + frame.moved(middle) - inner.height / 2);
      else box.setAttribute("transform", `translate(${shift(frame, column)} ${frame.moved(middle) - middle})`);
    }
    for (const [key, wire] of Object.entries(frame.wires)) drawWire(frame, wire, element(frame.prefix + key));
    visible.push(frame);
  }

  function drawWire(frame, wire, group) {
    const last = wire.stations.length - 1, tail = wire.column + last, out = frame.grown.get(wire.source), into = frame.grown.get(wire.target);
    const points = wire.heights.flatMap((height, n) => [[frame.lefts[wire.column + n], height], [frame.rights[wire.column + n], height]]);
    const end = points.length - 1, leaves = wire.target[0] === "e";
    points[0][0] = out ? centre(frame, wire.column) + out.width / 2 : wire.source[0] === "i" ? 0 : wire.ends[0][0] + shift(frame, wire.column);
    points[end][0] = into ? centre(frame, tail) - into.width / 2 : leaves ? frame.width : wire.ends[1][0] + shift(frame, tail);
    let line = "M" + points[0];
    for (let n = 1; n <= end; n++) {
      const [a, b] = [points[n - 1], points[n]], middle = (a[0] + b[0]) / 2;
      line += n % 2 || a[1] === b[1] ? "L" + b : `C${middle},${a[1]} ${middle},${b[1]} ${b}`;
    }
    for (const [key, kind, x] of [[wire.source, "e", points[0][0]], [wire.target, "i", points[end][0]]]) {
      if (!frame.grown.has(key) || wire.values.length < 2) continue;
      const ends = ports(frame, key, wire.values, kind);
      line += `M${x},${Math.min(...ends)}V${Math.max(...ends)}`;  // several values at once: a rail that joins them
    }
    const [x, y] = points[end];
    group.querySelector(".wire").setAttribute("d", line);
    group.querySelector(".head").setAttribute("d", into || leaves ? "" : `M${x},${y}L${x - 8},${y - 3.5}L${x - 8},${y + 3.5}Z`);
    if (!wire.label) return;
    const station = wire.stations[last - 1];
    for (const text of group.querySelectorAll("text")) {
      text.toggleAttribute("hidden", Boolean(into));  // inside, each user's edge has its own
      text.setAttribute("transform", `translate(${shift(frame, tail - 1)} ${frame.moved(station) - station})`);
    }
  }

  let visible = [];
  frames.forEach((frame, number) => { frame.number = number; frame.prefix = "v" + number + "-"; });

  function arrange(legend) {
    for (const frame of visible) element(frame.prefix + "inside").setAttribute("hidden", "");
    visible = [];
    const whole = frames[0], drawing = element("drawing");
    measure(whole);
    draw(whole, MARGIN, MARGIN);
    const width = Math.max(whole.width + 2 * MARGIN, legend[0]), top = whole.height + 2 * MARGIN, height = top + legend[1] + MARGIN;
    element("legend").setAttribute("transform", `translate(0 ${top})`);
    for (const target of [drawing, drawing.querySelector(".paper")]) {
      target.setAttribute("width", width);
      target.setAttribute("height", height);
    }
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    return width;
  }

  // --- what is where -----------------------------------------------------------------------------------------

  // The box that a node is seen in: its own, or the folded one that hides it.
  function owner(node) {
    let frame = frames[0];
    for (;;) {
      if ("n" + node in frame.boxes) return frame.prefix + "n" + node;
      const found = Object.entries(frame.folded).find(([, [first, last]]) => first <= node && node <= last);
      if (!found) return null;
      const inner = innerOf(frame, found[0]);
      if (!inner) return frame.prefix + found[0];
      frame = inner;
    }
  }
  const along = new Map();
  for (const frame of frames) {
    for (const [key, wire] of Object.entries(frame.wires)) {
      for (const edge of wire.edges) along.set(edge, [...(along.get(edge) || []), [frame, key]]);
    }
  }
  const shownKeys = (found) => found.filter(([frame]) => visible.includes(frame)).map(([frame, key]) => frame.prefix + key);
  const carriers = (edge) => shownKeys(along.get(edge) || []);
  // The wires at which a value that no user asks for comes out: an end.
  const ends = (node) => shownKeys(visible.flatMap((frame) => Object.entries(frame.wires)
    .filter(([, wire]) => wire.node === node && !wire.edges.length).map(([key]) => [frame, key])));

  // The wires that bring a node what it takes.
  const into = (node) => shownKeys([...along].filter(([edge]) => edge.startsWith(node + ",")).flatMap(([, found]) => found));

  return { open, arrange, owner, carriers, into, ends, visible: () => visible };
};
