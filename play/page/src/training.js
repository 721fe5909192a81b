// Training on the page: begun, paused, stepped and watched.
import { setIcon } from "../../../views/page/icons.js";
import { drawActivations, drawCurves, drawSurface, drawWeights } from "./canvases.js";

const element = (id) => /** @type {any} */ (document.getElementById(id));

/** @param {{ask: any, spec: () => {name: string, text: string}, said: (text: string) => void, line: (line: number) => void,
 *   trained: () => void}} acts */
export function training(acts) {
  let run = null, paused = false, points = [], looks = {}, waiting = false, settings = null;
  const rate = () => Number((10 ** Number(element("rate").value)).toPrecision(2)), batch = () => 2 ** Number(element("batch").value);

  function told() {
    element("rate-said").textContent = String(rate());
    element("batch-said").textContent = String(batch());
    const text = run === null ? "Train" : paused ? "Go on" : "Pause";
    element("train").lastChild.textContent = text;
    setIcon(element("train"), text === "Pause" ? "pause" : "run");
    element("train-stop").disabled = run === null;
  }

  /** @param {any} train what `check` says of the train section, or nothing */
  function knows(train) {
    element("no-training").hidden = Boolean(train);
    for (const id of ["train", "train-step", "train-epoch", "rate", "batch"]) element(id).disabled = !train;
    element("cards").hidden = !train;
    const key = JSON.stringify(train);
    if (!train || key === settings) return;
    settings = key;
    if (train.rate > 0) element("rate").value = Math.log10(train.rate);
    if (train.batch > 0) element("batch").value = Math.round(Math.log2(train.batch));
    told();
  }

  async function begin(more = {}) {
    const changed = { rate: rate(), batch: batch() }, was = JSON.parse(settings || "null") || {};
    if (was.rate && Math.abs(Math.log10(was.rate / changed.rate)) < 0.03) delete changed.rate;
    if (was.batch && Math.round(Math.log2(was.batch)) === Math.log2(changed.batch)) delete changed.batch;
    const asked = acts.ask("train", { ...acts.spec(), settings: changed, every: 0.05, look: ["curves", "surface", "weights", "activations", "health"], ...more }, heard);
    run = asked.id;
    paused = Boolean(more.paused);
    points = [];
    told();
    try {
      const end = await asked;
      const { loss, step } = end?.summary || {};
      acts.said(`training ${end?.state || "ended"}${step ? ` after ${step} steps` : ""}${Number.isFinite(loss) ? `, loss ${Number(loss).toPrecision(4)}` : ""}`);
      acts.trained();
    } catch (error) {
      acts.said(error.message);
    }
    run = null;
    paused = false;
    told();
  }

  function heard(message) {
    if (message.event === "progress") {
      const said = Object.entries(message.metrics || {}).filter(([name]) => !name.endsWith("loss")).map(([name, value]) => `${name} ${typeof value === "number" ? value.toPrecision(3) : value}`);
      element("progress").textContent = `epoch ${message.epoch} · step ${message.step}`;
      element("metrics-said").textContent = [typeof message.loss === "number" ? message.loss.toPrecision(4) : "", ...said].filter(Boolean).join(" · ");
    } else if (message.event === "look") {
      if (message.surface?.points) points = message.surface.points;
      Object.assign(looks, message);
      if (!waiting) { waiting = true; requestAnimationFrame(draw); }
    } else if (message.event === "paused" || message.event === "resumed") {
      paused = message.event === "paused";
      told();
    }
  }

  function draw() {
    waiting = false;
    if (looks.curves) drawCurves(element("curves"), looks.curves);
    for (const name of ["surface", "weights", "activations"]) element(name + "-card").hidden = !looks[name] || looks[name].length === 0;
    if (looks.surface) {
      element("surface-said").textContent = (looks.surface.names || ["", ""]).join(" × ") || "Decision surface";
      drawSurface(element("surface"), looks.surface, points);
    }
    if (looks.weights?.length) drawWeights(element("weights"), looks.weights);
    if (looks.activations?.length) drawActivations(element("activations"), looks.activations);
    element("health-card").hidden = !looks.health?.length;
    if (looks.health) {
      element("health").replaceChildren(...looks.health.map((each) => {
        const item = document.createElement("li"), button = document.createElement("button");
        button.type = "button";
        button.textContent = (each.line ? `line ${each.line}: ` : "") + each.message + (each.hint ? ` (${each.hint})` : "");
        button.addEventListener("click", () => each.line && acts.line(each.line));
        item.append(button);
        return item;
      }));
    }
  }

  const tell = (verb, facts = {}) => acts.ask(verb, { run, ...facts }).catch((error) => acts.said(error.message));
  element("train").addEventListener("click", () => (run === null ? begin() : tell(paused ? "resume" : "pause")));
  element("train-stop").addEventListener("click", () => run !== null && tell("stop"));
  for (const [id, verb] of [["train-step", "step"], ["train-epoch", "epoch"]]) {
    element(id).addEventListener("click", () => {
      if (run === null) begin({ paused: true });
      tell(verb);
    });
  }
  element("rate").addEventListener("input", () => { told(); if (run !== null) tell("set", { rate: rate() }); });
  element("batch").addEventListener("input", () => { told(); if (run !== null) tell("set", { batch: batch() }); });
  told();
  return { knows, redraw: draw, forget() { looks = {}; points = []; } };
}
