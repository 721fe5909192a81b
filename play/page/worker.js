// The engine of a page without a server: Python in this worker answers the messages that the page posts.
// Beside it lie site.json, which says where Pyodide is and which packages are to be put in, and those packages.
"use strict";

const waiting = [];
let engine = null;
let turning = false;

onmessage = (event) => {
  waiting.push(event.data);
  if (engine !== null && !turning) turn();
};

// One turn after the other, with a look for messages in between; while nothing is to be done, nothing happens.
const bell = new MessageChannel();
bell.port1.onmessage = () => turn();

function turn() {
  turning = true;
  while (waiting.length > 0) engine.take(JSON.stringify(waiting.shift()));
  for (const said of engine.turn()) postMessage(JSON.parse(said));
  if (engine.busy() || waiting.length > 0) bell.port2.postMessage(null);
  else turning = false;
}

async function start() {
  const site = await (await fetch("site.json")).json();
  const home = new URL(site.pyodide, location.href).href;
  importScripts(`${home}pyodide.js`);
  const pyodide = await loadPyodide({ indexURL: home, packages: ["numpy"] });
  for (const name of site.packages) {
    const response = await fetch(name);
    if (!response.ok) throw new Error(`${name} is not there`);
    pyodide.unpackArchive(await response.arrayBuffer(), "zip", { extractDir: "/packages" });
  }
  const begin = pyodide.runPython(`
import sys
sys.path.insert(0, "/packages")
from chainrule.play.worker import begin
begin
`);
  const python = begin();
  engine = {
    take: (text) => python.take(text),
    turn: () => {
      const said = python.turn();
      const texts = said.toJs();
      said.destroy();
      return texts;
    },
    busy: () => python.busy(),
  };
  turn();
}

start().catch((error) => {
  postMessage({ id: null, event: "failed", why: String(error.message ?? error) });
});
