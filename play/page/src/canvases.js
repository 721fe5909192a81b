// What a training shows: curves, a decision surface, weights and histograms, each on a canvas.

const CLASSES = [[0, 96, 168], [214, 98, 0], [34, 139, 84], [156, 62, 148], [178, 140, 0], [90, 90, 100]];
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The canvas with as many points as the screen has there. @param {HTMLCanvasElement} canvas */
function sheet(canvas) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth || 300, height = canvas.clientHeight || 200;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

const usable = (list) => (list || []).map(Number);

/** @param {HTMLCanvasElement} canvas @param {{step: number[], loss: any[], reports: Record<string, any[]>}} curves
 * the loss of the steps, and what reports have, over their own steps */
export function drawCurves(canvas, { step, loss, reports }) {
  const { pen, width, height } = sheet(canvas), losses = Object.keys(reports).filter((each) => /^(test|validate)\.loss$/.test(each));
  const parts = Object.keys(reports).filter((each) => /accuracy/.test(each));
  const left = 52, bottom = 26, top = 8, right = 50, across = width - left - right, down = height - top - bottom;
  const steps = usable(step), reported = usable(reports.step), last = Math.max(1, steps[steps.length - 1] || 1);
  const all = [loss, ...losses.map((each) => reports[each])].flatMap(usable).filter(Number.isFinite);
  const most = Math.max(...all, 1e-9), least = Math.min(0, ...all);
  pen.font = "13px system-ui, sans-serif";
  pen.strokeStyle = css("--line");
  pen.fillStyle = css("--soft");
  pen.strokeRect(left, top, across, down);
  pen.textAlign = "right";
  pen.fillText(most.toPrecision(3), left - 6, top + 10);
  pen.fillText(least.toPrecision(2), left - 6, top + down);
  pen.fillText(String(last), left + across, height - 6);
  pen.textAlign = "left";
  pen.fillText("step", left, height - 6);
  if (parts.length) { pen.fillText("100 %", left + across + 3, top + 10); pen.fillText("0 %", left + across + 3, top + down); }
  const line = (at, values, colour, low, high, dashed) => {
    pen.beginPath();
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.setLineDash(dashed ? [5, 4] : []);
    let drawing = false;
    values.forEach((value, n) => {
      if (value === null || !Number.isFinite(Number(value))) { drawing = false; return; }
      const x = left + (across * at[n]) / last, y = top + down * (1 - (Number(value) - low) / (high - low || 1));
      if (drawing) pen.lineTo(x, y); else pen.moveTo(x, y);
      drawing = true;
    });
    pen.stroke();
    pen.setLineDash([]);
    pen.lineWidth = 1;
  };
  line(steps, loss, css("--accent"), least, most, false);
  for (const each of losses) line(reported, reports[each], css("--warned"), least, most, true);
  for (const each of parts) line(reported, reports[each], css("--right"), 0, 1, !each.startsWith("train"));
}

/** @param {HTMLCanvasElement} canvas @param {any} surface @param {any[]} points */
export function drawSurface(canvas, surface, points) {
  const { pen, width, height } = sheet(canvas), cells = surface.classes || surface.values;
  const picture = new ImageData(surface.width, surface.height), dark = css("--page").startsWith("#1");
  const numbers = surface.values ? usable(surface.values).filter(Number.isFinite) : [];
  const low = Math.min(...numbers), high = Math.max(...numbers);
  const flat = Array.isArray(cells[0]) ? cells.flat() : cells;
  flat.forEach((each, n) => {
    const part = surface.classes ? 0 : (Number(each) - low) / (high - low || 1);
    const colour = surface.classes ? CLASSES[each % CLASSES.length] : CLASSES[0].map((c, k) => c + (CLASSES[1][k] - c) * part);
    const pale = dark ? 0.45 : 0.4, base = dark ? 22 : 255, row = surface.height - 1 - Math.floor(n / surface.width);
    const at = 4 * (row * surface.width + (n % surface.width));
    for (let k = 0; k < 3; k++) picture.data[at + k] = base + (colour[k] - base) * pale;
    picture.data[at + 3] = 255;
  });
  const small = document.createElement("canvas");
  small.width = surface.width;
  small.height = surface.height;
  small.getContext("2d").putImageData(picture, 0, 0);
  pen.drawImage(small, 0, 0, width, height);
  const [x0, x1] = surface.x, [y0, y1] = surface.y;
  for (const each of points || []) {
    const kind = Number(each.true ?? each[2] ?? 0), colour = CLASSES[Math.abs(Math.round(kind)) % CLASSES.length] || CLASSES[0];
    pen.beginPath();
    pen.arc((width * ((each.x ?? each[0]) - x0)) / (x1 - x0), height * (1 - ((each.y ?? each[1]) - y0) / (y1 - y0)), 3.2, 0, 7);
    pen.fillStyle = `rgb(${colour})`;
    pen.fill();
    pen.strokeStyle = dark ? "#000" : "#fff";
    pen.stroke();
  }
}

/** Blue below zero, orange above. @param {HTMLElement} host @param {any[]} weights */
export function drawWeights(host, weights) {
  host.replaceChildren(...weights.slice(0, 64).map((each) => {
    const canvas = document.createElement("canvas"), flat = usable((each.values || []).flat(Infinity));
    canvas.width = each.columns;
    canvas.height = each.rows;
    canvas.title = each.name || "";
    const picture = new ImageData(each.columns, each.rows), most = Math.max(...flat.map(Math.abs), 1e-12);
    flat.forEach((value, n) => {
      const part = Math.min(1, Math.abs(value) / most), colour = value < 0 ? CLASSES[0] : CLASSES[1];
      for (let k = 0; k < 3; k++) picture.data[4 * n + k] = 245 + (colour[k] - 245) * part;
      picture.data[4 * n + 3] = 255;
    });
    canvas.getContext("2d").putImageData(picture, 0, 0);
    return canvas;
  }));
}

/** @param {HTMLElement} host @param {any[]} layers */
export function drawActivations(host, layers) {
  while (host.children.length > layers.length) host.lastChild.remove();
  layers.forEach((each, n) => {
    let row = host.children[n];
    if (!row) {
      row = document.createElement("div");
      row.append(document.createElement("span"), document.createElement("canvas"));
      host.append(row);
    }
    row.children[0].textContent = each.layer;
    const { pen, width, height } = sheet(/** @type {any} */ (row.children[1])), bars = usable(each.histogram), most = Math.max(...bars, 1);
    pen.fillStyle = css("--accent");
    bars.forEach((count, k) => pen.fillRect((k * width) / bars.length, height * (1 - count / most), width / bars.length - 1, (height * count) / most));
  });
}
