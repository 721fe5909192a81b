// The page: text to the left, its graph to the right, alive.
import { putIcons } from "../../../views/page/icons.js";
import { editor } from "./editor.js";
import { ENDED, engine } from "./engine.js";
import { inputs } from "./inputs.js";
import { look, paint } from "./look.js";
import { picture } from "./picture.js";
import { rows } from "./rows.js";
import { alone, content, packed, png, save, unpacked } from "./share.js";
import { tabs } from "./tabs.js";
import { training } from "./training.js";

const element = (id) => /** @type {any} */ (document.getElementById(id));
const STARTS = {
  apple: "A price, a count and a tax: both passes, number by number.", "sigmoid-by-hand": "Four nodes, and what the chain rule makes of their slopes.",
  xor: "Four points that no straight line parts: matrices, and gradients of their shapes.", spiral: "A net that learns to part three arms, seen while it learns.",
};
let name = "untitled.graph", hello = null, known = null, graph = "";

putIcons(document);
if (new URLSearchParams(location.search).has("embed")) document.body.classList.add("embed");

let silence = 0;
function said(text) {
  element("notice").textContent = text;
  element("notice").classList.toggle("seen", Boolean(text));
  clearTimeout(silence);
  silence = setTimeout(() => element("notice").classList.remove("seen"), 6000);
}

let begun = false;
const { ask, worker } = engine({
  state: (open, why) => {
    begun = open;
    document.body.classList.toggle("gone", !open);
    if (!open) said(`${why || "the engine has gone"}: reload the page to begin anew`);
  },
  // What was asked is not asked again: it may be what the engine was ended for.
  restarted: (why) => { begun = !worker; said("the engine was begun anew: " + why); shown.old(); },
  slow(is) {
    if (!is && element("busy").hidden) return;
    element("busy").hidden = !is;
    element("halt").hidden = !begun;
    element("busy-said").textContent = begun ? "computing …" : "starting Python in this page …";
  },
});
element("halt").addEventListener("click", () => ask("stop"));
const spec = () => ({ name, text: written.text() });

const view = tabs(element("tabs"), (shown) => { document.querySelector("main").dataset.shown = shown; });
const dock = tabs(element("dock-tabs"), (shown) => {
  for (const id of ["steps", "training", "rows", "story"]) element(id).hidden = id !== shown;
  if (shown === "training") trainer?.redraw();
});

// --- text and picture --------------------------------------------------------------------------------------------

const written = editor(element("editor"), {
  changed: () => refresh(),
  moved: (line) => { shown.line(line); written.light([]); },
  tidy,
  complete: (at) => ask("complete", { ...spec(), at }),
  hover: (at) => (element("quiz").checked ? Promise.resolve(null) : ask("hover", { ...spec(), at })),
});
const shown = picture({ line: goTo, fold: (how) => { folds = how; redraw(true); } });
const sliders = inputs(element("inputs"), element("fields"), () => redraw(true));
const trainer = training({ ask, spec, said, line: goTo, trained: () => redraw(false) });
rows({ ask, spec, said, dropped: (answer) => {
  dock.choose("rows");
  if (answer.spec && !written.text().trim()) open(answer.name.replace(/\.\w+$/, "") + ".graph", answer.spec);
} });

function goTo(line) {
  written.goTo(line);
}

// Each answer is of the text that stood there when it was asked; an older one is not shown.
let asked = 0;
async function refresh() {
  const mine = ++asked, empty = !written.text().trim();
  element("empty").hidden = !empty;
  if (empty) {
    written.underline([]);
    known = null;
    remarks = [];
    faults();
    sliders.show([]);
    trainer.knows(null);
    shown.clear();
    return;
  }
  colour(mine);
  const drawing = redraw(false);
  try {
    const answer = await ask("check", spec());
    if (!answer || mine !== asked) return;
    known = answer;
    written.underline(answer.diagnostics);
    faults();
    sliders.show(answer.inputs || []);
    trainer.knows(answer.train || (answer.trains ? {} : null));
    story(answer);
  } catch (error) {
    said(error.message);
  }
  await drawing;
}

async function colour(mine) {
  const answer = await ask("tokens", { text: written.text() }).catch(() => null);
  if (answer && mine === asked) written.colour(answer.tokens);
}

// What is open of a picture without steps; those with steps are folded on the page. What keeps a picture from numbers.
let drawn = 0, folds = {}, remarks = [];
async function redraw(dragged) {
  const mine = ++drawn, request = { ...spec(), inputs: sliders.given };
  try {
    const answer = await ask("walk", request);
    if (!answer || mine !== drawn) return;
    if (!answer.steps?.length) throw new Error("no steps");
    const same = graph === JSON.stringify(answer.frames.map((each) => Object.keys(each.boxes)));
    graph = JSON.stringify(answer.frames.map((each) => Object.keys(each.boxes)));
    shown.walked(answer, dragged || same);
    remarks = [];
  } catch (error) {
    if (mine !== drawn) return;
    if (error.code === ENDED) return shown.old(); // asked again, it would be as long
    try {
      const answer = await ask("draw", { ...request, ...folds });
      if (!answer || mine !== drawn) return;
      shown.drew(answer);
      remarks = answer.remarks || [];
    } catch {
      if (mine === drawn) shown.old();
    }
  }
  faults();
}

function faults() {
  const found = [...(known?.diagnostics || []), ...remarks], told = JSON.stringify(found);
  if (told === element("faults").dataset.told) return; // a reader that speaks would say it again
  element("faults").dataset.told = told;
  element("faults").replaceChildren(...found.slice(0, 5).map((each) => {
    const line = document.createElement("div"), button = document.createElement("button");
    line.className = "fault " + each.severity;
    button.type = "button";
    button.className = "plain";
    button.textContent = `${each.file ? each.file + ":" : ""}${each.line ? each.line + ": " : ""}${each.message}`;
    button.addEventListener("click", () => each.line && !each.file && goTo(each.line));
    line.append(button);
    if (each.hint) {
      const hint = document.createElement("p");
      hint.textContent = each.hint;
      line.append(hint);
    }
    for (const fixed of each.fixes || []) {
      const fix = document.createElement("button");
      fix.type = "button";
      fix.className = "fix";
      fix.textContent = fixed.title;
      fix.addEventListener("click", () => written.fix(fixed));
      line.append(fix);
    }
    return line;
  }));
}

function story(answer) {
  const title = document.createElement("h2"), text = document.createElement("p");
  title.textContent = answer.title || name;
  const docs = answer.about || written.text().split("\n").filter((line) => line.startsWith("##")).map((line) => line.slice(2).trim()).join("\n");
  text.textContent = Array.isArray(docs) ? docs.join("\n") : docs;
  element("story").replaceChildren(title, text);
}

async function tidy() {
  try {
    const answer = await ask("fmt", spec());
    if (answer) written.write(answer.text);
  } catch (error) {
    said(error.message);
  }
}

function open(called, text) {
  name = called;
  graph = "";
  folds = {};
  element("file").textContent = called;
  document.title = called + " · chainrule";
  trainer.forget();
  written.write(text);
}

// --- lessons, sharing --------------------------------------------------------------------------------------------

/** @param {any} each @param {string} [words] what stands below its title, by default the beginning of what it says */
function lesson(each, words) {
  const button = document.createElement("button"), title = document.createElement("b"), about = document.createElement("span");
  button.type = "button";
  title.textContent = each.title || each.name;
  about.textContent = words ?? each.about;
  button.append(title, about);
  button.addEventListener("click", () => {
    element("lessons").close();
    open(each.name.endsWith(".graph") ? each.name : each.name + ".graph", each.text);
    dock.choose(/^\s*train\b/m.test(each.text) ? "training" : "steps");
  });
  return button;
}

element("lessons-open").addEventListener("click", () => element("lessons").showModal());
element("tidy").addEventListener("click", tidy);
element("share").addEventListener("click", async () => {
  const word = await packed(written.text());
  history.replaceState(null, "", "#spec=" + word);
  const address = new URL(location.href);
  try {
    await navigator.clipboard.writeText(address.href);
    said("the link is copied: whoever opens it in a page of their own has this spec");
  } catch {
    said("the link stands in the address line");
  }
});

element("downloads").addEventListener("click", async (event) => {
  const to = event.target.closest("[data-to]")?.dataset.to, stem = name.replace(/\.graph$/, "");
  if (!to) return;
  element("downloads").open = false;
  try {
    if (to === "spec") return save(stem + ".graph", written.text());
    if (to === "picture" || to === "png") {
      const svg = alone(shown.svg(), hello.style || "");
      return to === "png" ? save(stem + ".png", await png(svg), "image/png") : save(stem + ".svg", svg.text, "image/svg+xml");
    }
    const answer = await ask("export", { ...spec(), to });
    for (const each of [answer, ...(answer.more || [])]) save(each.filename, content(each), "application/octet-stream");
  } catch (error) {
    said(error.message);
  }
});
look(element("look"), () => trainer.redraw());

// --- the beginning -----------------------------------------------------------------------------------------------

async function linked() {
  const word = location.hash.match(/^#spec=(.*)$/)?.[1];
  if (!word) return false;
  try {
    open("shared.graph", await unpacked(word));
  } catch {
    said("the spec in this link can't be read");
  }
  return true;
}

async function begin() {
  view.choose("text");
  dock.choose("steps");
  const taken = linked();
  try {
    hello = await ask("hello");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(hello.style || "");
    document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets];
    paint();
    element("lessons-list").replaceChildren(...hello.lessons.map((each) => {
      const item = document.createElement("li");
      item.append(lesson(each));
      return item;
    }));
    const lessons = new Map(hello.lessons.map((each) => [each.name.replace(/\.graph$/, ""), each]));
    element("starts").replaceChildren(...Object.entries(STARTS).filter(([start]) => lessons.has(start)).map(([start, words]) => lesson(lessons.get(start), words)));
    if (!(await taken) && hello.file && !written.text()) open(hello.file.name, hello.file.text);
    else refresh();
  } catch (error) {
    said(error.message);
  }
  document.body.classList.add("ready");
}
window.addEventListener("hashchange", linked);
begin();
